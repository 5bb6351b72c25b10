"""What lineside decides and remembers about a table. Pure: no I/O, no clock, no log, no randomness."""

from lineside.studio.model.commands import COMMANDS
from lineside.studio.model.connections import Joined, RoundTrip
from lineside.studio.model.events import EVENTS
from lineside.studio.model.settings import TableSettings, UptimeMode
from lineside.studio.model.shown import (
    AlarmsView,
    AlarmView,
    Color,
    FieldView,
    GoneView,
    MaintenanceView,
    PresenceView,
    ReporterView,
    SignalView,
    TableStatus,
    TableView,
)
from lineside.studio.model.table import Table
from lineside.studio.model.watched import WatchAlarm, Watched, WatchPresence, WatchUpdate

__all__ = [
    "COMMANDS",
    "EVENTS",
    "AlarmView",
    "AlarmsView",
    "Color",
    "FieldView",
    "GoneView",
    "Joined",
    "MaintenanceView",
    "PresenceView",
    "ReporterView",
    "RoundTrip",
    "SignalView",
    "Table",
    "TableSettings",
    "TableStatus",
    "TableView",
    "UptimeMode",
    "WatchAlarm",
    "WatchPresence",
    "WatchUpdate",
    "Watched",
]
