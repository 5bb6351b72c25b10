"""What a gateway with lines says of itself."""

from __future__ import annotations

from lineside.runtime.gateway import GatewayState
from lineside.slots.gateway.states import LineStates

Report = tuple[GatewayState, str, float | None]


def reports(*lines: str) -> tuple[LineStates, list[Report]]:
    told: list[Report] = []
    return LineStates(
        lines, lambda state, reason, next_attempt_s=None: told.append((state, reason, next_attempt_s))
    ), told


def test_one_line() -> None:
    states, told = reports("")
    states.away("", "no such device", 0.25)
    states.open("", "")
    assert told == [
        (GatewayState.WAITING, "no such device", 0.25),
        (GatewayState.RUNNING, "the line is open", None),
    ]


def test_trouble_of_an_open_line_is_told() -> None:
    states, told = reports("")
    states.open("", "no parity")
    assert told[-1] == (GatewayState.RUNNING, "the line is open; no parity", None)


def test_many_lines_are_named_and_counted() -> None:
    states, told = reports("a", "b", "c", "d", "e")
    states.open("a", "")
    assert told[-1][1] == "b: not opened yet; c: not opened yet; d: not opened yet; and 1 more"
    for line in "bcde":
        states.open(line, "")
    assert told[-1][:2] == (GatewayState.RUNNING, "5 lines are open")
