"""The lasting state of a table, made of events alone: the same live, on replay and after carry and restore.

Who wrote a field last stands beside its value, so that "stale" needs no flag of its own: a field is stale while the one
who wrote it last is lost, and another reporter's field never is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.step import Event
from lineside.studio.model.alarm_state import Alarms, AlarmState
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
    StatusRepeated,
    StatusUpdated,
    TableMade,
)
from lineside.studio.model.reporters import Reporters, ReporterState
from lineside.studio.model.signals import Signals, SignalState
from lineside.studio.wire import FIELDS, MAINTENANCE

DOWN = "down"


class FieldState(msgspec.Struct):
    """One field.

    Attributes:
        changed_at: when its value became what it is, or somebody wrote it first; None before that.
        by: who wrote it last; None for nobody.
        marked: the last will of its writer wrote it, and not the writer.
    """

    value: str
    changed_at: datetime | None = None
    by: str | None = None
    marked: bool = False


class MaintenanceState(msgspec.Struct, frozen=True):
    """Whether there is maintenance, since when, until when, by whom."""

    on: bool = False
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""


class CarriedState(msgspec.Struct, frozen=True):
    """All of it, in a `Carried` event."""

    made_at: datetime | None
    updated_at: datetime | None
    updates: int
    fields: dict[str, FieldState]
    maintenance: MaintenanceState
    custom: dict[str, Any]
    reporters: list[ReporterState]
    alarms: list[AlarmState]
    signals: list[SignalState]
    signal_count: int


class TableState:
    """Lasting state.

    Attributes:
        made_at: when the table came into being; None before its first event.
        updated_at: the last accepted update.
        updates: how many were accepted.
    """

    def __init__(self) -> None:
        self.made_at: datetime | None = None
        self.updated_at: datetime | None = None
        self.updates = 0
        self.fields = {key: FieldState(field.start) for key, field in FIELDS.items()}
        self.maintenance = MaintenanceState()
        self.custom: dict[str, Any] = {}
        self.reporters = Reporters()
        self.alarms = Alarms()
        self.signals = Signals()

    @property
    def values(self) -> tuple[str, ...]:
        """All values in the order of a snapshot."""
        return tuple([field.value for field in self.fields.values()])

    def is_stale(self, field: FieldState) -> bool:
        """Whether the one who wrote it last is lost."""
        return field.by is not None and self.reporters.is_lost(field.by)

    def owned_by(self, device: str) -> tuple[str, ...]:
        """Keys that this device wrote last."""
        return tuple([key for key, field in self.fields.items() if field.by == device])

    def value_of(self, key: str) -> FieldValue:
        """The present value of a field or of MAINTENANCE."""
        return self.maintenance.on if key == MAINTENANCE else self.fields[key].value

    # ------------------------------------------------------------------ events

    def apply(self, event: Event, at: datetime) -> None:
        """Take one event; those about other things change nothing."""
        match event:
            case StatusRepeated(by=by, taken=taken):
                self._count(at)
                for key in taken:
                    self._take(self.fields[key], by, at)
            case StatusUpdated():
                self._update(event, at)
            case TableMade():
                self.made_at = at
            case MaintenanceStarted(by=by, until=until):
                since = self.maintenance.since if self.maintenance.on else at
                self.maintenance = MaintenanceState(True, since, until, by)
            case MaintenanceEnded(by=by):
                self.maintenance = MaintenanceState(False, None, None, by)
            case CustomCleared(name=name):
                self.custom = {} if name is None else {k: v for k, v in self.custom.items() if k != name}
            case ReporterJoined() | ReporterLeft():
                self.reporters.apply(event, at)
            case ReporterLost():
                self.reporters.apply(event, at)
                self._mark_down(event, at)
            case DeviceSaid():
                self.reporters.apply(event, at)
                self.signals.resolve(event.resolved)
            case SignalRaised():
                self.signals.put(event, at)
            case _:
                self.alarms.apply(event, at)

    def _count(self, at: datetime) -> None:
        self.updates += 1
        self.updated_at = at

    def _take(self, field: FieldState, by: str, at: datetime) -> None:
        field.by = by
        field.marked = False
        if field.changed_at is None:
            field.changed_at = at

    def _update(self, event: StatusUpdated, at: datetime) -> None:
        self._count(at)
        for key, value in event.written.items():
            if type(value) is not str:
                continue  # MAINTENANCE has events of its own, in the same append
            field = self.fields[key]
            self._take(field, event.by, at)
            if field.value != value:
                field.value, field.changed_at = value, at
        if event.custom:
            self.custom = {**self.custom, **event.custom}

    def _mark_down(self, event: ReporterLost, at: datetime) -> None:
        for key in event.was:
            field = self.fields[key]
            field.value, field.changed_at, field.marked = DOWN, at, True

    # ------------------------------------------------------------------ whole

    def carry(self) -> Any:
        """All of it in JSON types."""
        carried = CarriedState(
            self.made_at,
            self.updated_at,
            self.updates,
            self.fields,
            self.maintenance,
            self.custom,
            self.reporters.carry(),
            self.alarms.carry(),
            self.signals.carry(),
            self.signals.count,
        )
        return msgspec.to_builtins(carried)

    def restore(self, state: Any) -> None:
        """Take what `carry` gave."""
        carried = msgspec.convert(state, CarriedState)
        self.made_at, self.updated_at, self.updates = carried.made_at, carried.updated_at, carried.updates
        # In the order of a snapshot, and complete, whichever fields the version that wrote it knew.
        self.fields = {key: carried.fields.get(key, self.fields[key]) for key in FIELDS}
        self.maintenance, self.custom = carried.maintenance, carried.custom
        self.reporters.restore(carried.reporters)
        self.alarms.restore(carried.alarms)
        self.signals.restore(carried.signals, carried.signal_count)
