"""Lasting state; stories of it are in test_table, any order of events in test_replay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from lineside.runtime.step import Event
from lineside.studio.model.events import (
    MaintenanceStarted,
    ReporterJoined,
    ReporterLeft,
    ReporterLost,
    StatusRepeated,
    StatusUpdated,
    TableMade,
)
from lineside.studio.model.state import TableState
from lineside.studio.wire import FIELDS
from tests.studio.model.test_events import EXAMPLES

AT = datetime(2026, 1, 1, tzinfo=UTC)


def state_after(*events: Event) -> TableState:
    state = TableState()
    for index, event in enumerate(events):
        state.apply(event, AT + timedelta(seconds=index))
    return state


def test_new_table_has_the_start_values_and_no_past() -> None:
    state = TableState()
    assert state.values == tuple(field.start for field in FIELDS.values())
    assert (state.made_at, state.updated_at, state.updates, state.custom) == (None, None, 0, {})


def test_repeated_value_keeps_when_it_changed_and_takes_its_new_writer() -> None:
    state = state_after(
        StatusUpdated("a", "", {"SDP": "up"}, {"SDP": "standby"}),
        StatusUpdated("b", "", {"SDP": "up", "IDP": "up"}, {"IDP": "standby"}),
        StatusRepeated("c", ("IDP",)),
    )
    sdp, idp = state.fields["SDP"], state.fields["IDP"]
    assert (sdp.by, sdp.changed_at) == ("b", AT)
    assert (idp.by, idp.changed_at) == ("c", AT + timedelta(seconds=1))
    assert (state.updates, state.updated_at) == (3, AT + timedelta(seconds=2))
    assert (state.owned_by("b"), state.owned_by("a")) == (("SDP",), ())


def test_maintenance_of_an_update_is_its_own_event() -> None:
    update = StatusUpdated("a", "", {"MAINTENANCE": True}, {"MAINTENANCE": False})
    assert not state_after(update).maintenance.on
    assert state_after(update, MaintenanceStarted("a")).value_of("MAINTENANCE") is True
    assert state_after(update).value_of("SDP") == "standby"


def test_last_will_marks_only_what_it_wrote() -> None:
    state = state_after(
        ReporterJoined("a", "a", ""),
        StatusUpdated("a", "", {"SDP": "up", "BROKER": "down"}, {"SDP": "standby"}),
        ReporterLeft("a", "cut", AT),
        ReporterLost("a", ("SDP", "BROKER"), {"SDP": "up"}),
    )
    sdp, broker = state.fields["SDP"], state.fields["BROKER"]
    assert (sdp.value, sdp.marked, broker.value, broker.marked) == ("down", True, "down", False)
    assert state.is_stale(sdp)
    state.apply(StatusRepeated("b", ("SDP",)), AT)
    assert not sdp.marked
    assert not state.is_stale(sdp)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_any_event_can_come_first(event: Event) -> None:
    state, other = state_after(event), TableState()
    carried: Any = msgspec.json.decode(msgspec.json.encode(state.carry()))
    other.restore(carried)
    assert other.carry() == state.carry()


def test_state_of_an_earlier_version_gets_fields_that_it_did_not_know() -> None:
    carried = state_after(TableMade(), StatusUpdated("a", "", {"SDP": "up"}, {"SDP": "standby"})).carry()
    del carried["fields"]["NFC_SCANNER"]
    carried["fields"]["GONE"] = {"value": "up"}
    state = TableState()
    state.restore(carried)
    assert list(state.fields) == list(FIELDS)
    assert (state.fields["SDP"].value, state.fields["NFC_SCANNER"].value) == ("up", "down")
