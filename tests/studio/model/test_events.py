from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from lineside.runtime.journal import Catalogue
from lineside.runtime.step import Event
from lineside.studio.model.events import (
    EVENTS,
    CustomCleared,
    DeviceSaid,
    MaintenanceEnded,
    MaintenanceStarted,
    ReporterJoined,
    ReporterLeft,
    ReporterLost,
    SignalRaised,
    StatusRepeated,
    StatusUpdated,
    TableAlarmAcknowledged,
    TableAlarmRaised,
    TableAlarmRecovered,
    TableAlarmRepeated,
    TableMade,
)
from lineside.ventilator.model import EVENTS as VENTILATOR_EVENTS

AT = datetime(2026, 1, 1, tzinfo=UTC)
EXAMPLES: tuple[Event, ...] = (
    TableMade(),
    StatusUpdated("pc", "10.0.0.1:5", {"SDP": "up", "MAINTENANCE": True}, {"SDP": "down"}, {"a": [1, None]}),
    StatusUpdated("operator anna"),
    StatusRepeated("pc"),
    StatusRepeated("pc", ("SDP",)),
    MaintenanceStarted("operator anna", AT, "cleaning", True),
    MaintenanceEnded("lineside", "its end has come"),
    CustomCleared(None, "operator anna"),
    ReporterJoined("pc", "a", "10.0.0.1:5", "floor"),
    ReporterLeft("pc", "cut", AT),
    ReporterLost("pc", ("SDP",), {"SDP": "up"}),
    DeviceSaid("pc", True, ("T-1",)),
    SignalRaised("T-1", "pc", "NO_START", "text", {"code": "ARE.3"}),
    TableAlarmRaised("SDP", "SDP is down"),
    TableAlarmRepeated("SDP"),
    TableAlarmRecovered("SDP"),
    TableAlarmAcknowledged("SDP", "operator anna"),
)


def test_every_event_is_named_once_and_has_an_example() -> None:
    Catalogue(EVENTS, VENTILATOR_EVENTS)
    assert {type(event) for event in EXAMPLES} == set(EVENTS)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_event_is_the_same_after_json(event: Event) -> None:
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event


def test_commonest_events_are_small() -> None:
    """Reporters that repeat themselves are most of the disk: who, and nothing else."""
    assert msgspec.json.encode(StatusRepeated("dealerPC")) == b'{"by":"dealerPC"}'
    event = StatusUpdated("pc", "", {"SDP": "up"}, {"SDP": "down"})
    assert msgspec.json.encode(event) == b'{"by":"pc","written":{"SDP":"up"},"was":{"SDP":"down"}}'
