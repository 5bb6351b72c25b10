"""Login codes work once and for ten minutes; sessions for a shift."""

from __future__ import annotations

import pytest

from lineside.console.sessions import AccessSettings, Sessions, Tries
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.routes import NotSignedIn, TooMany, WrongCode

ANNA = Actor("anna", Role.OPERATOR, frozenset({"ward"}))


def make(**settings: float) -> tuple[Sessions, ManualClock]:
    clock = ManualClock()
    named = AccessSettings(**settings)  # type: ignore[arg-type]
    return Sessions(named, Tries(named), lambda: clock.now().mono), clock


def test_code_is_traded_once() -> None:
    sessions, _ = make()
    code = sessions.make_code(ANNA)
    session = sessions.trade(code, "10.0.0.1")
    assert sessions.actor(session, "10.0.0.1") == ANNA
    with pytest.raises(WrongCode):
        sessions.trade(code, "10.0.0.1")


def test_code_is_refused_after_ten_minutes() -> None:
    sessions, clock = make()
    code = sessions.make_code(ANNA)
    clock.advance(600)
    with pytest.raises(WrongCode):
        sessions.trade(code, "10.0.0.1")


def test_used_old_and_unknown_codes_are_answered_alike() -> None:
    sessions, clock = make()
    used, old = sessions.make_code(ANNA), sessions.make_code(ANNA)
    sessions.trade(used, "a")
    clock.advance(601)
    told = set()
    for code in (used, old, "unknown", "", "\ud800"):
        with pytest.raises(WrongCode) as refused:
            sessions.trade(code, "a")
        told.add(str(refused.value))
    assert len(told) == 1


def test_session_ends_after_a_shift() -> None:
    sessions, clock = make(session_s=100)
    session = sessions.trade(sessions.make_code(ANNA), "a")
    clock.advance(99)
    assert sessions.count == 1
    sessions.actor(session, "a")
    clock.advance(1)
    assert sessions.count == 0
    with pytest.raises(NotSignedIn):
        sessions.actor(session, "a")


def test_session_ends_when_signed_out() -> None:
    sessions, _ = make()
    session = sessions.trade(sessions.make_code(ANNA), "a")
    assert sessions.end(session)
    assert not sessions.end(session)
    with pytest.raises(NotSignedIn):
        sessions.actor(session, "a")


def test_oldest_goes_when_there_are_too_many() -> None:
    sessions, _ = make(codes_max=2, sessions_max=2)
    codes = [sessions.make_code(ANNA) for _ in range(3)]
    with pytest.raises(WrongCode):
        sessions.trade(codes[0], "a")
    first, second = (sessions.trade(code, "a") for code in codes[1:])
    third = sessions.trade(sessions.make_code(ANNA), "a")
    with pytest.raises(NotSignedIn):
        sessions.actor(first, "a")
    assert sessions.actor(second, "a") == sessions.actor(third, "a") == ANNA


def test_wrong_ones_are_counted_per_address_and_minute_and_a_right_one_always_works() -> None:
    sessions, clock = make(wrong_per_minute_max=3)
    for _ in range(3):
        with pytest.raises(WrongCode):
            sessions.trade("x", "bad")
    with pytest.raises(TooMany) as refused:
        sessions.trade("x", "bad")
    assert refused.value.retry
    with pytest.raises(WrongCode):
        sessions.trade("x", "other")
    assert sessions.trade(sessions.make_code(ANNA), "bad")
    clock.advance(60)
    with pytest.raises(WrongCode):
        sessions.trade("x", "bad")


def test_addresses_are_bounded() -> None:
    settings = AccessSettings(addresses_max=2, wrong_per_minute_max=1)
    tries = Tries(settings)
    for address in ("a", "b", "c"):
        tries.wrong(address, 0)
    with pytest.raises(TooMany):
        tries.wrong("d", 0)


def test_what_is_kept_gives_nobody_a_way_in() -> None:
    sessions, _ = make()
    code = sessions.make_code(ANNA)
    session = sessions.trade(sessions.make_code(ANNA), "a")
    kept = repr(vars(sessions))
    assert code not in kept
    assert session not in kept
