"""The keeper writes what moved, once, in one piece, and survives a journal that refuses."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from lineside.errors import JournalError
from lineside.runtime.clock import ManualClock
from lineside.runtime.journal import Cursor, Parked
from lineside.runtime.sink_cursor import CursorKeeper
from lineside.runtime.sink_settings import SinkSettings
from tests.support.plain_events import PlainJournal, recorded


def make(journal: PlainJournal) -> tuple[CursorKeeper, ManualClock]:
    clock = ManualClock()
    return CursorKeeper("rows", journal, SinkSettings(cursor_period_s=1.0), clock, Random(1)), clock


def do_one(keeper: CursorKeeper, seq: int) -> None:
    keeper.lanes.offer(recorded(seq), "ward/1")
    batch = keeper.lanes.take(1, 0.0)
    assert batch is not None
    keeper.lanes.finish(batch)
    keeper.moved()


def parked(seq: int) -> Parked:
    return Parked(seq, "ward/1", "no", 5, recorded(seq).at)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_load_keeps_the_cursor_and_gives_back_what_is_parked() -> None:
    journal = PlainJournal()
    journal.parked_rows["rows", 4] = parked(4)
    keeper, _ = make(journal)
    await keeper.load(lambda trouble: None)
    assert journal.cursors["rows"] == Cursor(1, frozenset())
    assert [one.seq for one in keeper.lanes.parked()] == [4]


async def test_save_writes_only_what_moved() -> None:
    journal = PlainJournal()
    keeper, _ = make(journal)
    await keeper.load(lambda trouble: None)
    await keeper.save()
    assert len(journal.moves) == 1
    do_one(keeper, 1)
    await keeper.save()
    await keeper.save()
    assert journal.moves[1:] == [Cursor(2, frozenset())]


async def test_run_writes_at_most_once_in_a_period() -> None:
    journal = PlainJournal()
    keeper, clock = make(journal)
    await keeper.load(lambda trouble: None)
    task = asyncio.create_task(keeper.run(lambda: None))
    for seq in (1, 2, 3):
        do_one(keeper, seq)
        await settle()
    assert [cursor.low for cursor in journal.moves] == [1, 2]
    clock.advance(1.0)
    await settle()
    assert [cursor.low for cursor in journal.moves] == [1, 2, 4]
    task.cancel()


async def test_refused_write_is_told_and_repeated_with_the_parked_events() -> None:
    journal = PlainJournal()
    keeper, clock = make(journal)
    await keeper.load(lambda trouble: None)
    told: list[str] = []
    task = asyncio.create_task(keeper.run(lambda: told.append(keeper.trouble)))
    journal.broken = "disk full"
    keeper.parked(parked(1))
    await settle()
    assert "disk full" in told[-1]
    journal.broken = ""
    clock.advance(60.0)
    await settle()
    assert told[-1] == ""
    assert ("rows", 1) in journal.parked_rows
    task.cancel()


async def test_event_released_before_its_parking_was_written_is_not_parked_afterwards() -> None:
    journal = PlainJournal()
    keeper, _ = make(journal)
    await keeper.load(lambda trouble: None)
    keeper.parked(parked(1))
    await asyncio.gather(keeper.release_now(1), keeper.save())
    await keeper.save()
    assert journal.parked_rows == {}


async def test_release_now_raises_when_the_journal_refuses() -> None:
    journal = PlainJournal()
    keeper, _ = make(journal)
    await keeper.load(lambda trouble: None)
    journal.broken = "disk full"
    with pytest.raises(JournalError):
        await keeper.release_now(1)
