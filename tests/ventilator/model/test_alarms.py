"""The list: oldest first, no name twice, shown before it is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from lineside.ventilator.model.alarms import ARDUINO_FAIL, Alarms, CarriedAlarm, latched_from, name_of, raised
from lineside.ventilator.model.events import AlarmAcknowledged, AlarmLatched
from lineside.ventilator.wire import Alarm, Priority

AT = datetime(2026, 1, 1, tzinfo=UTC)
APNEA = AlarmLatched("APNEA", 1, "high", "controller", 7)
LOW_PEEP = AlarmLatched("LOW_PEEP", 18, "high", "controller", 0)


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_alarm_is_listed_before_it_is_recorded() -> None:
    alarms = Alarms()
    alarms.see(APNEA, at(1))
    assert (alarms.names, alarms.waiting, alarms.unrecorded("APNEA")) == (["APNEA"], (APNEA,), APNEA)
    assert alarms.is_listed("APNEA")
    assert alarms.has_waiting
    assert not alarms.is_latched("APNEA")
    (line,) = alarms.view().alarms
    assert (line.since, line.last, line.count, line.recorded) == (at(1), at(1), 1, False)


def test_record_keeps_what_was_counted_while_it_was_on_its_way() -> None:
    alarms = Alarms()
    alarms.see(APNEA, at(1))
    alarms.count("APNEA", at(2))
    alarms.latch(APNEA, at(3))
    (line,) = alarms.view().alarms
    assert (line.since, line.last, line.count, line.recorded) == (at(3), at(2), 2, True)
    assert not alarms.has_waiting
    assert alarms.unrecorded("APNEA") is None


def test_alarm_that_is_listed_is_seen_once() -> None:
    alarms = Alarms()
    alarms.see(APNEA, at(1))
    alarms.see(msgspec.structs.replace(APNEA, param=9), at(2))
    alarms.latch(APNEA, at(3))
    alarms.see(APNEA, at(4))
    assert alarms.waiting == ()
    assert alarms.view().alarms[0].count == 1


def test_record_of_a_latched_alarm_changes_nothing() -> None:
    alarms = Alarms()
    alarms.latch(APNEA, at(1))
    alarms.latch(APNEA, at(2))
    assert alarms.carry() == [CarriedAlarm(APNEA, at(1))]


def test_alarm_that_is_not_listed_is_not_counted() -> None:
    alarms = Alarms()
    alarms.count("APNEA", at(1))
    assert alarms.names == []


@pytest.mark.parametrize("recorded", [True, False])
def test_acknowledged_alarm_is_off_the_list(recorded: bool) -> None:
    alarms = Alarms()
    alarms.see(APNEA, at(1))
    alarms.see(LOW_PEEP, at(1))
    if recorded:
        alarms.latch(APNEA, at(2))
    alarms.acknowledge(AlarmAcknowledged("APNEA", "operator anna"))
    alarms.acknowledge(AlarmAcknowledged("APNEA", "operator anna"))
    assert alarms.names == ["LOW_PEEP"]


def test_list_is_oldest_first_and_what_waits_stands_behind() -> None:
    alarms = Alarms()
    alarms.see(LOW_PEEP, at(1))
    alarms.latch(APNEA, at(2))
    assert alarms.names == ["APNEA", "LOW_PEEP"]
    assert [line.recorded for line in alarms.view().alarms] == [True, False]


def test_carried_list_is_the_recorded_part() -> None:
    alarms = Alarms()
    alarms.latch(APNEA, at(1))
    alarms.see(LOW_PEEP, at(2))
    again = Alarms()
    again.restore(msgspec.json.decode(msgspec.json.encode(alarms.carry()), type=list[CarriedAlarm]))
    assert again.names == ["APNEA"]
    (line,) = again.view().alarms
    assert (line.since, line.last, line.count, line.recorded) == (at(1), at(1), 1, True)


@pytest.mark.parametrize(("priority", "shown"), [(Priority.LOW, "low"), (Priority.HIGH, "high"), (None, "medium")])
def test_alarm_of_the_controller_keeps_its_rank_or_is_medium(priority: Priority | None, shown: str) -> None:
    alarm = Alarm(1, "APNEA", priority, 7)
    assert latched_from(alarm, 0xA0) == AlarmLatched("APNEA", 1, shown, "controller", 7)
    assert name_of(alarm) == "APNEA"


def test_code_without_a_name_is_the_fault_of_the_controller() -> None:
    alarm = Alarm(99, None, None)
    latched = latched_from(alarm, 0xA0)
    assert name_of(alarm) == latched.name == ARDUINO_FAIL
    assert latched.text == "alarm code 99 is not in the table of version 0xa0"
    assert latched == raised(latched.text)
