"""The registry: every house is whole, and no two record events of one name."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec
import pytest

from lineside.app.foundation import catalogue
from lineside.app.kinds import KEEP, KINDS, SETTINGS_KINDS, routes_of_houses
from lineside.config.load import PLANNED_KINDS
from lineside.console.openapi import document
from lineside.runtime.gateway import Shared
from lineside.runtime.routes import Route


@pytest.mark.parametrize("name", KINDS)
def test_house_is_whole(name: str) -> None:
    house = KINDS[name]
    assert name in PLANNED_KINDS
    assert inspect.iscoroutinefunction(house.run)
    assert house.events
    assert house.settings.config.__struct_config__.frozen
    assert house.settings.config.__struct_config__.forbid_unknown_fields


def test_no_two_events_share_a_name() -> None:
    catalogue()  # a second class of one kind is refused there


def test_ventilator_tells_where_it_listens() -> None:
    kind = SETTINGS_KINDS["ventilator"]
    config = msgspec.convert({"line": "x", "broadcast": ["127.0.0.1:1", "127.0.0.1:2"]}, kind.config)
    assert dict(kind.listens(config)) == {
        "broadcast[0]": "127.0.0.1:1",
        "broadcast[1]": "127.0.0.1:2",
        "request": "127.0.0.1:54321",
    }
    assert list(kind.lines(config)) == [("line", "x")]


def test_kinds_with_days_of_their_own_are_recorded_by_their_house() -> None:
    for house in KINDS.values():
        assert set(house.keep) <= {event.__name__ for event in house.events}
    assert set(KEEP) == {kind for house in KINDS.values() for kind in house.keep}


def test_slots_tell_every_line() -> None:
    kind = SETTINGS_KINDS["slots"]
    many = msgspec.convert({"lines": {"a": {"line": "/dev/a"}, "b": {"line": "/dev/b"}}}, kind.config)
    assert list(kind.lines(many)) == [("lines.a.line", "/dev/a"), ("lines.b.line", "/dev/b")]
    assert list(kind.lines(msgspec.convert({"line": "/dev/x"}, kind.config))) == [("line", "/dev/x")]


def test_openapi_document_tells_of_the_routes_of_all_houses() -> None:
    """Also where two houses have Structs of one name."""
    nobody: Any = None
    routes = [r for r in routes_of_houses(Shared(nobody, nobody, nobody, nobody, nobody)) if isinstance(r, Route)]
    told = document(routes, "1")
    assert told.paths.keys() == {route.path for route in routes}
    history = told.paths["/api/lockers/{gateway}/{board}/history"]["get"]["parameters"]
    assert "cell" in {parameter["name"] for parameter in history}
