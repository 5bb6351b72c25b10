"""Polls of a round and the meters in their answers."""

from __future__ import annotations

from lineside.slots.model import MeterSource
from lineside.slots.model.readings import MeterPoll, polls_for, readings_of, request
from lineside.slots.wire import MachineMeters, MeterReading, MeterReadings, SingleMeter

NONE: frozenset[int] = frozenset()


def test_lists_hold_as_many_codes_as_their_poll() -> None:
    codes = (*range(25), 0x1234)
    assert [len(poll.codes) for poll in polls_for(MeterSource.EXTENDED, codes, NONE)] == [12, 12, 2]
    assert [len(poll.codes) for poll in polls_for(MeterSource.SHORT, codes, NONE)] == [10, 10, 5]


def test_totals_fall_back_to_19() -> None:
    assert [poll.command for poll in polls_for(MeterSource.TOTALS, (), NONE)] == [0x0F, 0x1C, 0x1A]
    assert [poll.command for poll in polls_for(MeterSource.TOTALS, (), frozenset({0x1C}))] == [0x0F, 0x19, 0x1A]


def test_twins_alternate() -> None:
    assert [request(MeterPoll(0, (1,)), turn)[0] for turn in (1, 2, 3)] == [0xAF, 0x6F, 0xAF]


def test_answers_become_readings_of_the_whole_machine() -> None:
    reading = MeterReading(0, 0, 5, 9)
    assert readings_of(0x6F, MeterReadings(0, (reading,))) == (reading,)
    assert readings_of(0x6F, MeterReadings(1, (MeterReading(0, 1, 5, 9),))) == ()
    assert readings_of(0x1A, SingleMeter(7)) == (MeterReading(0x0C, 0, 7, 4),)
    assert readings_of(0x31, SingleMeter(7)) == ()
    assert {one.code for one in readings_of(0x1C, MachineMeters(1, 2, 3, 4, 5, 6, 7, 8))} == {0, 1, 0x24, 2, 5, 6}
