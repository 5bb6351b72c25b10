"""Rows of changes, CSV for spreadsheets, and percent up per day."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from lineside.runtime.journal import Carried
from lineside.runtime.step import Event
from lineside.studio.model import events as e
from lineside.studio.past import Availability, Change, changes_of, csv_text

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rows(event: Event) -> list[tuple[str, Any, Any]]:
    return [(change.field, change.old, change.new) for change in changes_of(7, START, event)]


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (
            e.StatusUpdated(
                "pc", "10.0.0.1", {"SDP": "up", "IDP": "up", "MAINTENANCE": True},
                {"SDP": "standby", "MAINTENANCE": False}, {"note": 1},
            ),
            [("SDP", "standby", "up"), ("custom.note", None, 1)],
        ),
        (e.StatusRepeated("pc"), []),
        (e.MaintenanceStarted("anna"), [("MAINTENANCE", False, True)]),
        (e.MaintenanceEnded("anna"), [("MAINTENANCE", True, False)]),
        (e.CustomCleared(None, "anna"), [("custom.*", None, None)]),
        (e.ReporterJoined("pc", "a", "10.0.0.1"), [("REPORTER", None, "joined")]),
        (e.ReporterLeft("pc", "gone"), [("REPORTER", "joined", "left")]),
        (e.ReporterLost("pc", ("SDP",), {"SDP": "up"}), [("REPORTER", "left", "lost"), ("SDP", "up", "down")]),
        (e.TableMade(), []),
    ],
)  # fmt: skip
def test_rows_of_an_event(event: Event, wanted: list[Any]) -> None:
    assert rows(event) == wanted


def test_row_tells_who_from_where_and_why() -> None:
    event = e.StatusUpdated("pc", "10.0.0.1", {"SDP": "up"}, {"SDP": "down"})
    (change,) = changes_of(7, START, event)
    assert msgspec.to_builtins(change, builtin_types=(datetime,)) == {
        "seq": 7, "at": START, "field": "SDP", "old": "down", "new": "up", "by": "pc", "address": "10.0.0.1",
        "reason": "",
    }  # fmt: skip
    (change,) = changes_of(7, START, e.MaintenanceStarted("anna", START + HOUR, "scanner"))
    assert "scanner" in change.reason
    assert "until" in change.reason


def test_csv_is_quoted_and_no_cell_is_a_formula() -> None:
    changes = [
        Change(1, START, "SDP", "down", "up", 'pc, "the" one', "10.0.0.1"),
        Change(2, START, "custom.x", None, "=1+1", "@pc", reason="-1"),
        Change(3, START, "custom.y", None, {"a": [1]}, "pc"),
    ]
    read = list(csv.reader(io.StringIO(csv_text(changes))))
    assert read[0] == ["at", "field", "old", "new", "by", "address", "reason"]
    assert read[1] == [START.isoformat(), "SDP", "down", "up", 'pc, "the" one', "10.0.0.1", ""]
    assert read[2][3:] == ["'=1+1", "'@pc", "", "'-1"]
    assert read[3][3] == '{"a":[1]}'
    assert csv_text(changes).count("\r\n") == 4


def counted(*events: tuple[float, Event], hours: float = 24) -> dict[str, Any]:
    """One day; events by the hour, also before it."""
    availability = Availability(START, START + timedelta(hours=hours))
    for hour, event in events:
        availability.take(START + timedelta(hours=hour), event)
    day = availability.days()[0]
    return {key: (one.percent, one.known_s) for key, one in day.fields.items()} | {"maintenance": day.maintenance_s}


def wrote(**fields: Any) -> e.StatusUpdated:
    return e.StatusUpdated("pc", "", fields)


def test_field_that_nobody_wrote_is_not_known() -> None:
    day = counted()
    assert day["SDP"] == (None, 0)


def test_percent_is_of_the_time_since_the_first_word() -> None:
    day = counted((12, wrote(SDP="up")), (18, wrote(SDP="down")))
    assert day["SDP"] == (50.0, 12 * 3600)


def test_state_before_the_window_holds_in_it() -> None:
    assert counted((-30, wrote(SDP="up")), (-20, wrote(IDP="standby")))["SDP"] == (100.0, 24 * 3600)
    assert counted((-30, wrote(SDP="up")), (-20, wrote(SDP="standby")))["SDP"] == (0.0, 24 * 3600)


def test_extended_values_count_by_their_base() -> None:
    assert counted((0, wrote(SDP="up_idle")), (12, wrote(SDP="down_pause")))["SDP"] == (50.0, 24 * 3600)


def test_maintenance_counts_for_nothing_else() -> None:
    day = counted(
        (0, wrote(SDP="up")), (6, e.MaintenanceStarted("anna")), (7, wrote(SDP="down")),
        (12, e.MaintenanceEnded("anna")),
    )  # fmt: skip
    assert day["maintenance"] == 6 * 3600
    assert day["SDP"] == (pytest.approx(100 * 6 / 18, abs=0.001), 18 * 3600)


def test_time_in_which_the_writer_was_lost_is_not_known() -> None:
    lost = e.ReporterLost("pc", ("SDP",))
    back = e.ReporterJoined("pc", "a", "10.0.0.1")
    assert counted((0, wrote(SDP="up")), (6, lost), (18, back))["SDP"] == (100.0, 12 * 3600)
    assert counted((0, wrote(SDP="up")), (6, lost), (18, e.ReporterJoined("b", "a", "")))["SDP"] == (100.0, 6 * 3600)
    assert counted((0, wrote(SDP="up")), (6, lost), (12, wrote(SDP="down")))["SDP"] == (
        pytest.approx(100 / 3, abs=0.001),
        18 * 3600,
    )


def test_last_will_that_writes_down_is_down() -> None:
    lost = e.ReporterLost("pc", ("SDP",), {"SDP": "up"})
    assert counted((0, wrote(SDP="up")), (12, lost))["SDP"] == (50.0, 24 * 3600)


def test_carried_state_tells_how_the_window_began() -> None:
    state = {
        "model": {
            "fields": {
                "SDP": {"value": "up", "by": "pc"}, "IDP": {"value": "standby", "by": None},
                "ZCam": {"value": "up", "by": "gone"},
            },
            "maintenance": {"on": False},
            "reporters": [{"device": "gone", "lost": True}],
        },
    }  # fmt: skip
    day = counted((-100, Carried(5, state)))
    assert day["SDP"] == (100.0, 24 * 3600)
    assert day["IDP"] == (None, 0)
    assert day["ZCam"] == (None, 0)


def test_days_are_split_at_midnight_and_the_last_ends_now() -> None:
    availability = Availability(START, START + timedelta(hours=36))
    availability.take(START + 12 * HOUR, wrote(SDP="up"))
    availability.take(START + 30 * HOUR, wrote(SDP="down"))
    availability.take(START + 40 * HOUR, wrote(SDP="up"))  # behind the end: a clock that was set back
    first, second = availability.days()
    assert (first.day.day, first.fields["SDP"].percent, first.fields["SDP"].known_s) == (1, 100.0, 12 * 3600)
    assert (second.day.day, second.fields["SDP"].percent, second.fields["SDP"].known_s) == (2, 50.0, 12 * 3600)
