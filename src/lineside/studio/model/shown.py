"""What a table shows: the values of its topics, for pages, the HTTP API and the watch feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from lineside.runtime.step import Event, UnitStatus
from lineside.studio.model.alarm_state import AlarmState
from lineside.studio.model.conditions import is_field_bad
from lineside.studio.model.connections import Connection
from lineside.studio.model.events import StatusUpdated
from lineside.studio.model.settings import TableSettings
from lineside.studio.model.signals import SignalState
from lineside.studio.model.state import FieldState, TableState
from lineside.studio.wire import FIELDS, base_of

CALIBRATION = "calibration"


class Color(StrEnum):
    """A table at a glance."""

    GREEN = "green"
    AMBER = "amber"  # maintenance, within a grace, stale, calibration, a warning
    RED = "red"  # an open alarm or error signal
    GREY = "grey"  # nobody reports


class TableStatus(UnitStatus, frozen=True):
    """The topic ``gateway/unit/status``: the generic part and what is the table's own.

    Attributes:
        simulated: a simulator is known to play it.
    """

    maintenance: bool = False
    color: Color = Color.GREY
    alarms_open: int = 0
    alarms_muted: bool = False
    reporters: int = 0
    simulated: bool = False


class FieldView(msgspec.Struct, frozen=True):
    """One field.

    Attributes:
        base: the value without its extension.
        by: who wrote it last; empty before anybody did, and for a reporter without a name.
        bad: somebody should look.
    """

    key: str
    name: str
    kind: str
    value: str
    base: str
    changed_at: datetime | None
    by: str
    stale: bool
    ignored: bool
    bad: bool


class MaintenanceView(msgspec.Struct, frozen=True):
    """Whether there is maintenance."""

    on: bool
    since: datetime | None
    until: datetime | None
    by: str


class TableView(msgspec.Struct, frozen=True):
    """The topic ``gateway/unit/table``.

    Attributes:
        uptime_updates: accepted updates.
        uptime_seconds: since the table was made, at the moment of showing.
        timestamp: the last accepted update, or when the table was made.
    """

    table: str
    uptime_updates: int
    uptime_seconds: int
    timestamp: datetime
    made_at: datetime
    maintenance: MaintenanceView
    fields: tuple[FieldView, ...]
    custom: dict[str, Any]


class ReporterView(msgspec.Struct, frozen=True):
    """One connection of a reporter.

    Attributes:
        rtt_ms: of the last ping, where one is known.
    """

    device: str
    dialect: str
    address: str
    since: datetime
    last: datetime
    rtt_ms: float | None
    link: str


class GoneView(msgspec.Struct, frozen=True):
    """A device without a connection whose fields stand.

    Attributes:
        due: when it counts as lost; None when it does already.
    """

    device: str
    since: datetime
    reason: str
    due: datetime | None
    lost: bool


class PresenceView(msgspec.Struct, frozen=True):
    """The topic ``gateway/unit/presence``."""

    reporters: tuple[ReporterView, ...]
    gone: tuple[GoneView, ...]


class AlarmView(msgspec.Struct, frozen=True):
    """One alarm of the list; ``state`` is open or recovered."""

    id: str
    field: str
    text: str
    since: datetime
    count: int
    acknowledged_by: str
    muted: bool
    state: str
    repeats_at: datetime | None


class SignalView(msgspec.Struct, frozen=True):
    """One open error signal."""

    id: str
    device: str
    msg_id: str
    content: str
    type: str
    title: str
    description: str
    code: str
    suggestion: str
    since: datetime
    last: datetime
    count: int


class AlarmsView(msgspec.Struct, frozen=True):
    """The topic ``gateway/unit/alarms``."""

    alarms: tuple[AlarmView, ...]
    signals: tuple[SignalView, ...]


def field_views(state: TableState, settings: TableSettings) -> tuple[FieldView, ...]:
    """All fields in the order of a snapshot."""
    return tuple([_field_view(state, settings, key, field) for key, field in state.fields.items()])


def fields_after(
    before: tuple[FieldView, ...], state: TableState, settings: TableSettings, events: tuple[Event, ...]
) -> tuple[FieldView, ...]:
    """All fields after these events; those that an update left alone stay the objects that they were."""
    if not events or any(type(event) is not StatusUpdated for event in events):
        return field_views(state, settings)
    written = {key for event in events if type(event) is StatusUpdated for key in event.written}
    return tuple(
        [_field_view(state, settings, one.key, state.fields[one.key]) if one.key in written else one for one in before]
    )


def is_calm(event: Event, before: tuple[FieldView, ...], after: tuple[FieldView, ...]) -> bool:
    """Whether an event is an update that can change neither an alarm, nor a timer, nor the colour."""
    if type(event) is not StatusUpdated:
        return False
    changed = [(one, other) for one, other in zip(before, after, strict=True) if one is not other]
    return all(_is_well(one) and _is_well(other) and one.by == other.by for one, other in changed)


def _is_well(field: FieldView) -> bool:
    return field.changed_at is not None and not (field.bad or field.stale or field.value == CALIBRATION)


def _field_view(state: TableState, settings: TableSettings, key: str, field: FieldState) -> FieldView:
    known = FIELDS[key]
    return FieldView(
        key,
        known.name,
        known.kind,
        field.value,
        base_of(field.value),
        field.changed_at,
        field.by or "",
        state.is_stale(field),
        key in settings.ignore,
        is_field_bad(state, key, field, settings),
    )


def maintenance_view(state: TableState) -> MaintenanceView:
    """Maintenance as pages show it."""
    return MaintenanceView(state.maintenance.on, state.maintenance.since, state.maintenance.until, state.maintenance.by)


def presence_view(state: TableState, connections: Iterable[tuple[str, Connection]]) -> PresenceView:
    """Who is connected, and who was."""
    reporters = tuple(
        ReporterView(one.device, one.dialect, one.address, one.since, one.last, one.rtt_ms, link)
        for link, one in connections
        if one.is_joined
    )
    here = {one.device for one in reporters}
    gone = tuple(
        GoneView(one.device, one.since, one.reason, one.due, one.lost)
        for one in state.reporters
        if not one.present and one.device not in here
    )
    return PresenceView(reporters, gone)


def alarms_view(state: TableState, settings: TableSettings) -> AlarmsView:
    """The list, oldest first, and open signals."""
    return AlarmsView(
        tuple(_alarm_view(one, state, settings) for one in state.alarms),
        tuple(_signal_view(one) for one in state.signals),
    )


def _alarm_view(one: AlarmState, state: TableState, settings: TableSettings) -> AlarmView:
    muted = state.maintenance.on
    silent = muted or one.recovered or one.acknowledged_by or settings.repeat_s <= 0
    repeats_at = None if silent else one.told_at + timedelta(seconds=settings.repeat_s)
    return AlarmView(
        one.alarm,
        one.alarm if one.alarm in FIELDS else "",
        one.text,
        one.since,
        one.count,
        one.acknowledged_by,
        muted,
        "recovered" if one.recovered else "open",
        repeats_at,
    )


def _signal_view(one: SignalState) -> SignalView:
    texts = {name: _text(one.metadata.get(name)) for name in ("signalType", "title", "description", "code")}
    return SignalView(
        one.id,
        one.device,
        one.msg_id,
        one.content,
        texts["signalType"],
        texts["title"],
        texts["description"],
        texts["code"],
        _text(one.metadata.get("suggestion")),
        one.since,
        one.last,
        one.count,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def color_of(state: TableState, settings: TableSettings, reporters: int, is_wrong: bool) -> Color:
    """The colour; see `Color`.

    Args:
        is_wrong: something is wrong, be it still within its grace.
    """
    is_waited_for = any(one.due is not None for one in state.reporters)
    if state.maintenance.on:
        return Color.AMBER
    if state.alarms.open_count or any(one.is_error for one in state.signals):
        return Color.RED
    if is_wrong or is_waited_for or len(state.signals):
        return Color.AMBER
    if not reporters:
        return Color.GREY
    return Color.AMBER if any(_is_odd(state, settings, k, f) for k, f in state.fields.items()) else Color.GREEN


def _is_odd(state: TableState, settings: TableSettings, key: str, field: FieldState) -> bool:
    return key not in settings.ignore and (state.is_stale(field) or field.value == CALIBRATION)
