"""What an actor of some gateways gets of topics that tell of all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lineside.console.live_filter import GatewayFilter, unframed, visible_topics
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.hub import frame_text
from lineside.runtime.hub.patterns import Patterns, topic_parts
from tests.support.live_page import Page

ANNA = Actor("anna", Role.OPERATOR, frozenset({"ward"}))


def pulse(*items: dict[str, Any]) -> bytes:
    return json.dumps({"op": "pulse", "items": items}, separators=(",", ":")).encode()


def filtered(data: bytes, *, framed: bool = False) -> list[dict[str, Any]]:
    told: list[bytes] = []

    class Outlet(Page):
        def send(self, data: bytes) -> None:
            told.append(data)

        def send_framed(self, frame: bytes) -> None:
            told.append(unframed(frame))

    outlet = GatewayFilter(Outlet(), ANNA)
    if framed:
        outlet.send_framed(frame_text(data))
    else:
        outlet.send(data)
    return [json.loads(one) for one in told]


def test_all_topics_are_visible_without_a_bound_but_the_sinks_to_admins_alone() -> None:
    assert visible_topics(Actor("admin", Role.ADMIN)) is None
    seen = Patterns(visible_topics(Actor("ben", Role.OPERATOR)) or ())
    for topic in ("ward/1/samples", "hall/1953/board", "lineside/events", "lineside/journal", "lineside/gateways"):
        assert seen.has(topic, topic_parts(topic))
    assert not seen.has("lineside/sinks", topic_parts("lineside/sinks"))
    assert visible_topics(ANNA) == {
        "ward/**",
        "lineside/gateways",
        "lineside/events",
        "lineside/commands",
        "lineside/journal",
    }


@pytest.mark.parametrize("framed", [False, True])
def test_foreign_entries_are_taken_out(framed: bool) -> None:
    data = pulse(
        {"t": "ward/1/samples", "o": 1, "v": [1, 2]},
        {"t": "lineside/events", "o": 1, "v": {"stream": "hall/1", "seq": 1}},
        {"t": "lineside/events", "o": 2, "v": {"stream": "ward/1", "seq": 2}},
        {"t": "lineside/events", "o": 9, "gap": 6},
        {"t": "lineside/commands", "o": 1, "v": {"unit": "hall/1"}},
        {"t": "lineside/commands", "o": 2, "v": {"unit": "ward/1"}},
        {"t": "lineside/gateways", "o": 3, "v": {"gateways": [{"name": "hall"}, {"name": "ward"}]}},
        {"t": "lineside/journal", "o": 3, "v": {"state": "ok"}},
    )
    (message,) = filtered(data, framed=framed)
    assert [(item["t"], item["o"]) for item in message["items"]] == [
        ("ward/1/samples", 1),
        ("lineside/events", 2),
        ("lineside/events", 9),
        ("lineside/commands", 2),
        ("lineside/gateways", 3),
        ("lineside/journal", 3),
    ]
    assert message["items"][4]["v"] == {"gateways": [{"name": "ward"}]}


def test_nothing_is_sent_when_nothing_is_left() -> None:
    assert filtered(pulse({"t": "lineside/events", "o": 1, "v": {"stream": "hall/1"}})) == []


def test_snapshot_is_filtered_too() -> None:
    data = {
        "op": "subscribed",
        "id": 1,
        "topics": [
            {"topic": "lineside/gateways", "kind": "state", "value": {"gateways": [{"name": "hall"}]}},
            {"topic": "lineside/journal", "kind": "state", "value": {"state": "ok"}},
            {"topic": "lineside/events", "kind": "feed", "offset": 3},
        ],
    }
    (message,) = filtered(json.dumps(data).encode())
    assert message["topics"][0]["value"] == {"gateways": []}
    assert message["topics"][1:] == data["topics"][1:]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_message_without_such_topics_passes_unopened(size: int) -> None:
    data = b"x" * size
    assert unframed(frame_text(data)) == data

    class Outlet(Page):
        def send_framed(self, frame: bytes) -> None:
            self.frames.append(frame)

    below = Outlet()
    frame = frame_text(data)
    GatewayFilter(below, ANNA).send_framed(frame)
    assert below.frames[0] is frame


def test_filter_passes_unsent_and_close_on() -> None:
    page = Page()
    outlet = GatewayFilter(page, ANNA)
    assert outlet.unsent() == page.unsent()
    outlet.close(4000, "stopping")
    assert page.closed == (4000, "stopping")
