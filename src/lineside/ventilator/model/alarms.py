"""The list of latched alarms: oldest first, no name twice, until a client acknowledges the name.

The list itself is lasting state and changes by events alone. How often an alarm was repeated is counted in memory.
An alarm that could not be recorded yet stands in the list too, marked ``recorded: false``, because it is shown at once
(`DESIGN.md` §2.2 rule 1a); its frame stays unacknowledged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from lineside.ventilator.model.events import AlarmAcknowledged, AlarmLatched
from lineside.ventilator.wire import Alarm

ARDUINO_FAIL = "ARDUINO_FAIL"
"""The alarm that lineside raises itself: the controller is silent, or what it says cannot be used."""


class AlarmView(msgspec.Struct, frozen=True):
    """One line of the list as pages show it.

    Attributes:
        since: when it was latched (recorded) or first seen (not recorded yet); UTC.
        count: how often it came since then; 1 after a restart.
        last: when it came last.
    """

    name: str
    code: int | None
    priority: str
    source: str
    text: str
    since: datetime
    count: int
    last: datetime
    recorded: bool


class AlarmList(msgspec.Struct, frozen=True):
    """The value of the topic ``gateway/unit/alarms``."""

    alarms: list[AlarmView]


class CarriedAlarm(msgspec.Struct, frozen=True):
    """A latched alarm inside a `Carried` event."""

    alarm: AlarmLatched
    since: datetime


@dataclass(frozen=True, slots=True)
class _Entry:
    alarm: AlarmLatched
    since: datetime
    count: int
    last: datetime


class Alarms:
    """Latched alarms, and those that wait for their record."""

    def __init__(self) -> None:
        self._latched: dict[str, _Entry] = {}
        self._unrecorded: dict[str, _Entry] = {}

    def is_latched(self, name: str) -> bool:
        """Whether the name is in the list and on disk."""
        return name in self._latched

    def is_listed(self, name: str) -> bool:
        """Whether the name is in the list, recorded or not."""
        return name in self._latched or name in self._unrecorded

    def unrecorded(self, name: str) -> AlarmLatched | None:
        """The alarm of that name that waits for its record, or None."""
        entry = self._unrecorded.get(name)
        return entry.alarm if entry else None

    @property
    def waiting(self) -> tuple[AlarmLatched, ...]:
        """Alarms that wait for their record, oldest first."""
        return tuple(entry.alarm for entry in self._unrecorded.values())

    @property
    def has_waiting(self) -> bool:
        """Whether an alarm waits for its record."""
        return bool(self._unrecorded)

    @property
    def names(self) -> list[str]:
        """Names for the sockets, oldest first, recorded or not."""
        return [*self._latched, *self._unrecorded]

    def see(self, alarm: AlarmLatched, now: datetime) -> None:
        """An alarm came that is not in the list: show it from now on, and remember that it has no record yet."""
        if not self.is_listed(alarm.name):
            self._unrecorded[alarm.name] = _Entry(alarm, now, 1, now)

    def count(self, name: str, now: datetime) -> None:
        """An alarm came again; does nothing when it is not in the list."""
        entries = self._latched if name in self._latched else self._unrecorded
        entry = entries.get(name)
        if entry is not None:
            entries[name] = replace(entry, count=entry.count + 1, last=now)

    def latch(self, alarm: AlarmLatched, at: datetime) -> None:
        """The record is on disk."""
        seen = self._unrecorded.pop(alarm.name, None)
        if alarm.name not in self._latched:
            self._latched[alarm.name] = _Entry(alarm, at, seen.count if seen else 1, seen.last if seen else at)

    def acknowledge(self, event: AlarmAcknowledged) -> None:
        """A client took the name off the list."""
        self._latched.pop(event.name, None)
        self._unrecorded.pop(event.name, None)

    def view(self) -> AlarmList:
        """The whole list for pages."""
        latched = [_view(entry, recorded=True) for entry in self._latched.values()]
        return AlarmList(latched + [_view(entry, recorded=False) for entry in self._unrecorded.values()])

    def carry(self) -> list[CarriedAlarm]:
        """The lasting part."""
        return [CarriedAlarm(entry.alarm, entry.since) for entry in self._latched.values()]

    def restore(self, carried: list[CarriedAlarm]) -> None:
        """Take what `carry` gave."""
        self._latched = {c.alarm.name: _Entry(c.alarm, c.since, 1, c.since) for c in carried}


def name_of(alarm: Alarm) -> str:
    """The name under which an alarm of the controller stands in the list; a code without one is a fault of its own."""
    return alarm.name or ARDUINO_FAIL


def latched_from(alarm: Alarm, version: int) -> AlarmLatched:
    """The event for an alarm of the controller."""
    if alarm.name is None:
        return raised(f"alarm code {alarm.code} is not in the table of version {version:#x}")
    return AlarmLatched(alarm.name, alarm.code, alarm.priority or "medium", "controller", alarm.param)


def raised(text: str) -> AlarmLatched:
    """The event for the alarm that lineside raises, with its reason for people."""
    return AlarmLatched(ARDUINO_FAIL, None, "high", "lineside", 0, text)


def _view(entry: _Entry, *, recorded: bool) -> AlarmView:
    alarm = entry.alarm
    return AlarmView(
        alarm.name,
        alarm.code,
        alarm.priority,
        alarm.source,
        alarm.text,
        entry.since,
        entry.count,
        entry.last,
        recorded,
    )
