"""The runner around the lanes: away and back, poison, the cursor after the acknowledgement, status, and stopping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from lineside.errors import JournalError, RowRefused, SinkAway
from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.clock import ManualClock
from lineside.runtime.journal import Cursor
from lineside.runtime.sink import SinkRunner
from lineside.runtime.sink_settings import SinkSettings
from lineside.runtime.sink_status import SinkState, SinkStatus
from tests.support.plain_events import PlainJournal
from tests.support.wait import until

SETTINGS = SinkSettings(
    deliver_events_max=4, tries_max=3, cursor_period_s=0.0, backoff=BackoffSettings(first_s=1.0, cap_s=8.0, jitter=0.0)
)


class Outside:
    """A target made of lists; says what it is told to say."""

    name = "rows"

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.calls: list[list[int]] = []
        self.poison: set[int] = set()
        self.error: Exception | None = None
        self.answers: Mapping[int, Any] | None = None
        self.gate: asyncio.Event | None = None
        self.flying = 0
        self.flying_max = 0
        self.names_poison = True

    def order_key(self, recorded: Any) -> str | None:
        return None if recorded.stream.startswith("lineside/") else recorded.stream

    async def deliver(self, batch: list[Any]) -> Mapping[int, Any] | None:
        seqs = [recorded.seq for recorded in batch]
        self.calls.append(seqs)
        self.flying += 1
        self.flying_max = max(self.flying_max, self.flying)
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.error is not None:
                raise self.error
            for seq in seqs:
                if seq in self.poison:
                    raise RowRefused(f"row {seq} does not fit", seq if self.names_poison else None)
            self.taken += seqs
            return self.answers
        finally:
            self.flying -= 1


class Setting:
    """One running sink with all that is around it."""

    def __init__(self, journal: PlainJournal, outside: Outside, settings: SinkSettings = SETTINGS, **more: Any) -> None:
        self.journal = journal
        self.outside = outside
        self.clock = ManualClock()
        self.told: list[SinkStatus] = []
        self.runner = SinkRunner(journal, outside, settings, self.clock, Random(1), on_status=self.told.append, **more)

    def states(self) -> list[SinkState]:
        return [status.state for status in self.told]

    async def advance_until(self, condition: Any, step_s: float = 0.5) -> float:
        """Turn the clock until something is true; the seconds that took."""
        waited_s = 0.0
        for _ in range(2000):
            await settle()
            if condition():
                return waited_s
            self.clock.advance(step_s)
            waited_s += step_s
        raise AssertionError("never came true")


async def settle() -> None:
    """Let everything that can run now do so."""
    for _ in range(30):
        await asyncio.sleep(0)


@asynccontextmanager
async def running(setting: Setting) -> AsyncIterator[Setting]:
    task = asyncio.create_task(setting.runner.run())
    await settle()
    try:
        yield setting
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_delivers_everything_once_and_moves_the_cursor_behind_it() -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.journal.add("ward/1", 10)
    async with running(setting):
        await setting.advance_until(lambda: len(setting.outside.taken) == 10)
        setting.journal.add("ward/2", 5)
        await setting.advance_until(lambda: len(setting.outside.taken) == 15)
        await setting.advance_until(lambda: setting.journal.cursors.get("rows") == Cursor(16, frozenset()))
        status = setting.runner.status()
    assert setting.outside.taken == list(range(1, 16))
    assert (status.state, status.delivered, status.backlog.events) == (SinkState.RUNNING, 15, 0)
    assert setting.states()[-1] is SinkState.STOPPED


async def test_cursor_is_kept_before_anything_is_read_so_that_it_holds_pruning_back() -> None:
    setting = Setting(PlainJournal(), Outside())
    async with running(setting):
        assert setting.journal.cursors == {"rows": Cursor(1, frozenset())}


async def test_goes_on_from_the_cursor_and_leaves_out_what_is_done_above_it() -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.journal.add("ward/1", 6)
    setting.journal.cursors["rows"] = Cursor(3, frozenset({5}))
    async with running(setting):
        await setting.advance_until(lambda: len(setting.outside.taken) == 3)
    assert setting.outside.taken == [3, 4, 6]


async def test_cursor_stays_until_the_target_has_acknowledged() -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.outside.gate = asyncio.Event()
    setting.journal.add("ward/1", 3)
    async with running(setting):
        await setting.advance_until(lambda: setting.outside.calls)
        assert all(cursor == Cursor(1, frozenset()) for cursor in setting.journal.moves)
        setting.outside.gate.set()
        await setting.advance_until(lambda: setting.journal.moves and setting.journal.moves[-1].low == 4)


async def test_events_without_a_key_pass_by() -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.journal.add("lineside/journal", 3)
    setting.journal.add("ward/1")
    setting.journal.add("lineside/journal", 3)
    async with running(setting):
        await setting.advance_until(lambda: setting.journal.moves and setting.journal.moves[-1].low == 8)
    assert setting.outside.taken == [4]


async def test_lanes_run_beside_each_other_within_the_limit() -> None:
    setting = Setting(PlainJournal(), Outside(), SinkSettings(deliver_events_max=1, lanes_max=3))
    setting.outside.gate = asyncio.Event()
    for unit in range(6):
        setting.journal.add(f"ward/{unit}", 2)
    async with running(setting):
        await setting.advance_until(lambda: setting.outside.flying == 3)
        setting.outside.gate.set()
        await setting.advance_until(lambda: len(setting.outside.taken) == 12)
    assert setting.outside.flying_max == 3


async def test_target_that_is_away_is_tried_for_ever_with_capped_waits() -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.outside.error = SinkAway("connection refused")
    setting.journal.add("ward/1", 6)
    async with running(setting):
        waits = []
        for calls in range(2, 8):
            waits.append(await setting.advance_until(lambda calls=calls: len(setting.outside.calls) == calls))
        status = setting.runner.status()
        assert (status.state, status.reason) == (SinkState.WAITING, "connection refused")
        assert status.next_attempt is not None
        assert status.next_attempt > setting.clock.now().utc
        assert status.backlog.events == 6
        setting.outside.error = None
        await setting.advance_until(lambda: len(setting.outside.taken) == 6)
        assert setting.runner.status().state is SinkState.RUNNING
    assert waits == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert setting.outside.taken == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("error", [OSError("no route"), TimeoutError(), JournalError("full")])
async def test_other_absences_are_waited_out_too(error: Exception) -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.outside.error = error
    setting.journal.add("ward/1")
    async with running(setting):
        await setting.advance_until(lambda: len(setting.outside.calls) == 2)
        assert setting.runner.status().state is SinkState.WAITING
        setting.outside.error = None
        await setting.advance_until(lambda: setting.outside.taken == [1])


async def test_delivery_without_an_end_is_given_up_and_repeated() -> None:
    setting = Setting(PlainJournal(), Outside(), SinkSettings(deliver_s_max=0.01))
    setting.outside.gate = asyncio.Event()
    setting.journal.add("ward/1")
    async with running(setting):
        await until(lambda: setting.runner.status().state is SinkState.WAITING)
        assert "no answer within" in setting.runner.status().reason
        setting.outside.gate.set()
        await setting.advance_until(lambda: setting.outside.taken == [1])


@pytest.mark.parametrize("names_poison", [True, False])
async def test_poison_parks_its_lane_and_not_the_others(names_poison: bool) -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.outside.poison = {2}
    setting.outside.names_poison = names_poison
    for _ in range(5):
        setting.journal.add("ward/1")
        setting.journal.add("ward/2")
    setting.outside.poison = {3}
    async with running(setting):
        await setting.advance_until(lambda: setting.runner.status().parked)
        await setting.advance_until(lambda: len(setting.outside.taken) == 6)
        status = setting.runner.status()
        assert status.state is SinkState.PARKED
        assert [(parked.seq, parked.lane, parked.tries) for parked in status.parked] == [(3, "ward/1", 3)]
        assert "does not fit" in status.parked[0].error
        assert status.backlog.events == 4
        await setting.advance_until(lambda: ("rows", 3) in setting.journal.parked_rows)
    assert sorted(setting.outside.taken) == [1, 2, 4, 6, 8, 10]
    assert setting.journal.cursors["rows"] == Cursor(3, frozenset({4, 6, 8, 10}))


async def parked_setting() -> Setting:
    """A journal whose event 1 is parked, 3 and 5 behind it, 2 and 4 done."""
    setting = Setting(PlainJournal(), Outside())
    setting.outside.poison = {1}
    for stream in ("ward/1", "ward/2", "ward/1", "ward/2", "ward/1"):
        setting.journal.add(stream)
    async with running(setting):
        await setting.advance_until(lambda: ("rows", 1) in setting.journal.parked_rows)
        await setting.advance_until(lambda: sorted(setting.outside.taken) == [2, 4])
    return setting


async def test_parked_event_stays_parked_over_a_restart_and_goes_when_unparked() -> None:
    before = await parked_setting()
    setting = Setting(before.journal, Outside())
    async with running(setting):
        await setting.advance_until(lambda: setting.runner.status().state is SinkState.PARKED)
        assert setting.outside.calls == []
        assert await setting.runner.unpark(1)
        await setting.advance_until(lambda: setting.outside.taken == [1, 3, 5])
        assert not await setting.runner.unpark(1)
        assert setting.runner.status().state is SinkState.RUNNING
    assert setting.journal.parked_rows == {}
    assert setting.journal.cursors["rows"] == Cursor(6, frozenset())


async def test_parked_event_that_is_given_up_counts_as_done() -> None:
    before = await parked_setting()
    setting = Setting(before.journal, Outside())
    async with running(setting):
        await setting.advance_until(lambda: setting.runner.status().state is SinkState.PARKED)
        assert await setting.runner.skip(1)
        assert not await setting.runner.skip(1)
        await setting.advance_until(lambda: setting.outside.taken == [3, 5])
    assert setting.journal.parked_rows == {}
    assert setting.journal.cursors["rows"] == Cursor(6, frozenset())


async def test_unpark_changes_nothing_when_the_journal_refuses() -> None:
    before = await parked_setting()
    setting = Setting(before.journal, Outside())
    async with running(setting):
        await setting.advance_until(lambda: setting.runner.status().state is SinkState.PARKED)
        setting.journal.broken = "disk full"
        with pytest.raises(JournalError):
            await setting.runner.unpark(1)
        assert [parked.seq for parked in setting.runner.status().parked] == [1]
        setting.journal.broken = ""


async def test_too_much_done_above_a_parked_event_holds_the_sink_with_a_reason() -> None:
    setting = Setting(PlainJournal(), Outside(), SinkSettings(tries_max=1, done_events_max=5))
    setting.outside.poison = {1}
    setting.journal.add("ward/1")
    async with running(setting):
        await setting.advance_until(lambda: setting.runner.status().parked)
        setting.journal.add("ward/2", 50)
        await setting.advance_until(lambda: setting.runner.status().state is SinkState.HELD)
        assert "event 1 holds" in setting.runner.status().reason
        setting.outside.poison = set()
        assert await setting.runner.unpark(1)
        await setting.advance_until(lambda: len(setting.outside.taken) == 51)
    assert len(set(setting.outside.taken)) == 51


async def test_fault_in_the_targets_code_parks_the_event_and_not_the_sink() -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.outside.error = KeyError("amount")
    setting.journal.add("ward/1")
    async with running(setting):
        await setting.advance_until(lambda: setting.runner.status().parked)
        assert "KeyError" in setting.runner.status().parked[0].error
        setting.outside.error = None
        setting.journal.add("ward/2")
        await setting.advance_until(lambda: setting.outside.taken == [2])


async def test_fault_in_the_order_key_parks_the_event_and_not_the_sink() -> None:
    class Faulty(Outside):
        def order_key(self, recorded: Any) -> str | None:
            if recorded.seq == 1:
                raise KeyError("unit")
            return super().order_key(recorded)

    setting = Setting(PlainJournal(), Faulty())
    setting.outside.poison = {1}
    setting.journal.add("ward/1")
    setting.journal.add("ward/2")
    async with running(setting):
        await setting.advance_until(lambda: setting.runner.status().parked)
        await setting.advance_until(lambda: setting.outside.taken == [2])


async def test_answers_reach_the_unit_before_the_cursor_moves() -> None:
    told: list[tuple[int, Any]] = []
    fails = [True]

    async def on_answer(recorded: Any, answer: Any) -> None:
        if fails.pop() if fails else False:
            raise JournalError("no room")
        told.append((recorded.seq, answer))
        assert all(cursor.low <= recorded.seq for cursor in setting.journal.moves)

    setting = Setting(PlainJournal(), Outside(), on_answer=on_answer)
    setting.outside.answers = {2: "paid"}
    setting.journal.add("ward/1", 3)
    async with running(setting):
        await setting.advance_until(lambda: setting.journal.moves and setting.journal.moves[-1].low == 4)
    assert told == [(2, "paid")]
    assert setting.outside.calls == [[1, 2, 3], [1, 2, 3]]


async def test_journal_that_does_not_keep_the_cursor_is_a_state_and_is_tried_again() -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.journal.add("ward/1", 2)
    async with running(setting):
        await setting.advance_until(lambda: setting.journal.moves and setting.journal.moves[-1].low == 3)
        setting.journal.add("ward/1", 1)
        setting.journal.broken = "disk full"
        await setting.advance_until(lambda: setting.runner.status().state is SinkState.WAITING)
        assert "disk full" in setting.runner.status().reason
        setting.journal.broken = ""
        await setting.advance_until(lambda: setting.journal.moves[-1].low == 4)
        assert setting.runner.status().state is SinkState.RUNNING


async def test_start_waits_for_a_journal_that_does_not_answer() -> None:
    setting = Setting(PlainJournal(), Outside())
    setting.journal.add("ward/1")
    setting.journal.broken = "damaged"
    async with running(setting):
        await settle()
        assert setting.runner.status().state is SinkState.STARTING
        assert "damaged" in setting.runner.status().reason
        setting.journal.broken = ""
        await setting.advance_until(lambda: setting.outside.taken == [1])


async def test_stop_writes_the_last_cursor() -> None:
    slow = SinkSettings(cursor_period_s=3600.0)
    setting = Setting(PlainJournal(), Outside(), slow)
    async with running(setting):
        setting.journal.add("ward/1")
        await setting.advance_until(lambda: setting.outside.taken == [1], step_s=0.0)
        setting.journal.add("ward/1")
        await setting.advance_until(lambda: setting.outside.taken == [1, 2], step_s=0.0)
        assert all(cursor.low < 3 for cursor in setting.journal.moves)
    assert setting.journal.cursors["rows"] == Cursor(3, frozenset())


async def test_backlog_is_in_events_bytes_and_hours_at_the_present_rate() -> None:
    setting = Setting(PlainJournal(), Outside(), SinkSettings(deliver_events_max=1, window_events_max=10))
    setting.journal.add("ward/1", 100, data=bytes(50))
    async with running(setting):
        await setting.advance_until(lambda: len(setting.outside.taken) == 100)
        assert setting.runner.backlog().hours == 0.0
        setting.outside.error = SinkAway("gone")
        setting.journal.add("ward/1", 200, data=bytes(50))
        await settle()
        backlog = setting.runner.backlog()
        assert (backlog.events, backlog.bytes) == (200, 10_000)
        assert backlog.hours is not None
        assert backlog.hours > 0
        assert backlog.oldest_at is not None
        setting.clock.advance(3600)
        assert setting.runner.backlog().hours is None


async def test_window_bounds_what_is_in_memory() -> None:
    setting = Setting(PlainJournal(), Outside(), SinkSettings(window_events_max=20))
    setting.outside.gate = asyncio.Event()
    setting.journal.add("ward/1", 500)
    async with running(setting):
        await settle()
        assert setting.runner._lanes.waiting()[0] == 20
        assert setting.runner.backlog().events == 500
        setting.outside.gate.set()
        await setting.advance_until(lambda: len(setting.outside.taken) == 500)
