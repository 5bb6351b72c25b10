"""Who may write and who may watch what; nothing is told by how long an answer takes."""

from __future__ import annotations

import hmac

import pytest

from lineside.runtime.step import Secret
from lineside.studio.gateway import Config, ReporterToken, WatchToken
from lineside.studio.gateway.tokens import OPEN, Tokens
from lineside.studio.watch import EVERYTHING, Scope

CONFIG = Config(
    token=Secret("all"),
    tokens={
        "roulette": ReporterToken(token=Secret("wheel"), tables=("ARO-*", "Test")),
        "camera": ReporterToken(token=Secret("lens"), devices=("zcam",)),
        "second": ReporterToken(token=Secret("wheel"), tables=("SBO-001",)),
    },
    watch_tokens={
        "page": WatchToken(token=Secret("see")),
        "one": WatchToken(token=Secret("peek"), tables=("ARO-001",)),
    },
)


@pytest.mark.parametrize(
    ("token", "table", "device", "name"),
    [
        ("all", "X", "y", "token"),
        ("wheel", "ARO-001", "pc", "roulette"),
        ("wheel", "Test", "pc", "roulette"),
        ("wheel", "SBO-001", "pc", "second"),
        ("wheel", "BAC-001", "pc", None),
        ("lens", "ANY", "zcam", "camera"),
        ("lens", "ANY", "other", None),
        ("lens", "ANY", None, "camera"),
        ("", "X", "y", None),
        ("see", "X", "y", None),
        ("ALL", "X", "y", None),
        ("\ud800", "X", "y", None),
    ],
)
def test_token_covers_its_tables_and_devices(token: str, table: str, device: str | None, name: str | None) -> None:
    admitted = Tokens(CONFIG).admit(Secret(token), table, device)
    assert (admitted.token_name if admitted else None) == name


def test_token_of_several_tables_may_write_them_all_and_no_other() -> None:
    admitted = Tokens(CONFIG).admit(Secret("wheel"), "ARO-001", "pc")
    assert admitted is not None
    assert admitted.may_write("ARO-002")
    assert not admitted.may_write("BAC-001")


def test_without_tokens_every_one_that_is_not_empty_is_taken_and_writes_its_own_table() -> None:
    known = Tokens(Config())
    admitted = known.admit(Secret("x"), "ARO-001", "pc")
    assert admitted is not None
    assert admitted.token_name == OPEN
    assert not admitted.may_write("ARO-002")
    assert known.admit(Secret(""), "ARO-001", "pc") is None
    assert known.admit_watcher(Secret("x"), None) == EVERYTHING
    assert known.admit_watcher(Secret(""), None) is None
    assert known.admit_reader(Secret("")) == EVERYTHING


def test_watchers_have_tokens_of_their_own() -> None:
    known = Tokens(CONFIG)
    assert known.admit_watcher(Secret("see"), frozenset({"A"})) == Scope(frozenset({"A"}))
    assert known.admit_watcher(Secret("peek"), None) == Scope(None, ("ARO-001",))
    assert known.admit_watcher(Secret("all"), None) is None


def test_nobody_watches_where_only_reporters_have_tokens() -> None:
    known = Tokens(Config(token=Secret("all")))
    assert known.admit_watcher(Secret("all"), None) is None
    assert known.admit_reader(Secret("all")) == EVERYTHING
    assert known.admit_reader(Secret("")) is None


def test_reporters_stay_open_where_only_watchers_have_tokens() -> None:
    known = Tokens(Config(watch_token=Secret("see")))
    assert known.admit(Secret("x"), "A", "b") is not None
    assert known.admit_watcher(Secret("x"), None) is None
    assert known.admit_reader(Secret("x")) is None
    assert known.admit_reader(Secret("see")) == EVERYTHING


def test_every_token_is_compared_as_a_digest_whether_or_not_one_has_matched(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def noting(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    known = Tokens(CONFIG)
    monkeypatch.setattr(hmac, "compare_digest", noting)
    known.admit(Secret("all"), "A", "b")
    assert len(compared) == 4
    assert {len(part) for pair in compared for part in pair} == {32}
