"""Builds that are broken on purpose: each guard of data has a test that fails without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lineside.runtime.step import NOTHING, Event, Send, Step
from lineside.slots.line import ExceptionHeard, Release
from lineside.slots.model import LINE, memory, papers, tally
from lineside.slots.model import events as ev
from lineside.slots.model.counting import Course, Judged
from lineside.slots.model.machine import Machine
from lineside.slots.model.memory import Memory
from tests.slots.model import test_machine, test_papers, test_tally


def fails(test: Callable[[], None]) -> None:
    with pytest.raises((AssertionError, KeyError)):
        test()


def test_acknowledging_before_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The release in a step of its own, which no record can hold back; the record follows by the clock."""
    original = Machine._decide

    def releases_first(self: Machine, message: Any, now: Any) -> Step:
        if isinstance(message, ExceptionHeard) and not self._is_retry:
            self._refused.append(message)
            return Step(send=(Send(Release(), LINE),))
        return original(self, message, now)

    monkeypatch.setattr(Machine, "_decide", releases_first)
    fails(test_machine.test_exception_is_recorded_then_released_then_its_acknowledgement_is_recorded_and_released)
    fails(test_machine.test_refused_record_holds_the_line_and_is_tried_until_it_is_on_disk)


def test_refused_record_that_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Machine, "on_refused", lambda self, step, error, now: NOTHING)
    fails(test_machine.test_refused_record_holds_the_line_and_is_tried_until_it_is_on_disk)


def breaks(monkeypatch: pytest.MonkeyPatch, kind: type[Event], change: Callable[[Memory, Any, Any], None]) -> None:
    """Applying this kind of event is something else from here on."""
    monkeypatch.setitem(memory._CHANGES, kind, change)


def test_exception_without_the_memory_that_it_is_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgets(self: Memory, event: Any, at: Any) -> None:
        self._on_exception(event, at)
        self.lasting.owes_ack = False

    breaks(monkeypatch, ev.ExceptionRecorded, forgets)
    fails(test_machine.test_restart_after_an_exception_without_acknowledgement_owes_it_before_anything)


def test_rollover_taken_for_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(code: int, old: int, old_bytes: int, reading: Any, share: int) -> Judged:
        change = reading.value - old
        return Judged(Course.FELL, 0) if change < 0 else Judged(Course.MOVED if change else Course.SAME, change)

    monkeypatch.setattr(tally, "judge", judge)
    fails(test_tally.test_rollover_is_counted_across_the_end_of_the_field)


def test_reset_taken_for_a_rollover(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(code: int, old: int, old_bytes: int, reading: Any, share: int) -> Judged:
        change = (reading.value - old) % 10**8
        return Judged(Course.MOVED if change else Course.SAME, change)

    monkeypatch.setattr(tally, "judge", judge)
    fails(test_tally.test_meter_cleared_with_7a_is_a_reset_and_what_was_played_since_counts_from_zero)


def test_change_counted_from_the_beginning_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last value kept beside the journal: a new process takes the first reading's change again."""

    def only_the_first(self: Memory, event: Any, at: Any) -> None:
        if event.old is None:
            self._on_meter(event, at)

    breaks(monkeypatch, ev.MeterRead, only_the_first)
    fails(test_tally.test_change_across_a_restart_is_counted_once)


def test_first_fall_believed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    original = tally.Tally.begin_round

    def holds_always(self: tally.Tally) -> None:
        original(self)
        self._is_holding = True

    monkeypatch.setattr(tally.Tally, "begin_round", holds_always)
    fails(test_tally.test_fall_that_is_seen_before_7a_is_heard_waits_for_it)


def test_validation_record_known_by_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "identity", lambda event: object())
    fails(test_papers.test_crash_between_look_and_mark_neither_loses_nor_doubles_a_record)
