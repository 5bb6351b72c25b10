from __future__ import annotations

from typing import Any

from lineside.runtime.shower import Shows
from lineside.runtime.step import Show


class Board:
    """A hub that notes."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str, Any]] = []

    def state(self, topic: str, value: Any) -> None:
        self.shown.append(("state", topic, value))

    def feed(self, topic: str, value: Any) -> None:
        self.shown.append(("feed", topic, value))


def test_values_go_to_topics_of_the_unit_in_order() -> None:
    board = Board()
    shows = Shows("ward/1", board)
    shows.show((Show("status", 1), Show("samples", 2, feed=True), Show("status", 3)))
    shows.state("alarms", 4)
    assert board.shown == [
        ("state", "ward/1/status", 1),
        ("feed", "ward/1/samples", 2),
        ("state", "ward/1/status", 3),
        ("state", "ward/1/alarms", 4),
    ]


def test_outlet_takes_the_place_of_the_hub() -> None:
    board, packets = Board(), list[Any]()
    shows = Shows("ward/1", board)
    shows.outlets["packet"] = packets.append
    shows.show((Show("packet", 1), Show("packet", 2, feed=True)))
    assert (packets, board.shown) == ([1, 2], [])
