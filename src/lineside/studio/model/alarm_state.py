"""The alarms of a table: raised, repeated, recovered, acknowledged. Changes by events alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from lineside.runtime.step import Event
from lineside.studio.model.events import (
    TableAlarmAcknowledged,
    TableAlarmRaised,
    TableAlarmRecovered,
    TableAlarmRepeated,
)

RECOVERED_MAX = 32
"""Alarms that are over and that nobody acknowledged: enough for a night; the oldest goes first."""


class AlarmState(msgspec.Struct):
    """One alarm of the list.

    Attributes:
        since: when it was raised (last).
        count: how often it was raised since it stands in the list.
        told: how often it was told: raised and repeated.
        told_at: when that was last.
    """

    alarm: str
    text: str
    since: datetime
    count: int
    told: int
    told_at: datetime
    acknowledged_by: str = ""
    recovered: bool = False


class Alarms:
    """The list, oldest first: what is open, and what recovered without anybody having seen it."""

    def __init__(self) -> None:
        self._alarms: dict[str, AlarmState] = {}

    def __iter__(self) -> Iterator[AlarmState]:
        return iter(self._alarms.values())

    @property
    def open_count(self) -> int:
        """Alarms that have not recovered."""
        return sum(not alarm.recovered for alarm in self._alarms.values())

    def get(self, alarm: str) -> AlarmState | None:
        """The alarm of that name, or None when it is not in the list."""
        return self._alarms.get(alarm)

    def is_open(self, alarm: str) -> bool:
        """Whether it was raised and has not recovered."""
        one = self._alarms.get(alarm)
        return one is not None and not one.recovered

    def apply(self, event: Event, at: datetime) -> None:
        """Take one event; those about other things change nothing."""
        match event:
            case TableAlarmRaised(alarm=alarm, text=text):
                before = self._alarms.pop(alarm, None)
                count = before.count + 1 if before is not None else 1
                self._alarms[alarm] = AlarmState(alarm, text, at, count, 1, at)
            case TableAlarmRepeated(alarm=alarm) if alarm in self._alarms:
                one = self._alarms[alarm]
                one.told, one.told_at = one.told + 1, at
            case TableAlarmRecovered(alarm=alarm) if alarm in self._alarms:
                self._recover(self._alarms[alarm])
            case TableAlarmAcknowledged(alarm=alarm, by=by) if alarm in self._alarms:
                self._alarms[alarm].acknowledged_by = by
                if self._alarms[alarm].recovered:
                    del self._alarms[alarm]

    def carry(self) -> list[AlarmState]:
        """The whole list."""
        return list(self._alarms.values())

    def restore(self, states: list[AlarmState]) -> None:
        """Take what `carry` gave."""
        self._alarms = {state.alarm: state for state in states}

    def _recover(self, one: AlarmState) -> None:
        one.recovered = True
        if one.acknowledged_by:  # somebody knows of it: nothing is left to see
            del self._alarms[one.alarm]
            return
        recovered = [alarm.alarm for alarm in self._alarms.values() if alarm.recovered]
        if len(recovered) > RECOVERED_MAX:
            del self._alarms[recovered[0]]
