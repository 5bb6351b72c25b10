"""The values of the topics, as pages get them; stories of them are in test_table."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lineside.runtime.step import Event
from lineside.studio.model.events import StatusRepeated, StatusUpdated, TableMade
from lineside.studio.model.settings import TableSettings
from lineside.studio.model.shown import Color, color_of, field_views, fields_after, is_calm
from lineside.studio.model.state import TableState
from tests.studio.model.story import Story

SETTINGS = TableSettings()


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def test_table_topic_is_what_the_page_reads() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "down", "note": {"a": 1}})
    story.waits(1.5)
    view = as_json(story.model.table_view(story.clock.now()))
    assert (view["table"], view["uptime_updates"], view["uptime_seconds"]) == ("ARO-001", 1, 1)
    assert (view["timestamp"], view["made_at"]) == ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z")
    assert view["maintenance"] == {"on": False, "since": None, "until": None, "by": ""}
    assert view["custom"] == {"note": {"a": 1}}
    assert view["fields"][0] == {
        "key": "SDP",
        "name": "sdp",
        "kind": "service",
        "value": "down",
        "base": "down",
        "changed_at": "2026-01-01T12:00:00Z",
        "by": "dealerPC",
        "stale": False,
        "ignored": False,
        "bad": True,
    }
    assert (view["fields"][3]["key"], view["fields"][3]["by"], view["fields"][3]["bad"]) == ("ZCam", "", False)


def test_other_topics_are_what_the_page_reads() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "down"})
    story.says({"event": "exception", "data": {"signal": {"msgId": "X", "metadata": {"code": 5, "title": None}}}})
    story.waits(10)
    presence, alarms = as_json(story.model.presence_view()), as_json(story.model.alarms_view())
    assert presence == {
        "reporters": [
            {
                "device": "dealerPC",
                "dialect": "a",
                "address": "10.0.0.1:5000",
                "since": "2026-01-01T12:00:00Z",
                "last": "2026-01-01T12:00:00Z",
                "rtt_ms": None,
                "link": "dealerPC",
            }
        ],
        "gone": [],
    }
    (alarm,), (signal,) = alarms["alarms"], alarms["signals"]
    assert (alarm["id"], alarm["field"], alarm["text"], alarm["state"]) == ("SDP", "SDP", "SDP is down", "open")
    assert (signal["type"], signal["code"], signal["title"], signal["device"]) == ("warn", "5", "", "dealerPC")
    status = as_json(story.model.status)
    assert {
        key: status[key] for key in ("state", "connected", "color", "alarms_open", "alarms_muted", "reporters")
    } == {
        "state": "live",
        "connected": True,
        "color": "red",
        "alarms_open": 1,
        "alarms_muted": False,
        "reporters": 1,
    }


def test_alarm_of_a_reporter_is_of_no_field() -> None:
    story = Story()
    story.joins()
    story.says({"sdp": "up"})
    story.leaves()
    story.waits(60)
    (alarm,) = story.model.alarms_view().alarms
    assert (alarm.id, alarm.field) == ("reporter.dealerPC", "")


def test_fields_that_an_update_left_alone_stay_the_same_objects() -> None:
    state = TableState()
    before = field_views(state, SETTINGS)
    update = StatusUpdated("pc", "", {"SDP": "up"}, {"SDP": "standby"})
    state.apply(update, Story().clock.utc)
    after = fields_after(before, state, SETTINGS, (update,))
    assert [one is other for one, other in zip(before, after, strict=True)] == [False] + [True] * 7
    assert after == field_views(state, SETTINGS)
    assert fields_after(before, state, SETTINGS, (TableMade(), update)) == after
    assert fields_after(before, state, SETTINGS, ()) == after


@pytest.mark.parametrize(
    ("values", "calm"),
    [
        (("up", "standby"), True),
        (("up", "down"), False),
        (("down", "up"), False),
        (("calibration", "up"), False),
        (("up", "calibration"), False),
    ],
)
def test_update_is_calm_when_nothing_but_its_value_can_follow(values: tuple[str, str], calm: bool) -> None:
    state = TableState()
    at = Story().clock.utc
    first, second = (StatusUpdated("pc", "", {"SDP": value}) for value in values)
    state.apply(first, at)
    before = field_views(state, SETTINGS)
    state.apply(second, at)
    assert is_calm(second, before, fields_after(before, state, SETTINGS, (second,))) is calm


def test_first_write_and_a_new_writer_are_not_calm() -> None:
    state = TableState()
    at = Story().clock.utc
    for by in ("pc", "other"):
        before = field_views(state, SETTINGS)
        event: Event = StatusUpdated(by, "", {"SDP": "up"})
        state.apply(event, at)
        assert not is_calm(event, before, fields_after(before, state, SETTINGS, (event,)))
    assert not is_calm(StatusRepeated("pc"), before, before)


def test_color_of_a_table_that_nobody_reports_for_is_grey() -> None:
    assert color_of(TableState(), SETTINGS, 0, is_wrong=False) is Color.GREY
    assert color_of(TableState(), SETTINGS, 1, is_wrong=False) is Color.GREEN
    assert color_of(TableState(), SETTINGS, 1, is_wrong=True) is Color.AMBER
