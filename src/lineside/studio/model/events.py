"""What the journal keeps of a table: updates, who reported, maintenance, alarms and error signals.

Kinds are unique in the whole journal, so that those which other houses have too begin with ``Table``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.step import Event

FieldValue = str | bool
"""A status, or MAINTENANCE."""


class TableMade(Event, frozen=True):
    """A table came into being: somebody reported for it, or steered it, for the first time."""


class StatusUpdated(Event, frozen=True, omit_defaults=True):
    """One accepted update that changed something; on disk before it is confirmed.

    Attributes:
        by: the reporter's device (may be empty), or a person.
        address: where the reporter connects from.
        written: everything that the message set, key → value, ``MAINTENANCE`` included.
        was: what of it changed, key → the value before.
        custom: custom fields that changed, with their new values.
    """

    by: str
    address: str = ""
    written: dict[str, FieldValue] = msgspec.field(default_factory=dict)
    was: dict[str, FieldValue] = msgspec.field(default_factory=dict)
    custom: dict[str, Any] = msgspec.field(default_factory=dict)


class StatusRepeated(Event, frozen=True, omit_defaults=True):
    """One accepted update that changed nothing. It counts, and is confirmed after its record like any other.

    A kind of its own, because these are most of what steady reporters send and are worth a day, not years.

    Attributes:
        taken: keys whose last writer was another one before.
    """

    by: str
    taken: tuple[str, ...] = ()


class MaintenanceStarted(Event, frozen=True, omit_defaults=True):
    """Maintenance begins, or its end moves; alarms of the table are muted from here on.

    Attributes:
        until: UTC instant of its end; None for "until somebody ends it".
        again: it was on already, and only its end moves.
    """

    by: str
    until: datetime | None = None
    reason: str = ""
    again: bool = False


class MaintenanceEnded(Event, frozen=True, omit_defaults=True):
    """Maintenance is over."""

    by: str
    reason: str = ""


class CustomCleared(Event, frozen=True):
    """Custom fields were taken away: the one named, or all when None."""

    name: str | None
    by: str


class ReporterJoined(Event, frozen=True, omit_defaults=True):
    """The first connection of a device to this table.

    Attributes:
        token: name of the token that let it in; never the token.
    """

    device: str
    dialect: str
    address: str
    token: str = ""


class ReporterLeft(Event, frozen=True, omit_defaults=True):
    """The last connection of a device has ended.

    Attributes:
        due: UTC instant at which it counts as lost; None when that harms nobody: it said goodbye, or wrote nothing
            that stands.
    """

    device: str
    reason: str
    due: datetime | None = None


class ReporterLost(Event, frozen=True, omit_defaults=True):
    """A device did not return within the grace: what it wrote last is stale from here on (its last will).

    Attributes:
        fields: keys that it wrote last.
        was: keys that were set to ``down`` in its place, with the value before; empty unless ``mark_down``.
    """

    device: str
    fields: tuple[str, ...] = ()
    was: dict[str, str] = msgspec.field(default_factory=dict)


class DeviceSaid(Event, frozen=True, omit_defaults=True):
    """A device told about itself that it is up or down.

    Attributes:
        resolved: ids of its signals that this ends.
    """

    device: str
    up: bool
    resolved: tuple[str, ...] = ()


class SignalRaised(Event, frozen=True, omit_defaults=True):
    """An error signal came; the same id again when the device repeats one that is open.

    Attributes:
        id: ours: ``ARO-001-7``.
        metadata: as the device sent it, with a ``signalType`` in any case.
    """

    id: str
    device: str
    msg_id: str
    content: str = ""
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class TableAlarmRaised(Event, frozen=True):
    """Something has been wrong for longer than its grace, and no maintenance excuses it.

    Attributes:
        alarm: ``SDP`` (a key), ``reporter.DEVICE`` or ``device.DEVICE``.
    """

    alarm: str
    text: str


class TableAlarmRepeated(Event, frozen=True):
    """It is still wrong and nobody has acknowledged it."""

    alarm: str


class TableAlarmRecovered(Event, frozen=True):
    """It is well again."""

    alarm: str


class TableAlarmAcknowledged(Event, frozen=True):
    """Somebody has seen it; it is not repeated any more."""

    alarm: str
    by: str


EVENTS: tuple[type[Event], ...] = (
    TableMade,
    StatusUpdated,
    StatusRepeated,
    MaintenanceStarted,
    MaintenanceEnded,
    CustomCleared,
    ReporterJoined,
    ReporterLeft,
    ReporterLost,
    DeviceSaid,
    SignalRaised,
    TableAlarmRaised,
    TableAlarmRepeated,
    TableAlarmRecovered,
    TableAlarmAcknowledged,
)
