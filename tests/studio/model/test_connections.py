"""Connections while they last."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lineside.runtime.step import Moment
from lineside.studio.model.connections import LEAVING_MAX, Connections, Joined
from lineside.studio.model.events import ReporterJoined, ReporterLeft
from lineside.studio.wire import ERRORS_MAX, Dialect, closed_by_peer

NOW = Moment(100.0, datetime(2026, 1, 1, tzinfo=UTC))
PC = Joined("pc", Dialect.C, "addr", token_name="floor")


def test_connection_counts_when_it_has_said_who_it_is() -> None:
    connections = Connections()
    connections.open("l", NOW)
    assert connections.get("l") is not None
    assert (list(connections), connections.devices) == ([], {})
    connections.join("l", PC, NOW)
    assert [link for link, _ in connections] == ["l"]
    assert connections.devices["pc"].joined_event() == ReporterJoined("pc", "c", "addr", "floor")


def test_end_is_told_of_the_last_connection_of_a_device() -> None:
    connections = Connections()
    for link in ("l1", "l2"):
        connections.join(link, PC, NOW)
    assert connections.close("l1", "cut", NOW, 10.0) is None
    assert connections.close("l2", "cut", NOW, 10.0) is not None
    assert connections.close("l2", "cut", NOW, 10.0) is None
    assert connections.leaving == {"pc": ("cut", False)}
    connections.forget_recorded((ReporterLeft("pc", "cut"),))
    assert connections.leaving == {}


def test_reporter_that_is_back_is_not_leaving() -> None:
    connections = Connections()
    connections.join("l1", PC, NOW)
    connections.close("l1", "cut", NOW, 10.0)
    connections.join("l2", PC, NOW)
    assert connections.leaving == {}


@pytest.mark.parametrize(
    ("reason", "updated", "goodbye"),
    [
        (closed_by_peer(1000), 95.0, True),
        (closed_by_peer(1001, "reload"), 90.0, True),
        (closed_by_peer(1000), 89.0, False),
        (closed_by_peer(1000), None, False),
        (closed_by_peer(1006), 99.0, False),
        ("ping timeout", 99.0, False),
    ],
)
def test_goodbye_is_a_clean_end_right_after_an_update(reason: str, updated: float | None, goodbye: bool) -> None:
    connections = Connections()
    connections.join("l", PC, NOW)
    one = connections.devices["pc"]
    one.updated_mono = updated
    connections.close("l", reason, NOW, 10.0)
    assert connections.leaving["pc"] == (reason, goodbye)


def test_connection_is_over_after_so_many_errors() -> None:
    connections = Connections()
    connections.join("l", PC, NOW)
    one = connections.devices["pc"]
    one.errors = ERRORS_MAX - 1
    assert not one.is_over
    one.errors = ERRORS_MAX
    assert one.is_over


def test_ends_that_wait_for_the_disk_are_bounded() -> None:
    connections = Connections()
    for index in range(LEAVING_MAX + 10):
        connections.join("l", Joined(f"d{index}", Dialect.A), NOW)
        connections.close("l", "cut", NOW, 10.0)
    assert len(connections.leaving) == LEAVING_MAX
