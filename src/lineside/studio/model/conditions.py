"""What is wrong with a table now, and which timers its lasting state wants. Pure functions of the state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from lineside.studio.model.settings import TableSettings
from lineside.studio.model.state import FieldState, TableState
from lineside.studio.model.timers import Due, Key
from lineside.studio.wire import is_bad

# A wall clock may be set: an instant that is further away than this is looked at again by then.
LOOK_S_MAX = 30.0

REPORTER = "reporter."
"""Begins the alarm of a lost reporter."""

DEVICE = "device."
"""Begins the alarm of a device that says of itself that it is down."""


def is_field_bad(state: TableState, key: str, field: FieldState, settings: TableSettings) -> bool:
    """Whether a field is down or worse, by somebody's word; what nobody ever wrote is unknown and not bad."""
    return field.by is not None and key not in settings.ignore and is_bad(field.value)


def conditions(state: TableState, settings: TableSettings) -> dict[str, str]:
    """Everything that is wrong: id of its alarm → text for people."""
    found: dict[str, str] = {}
    for key, field in state.fields.items():
        # What the last will wrote is told by its reporter's alarm, as long as that one is lost.
        if is_field_bad(state, key, field, settings) and not (field.marked and state.is_stale(field)):
            found[key] = f"{key} is {field.value}"
    for one in state.reporters:
        name = one.device or "a reporter without a name"
        if one.lost and (owned := state.owned_by(one.device)):
            found[REPORTER + one.device] = f"{name} is gone; stale: {', '.join(owned)}"
        if one.says_down:
            found[DEVICE + one.device] = f"{name} says that it is down"
    return found


def wanted(
    state: TableState, settings: TableSettings, wrong: Collection[str], connected: Collection[str], now: datetime
) -> Mapping[Key, float]:
    """The timers that this state needs: key → seconds from now, for those that do not run yet.

    Args:
        wrong: the keys of `conditions`.
        connected: devices that have a connection now.
        now: UTC.
    """
    return {
        **_of_reporters(state, settings, connected, now),
        **_of_maintenance(state, now),
        **_of_alarms(state, settings, wrong, now),
    }


def _of_reporters(
    state: TableState, settings: TableSettings, connected: Collection[str], now: datetime
) -> dict[Key, float]:
    found = {Key(Due.JOIN, device): 0.0 for device in connected if not state.reporters.is_present(device)}
    for one in state.reporters:
        if one.present and one.device not in connected:
            found[Key(Due.LEFT, one.device)] = 0.0
        elif one.due is not None:
            found[Key(Due.LOST, one.device)] = left_s(one.due, now, settings.offline_grace_s)
    return found


def _of_maintenance(state: TableState, now: datetime) -> dict[Key, float]:
    until = state.maintenance.until
    return {} if until is None else {Key(Due.UNTIL, until.isoformat()): left_s(until, now, LOOK_S_MAX)}


def _of_alarms(state: TableState, settings: TableSettings, wrong: Collection[str], now: datetime) -> dict[Key, float]:
    found = {Key(Due.RECOVER, one.alarm): 0.0 for one in state.alarms if not one.recovered and one.alarm not in wrong}
    if state.maintenance.on:
        return found
    for alarm in wrong:
        one = state.alarms.get(alarm)
        if one is None or one.recovered:
            found[Key(Due.RAISE, alarm)] = settings.alarm_grace_s if alarm in state.fields else 0.0
        elif not one.acknowledged_by and settings.repeat_s > 0:
            due = one.told_at + timedelta(seconds=settings.repeat_s)
            found[Key(Due.REPEAT, alarm, one.told)] = left_s(due, now, settings.repeat_s)
    return found


def left_s(due: datetime, now: datetime, s_max: float) -> float:
    """Seconds until an instant; not below 0, and not above ``s_max``, whatever the wall clock says."""
    return min(max((due - now).total_seconds(), 0.0), s_max)
