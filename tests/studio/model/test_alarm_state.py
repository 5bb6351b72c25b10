"""The list of alarms, by events alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lineside.runtime.step import Event
from lineside.studio.model.alarm_state import RECOVERED_MAX, Alarms
from lineside.studio.model.events import (
    TableAlarmAcknowledged,
    TableAlarmRaised,
    TableAlarmRecovered,
    TableAlarmRepeated,
    TableMade,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)


def alarms_after(*events: Event) -> Alarms:
    alarms = Alarms()
    for index, event in enumerate(events):
        alarms.apply(event, AT + timedelta(seconds=index))
    return alarms


def test_alarm_is_open_until_it_recovers() -> None:
    alarms = alarms_after(TableAlarmRaised("SDP", "down"))
    assert (alarms.is_open("SDP"), alarms.is_open("IDP"), alarms.open_count) == (True, False, 1)
    alarms.apply(TableAlarmRecovered("SDP"), AT)
    assert (alarms.is_open("SDP"), alarms.open_count) == (False, 0)
    assert [alarm.recovered for alarm in alarms] == [True]


def test_repetition_is_counted_with_its_moment() -> None:
    alarms = alarms_after(TableAlarmRaised("SDP", "down"), TableAlarmRepeated("SDP"))
    alarm = alarms.get("SDP")
    assert alarm is not None
    assert (alarm.told, alarm.told_at, alarm.since, alarm.count) == (2, AT + timedelta(seconds=1), AT, 1)


def test_alarm_that_is_over_and_seen_is_off_the_list_whichever_came_first() -> None:
    raised, seen, over = TableAlarmRaised("SDP", ""), TableAlarmAcknowledged("SDP", "anna"), TableAlarmRecovered("SDP")
    assert list(alarms_after(raised, seen, over)) == list(alarms_after(raised, over, seen)) == []


def test_alarm_that_is_raised_again_is_the_newest_and_unseen() -> None:
    alarms = alarms_after(
        TableAlarmRaised("SDP", "a"),
        TableAlarmRaised("IDP", ""),
        TableAlarmRecovered("SDP"),
        TableAlarmRaised("SDP", "b"),
    )
    assert [(alarm.alarm, alarm.text, alarm.count) for alarm in alarms] == [("IDP", "", 1), ("SDP", "b", 2)]


def test_events_about_what_is_not_in_the_list_change_nothing() -> None:
    unknown = (TableAlarmRepeated("X"), TableAlarmRecovered("X"), TableAlarmAcknowledged("X", "anna"), TableMade())
    assert list(alarms_after(*unknown)) == []


def test_recovered_alarms_are_bounded_and_open_ones_stay() -> None:
    alarms = alarms_after(TableAlarmRaised("open", ""))
    for index in range(RECOVERED_MAX + 5):
        alarms.apply(TableAlarmRaised(f"a{index}", ""), AT)
        alarms.apply(TableAlarmRecovered(f"a{index}"), AT)
    assert [alarm.alarm for alarm in alarms][:2] == ["open", "a5"]
    assert len(list(alarms)) == RECOVERED_MAX + 1


def test_list_is_the_same_after_carry_and_restore() -> None:
    alarms, other = alarms_after(TableAlarmRaised("SDP", "down")), Alarms()
    other.restore(alarms.carry())
    assert other.carry() == alarms.carry()
