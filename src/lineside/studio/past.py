"""What the journal tells of a table: rows of changes, and how much of each day a field was up. Pure.

A row is one change of one field: when, from what to what, by whom, from where, why. ``field`` is a key of the snapshot,
``MAINTENANCE``, ``custom.NAME``, or ``REPORTER`` for who came and went.

Availability counts the time in which a field was ``up`` (or an extension of it) of the time in which it was known:
since somebody first wrote it, without maintenance, and without the time in which its last writer was lost.

Source: the wire sheet for studio tables, §10.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from lineside.runtime.journal import Carried
from lineside.runtime.step import Event
from lineside.studio.model.events import (
    CustomCleared,
    MaintenanceEnded,
    MaintenanceStarted,
    ReporterJoined,
    ReporterLeft,
    ReporterLost,
    StatusUpdated,
)
from lineside.studio.wire import FIELDS, MAINTENANCE, base_of

REPORTER = "REPORTER"
"""The field of rows about who came and went."""

CUSTOM = "custom."
"""Begins the field of rows about custom fields."""

_COLUMNS = ("at", "field", "old", "new", "by", "address", "reason")
# What a spreadsheet takes for a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Change(msgspec.Struct, frozen=True):
    """One row.

    Attributes:
        seq: of the event in the journal.
        at: UTC.
        old, new: JSON values; ``old`` is null where there was nothing.
    """

    seq: int
    at: datetime
    field: str
    old: Any
    new: Any
    by: str
    address: str = ""
    reason: str = ""


def changes_of(seq: int, at: datetime, event: Event) -> list[Change]:
    """The rows of one event; none of most kinds."""
    match event:
        case StatusUpdated(by=by, address=address, written=written, was=was, custom=custom):
            fields = [
                Change(seq, at, key, old, written[key], by, address)
                for key, old in was.items()
                if key != MAINTENANCE  # an event of its own tells it
            ]
            return fields + [Change(seq, at, CUSTOM + name, None, new, by, address) for name, new in custom.items()]
        case MaintenanceStarted(by=by, until=until, reason=reason):
            words = reason if until is None else f"{reason} (until {until.isoformat()})".strip()
            return [Change(seq, at, MAINTENANCE, False, True, by, reason=words)]
        case MaintenanceEnded(by=by, reason=reason):
            return [Change(seq, at, MAINTENANCE, True, False, by, reason=reason)]
        case CustomCleared(name=name, by=by):
            return [Change(seq, at, CUSTOM + (name or "*"), None, None, by)]
        case ReporterJoined(device=device, address=address, dialect=dialect):
            return [Change(seq, at, REPORTER, None, "joined", device, address, f"dialect {dialect}")]
        case ReporterLeft(device=device, reason=reason):
            return [Change(seq, at, REPORTER, "joined", "left", device, reason=reason)]
        case ReporterLost(device=device, was=marked):
            lost = Change(seq, at, REPORTER, "left", "lost", device)
            return [lost, *(Change(seq, at, k, old, "down", device, reason="last will") for k, old in marked.items())]
    return []


def csv_text(changes: Iterable[Change]) -> str:
    """The rows for a spreadsheet (RFC 4180); what it would take for a formula becomes text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for change in changes:
        cells = (change.field, change.old, change.new, change.by, change.address, change.reason)
        writer.writerow([change.at.isoformat(), *(_cell(value) for value in cells)])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return "'" + text if text.startswith(_FORMULA) else text


# ------------------------------------------------------------------ availability


class FieldDay(msgspec.Struct, frozen=True):
    """One field on one day.

    Attributes:
        percent: of the known time in which it was up; None when it was never known.
        known_s: seconds that count.
    """

    percent: float | None
    known_s: float


class Day(msgspec.Struct, frozen=True):
    """One day, UTC.

    Attributes:
        maintenance_s: seconds of maintenance, which count for nothing else.
    """

    day: date
    maintenance_s: float
    fields: dict[str, FieldDay]


class _Sums:
    """Seconds of one day."""

    def __init__(self) -> None:
        self.maintenance_s = 0.0
        self.known_s = dict.fromkeys(FIELDS, 0.0)
        self.up_s = dict.fromkeys(FIELDS, 0.0)


class Availability:
    """Adds up the days of a window; events are given in order, those before the window too.

    Args:
        start: the first instant of the window, UTC midnight.
        end: its last, usually now.
    """

    def __init__(self, start: datetime, end: datetime) -> None:
        self._start = start
        self._end = end
        self._at = start
        self._values: dict[str, str] = {}
        self._lost: dict[str, str] = {}  # key → the device whose loss made it unknown
        self._maintenance = False
        days = (end - start).days + 1
        self._days = {(start + timedelta(days=index)).date(): _Sums() for index in range(days)}

    def take(self, at: datetime, event: Event) -> None:
        """One event: what was true until it is counted, then it changes what is true."""
        self._count_until(at)
        match event:
            case StatusUpdated(written=written):
                for key, value in written.items():
                    if isinstance(value, str) and key in FIELDS:
                        self._values[key] = value
                        self._lost.pop(key, None)
            case MaintenanceStarted():
                self._maintenance = True
            case MaintenanceEnded():
                self._maintenance = False
            case ReporterLost(device=device, fields=fields, was=was):
                self._lost |= dict.fromkeys((key for key in fields if key not in was), device)
                self._values |= dict.fromkeys(was, "down")
            case ReporterJoined(device=device):
                self._lost = {key: by for key, by in self._lost.items() if by != device}
            case Carried(state=state):
                self._carried(state)

    def days(self) -> list[Day]:
        """The days of the window, oldest first."""
        self._count_until(self._end)
        return [_day(day, sums) for day, sums in self._days.items()]

    def _count_until(self, at: datetime) -> None:
        while self._at < min(at, self._end):
            midnight = datetime.combine(self._at.date() + timedelta(days=1), datetime.min.time(), UTC)
            until = min(at, self._end, midnight)
            self._count(self._days[self._at.date()], (until - self._at).total_seconds())
            self._at = until

    def _count(self, sums: _Sums, seconds: float) -> None:
        if self._maintenance:
            sums.maintenance_s += seconds
            return
        for key, value in self._values.items():
            if key not in self._lost:
                sums.known_s[key] += seconds
                sums.up_s[key] += seconds if base_of(value) == "up" else 0.0

    def _carried(self, state: Mapping[str, Any]) -> None:
        model = state.get("model", {})
        for key, field in model.get("fields", {}).items():
            if key in FIELDS and field.get("by") is not None:
                self._values[key] = field["value"]
        self._maintenance = bool(model.get("maintenance", {}).get("on"))
        lost = {one["device"] for one in model.get("reporters", ()) if one.get("lost")}
        fields = model.get("fields", {})
        self._lost = {key: field["by"] for key, field in fields.items() if field.get("by") in lost}


def _day(day: date, sums: _Sums) -> Day:
    fields = {}
    for key in FIELDS:
        known_s = sums.known_s[key]
        percent = round(100 * sums.up_s[key] / known_s, 3) if known_s > 0 else None
        fields[key] = FieldDay(percent, round(known_s, 3))
    return Day(day, round(sums.maintenance_s, 3), fields)
