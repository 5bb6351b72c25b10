"""What the gateway's watch feed is told (aspect ``watch``): changes of status, presence and alarms, each once (§10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.step import Event
from lineside.studio.model.events import (
    CustomCleared,
    DeviceSaid,
    FieldValue,
    MaintenanceEnded,
    MaintenanceStarted,
    ReporterJoined,
    ReporterLeft,
    ReporterLost,
    SignalRaised,
    StatusUpdated,
    TableAlarmAcknowledged,
    TableAlarmRaised,
    TableAlarmRecovered,
    TableAlarmRepeated,
)
from lineside.studio.wire import MAINTENANCE


class WatchUpdate(msgspec.Struct, frozen=True, tag_field="kind", tag="update"):
    """Fields changed.

    Attributes:
        changed: key → value before and after; empty when only custom fields changed.
        custom: custom fields that changed; None as value of one that was taken away, and "*" for all of them.
        uptime: accepted updates so far.
    """

    table: str
    changed: dict[str, tuple[FieldValue, FieldValue]]
    by: str
    at: datetime
    uptime: int
    custom: dict[str, Any] = {}


class WatchPresence(msgspec.Struct, frozen=True, tag_field="kind", tag="presence"):
    """Who reports; ``state`` is joined, left or lost.

    Attributes:
        due: when one that left counts as lost, where it does.
        stale: keys that are stale from here on (lost).
    """

    table: str
    device: str
    state: str
    at: datetime
    reason: str = ""
    due: datetime | None = None
    stale: tuple[str, ...] = ()


class WatchAlarm(msgspec.Struct, frozen=True, tag_field="kind", tag="alarm"):
    """An alarm; ``state`` is raised, repeated, recovered or acknowledged; of a signal: signalled or resolved.

    Attributes:
        muted: there is maintenance; who notifies people keeps silent.
    """

    table: str
    id: str
    state: str
    at: datetime
    muted: bool
    text: str = ""
    by: str = ""


Watched = WatchUpdate | WatchPresence | WatchAlarm


def watched_of(table: str, events: tuple[Event, ...], at: datetime, uptime: int, muted: bool) -> list[Watched]:
    """The values for events of one append, in their order."""
    found: list[Watched] = []
    has_update = any(type(event) is StatusUpdated for event in events)
    for event in events:
        if has_update and isinstance(event, MaintenanceStarted | MaintenanceEnded):
            continue  # told with the update that brought it
        update, presence = _update_of(table, event, at, uptime), _presence_of(table, event, at)
        found += [one for one in (update, presence) if one is not None]
        found += _alarms_of(table, event, at, muted)
    return found


def _update_of(table: str, event: Event, at: datetime, uptime: int) -> WatchUpdate | None:
    match event:
        case StatusUpdated(by=by, written=written, was=was, custom=custom):
            changed = {key: (before, written[key]) for key, before in was.items()}
            return WatchUpdate(table, changed, by, at, uptime, custom)
        case MaintenanceStarted(by=by, again=False):
            return WatchUpdate(table, {MAINTENANCE: (False, True)}, by, at, uptime)
        case MaintenanceEnded(by=by):
            return WatchUpdate(table, {MAINTENANCE: (True, False)}, by, at, uptime)
        case CustomCleared(name=name, by=by):
            return WatchUpdate(table, {}, by, at, uptime, {name or "*": None})
        case ReporterLost(device=device, was=was) if was:
            return WatchUpdate(table, {key: (before, "down") for key, before in was.items()}, device, at, uptime)
    return None


def _presence_of(table: str, event: Event, at: datetime) -> WatchPresence | None:
    match event:
        case ReporterJoined(device=device):
            return WatchPresence(table, device, "joined", at)
        case ReporterLeft(device=device, reason=reason, due=due):
            return WatchPresence(table, device, "left", at, reason, due)
        case ReporterLost(device=device, fields=fields):
            return WatchPresence(table, device, "lost", at, stale=fields)
    return None


def _alarms_of(table: str, event: Event, at: datetime, muted: bool) -> list[Watched]:
    match event:
        case TableAlarmRaised(alarm=alarm, text=text):
            return [WatchAlarm(table, alarm, "raised", at, muted, text)]
        case TableAlarmRepeated(alarm=alarm):
            return [WatchAlarm(table, alarm, "repeated", at, muted)]
        case TableAlarmRecovered(alarm=alarm):
            return [WatchAlarm(table, alarm, "recovered", at, muted)]
        case TableAlarmAcknowledged(alarm=alarm, by=by):
            return [WatchAlarm(table, alarm, "acknowledged", at, muted, by=by)]
        case SignalRaised(id=signal, msg_id=msg_id, device=device):
            return [WatchAlarm(table, signal, "signalled", at, muted, msg_id, device)]
        case DeviceSaid(device=device, resolved=resolved):
            return [WatchAlarm(table, signal, "resolved", at, muted, by=device) for signal in resolved]
    return []
