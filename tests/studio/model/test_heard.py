"""What messages mean for the state; stories of it are in test_table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lineside.runtime.step import Event, Moment
from lineside.studio.model.connections import Connection
from lineside.studio.model.events import (
    DeviceSaid,
    MaintenanceEnded,
    MaintenanceStarted,
    ReporterJoined,
    ReporterLost,
    StatusRepeated,
    StatusUpdated,
)
from lineside.studio.model.heard import CUSTOM_FIELDS_MAX, decide_liveness, decide_signal, decide_update
from lineside.studio.model.state import TableState
from lineside.studio.wire import Dialect, SignalReport, Update

NOW = Moment(0.0, datetime(2026, 1, 1, tzinfo=UTC))


def one(device: str = "pc") -> Connection:
    return Connection(device, Dialect.A, "addr", "", NOW.utc, NOW.utc, is_joined=True)


def state_of(*events: Event) -> TableState:
    state = TableState()
    for event in events:
        state.apply(event, NOW.utc)
    return state


UP = StatusUpdated("pc", "addr", {"SDP": "up"}, {"SDP": "standby"})


@pytest.mark.parametrize(
    ("before", "update", "events"),
    [
        ((), Update({}), (StatusRepeated("pc"),)),
        ((), Update({"SDP": "up"}), (UP,)),
        ((), Update({"SDP": "standby"}), (StatusRepeated("pc", ("SDP",)),)),
        ((UP,), Update({"SDP": "up"}), (StatusRepeated("pc"),)),
        ((StatusUpdated("x", "", {"SDP": "up"}),), Update({"SDP": "up"}), (StatusRepeated("pc", ("SDP",)),)),
        (
            (ReporterJoined("pc", "a", ""), UP, ReporterLost("pc", ("SDP",), {"SDP": "up"})),
            Update({"SDP": "down"}),
            (StatusRepeated("pc", ("SDP",)),),
        ),
        (
            (),
            Update({"MAINTENANCE": True}),
            (StatusUpdated("pc", "addr", {"MAINTENANCE": True}, {"MAINTENANCE": False}), MaintenanceStarted("pc")),
        ),
        ((MaintenanceStarted("x"),), Update({"MAINTENANCE": True}), (StatusRepeated("pc"),)),
        (
            (MaintenanceStarted("x"),),
            Update({"MAINTENANCE": False}),
            (StatusUpdated("pc", "addr", {"MAINTENANCE": False}, {"MAINTENANCE": True}), MaintenanceEnded("pc")),
        ),
        ((), Update({}, {"a": 1}), (StatusUpdated("pc", "addr", {}, {}, {"a": 1}),)),
        ((StatusUpdated("x", custom={"a": 1}),), Update({}, {"a": 1}), (StatusRepeated("pc"),)),
        (
            (StatusUpdated("x", custom={"a": 1}),),
            Update({}, {"a": 1.5, "b": None}),
            (StatusUpdated("pc", "addr", {}, {}, {"a": 1.5, "b": None}),),
        ),
    ],
)
def test_update_becomes_events(before: tuple[Event, ...], update: Update, events: tuple[Event, ...]) -> None:
    assert decide_update(state_of(*before), one(), update) == events


def test_custom_fields_are_bounded_by_the_table_and_not_by_the_message() -> None:
    full: dict[str, Any] = {f"a{index}": index for index in range(CUSTOM_FIELDS_MAX)}
    state = state_of(StatusUpdated("x", custom=full))
    assert decide_update(state, one(), Update({"SDP": "up"}, {"more": 1})) == "Too many custom fields"
    assert decide_update(state, one(), Update({}, {"a0": "other"})) == (
        StatusUpdated("pc", "addr", {}, {}, {"a0": "other"}),
    )


def test_word_of_a_device_about_itself_is_recorded_when_it_is_news() -> None:
    state = state_of(ReporterJoined("pc", "d", ""))
    assert decide_liveness(state, one(), True) == ()
    assert decide_liveness(state, one(), False) == (DeviceSaid("pc", False),)
    state.apply(DeviceSaid("pc", False), NOW.utc)
    assert decide_liveness(state, one(), False) == ()
    assert decide_liveness(state, one(), True) == (DeviceSaid("pc", True),)


def test_signal_gets_the_next_number_and_keeps_it() -> None:
    state = TableState()
    event, answer = decide_signal(state, "T", one(), SignalReport("X"), NOW.utc)
    assert (event.id, answer.signal_id, event.metadata) == ("T-1", "T-1", {"signalType": "warn"})
    state.apply(event, NOW.utc)
    again, _ = decide_signal(state, "T", one(), SignalReport("X"), NOW.utc)
    other, _ = decide_signal(state, "T", one("n"), SignalReport("X"), NOW.utc)
    assert (again.id, again.metadata["signalType"], other.id) == ("T-1", "error", "T-2")
    assert decide_liveness(state, one(), True) == (DeviceSaid("pc", True, ("T-1",)),)
