"""Commands of people: refusals first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lineside.runtime.command import Command, CommandClass
from lineside.runtime.step import OutcomeKind
from lineside.studio.model.asked import decide_asked
from lineside.studio.model.events import (
    CustomCleared,
    MaintenanceEnded,
    MaintenanceStarted,
    StatusRepeated,
    StatusUpdated,
    TableAlarmAcknowledged,
    TableMade,
)
from lineside.studio.model.settings import TableSettings
from lineside.studio.model.state import TableState
from lineside.studio.wire import StatusValues
from tests.studio.model.story import Story

ANNA = "operator anna"


@pytest.mark.parametrize(
    ("name", "params", "text"),
    [
        (
            "set_maintenance",
            {"on": True, "until": "2026-01-01T12:00:00Z"},
            "accepted is an instant after 2026-01-01T12:00",
        ),
        (
            "set_maintenance",
            {"on": False, "until": "2027-01-01T12:00:00Z"},
            "only a maintenance that begins has an end",
        ),
        ("set_status", {"fields": {"camera": "up"}}, "field 'camera': accepted are sdp, idp, broker, zcam"),
        ("set_status", {"fields": {"maintenance": "up"}}, "set_maintenance"),
        ("set_status", {"fields": {"sdp": "up", "shaker": "standby"}}, "shaker 'standby': accepted are down, up"),
        ("acknowledge_alarm", {"alarm": "SDP"}, "not in the list; in it: none"),
        ("clear_custom", {"name": "note"}, "is not there; there are: none"),
        ("reboot", {}, "a table knows no reboot"),
    ],
)
def test_command_is_refused_by_name(name: str, params: dict[str, Any], text: str) -> None:
    story = Story()
    before = story.model.carry()
    outcome = story.ended[story.asks(name, **params)]
    assert outcome.kind is OutcomeKind.REFUSED
    assert text in outcome.text
    assert story.model.carry() == before


def test_first_command_makes_the_table() -> None:
    story = Story()
    story.asks("set_maintenance", on=True)
    assert story.recorded[1:3] == [TableMade(), MaintenanceStarted(ANNA)]


def test_maintenance_begins_moves_its_end_and_ends() -> None:
    story = Story()
    later = story.clock.utc + timedelta(hours=1)
    for params in ({"on": True}, {"on": True}, {"on": True, "until": later.isoformat()}, {"on": False}, {"on": False}):
        outcome = story.ended[story.asks("set_maintenance", **params)]
        assert outcome.kind is OutcomeKind.DONE
    assert story.events(MaintenanceStarted) == [MaintenanceStarted(ANNA), MaintenanceStarted(ANNA, later, again=True)]
    assert story.events(MaintenanceEnded) == [MaintenanceEnded(ANNA)]
    assert story.latest("table").maintenance.since is None


def test_moved_end_keeps_the_beginning() -> None:
    story = Story()
    began = story.clock.utc
    story.asks("set_maintenance", on=True)
    story.waits(60)
    story.asks("set_maintenance", on=True, until=(began + timedelta(hours=1)).isoformat())
    assert story.latest("table").maintenance.since == began


def test_status_is_written_in_a_persons_name_and_never_goes_stale() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "down", "idp": "up"})
    story.asks("set_status", fields={"SDP": "up", "idp": "up"})
    assert story.events(StatusUpdated)[-1] == StatusUpdated(ANNA, "", {"SDP": "up", "IDP": "up"}, {"SDP": "down"})
    story.leaves()
    story.waits(3600)
    assert (story.stale, story.lost, story.uptime) == ([], [], 2)


def test_status_that_is_so_already_is_taken_over() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.asks("set_status", fields={"sdp": "up"})
    assert story.events(StatusRepeated)[-1] == StatusRepeated(ANNA, ("SDP",))


def test_status_takes_extended_values_where_they_are_accepted() -> None:
    story = Story(status_values=StatusValues.EXTENDED)
    assert story.ended[story.asks("set_status", fields={"sdp": "up_idle"})].kind is OutcomeKind.DONE


def test_alarm_is_acknowledged_once() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "down"})
    story.waits(10)
    texts = [story.ended[story.asks("acknowledge_alarm", alarm="SDP")].text for _ in range(2)]
    assert texts == ["SDP was seen", f"{ANNA} has seen it already"]
    assert story.events(TableAlarmAcknowledged) == [TableAlarmAcknowledged("SDP", ANNA)]


def test_custom_fields_are_cleared_one_or_all() -> None:
    story = Story()
    story.joins()
    story.says({"a": 1, "b": 2, "c": 3})
    story.asks("clear_custom", name="a")
    assert story.latest("table").custom == {"b": 2, "c": 3}
    assert "there are: b, c" in story.ended[story.asks("clear_custom", name="a")].text
    story.asks("clear_custom")
    assert story.latest("table").custom == {}
    assert story.ended[story.asks("clear_custom")].text == "there was no custom field"
    assert story.events(CustomCleared) == [CustomCleared("a", ANNA), CustomCleared(None, ANNA)]


def test_refusal_needs_nothing_of_the_table() -> None:
    story = Story()
    command = Command("c", "studio/T", "no", {}, ANNA, "", CommandClass.EXPIRING)
    step = decide_asked(TableState(), TableSettings(), command, story.clock.utc)
    assert (step.record, len(step.end)) == ((), 1)
