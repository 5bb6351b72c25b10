from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from lineside.errors import JournalError, Unrecordable
from lineside.runtime.journal import Cursor, Parked
from lineside.runtime.journal.cursors import cursor_from_row, forget_sink, parked_from_row, write_cursor
from tests.runtime.journal.scene import NOW, Faults, error, filled, opened

PARKED = Parked(7, "ward/1", "no such column", 5, NOW)


async def test_a_new_sink_begins_at_the_first_event(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        assert await journal.cursor("rows") == Cursor(1, frozenset())
        assert await journal.sinks() == []


async def test_cursor_and_parked_events_move_together_and_survive(folder: Path) -> None:
    await filled(folder / "j.db", 20)
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        await journal.move_cursor("rows", Cursor(5, frozenset({9, 7})), parked=[PARKED])
        faults.fail("DELETE FROM parked", error(10, "disk I/O error"))
        with pytest.raises(JournalError):
            await journal.move_cursor("rows", Cursor(12), released=[7])
        assert await journal.cursor("rows") == Cursor(5, frozenset({7, 9}))
        await journal.move_cursor("rows", Cursor(6), parked=[PARKED], released=[99])
    async with opened(folder / "j.db") as journal:
        assert await journal.cursor("rows") == Cursor(6)
        assert await journal.parked("rows") == [PARKED]
        assert await journal.parked("other") == []
        await journal.move_cursor("rows", Cursor(8), released=[7])
        assert await journal.parked("rows") == []


async def test_sinks_gone_from_the_settings_are_orphaned_until_forgotten(folder: Path) -> None:
    await filled(folder / "j.db", 5)
    async with opened(folder / "j.db") as journal:
        for name in ("a", "b", "c"):
            await journal.move_cursor(name, Cursor(2), parked=[PARKED] if name == "b" else ())
        assert await journal.name_sinks(["a"]) == ["b", "c"]
        since = {mark.sink: mark.orphaned_at for mark in await journal.sinks()}
        assert since["a"] is None
        assert since["b"] is not None
        assert await journal.name_sinks(["a", "c"]) == ["b"]
        marks = {mark.sink: mark for mark in await journal.sinks()}
        assert marks["b"].orphaned_at == since["b"], "the first time counts"
        assert marks["c"].orphaned_at is None
        assert (marks["b"].parked, marks["b"].cursor) == (1, Cursor(2))
        assert abs(marks["a"].moved_at - since["b"]) < timedelta(minutes=1)
        for name in ("a", "absent"):
            with pytest.raises(KeyError):
                await journal.forget_sink(name)
        await journal.forget_sink("b")
        assert [mark.sink for mark in await journal.sinks()] == ["a", "c"]
        assert await journal.parked("b") == []
        await journal.move_cursor("c", Cursor(3))
        assert await journal.name_sinks([]) == ["a", "c"]
        await journal.move_cursor("c", Cursor(4))
        assert {mark.sink for mark in await journal.sinks() if mark.orphaned_at} == {"a", "c"}


async def test_a_cursor_that_cannot_be_is_refused(folder: Path) -> None:
    async with opened(folder / "j.db", cursor_done_max=3) as journal:
        with pytest.raises(Unrecordable, match="the newest event is 0"):
            await journal.move_cursor("rows", Cursor(2))
        with pytest.raises(Unrecordable, match="4 done above 1"):
            await journal.move_cursor("rows", Cursor(1, frozenset({2, 3, 4, 5})))


def test_rows_become_what_was_written() -> None:
    assert cursor_from_row(3, "[5,9]") == Cursor(3, frozenset({5, 9}))
    assert cursor_from_row(3, "7") == cursor_from_row(3, "?") == Cursor(3)
    assert parked_from_row((7, "ward/1", "no such column", 5, 1_772_600_767_890_123)) == PARKED
    assert callable(write_cursor)
    assert callable(forget_sink)
