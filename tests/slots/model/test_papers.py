"""Handpays and validation records: on disk before the machine may forget them, and once."""

from __future__ import annotations

import datetime
from typing import Any

from lineside.slots.line import FailReason, PollDone, Release, Want
from lineside.slots.model import LINE
from lineside.slots.model import events as ev
from lineside.slots.wire import NO_HANDPAY, Handpay, LongPoll, ValidationRecord
from tests.slots.model.story import Story

NOTHING = ValidationRecord(0, 0, None, datetime.time(), "0" * 16, 0, 0, 0, "0" * 8, 0)


def record(index: int) -> ValidationRecord:
    return ValidationRecord(
        0, index, datetime.date(2026, 1, 1), datetime.time(12), f"{index:016d}", 2500, index, 0, "00000030", 0
    )


class Printer:
    """The validation buffer of a machine: FF looks, 00 marks."""

    def __init__(self, *records: ValidationRecord) -> None:
        self.records = list(records)

    def __call__(self, asked: Any) -> ValidationRecord:
        if not self.records:
            return NOTHING
        return self.records[0] if asked.function else self.records.pop(0)


def test_handpay_is_read_with_the_line_held_and_recorded_before_the_release() -> None:
    story = Story().comes_up()
    told = [Handpay(0, 0, 500_000, 0, 1)]
    story.answers[0x1B] = lambda asked: told.pop(0) if told else NO_HANDPAY
    story.raises(0x51)
    story.sent.clear()
    story.turns_due()
    (want,) = [one for one in story.sent if isinstance(one, Want) and one.poll.command == 0x1B]
    assert want.hold
    step = story.answers_to(want)
    assert step.record == (ev.HandpayRecorded(amount_cents=500_000, level=0, reset_id=1),)
    assert step.send[-1].message == Release()
    story.works()
    assert (story.status.handpay, story.status.handpay_cents) == (True, 500_000)
    story.tells(0x52)
    assert (story.status.handpay, story.status.handpay_cents) == (False, None)
    assert story.of(ev.HandpaysRead) == []


def test_several_handpays_are_read_until_there_is_none() -> None:
    story = Story().comes_up()
    told = [Handpay(0, 0, 1, 0, 0), Handpay(0, 0, 1, 0, 0)]
    story.answers[0x1B] = lambda asked: told.pop(0) if told else NO_HANDPAY
    story.raises(0x51)
    story.raises(0x51)
    story.works()
    assert len(story.of(ev.HandpayRecorded)) == 2, "two equal ones are two"


def test_machine_that_tells_the_same_handpay_again_is_recorded_once() -> None:
    story = Story().comes_up()
    story.answers[0x1B] = Handpay(0, 0, 500, 0, 0)
    story.tells(0x51)
    assert len(story.of(ev.HandpayRecorded)) == 1


def test_handpay_that_nobody_can_read_any_more_is_recorded_as_missed() -> None:
    story = Story().comes_up()
    story.raises(0x51)
    story.restarts()
    story.comes_up()
    assert story.of(ev.HandpaysRead) == [ev.HandpaysRead(missed=True)]


def test_answer_to_the_poll_of_before_a_start_is_recorded_once_before_its_release() -> None:
    for is_on_disk in (False, True):
        story = Story().comes_up()
        story.raises(0x51)
        handpay = Handpay(0, 0, 5, 0, 0)
        if is_on_disk:
            story.hears(PollDone(1, "handpay.1", LongPoll(1, 0x1B), handpay, b"", 1), LINE)
        story.restarts()
        step = story.hears(PollDone(1, "again", LongPoll(1, 0x1B), handpay, b"", 1), LINE)
        assert step.send[-1].message == Release()
        story.comes_up()
        assert [event.amount_cents for event in story.of(ev.HandpayRecorded)] == [5]


def test_validation_record_is_looked_at_recorded_and_then_marked() -> None:
    story = Story().comes_up()
    story.answers[0x4D] = Printer(record(1), record(2))
    story.tells(0x3D)
    assert [event.index for event in story.of(ev.ValidationRead)] == [1, 2]
    assert len(story.of(ev.RecordsRead)) == 1
    assert not story.machine.carry().records_due


def test_crash_between_look_and_mark_neither_loses_nor_doubles_a_record() -> None:
    story = Story().comes_up()
    printer = story.answers[0x4D] = Printer(record(1), record(2))
    story.raises(0x3D)
    story.sent.clear()
    story.turns_due()
    (look,) = [one for one in story.sent if isinstance(one, Want) and one.poll.command == 0x4D]
    story.answers_to(look)
    story.restarts()
    story.comes_up()
    assert [event.index for event in story.of(ev.ValidationRead)] == [1, 2]
    assert printer.records == []


def test_machine_that_cannot_look_ahead_is_read_as_it_is() -> None:
    story = Story().comes_up()
    printer = Printer(record(1), record(2))
    story.answers[0x4D] = lambda asked: FailReason.SILENCE if asked.function else printer(asked)
    story.tells(0x3E)
    assert [event.index for event in story.of(ev.ValidationRead)] == [1, 2]


def test_refused_record_keeps_the_line_held() -> None:
    story = Story().comes_up()
    told = [Handpay(0, 0, 7, 0, 0)]
    story.answers[0x1B] = lambda asked: told.pop(0) if told else NO_HANDPAY
    story.raises(0x51)
    story.sent.clear()
    story.turns_due()
    want = next(one for one in story.sent if isinstance(one, Want) and one.poll.command == 0x1B)
    story.sent.clear()
    story.writable = False
    story.answers_to(want)
    assert Release() not in story.sent
    story.writable = True
    story.waits(1.5)
    assert Release() in story.sent
    assert len(story.of(ev.HandpayRecorded)) == 1
