from __future__ import annotations

from pathlib import Path

import pytest

from lineside.runtime.journal import JournalSettings, verify
from lineside.runtime.journal.chain import CheckpointBody, checkpoint_from_bytes
from lineside.runtime.journal.checkpoint import Checkpoints, drop_covered
from tests.runtime.journal.scene import KEYS, NOW, error, one, rows_of
from tests.runtime.journal.test_store import commit, store_at


def bodies(path: Path) -> list[CheckpointBody]:
    rows = rows_of(path, "SELECT key_id, body, signature FROM checkpoints ORDER BY id")
    for key_id, body, signature in rows:
        assert KEYS.is_signed(body, signature, key_id)
    return [checkpoint_from_bytes(body) for _, body, _ in rows]


def test_the_first_one_names_all_heads_and_the_next_what_changed(folder: Path) -> None:
    path = folder / "j.db"
    with store_at(path) as store:
        checkpoints = Checkpoints()
        checkpoints.load(store)
        for streams in (("a", "b"), ("b", "c")):
            checkpoints.note(commit(store, *(one(s) for s in streams)).heads)
            checkpoints.sign(store, NOW)
        assert not checkpoints.is_needed()
    first, second = bodies(path)
    assert (first.full, first.seq, {s: v for s, (v, _) in first.heads.items()}) == (True, 2, {"a": 1, "b": 1})
    assert (second.full, second.seq, {s: v for s, (v, _) in second.heads.items()}) == (False, 4, {"b": 2, "c": 1})
    assert first.previous == ""
    assert second.previous != ""
    assert verify(path, KEYS).signed_seq == 4


def test_after_a_restart_it_knows_what_is_not_signed_yet(folder: Path) -> None:
    path = folder / "j.db"
    with store_at(path) as store:
        checkpoints = Checkpoints()
        checkpoints.load(store)
        checkpoints.note(commit(store, one("a"), one("b")).heads)
        checkpoints.sign(store, NOW)
        commit(store, one("b"), one("c"))
    with store_at(path, heads_max=1) as store:
        checkpoints = Checkpoints()
        checkpoints.load(store)
        assert checkpoints.changed == {"b", "c"}
        checkpoints.sign(store, NOW)
        checkpoints.sign(store, NOW, full=True)
    assert [set(body.heads) for body in bodies(path)] == [{"a", "b"}, {"b", "c"}, {"a", "b", "c"}]
    assert verify(path, KEYS).ok


def test_one_that_fails_is_as_if_it_never_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "j.db"
    with store_at(path) as store:
        checkpoints = Checkpoints()
        checkpoints.load(store)
        checkpoints.note(commit(store, one("a")).heads)

        def fail() -> None:
            raise error(10, "disk I/O error")

        monkeypatch.setattr(store, "commit", fail)
        with pytest.raises(type(error(10, ""))):
            checkpoints.sign(store, NOW)
        monkeypatch.undo()
        assert checkpoints.changed == {"a"}
        checkpoints.sign(store, NOW)
    assert verify(path, KEYS).ok
    assert len(bodies(path)) == 1


def test_those_before_a_full_one_can_go(folder: Path) -> None:
    path = folder / "j.db"
    with store_at(path) as store:
        checkpoints = Checkpoints()
        checkpoints.load(store)
        for full in (False, False, True, False):
            checkpoints.note(commit(store, one("a")).heads)
            checkpoints.sign(store, NOW, full=full)
        store.begin()
        assert drop_covered(store.connection) == 2
        store.commit()
    assert [body.full for body in bodies(path)] == [True, False]
    assert verify(path, KEYS).ok
    assert JournalSettings().checkpoint_s == 300
