"""What is wrong, and which timers that wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lineside.runtime.step import Event
from lineside.studio.model.conditions import LOOK_S_MAX, conditions, left_s, wanted
from lineside.studio.model.events import (
    DeviceSaid,
    MaintenanceStarted,
    ReporterJoined,
    ReporterLeft,
    ReporterLost,
    StatusUpdated,
    TableAlarmAcknowledged,
    TableAlarmRaised,
)
from lineside.studio.model.settings import TableSettings
from lineside.studio.model.state import TableState
from lineside.studio.model.timers import Due, Key

AT = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = TableSettings(repeat_s=100.0)
JOINED = ReporterJoined("pc", "a", "")
DOWN = StatusUpdated("pc", "", {"SDP": "down"}, {"SDP": "standby"})
LEFT = ReporterLeft("pc", "cut", AT + timedelta(seconds=60))


def state_of(*events: Event) -> TableState:
    state = TableState()
    for event in events:
        state.apply(event, AT)
    return state


def timers_of(state: TableState, *connected: str, s: float = 0.0) -> dict[Key, float]:
    wrong = conditions(state, SETTINGS)
    return dict(wanted(state, SETTINGS, wrong, connected, AT + timedelta(seconds=s)))


def test_lost_reporter_is_wrong_as_long_as_something_of_it_stands() -> None:
    state = state_of(JOINED, DOWN, LEFT, ReporterLost("pc", ("SDP",)))
    assert conditions(state, SETTINGS) == {"SDP": "SDP is down", "reporter.pc": "pc is gone; stale: SDP"}
    state.apply(StatusUpdated("other", "", {"SDP": "up"}, {"SDP": "down"}), AT)
    assert conditions(state, SETTINGS) == {}


def test_reporter_without_a_name_is_called_so() -> None:
    state = state_of(ReporterJoined("", "a", ""), StatusUpdated("", "", {"SDP": "up"}), ReporterLost("", ("SDP",)))
    assert conditions(state, SETTINGS) == {"reporter.": "a reporter without a name is gone; stale: SDP"}


def test_device_that_is_down_by_its_own_word_is_wrong() -> None:
    assert conditions(state_of(JOINED, DeviceSaid("pc", False)), SETTINGS) == {"device.pc": "pc says that it is down"}


@pytest.mark.parametrize(
    ("events", "connected", "timers"),
    [
        ((), (), {}),
        ((), ("pc",), {Key(Due.JOIN, "pc"): 0.0}),
        ((JOINED,), ("pc",), {}),
        ((JOINED,), (), {Key(Due.LEFT, "pc"): 0.0}),
        ((JOINED, LEFT), (), {Key(Due.LOST, "pc"): 60.0}),
        ((JOINED, DOWN), ("pc",), {Key(Due.RAISE, "SDP"): 10.0}),
        ((JOINED, DOWN, MaintenanceStarted("a")), ("pc",), {}),
        ((JOINED, DeviceSaid("pc", False)), ("pc",), {Key(Due.RAISE, "device.pc"): 0.0}),
        ((JOINED, DOWN, TableAlarmRaised("SDP", "")), ("pc",), {Key(Due.REPEAT, "SDP", 1): 100.0}),
        (
            (JOINED, DOWN, TableAlarmRaised("SDP", ""), TableAlarmAcknowledged("SDP", "anna")),
            ("pc",),
            {},
        ),
        ((JOINED, TableAlarmRaised("SDP", "")), ("pc",), {Key(Due.RECOVER, "SDP"): 0.0}),
        ((JOINED, TableAlarmRaised("SDP", ""), MaintenanceStarted("a")), ("pc",), {Key(Due.RECOVER, "SDP"): 0.0}),
    ],
)
def test_state_wants_its_timers(
    events: tuple[Event, ...], connected: tuple[str, ...], timers: dict[Key, float]
) -> None:
    assert timers_of(state_of(*events), *connected) == timers


def test_end_of_maintenance_is_looked_at_now_and_then() -> None:
    until = AT + timedelta(days=9)
    state = state_of(MaintenanceStarted("anna", until))
    assert timers_of(state) == {Key(Due.UNTIL, until.isoformat()): LOOK_S_MAX}
    assert timers_of(state, s=9 * 86400 - 5) == {Key(Due.UNTIL, until.isoformat()): 5.0}


@pytest.mark.parametrize(("due_s", "left"), [(-5, 0.0), (0, 0.0), (5, 5.0), (60, 60.0), (10**7, 60.0)])
def test_wait_is_bounded_whatever_the_wall_clock_says(due_s: float, left: float) -> None:
    assert left_s(AT + timedelta(seconds=due_s), AT, 60.0) == left
