"""What commands mean for the state, and why they are refused. Pure functions of the state."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from lineside.runtime.command import Command
from lineside.runtime.step import End, Event, Outcome, OutcomeKind, Step
from lineside.studio.model.commands import AcknowledgeAlarm, ClearCustom, SetMaintenance, SetStatus
from lineside.studio.model.events import (
    CustomCleared,
    FieldValue,
    MaintenanceEnded,
    MaintenanceStarted,
    StatusRepeated,
    StatusUpdated,
    TableAlarmAcknowledged,
)
from lineside.studio.model.settings import TableSettings
from lineside.studio.model.state import TableState
from lineside.studio.wire import FIELDS, MAINTENANCE, accepted_values, key_of


def decide_asked(state: TableState, settings: TableSettings, command: Command, now: datetime) -> Step:
    """The Step of a command; it ends in it."""
    match command.name:
        case "set_maintenance":
            return _maintenance(state, command, msgspec.convert(command.params, SetMaintenance), now)
        case "set_status":
            return _status(state, settings, command, msgspec.convert(command.params, SetStatus))
        case "acknowledge_alarm":
            return _acknowledge(state, command, msgspec.convert(command.params, AcknowledgeAlarm))
        case "clear_custom":
            return _clear(state, command, msgspec.convert(command.params, ClearCustom))
    return refused(command, f"a table knows no {command.name}", "no_such_command")


def refused(command: Command, text: str, code: str = "bad_params") -> Step:
    """The Step that refuses a command."""
    return Step(end=(End(command.id, Outcome(OutcomeKind.REFUSED, text, code)),))


def _done(command: Command, text: str, *events: Event) -> Step:
    return Step(record=events, end=(End(command.id, Outcome(OutcomeKind.DONE, text)),))


def _maintenance(state: TableState, command: Command, asked: SetMaintenance, now: datetime) -> Step:
    is_on, by = state.maintenance.on, command.actor
    if not asked.on:
        if asked.until is not None:
            return refused(command, "until: only a maintenance that begins has an end")
        if not is_on:
            return _done(command, "there was no maintenance")
        return _done(command, "maintenance is over", MaintenanceEnded(by, command.reason))
    if asked.until is not None and asked.until <= now:
        return refused(command, f"until {asked.until.isoformat()}: accepted is an instant after {now.isoformat()}")
    until = None if asked.until is None else asked.until.astimezone(UTC)
    if is_on and until == state.maintenance.until:
        return _done(command, "there is maintenance already")
    text = "maintenance" if until is None else f"maintenance until {until.isoformat()}"
    return _done(command, text, MaintenanceStarted(by, until, command.reason, is_on))


def _status(state: TableState, settings: TableSettings, command: Command, asked: SetStatus) -> Step:
    accepted = accepted_values(settings.status_values)
    written: dict[str, FieldValue] = {}
    for name, value in asked.fields.items():
        key = key_of(name)
        if key is None:
            return refused(
                command, f"field {name!r}: accepted are {', '.join(field.name for field in FIELDS.values())}"
            )
        if key == MAINTENANCE:
            return refused(command, "maintenance: it has a command of its own, set_maintenance")
        if value not in accepted[key]:
            return refused(command, f"{name} {value!r}: accepted are {', '.join(sorted(accepted[key]))}")
        written[key] = value
    was = {key: state.fields[key].value for key, value in written.items() if state.fields[key].value != value}
    event: Event = StatusUpdated(command.actor, "", written, {**was}) if was else _taken(state, command.actor, written)
    return _done(command, ", ".join(f"{key} {value}" for key, value in written.items()), event)


def _taken(state: TableState, by: str, written: dict[str, FieldValue]) -> StatusRepeated:
    return StatusRepeated(by, tuple([key for key in written if state.fields[key].by != by or state.fields[key].marked]))


def _acknowledge(state: TableState, command: Command, asked: AcknowledgeAlarm) -> Step:
    alarm = state.alarms.get(asked.alarm)
    if alarm is None:
        listed = ", ".join(one.alarm for one in state.alarms) or "none"
        return refused(command, f"alarm {asked.alarm!r} is not in the list; in it: {listed}")
    if alarm.acknowledged_by:
        return _done(command, f"{alarm.acknowledged_by} has seen it already")
    return _done(command, f"{asked.alarm} was seen", TableAlarmAcknowledged(asked.alarm, command.actor))


def _clear(state: TableState, command: Command, asked: ClearCustom) -> Step:
    if asked.name is not None and asked.name not in state.custom:
        listed = ", ".join(state.custom) or "none"
        return refused(command, f"custom field {asked.name!r} is not there; there are: {listed}")
    if not state.custom:
        return _done(command, "there was no custom field")
    return _done(command, "cleared", CustomCleared(asked.name, command.actor))
