"""Tokens: shown once, kept as hashes in the journal, gone at once when revoked."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineside.console.access import (
    STREAM,
    TOKEN_PREFIX,
    Access,
    TokenCreated,
    TokenRevoked,
    cookie_name,
    cookie_of,
    set_cookie,
)
from lineside.console.sessions import AccessSettings
from lineside.errors import Busy, JournalError
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.journal import Append, Carried
from lineside.runtime.routes import NotFound, NotSignedIn, Request, TooMany
from tests.support.console import open_journal


def asking(token: str, address: str = "10.0.0.1") -> Request:
    return Request("GET", "/api/units", headers={"authorization": f"Bearer {token}"}, remote=address)


async def test_token_gives_its_actor_and_survives_a_restart(tmp_path: Path) -> None:
    clock = ManualClock()
    journal = open_journal(tmp_path)
    access = Access(journal, clock)
    await access.load()
    info, token = await access.create_token("dashboard", Role.VIEWER, frozenset({"ward", "hall"}), None, "local anna")
    assert token.startswith(f"{TOKEN_PREFIX}{info.id}_")
    wanted = Actor(f"token dashboard ({info.id})", Role.VIEWER, frozenset({"ward", "hall"}))
    assert access.authenticate(asking(token)) == wanted
    again = Access(journal, clock)
    await again.load()
    assert again.authenticate(asking(token)) == wanted
    assert again.tokens() == access.tokens() == [info]
    await journal.close()


async def test_token_is_kept_nowhere(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    access = Access(journal, ManualClock())
    _, token = await access.create_token("x", Role.ADMIN, None, None, "anna")
    secret = token.split("_", 2)[2]  # it may hold further underscores
    assert len(secret) == 43
    (recorded,) = await journal.read(STREAM)
    assert secret.encode() not in recorded.data
    assert secret not in repr(vars(access))
    await journal.close()
    files = list(tmp_path.iterdir())  # noqa: ASYNC240 - nothing else runs
    assert files
    assert all(secret.encode() not in path.read_bytes() for path in files)


async def test_wrong_tokens_are_answered_alike(tmp_path: Path) -> None:
    clock = ManualClock()
    journal = open_journal(tmp_path)
    access = Access(journal, clock)
    info, token = await access.create_token("x", Role.ADMIN, None, 100, "anna")
    revoked, revoked_token = await access.create_token("y", Role.ADMIN, None, None, "anna")
    await access.revoke_token(revoked.id, "anna")
    assert access.authenticate(asking(token))
    clock.advance(100)
    told = set()
    wrong = [token, revoked_token, f"{TOKEN_PREFIX}{info.id}_guess", "guess", "", f"{TOKEN_PREFIX}_", "\ud800"]
    for index, text in enumerate(wrong):
        with pytest.raises(NotSignedIn) as refused:
            access.authenticate(asking(text, f"10.0.0.{index}"))
        told.add(str(refused.value))
    assert len(told) == 1
    assert [info.valid for info in access.tokens()] == [False, False]
    await journal.close()


async def test_other_schemes_are_refused_and_no_credentials_are_nobody(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    access = Access(journal, ManualClock())
    _, token = await access.create_token("x", Role.ADMIN, None, None, "anna")
    with pytest.raises(NotSignedIn):
        access.authenticate(Request("GET", "/", headers={"authorization": f"Basic {token}"}))
    assert access.authenticate(Request("GET", "/")) is None
    assert access.authenticate(Request("GET", "/", headers={"cookie": "other=1"})) is None
    await journal.close()


async def test_too_many_wrong_tokens_are_told_and_a_right_one_still_works(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    access = Access(journal, ManualClock(), AccessSettings(wrong_per_minute_max=2))
    _, token = await access.create_token("x", Role.ADMIN, None, None, "anna")
    for _ in range(2):
        with pytest.raises(NotSignedIn):
            access.authenticate(asking("guess"))
    with pytest.raises(TooMany):
        access.authenticate(asking("guess"))
    assert access.authenticate(asking(token))
    await journal.close()


async def test_revoking_is_recorded_once_and_told(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    access = Access(journal, ManualClock())
    told: list[None] = []
    access.on_change(lambda: told.append(None))
    info, _ = await access.create_token("x", Role.ADMIN, None, None, "anna")
    for _ in range(2):
        assert (await access.revoke_token(info.id, "bert", "lost")).revoked
    assert len(told) == 1
    events = [recorded.event for recorded in await journal.read(STREAM)]
    assert [type(event) for event in events] == [TokenCreated, TokenRevoked]
    assert events[1] == TokenRevoked(info.id, "bert", "lost")
    with pytest.raises(NotFound):
        await access.revoke_token("nothing", "bert")
    await journal.close()


async def test_token_that_was_not_recorded_does_not_exist(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    access = Access(journal, ManualClock())
    await journal.close()
    with pytest.raises(JournalError):
        await access.create_token("x", Role.ADMIN, None, None, "anna")
    assert access.tokens() == []


async def test_tokens_are_bounded(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    access = Access(journal, ManualClock(), AccessSettings(tokens_max=1))
    await access.create_token("x", Role.ADMIN, None, None, "anna")
    with pytest.raises(Busy):
        await access.create_token("y", Role.ADMIN, None, None, "anna")
    await journal.close()


async def test_index_is_rebuilt_from_what_was_carried(tmp_path: Path) -> None:
    clock = ManualClock()
    journal = open_journal(tmp_path)
    access = Access(journal, clock)
    _, kept = await access.create_token("kept", Role.VIEWER, frozenset({"ward"}), 1000, "anna")
    gone, gone_token = await access.create_token("gone", Role.ADMIN, None, None, "anna")
    await access.revoke_token(gone.id, "anna")
    await journal.append(Append(events=((STREAM, Carried(3, access.carry())),), at=clock.now().utc))
    _, later = await access.create_token("later", Role.ADMIN, None, None, "anna")
    again = Access(journal, clock)
    await again.load()
    assert again.tokens() == access.tokens()
    assert again.authenticate(asking(kept))
    assert again.authenticate(asking(later))
    with pytest.raises(NotSignedIn):
        again.authenticate(asking(gone_token))
    await journal.close()


async def test_journal_that_cannot_be_read_is_a_fault_and_not_the_end(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"this is no database " * 1000)
    journal = open_journal(tmp_path)
    access = Access(journal, ManualClock())
    await access.load()
    await journal.close()
    assert "could not be read" in access.fault
    assert access.sessions.make_code(Actor("anna", Role.ADMIN))


@pytest.mark.parametrize(
    ("host", "secure", "name"),
    [
        ("localhost:8000", False, "lineside_8000"),
        ("localhost", False, "lineside_80"),
        ("[::1]:8000", False, "lineside_8000"),
        ("[::1]", True, "__Host-lineside_443"),
        ("floor.example:8443", True, "__Host-lineside_8443"),
    ],
)
def test_cookie_is_named_after_the_port(host: str, secure: bool, name: str) -> None:
    request = Request("GET", "/", headers={"host": host, "cookie": f"a=b; {name}=text ; c=d"}, secure=secure)
    assert cookie_name(request) == name
    assert cookie_of(request) == "text"
    cookie = set_cookie(request, "text", 60.9)
    assert cookie.startswith(f"{name}=text; Path=/; Max-Age=60; HttpOnly; SameSite=Strict")
    assert cookie.endswith("; Secure") is secure
