"""What is recorded when timers come due; stories of it are in test_table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lineside.runtime.step import NOTHING, Moment
from lineside.studio.model.connections import Connections, Joined
from lineside.studio.model.due import REASON_MAX, decide_due, left_event
from lineside.studio.model.events import (
    MaintenanceStarted,
    ReporterJoined,
    ReporterLeft,
    StatusUpdated,
    TableAlarmRaised,
    TableMade,
)
from lineside.studio.model.settings import TableSettings
from lineside.studio.model.state import TableState
from lineside.studio.model.timers import Due, Key, Timers
from lineside.studio.wire import Dialect

AT = datetime(2026, 1, 1, tzinfo=UTC)
NOW = Moment(100.0, AT)


def test_several_that_are_due_are_one_append() -> None:
    state, timers, connections = TableState(), Timers(), Connections()
    state.apply(StatusUpdated("pc", "", {"SDP": "down"}), AT)
    connections.join("l", Joined("pc", Dialect.A, "x"), NOW)
    timers.want({Key(Due.JOIN, "pc"): 0.0, Key(Due.RAISE, "SDP"): 0.0, Key(Due.RAISE, "later"): 5.0}, 100.0)
    step = decide_due(state, TableSettings(), timers, connections, NOW)
    assert step.record == (TableMade(), ReporterJoined("pc", "a", "x"), TableAlarmRaised("SDP", "SDP is down"))


def test_nothing_that_is_due_is_nothing() -> None:
    assert decide_due(TableState(), TableSettings(), Timers(), Connections(), NOW) == NOTHING


def test_reporter_that_wrote_nothing_or_said_goodbye_has_no_due() -> None:
    state = TableState()
    assert left_event(state, TableSettings(), "pc", {}, NOW) == ReporterLeft("pc", "the server restarted")
    state.apply(StatusUpdated("pc", "", {"SDP": "up"}), AT)
    due = AT + timedelta(seconds=60)
    assert left_event(state, TableSettings(), "pc", {"pc": ("cut", False)}, NOW) == ReporterLeft("pc", "cut", due)
    assert left_event(state, TableSettings(), "pc", {"pc": ("bye", True)}, NOW) == ReporterLeft("pc", "bye")
    assert left_event(state, TableSettings(offline_grace_s=0), "pc", {}, NOW).due is None


def test_reason_is_cut() -> None:
    event = left_event(TableState(), TableSettings(), "pc", {"pc": ("x" * 9999, False)}, NOW)
    assert len(event.reason) == REASON_MAX


def test_end_of_maintenance_that_has_not_come_is_looked_at_again() -> None:
    state, timers = TableState(), Timers()
    until = AT + timedelta(seconds=300)
    state.apply(MaintenanceStarted("anna", until), AT)
    timers.want({Key(Due.UNTIL, until.isoformat()): 0.0}, 100.0)
    assert decide_due(state, TableSettings(), timers, Connections(), NOW) == NOTHING
    assert timers.deadline == 130.0
