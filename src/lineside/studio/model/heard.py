"""What reporters' messages mean for the state: the events that they become. Pure functions of the state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.step import Event
from lineside.studio.model.connections import Connection
from lineside.studio.model.events import (
    DeviceSaid,
    FieldValue,
    MaintenanceEnded,
    MaintenanceStarted,
    SignalRaised,
    StatusRepeated,
    StatusUpdated,
)
from lineside.studio.model.signals import with_type
from lineside.studio.model.state import TableState
from lineside.studio.wire import MAINTENANCE, SignalAnswer, SignalReport, Update

CUSTOM_FIELDS_MAX = 64
"""Custom fields of one table (§5)."""

_encode = msgspec.json.Encoder(order="deterministic").encode


def decide_update(state: TableState, one: Connection, update: Update) -> tuple[Event, ...] | str:
    """The events of an update, or why it is refused. One message is one update, whatever it holds."""
    was, taken = _difference(state, one.device, update)
    custom = _changed_custom(state.custom, update.custom) if update.custom else {}
    if custom and len(state.custom.keys() | custom.keys()) > CUSTOM_FIELDS_MAX:
        return "Too many custom fields"
    if not was and not custom:
        return (StatusRepeated(one.device, taken),)
    event = StatusUpdated(one.device, one.address, update.fields, was, custom)
    if MAINTENANCE not in was:
        return (event,)
    return event, MaintenanceEnded(one.device) if was[MAINTENANCE] else MaintenanceStarted(one.device)


def _difference(state: TableState, by: str, update: Update) -> tuple[dict[str, FieldValue], tuple[str, ...]]:
    """What of the update changes, with the values before, and the keys whose last writer was another one."""
    was: dict[str, FieldValue] = {}
    taken: list[str] = []
    for key, value in update.fields.items():
        if key == MAINTENANCE:
            if state.maintenance.on is not value:
                was[key] = state.maintenance.on
            continue
        field = state.fields[key]
        if field.value != value:
            was[key] = field.value
        if field.by != by or field.marked:
            taken.append(key)
    return was, tuple(taken)


def _changed_custom(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Compared as JSON text: to Python, 1 and true are equal."""
    return {name: value for name, value in given.items() if name not in before or not _is_same(before[name], value)}


def _is_same(one: Any, other: Any) -> bool:
    return _encode(one) == _encode(other)


def decide_liveness(state: TableState, one: Connection, up: bool) -> tuple[Event, ...]:
    """What a device's word about itself changes; nothing when it said so before."""
    known = state.reporters.get(one.device)
    says_down = known is not None and known.says_down
    if not up:
        return () if says_down else (DeviceSaid(one.device, False),)
    resolved = state.signals.of(one.device)
    return (DeviceSaid(one.device, True, resolved),) if says_down or resolved else ()


def decide_signal(
    state: TableState, table: str, one: Connection, report: SignalReport, at: datetime
) -> tuple[SignalRaised, SignalAnswer]:
    """A signal, new or repeated, and its answer in dialect D."""
    before = state.signals.find(one.device, report.msg_id)
    signal = before.id if before is not None else f"{table}-{state.signals.count + 1}"
    metadata = with_type(report.metadata, repeated=before is not None)
    event = SignalRaised(signal, one.device, report.msg_id, report.content, metadata)
    return event, SignalAnswer(signal, table, at, metadata)
