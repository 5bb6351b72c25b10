"""A swap that is cut at any step leaves the old database with its own WAL, or the new one without any."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lineside.runtime.journal import swap
from lineside.runtime.journal.era import EraMark, read_mark, write_mark
from lineside.runtime.journal.swap import aside_path, drop, finish_swap, next_era, swap_in


class Cut(BaseException):
    """The power."""


def lay_out(folder: Path) -> tuple[Path, Path, Path]:
    path, new, aside = folder / "j.db", folder / "j.db.repair", folder / "j.db.damaged"
    path.write_bytes(b"old")
    (folder / "j.db-wal").write_bytes(b"old wal")
    (folder / "j.db-shm").write_bytes(b"old shm")
    new.write_bytes(b"new")
    return path, new, aside


def test_the_old_files_are_kept_aside_and_the_new_one_stands_alone(folder: Path) -> None:
    path, new, aside = lay_out(folder)
    swap_in(new, path, aside, EraMark(2, 9))
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "j.db-era"} == {
        "j.db": b"new",
        "j.db.damaged": b"old",
        "j.db.damaged-wal": b"old wal",
    }
    assert read_mark(path) == EraMark(2, 9)
    assert finish_swap(path) is False


def test_a_cut_at_any_step_never_mixes_the_two(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: set[bytes] = set()
    for steps in range(40):
        place = folder / str(steps)
        place.mkdir()
        path, new, aside = lay_out(place)
        left = steps

        def counted(real: Any) -> Any:
            def call(*values: Any, **named: Any) -> Any:
                nonlocal left
                if left == 0:
                    raise Cut
                left -= 1
                return real(*values, **named)

            return call

        with monkeypatch.context() as patch:
            patch.setattr(os, "link", counted(os.link))
            patch.setattr(os, "replace", counted(os.replace))
            patch.setattr(Path, "unlink", counted(Path.unlink))
            patch.setattr(swap, "sync_folder", counted(swap.sync_folder))
            try:
                swap_in(new, path, aside, EraMark(2, 9))
                done = True
            except Cut:
                done = False
        finish_swap(path)
        wal = path.with_name("j.db-wal")
        found = path.read_bytes()
        reached.add(found)
        if found == b"old":
            assert wal.read_bytes() == b"old wal"
        else:
            assert not wal.exists()
            assert aside.read_bytes() == b"old"
        if done:
            break
    assert reached == {b"old", b"new"}


def test_where_files_have_one_name_only_they_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, new, aside = lay_out(folder)

    def fail(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", fail)
    swap_in(new, path, aside, EraMark(2, 9))
    assert (path.read_bytes(), aside.read_bytes()) == (b"new", b"old")


def test_names_aside_do_not_get_into_the_way_of_each_other(folder: Path) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    names = []
    for _ in range(3):
        found = aside_path(folder / "j.db", "damaged", at)
        found.write_bytes(b"")
        names.append(found.name)
    assert names[0] == "j.db.damaged-20260102T030405Z"
    assert len(set(names)) == 3


def test_the_next_era_is_above_all_that_anything_tells(folder: Path) -> None:
    assert next_era(folder / "j.db") == 2
    write_mark(folder / "j.db", EraMark(5, 0))
    assert next_era(folder / "j.db", 3) == 6
    assert next_era(folder / "j.db", 9) == 10


def test_an_unfinished_database_is_dropped_with_what_lies_beside_it(folder: Path) -> None:
    path, _, _ = lay_out(folder)
    drop(path)
    assert [p.name for p in folder.iterdir()] == ["j.db.repair"]
