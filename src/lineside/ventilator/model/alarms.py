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

    def unrecorded(self, name: str) -> AlarmLatched | None:
        """The alarm of that name that waits for its record, or None."""
        entry = self._unrecorded.get(name)
        return entry.alarm if entry else None

    @property
    def waiting(self) -> tuple[AlarmLatched, ...]:
        """Alarms that wait for their record, oldest first."""
        return tuple(entry.alarm for entry in self._unrecorded.values())

    @property
    def names(self) -> list[str]:
        """Names for the sockets, oldest first, recorded or not."""
        return [*self._latched, *(name for name in self._unrecorded if name not in self._latched)]

    def see(self, alarm: AlarmLatched, now: datetime) -> None:
        """An alarm came that has no record yet: show it from now on."""
        entry = self._unrecorded.get(alarm.name)
        self._unrecorded[alarm.name] = (
            replace(entry, count=entry.count + 1, last=now) if entry else _Entry(alarm, now, 1, now)
        )

    def count(self, name: str, now: datetime) -> None:
        """A latched alarm came again."""
        entry = self._latched[name]
        self._latched[name] = replace(entry, count=entry.count + 1, last=now)

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
        waiting = [_view(e, recorded=False) for name, e in self._unrecorded.items() if name not in self._latched]
        return AlarmList(latched + waiting)

    def carry(self) -> list[CarriedAlarm]:
        """The lasting part."""
        return [CarriedAlarm(entry.alarm, entry.since) for entry in self._latched.values()]

    def restore(self, carried: list[CarriedAlarm]) -> None:
        """Take what `carry` gave."""
        self._latched = {c.alarm.name: _Entry(c.alarm, c.since, 1, c.since) for c in carried}


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
