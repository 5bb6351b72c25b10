"""Who comes in, and how they will speak."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.runtime.step import Secret
from lineside.studio.wire.closing import (
    INVALID_ID,
    INVALID_MESSAGE,
    INVALID_TOKEN,
    MISSING,
    Denied,
    bad_token,
    no_such_id,
)
from lineside.studio.wire.entrance import (
    QUERY_BYTES_MAX,
    Entrance,
    NeedsGreeting,
    Watch,
    entrance_of_message,
    entrance_of_path,
    invalid_token,
    parse_query,
    table_and_device,
    watch_of_path,
)
from lineside.studio.wire.vocabulary import Dialect

A, B, C, D = Dialect


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/", {}),
        ("", {}),
        ("/?", {}),
        ("/?id=a&token=b", {"id": "a", "token": "b"}),
        ("/?id=a&token", {"id": "a"}),
        ("/?token=x=y&id=", {"token": "x=y", "id": ""}),
        ("/?a=1?b=2", {"a": "1?b=2"}),
        ("/?id=a&id=b", {"id": "b"}),
        ("/?id=a%20b+c%2Fd%", {"id": "a b+c/d%"}),
        ("/?%69d=a", {"%69d": "a"}),
        ("/?id=%ff", {"id": "�"}),
        ("/?id=" + "x" * QUERY_BYTES_MAX, {}),
    ],
)
def test_query_is_split_as_the_original_tests_want_it(path: str, query: dict[str, str]) -> None:
    assert parse_query(path) == query


@pytest.mark.parametrize(
    ("path", "entrance"),
    [
        ("/?id=ARO-001_dealerPC&token=T", (A, "ARO-001", "dealerPC", True)),
        ("/any/where?id=ARO-001_dealer_PC&token=T", (A, "ARO-001", "dealer_PC", True)),
        ("/?id=SBO-002&token=T", (A, "SBO-002", "", True)),
        ("/?id=ARO_001_dealer&token=T", (A, "ARO", "001_dealer", True)),
        ("/?id=ARO-001-1&token=T", (A, "ARO-001", "ARO-001-1", True)),
        ("/?id=Studio-Roulette-Test&token=T", (A, "Studio-Roulette-Test", "", True)),
        ("/?id=cam7&token=T", (A, "BAC-003", "cam7", True)),
        ("/?gameCode=ARO-001&id=ARO-001-x_1&token=T", (A, "ARO-001", "x_1", True)),
        ("/?gameCode=ARO-001&id=other&token=T", (A, "ARO-001", "other", True)),
        ("/?token=T&id=ARO-001&device=dealerPC", (C, "ARO-001", "dealerPC", False)),
        ("/?token=T&id=ARO-001&device=", (C, "ARO-001", "", False)),
        ("/?token=T&id=ARO-001&device=x&snapshot=1", (C, "ARO-001", "x", True)),
        ("/v1/ws?id=ARO-001-1&token=T", (D, "ARO-001", "ARO-001-1", False)),
        ("/v1/ws?id=cam7&token=T&snapshot=1", (D, "BAC-003", "cam7", True)),
    ],
)
def test_path_tells_dialect_table_and_device(path: str, entrance: tuple[Dialect, str, str, bool]) -> None:
    dialect, table, device, wants = entrance
    assert entrance_of_path(path, {"cam7": "BAC-003"}) == Entrance(dialect, table, device, Secret("T"), wants)


@pytest.mark.parametrize(
    ("path", "denied"),
    [
        ("/?id=ARO-001_x&token", MISSING),
        ("/?id=ARO-001_x&token=", MISSING),
        ("/?token=T", MISSING),
        ("/?id=&token=T", MISSING),
        ("/?nothing", MISSING),
        ("/?id=ARO-001_x&token=T&" + "x" * QUERY_BYTES_MAX, MISSING),
        ("/?id=_x&token=T", INVALID_ID),
        ("/?id=a b_x&token=T", INVALID_ID),
        ("/?id=a%00_x&token=T", INVALID_ID),
        ("/?id=ARO-001_a/b&token=T", INVALID_ID),
        ("/?id=" + "t" * 65 + "&token=T", INVALID_ID),
        ("/?id=t_" + "d" * 129 + "&token=T", INVALID_ID),
        ("/?id=ARO-001%0A&token=T", INVALID_ID),
        ("/v1/ws", no_such_id()),
        ("/v1/ws?token=T", no_such_id()),
        ("/v1/ws?id=a%20b&token=T", no_such_id()),
        ("/v1/ws?id=x", bad_token("x")),
    ],
)
def test_path_without_credentials_is_denied(path: str, denied: Denied) -> None:
    assert entrance_of_path(path) == denied


@pytest.mark.parametrize("path", ["/", "", "/any", "/?"])
def test_path_without_a_query_is_greeted(path: str) -> None:
    assert entrance_of_path(path) == NeedsGreeting()


def test_path_of_d_is_any_path_when_the_profile_is_off() -> None:
    assert entrance_of_path("/v1/ws", profile_d=False) == NeedsGreeting()
    entrance = entrance_of_path("/v1/ws?id=ARO-001_x&token=T", profile_d=False)
    assert isinstance(entrance, Entrance)
    assert entrance.dialect is A


@pytest.mark.parametrize(
    ("text", "entrance"),
    [
        ('{"id":"ARO-001_dealerPC","token":"T"}', Entrance(B, "ARO-001", "dealerPC", Secret("T"), True)),
        ('{"id":"ARO-001_x","token":"T","device":"y"}', Entrance(B, "ARO-001", "x", Secret("T"), True)),
        ('{"id":"ARO-001_x"}', MISSING),
        ('{"token":"T"}', MISSING),
        ("{}", MISSING),
        ('{"id":"","token":"T"}', MISSING),
        ('{"id":"x","token":null}', MISSING),
        ('{"id":5,"token":"T"}', INVALID_MESSAGE),
        ('{"id":0,"token":"T"}', INVALID_MESSAGE),
        ('{"id":"x","token":["T"]}', INVALID_MESSAGE),
        ("[]", INVALID_MESSAGE),
        ("not json", INVALID_MESSAGE),
        ('{"id":"a b","token":"T"}', INVALID_ID),
    ],
)
def test_first_frame_tells_who_comes_in(text: str, entrance: Entrance | Denied) -> None:
    assert entrance_of_message(text) == entrance == entrance_of_message(text.encode())


def test_wrong_token_is_told_in_the_dialect_of_the_reporter() -> None:
    assert invalid_token(Entrance(A, "T", "d", Secret("x"), True)) == INVALID_TOKEN
    assert "ARO-001-1 has an invalid token" in invalid_token(Entrance(D, "T", "ARO-001-1", Secret("x"), True)).reason
    assert "ARO-001 has an invalid token" in invalid_token(Entrance(D, "ARO-001", "", Secret("x"), True)).reason


def test_token_is_never_shown() -> None:
    for one in (entrance_of_path("/?id=a_b&token=TOPSECRET"), watch_of_path("/watch?token=TOPSECRET")):
        assert "TOPSECR" not in f"{one!r} {one}"


@pytest.mark.parametrize(
    ("path", "watch"),
    [
        ("/watch?token=T", Watch(Secret("T"))),
        ("/watch", Watch(Secret(""))),
        ("/watch?token=T&table=ARO-001,,ARO-002", Watch(Secret("T"), frozenset({"ARO-001", "ARO-002"}))),
        ("/watch?token=T&table=", Watch(Secret("T"))),
        ("/watch?token=T&since=17", Watch(Secret("T"), None, 17)),
        ("/watch?token=T&since=x", Watch(Secret("T"))),
        ("/watch?token=T&since=" + "9" * 19, Watch(Secret("T"))),
        ("/watch?token=T&since=٣", Watch(Secret("T"))),
        ("/watches?token=T", None),
        ("/?token=T", None),
    ],
)
def test_watcher_comes_in_by_its_own_path(path: str, watch: Watch | None) -> None:
    assert watch_of_path(path) == watch


def test_original_that_splits_at_the_first_dash_is_not_followed() -> None:
    registry: Mapping[str, str] = {}
    assert table_and_device({"id": "ARO-001"}, registry) == ("ARO-001", "")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_path_is_an_entrance_or_a_denial(path: str) -> None:
    entrance = entrance_of_path("/?" + path)
    assert isinstance(entrance, Entrance | Denied | NeedsGreeting)
    if isinstance(entrance, Denied):
        assert len(entrance.reason.encode()) <= 123
    watch_of_path("/watch?" + path)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_first_frame_is_an_entrance_or_a_denial(data: bytes) -> None:
    assert isinstance(entrance_of_message(data), Entrance | Denied)
