"""Builds that are broken on purpose: each guard of data has a test that fails without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lineside.runtime.step import Step
from lineside.slots.line import Release
from lineside.slots.model import tally
from lineside.slots.model.counting import Course, Judged
from lineside.slots.model.machine import Machine
from lineside.slots.model.memory import Memory
from tests.slots.model import test_machine, test_papers, test_tally


def fails(test: Callable[[], None]) -> None:
    with pytest.raises((AssertionError, KeyError, StopIteration)):
        test()


def test_acknowledging_before_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that does not depend on the record: also of a message whose record was refused."""

    def on_refused(self: Machine, step: Step, error: object, now: object) -> Step:
        return NOTHING_HELD

    monkeypatch.setattr(Machine, "on_refused", on_refused)
    fails(test_machine.test_refused_record_holds_the_line_and_is_tried_until_it_is_on_disk)


NOTHING_HELD = Step()


def test_exception_without_the_memory_that_it_is_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Memory._on_exception

    def forgets(self: Memory, event: object, at: object) -> None:
        original(self, event, at)  # type: ignore[arg-type]
        self.lasting.owes_ack = False

    monkeypatch.setitem(tally_changes(), next(iter(tally_changes())), forgets)
    fails(test_machine.test_restart_after_an_exception_without_acknowledgement_owes_it_before_anything)


def tally_changes() -> dict[type, object]:
    from lineside.slots.model import memory

    return memory._CHANGES  # type: ignore[return-value]


def test_rollover_taken_for_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(code: int, old: int, old_bytes: int, reading: object, share: int) -> Judged:
        change = reading.value - old  # type: ignore[attr-defined]
        return Judged(Course.FELL, 0) if change < 0 else Judged(Course.MOVED if change else Course.SAME, change)

    monkeypatch.setattr(tally, "judge", judge)
    fails(test_tally.test_rollover_is_counted_across_the_end_of_the_field)


def test_reset_taken_for_a_rollover(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(code: int, old: int, old_bytes: int, reading: object, share: int) -> Judged:
        change = (reading.value - old) % 10**8  # type: ignore[attr-defined]
        return Judged(Course.MOVED if change else Course.SAME, change)

    monkeypatch.setattr(tally, "judge", judge)
    fails(test_tally.test_meter_cleared_with_7a_is_a_reset_and_what_was_played_since_counts_from_zero)


def test_change_counted_from_the_beginning_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last value kept beside the journal: a new process takes the first reading's change again."""
    changes = tally_changes()
    reads = next(kind for kind in changes if kind.__name__ == "MeterRead")
    original = changes[reads]

    def only_the_first(self: Memory, event: object, at: object) -> None:
        if event.old is None:  # type: ignore[attr-defined]
            original(self, event, at)  # type: ignore[operator]

    monkeypatch.setitem(changes, reads, only_the_first)
    fails(test_tally.test_change_across_a_restart_is_counted_once)


def test_first_fall_believed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    original = tally.Tally.begin_round

    def holds_always(self: tally.Tally) -> None:
        original(self)
        self._is_holding = True

    monkeypatch.setattr(tally.Tally, "begin_round", holds_always)
    fails(test_tally.test_fall_that_is_seen_before_7a_is_heard_waits_for_it)


def test_validation_record_known_by_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from lineside.slots.model import papers

    monkeypatch.setattr(papers, "identity", lambda event: object())
    fails(test_papers.test_crash_between_look_and_mark_neither_loses_nor_doubles_a_record)
