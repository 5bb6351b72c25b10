"""What has to be recorded when a timer of the table comes due. Pure functions of the state and the timers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from lineside.runtime.step import NOTHING, Event, Moment, Step
from lineside.studio.model.conditions import LOOK_S_MAX, conditions, left_s
from lineside.studio.model.connections import Connections
from lineside.studio.model.events import (
    MaintenanceEnded,
    ReporterLeft,
    ReporterLost,
    TableAlarmRaised,
    TableAlarmRecovered,
    TableAlarmRepeated,
    TableMade,
)
from lineside.studio.model.settings import TableSettings
from lineside.studio.model.state import DOWN, TableState
from lineside.studio.model.timers import Due, Key, Timers

US = "lineside"
"""Who ends a maintenance whose time is over."""

RESTARTED = "the server restarted"
"""Why a reporter left whose connection nobody saw ending."""

# A reason is a sentence; what a peer gives as one is cut.
REASON_MAX = 200


def decide_due(
    state: TableState, settings: TableSettings, timers: Timers, connections: Connections, now: Moment
) -> Step:
    """Everything that is due, in one append."""
    due = timers.due(now.mono)
    events: list[Event] = []
    if state.made_at is None and any(key.due is Due.JOIN for key in due):
        events.append(TableMade())
    for key in due:
        events += _events_of(state, settings, timers, connections, key, now)
    return Step(record=tuple(events)) if events else NOTHING


def left_event(
    state: TableState, settings: TableSettings, device: str, leaving: Mapping[str, tuple[str, bool]], now: Moment
) -> ReporterLeft:
    """The end of a device's last connection, and when it counts as lost.

    Args:
        leaving: device → reason and whether it said goodbye, of ends that are not recorded yet; a device that is not
            in it was connected when an earlier process ended.
    """
    reason, goodbye = leaving.get(device, (RESTARTED, False))
    harmless = goodbye or settings.offline_grace_s <= 0 or not state.owned_by(device)
    due = None if harmless else now.utc + timedelta(seconds=settings.offline_grace_s)
    return ReporterLeft(device, reason[:REASON_MAX], due)


def _events_of(
    state: TableState, settings: TableSettings, timers: Timers, connections: Connections, key: Key, now: Moment
) -> list[Event]:
    match key.due:
        case Due.JOIN:
            return [connections.devices[key.name].joined_event()]
        case Due.LEFT:
            return [left_event(state, settings, key.name, connections.leaving, now)]
        case Due.LOST:
            return [_lost(state, settings, key.name)]
        case Due.RAISE:
            return [TableAlarmRaised(key.name, conditions(state, settings)[key.name])]
        case Due.REPEAT:
            return [TableAlarmRepeated(key.name)]
        case Due.RECOVER:
            return [TableAlarmRecovered(key.name)]
        case Due.UNTIL:
            return _ended(state, timers, key, now)


def _lost(state: TableState, settings: TableSettings, device: str) -> ReporterLost:
    owned = state.owned_by(device)
    was = (
        {key: state.fields[key].value for key in owned if state.fields[key].value != DOWN} if settings.mark_down else {}
    )
    return ReporterLost(device, owned, was)


def _ended(state: TableState, timers: Timers, key: Key, now: Moment) -> list[Event]:
    """The end of maintenance by the wall clock, which may have been set since the timer was."""
    until = state.maintenance.until
    assert until is not None, "its timer is not wanted otherwise"
    if now.utc >= until:
        return [MaintenanceEnded(US, "its end has come")]
    timers.start(key, now.mono + left_s(until, now.utc, LOOK_S_MAX))
    return []
