"""What the watch feed is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from lineside.runtime.step import Event
from lineside.studio.model.events import (
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
from lineside.studio.model.watched import watched_of

AT = datetime(2026, 1, 1, tzinfo=UTC)


def told(*events: Event, muted: bool = False) -> list[dict[str, Any]]:
    """The values as JSON without what is the same in all."""
    found = [msgspec.json.decode(msgspec.json.encode(one)) for one in watched_of("T", events, AT, 7, muted)]
    for one in found:
        assert (one.pop("table"), one.pop("at")) == ("T", "2026-01-01T00:00:00Z")
    return found


def update(changed: dict[str, Any], by: str, custom: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"kind": "update", "changed": changed, "by": by, "uptime": 7, "custom": custom or {}}


def presence(state: str, reason: str = "", due: str | None = None, stale: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"kind": "presence", "device": "pc", "state": state, "reason": reason, "due": due, "stale": list(stale)}


def alarm(name: str, state: str, text: str = "", by: str = "", muted: bool = False) -> dict[str, Any]:
    return {"kind": "alarm", "id": name, "state": state, "muted": muted, "text": text, "by": by}


@pytest.mark.parametrize(
    ("event", "values"),
    [
        (TableMade(), []),
        (StatusRepeated("pc"), []),
        (MaintenanceStarted("anna", again=True), []),
        (StatusUpdated("pc", "", {"SDP": "up", "IDP": "up"}, {"SDP": "down"}), [update({"SDP": ["down", "up"]}, "pc")]),
        (StatusUpdated("pc", custom={"a": 1}), [update({}, "pc", {"a": 1})]),
        (MaintenanceStarted("anna"), [update({"MAINTENANCE": [False, True]}, "anna")]),
        (MaintenanceEnded("anna"), [update({"MAINTENANCE": [True, False]}, "anna")]),
        (CustomCleared("a", "anna"), [update({}, "anna", {"a": None})]),
        (CustomCleared(None, "anna"), [update({}, "anna", {"*": None})]),
        (ReporterJoined("pc", "a", ""), [presence("joined")]),
        (ReporterLeft("pc", "cut", AT), [presence("left", "cut", "2026-01-01T00:00:00Z")]),
        (ReporterLost("pc", ("SDP",)), [presence("lost", stale=("SDP",))]),
        (
            ReporterLost("pc", ("SDP",), {"SDP": "up"}),
            [update({"SDP": ["up", "down"]}, "pc"), presence("lost", stale=("SDP",))],
        ),
        (TableAlarmRaised("SDP", "SDP is down"), [alarm("SDP", "raised", "SDP is down")]),
        (TableAlarmRepeated("SDP"), [alarm("SDP", "repeated")]),
        (TableAlarmRecovered("SDP"), [alarm("SDP", "recovered")]),
        (TableAlarmAcknowledged("SDP", "anna"), [alarm("SDP", "acknowledged", by="anna")]),
        (SignalRaised("T-1", "pc", "NO_START"), [alarm("T-1", "signalled", "NO_START", "pc")]),
        (
            DeviceSaid("pc", True, ("T-1", "T-2")),
            [alarm("T-1", "resolved", by="pc"), alarm("T-2", "resolved", by="pc")],
        ),
        (DeviceSaid("pc", False), []),
    ],
)
def test_event_is_told(event: Event, values: list[dict[str, Any]]) -> None:
    assert told(event) == values


def test_maintenance_that_came_with_an_update_is_told_with_it() -> None:
    events = (StatusUpdated("pc", "", {"MAINTENANCE": True}, {"MAINTENANCE": False}), MaintenanceStarted("pc"))
    assert told(*events) == [update({"MAINTENANCE": [False, True]}, "pc")]


def test_muted_alarm_says_so() -> None:
    assert told(TableAlarmRecovered("SDP"), muted=True) == [alarm("SDP", "recovered", muted=True)]
