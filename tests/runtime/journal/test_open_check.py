from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lineside.runtime.journal import Cursor, HealthState, open_check
from lineside.runtime.journal.era import EraMark, mark_path, read_mark, write_mark
from lineside.runtime.journal.health import Damage
from lineside.runtime.journal.settings import JournalSettings
from tests.runtime.journal.scene import change, filled, one, opened


async def damage_of(path: Path, **settings: Any) -> str:
    """What a journal says when it is opened; "" when it is well."""
    async with opened(path, **settings) as journal:
        health = journal.health
        assert health.state in (HealthState.OK, HealthState.DAMAGED)
        return health.reason


async def test_a_sound_journal_opens_and_marks_its_end(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 20)
    assert read_mark(path) == EraMark(1, 20)
    assert await damage_of(path) == ""


@pytest.mark.parametrize("gone", ["deleted", "emptied"])
async def test_a_journal_that_was_there_and_is_gone_is_damage(folder: Path, gone: str) -> None:
    path = folder / "journal.db"
    await filled(path, 3)
    path.unlink() if gone == "deleted" else path.write_bytes(b"")
    assert "events up to 3 were on disk" in await damage_of(path)
    assert not path.exists() or path.stat().st_size == 0


async def test_an_older_copy_is_damage(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 3)
    copy = path.read_bytes()
    await filled(path, 4)
    path.write_bytes(copy)
    assert "event 7 of era 1 was on disk" in await damage_of(path)


async def test_an_older_era_is_damage(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 3)
    write_mark(path, EraMark(2, 0))
    assert "of era 2" in await damage_of(path)


async def test_a_sink_that_is_ahead_is_damage_also_without_the_mark(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 5)
    async with opened(path) as journal:
        await journal.move_cursor("sink", Cursor(6))
    mark_path(path).unlink()
    assert await damage_of(path) == ""
    change(path, "UPDATE cursors SET low = 9")
    assert "sink sink has done all before 9" in await damage_of(path)


@pytest.mark.parametrize("column", ["version", "at", "form", "hash", "data", "stream"])
async def test_a_changed_event_among_the_newest_is_damage(folder: Path, column: str) -> None:
    path = folder / "journal.db"
    await filled(path, 40)
    value: Any = {"hash": b"h" * 32, "data": b"{}", "form": 99, "stream": 98}.get(column, 1)
    change(path, f"UPDATE events SET {column} = ? WHERE seq = 38", (value,))
    assert "event 38" in await damage_of(path)


async def test_a_build_that_hashes_nothing_again_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken build: no look at the newest events. The test above must fail with it."""
    monkeypatch.setattr(open_check, "_check_newest", lambda connection, settings: None)
    with pytest.raises(AssertionError):
        await test_a_changed_event_among_the_newest_is_damage(folder, "data")


async def test_the_check_ends_in_time(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 40)
    change(path, "UPDATE events SET data = '{}' WHERE seq = 2")
    assert await damage_of(path, open_check_s_max=1e-9) == ""
    assert await damage_of(path, open_check_events_max=10) == ""


async def test_the_hash_before_the_window_is_looked_up(folder: Path) -> None:
    path = folder / "journal.db"
    async with opened(path, index_lag_events_max=1) as journal:
        for number in range(10):
            await journal.append(one("a", number))
    change(path, "UPDATE events SET data = '{}' WHERE seq = 10")
    assert "event 10" in await damage_of(path, open_check_events_max=1)


async def test_a_large_database_is_not_read_whole(folder: Path) -> None:
    said: list[str] = []

    class Connection:
        def execute(self, sql: str, values: Any = ()) -> Any:
            said.append(sql)
            return sqlite3.connect(folder / "journal.db").execute(sql, values)

    await filled(folder / "journal.db", 5)
    for limit, looked in ((1, False), (1 << 30, True)):
        said.clear()
        settings = JournalSettings(open_check_bytes_max=limit)
        open_check.check_opened(Connection(), folder / "journal.db", 1, settings)
        assert any("quick_check" in sql for sql in said) is looked


def test_a_swap_that_was_cut_off_is_finished_first(folder: Path) -> None:
    path = folder / "journal.db"
    path.write_bytes(b"old")
    (folder / "journal.db-wal").write_bytes(b"old")
    (folder / "journal.db-next").write_bytes(b"new" * 1000)
    open_check.check_before(path)
    assert path.read_bytes() == b"new" * 1000
    assert sorted(p.name for p in folder.iterdir()) == ["journal.db"]


def test_a_new_file_is_made_only_when_there_never_was_one(folder: Path) -> None:
    path = folder / "journal.db"
    open_check.check_before(path)
    assert path.stat().st_mode & 0o777 == 0o600
    write_mark(path, EraMark(1, 5))
    with pytest.raises(Damage):
        open_check.check_before(path)
