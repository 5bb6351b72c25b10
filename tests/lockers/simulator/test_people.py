"""People at the keypad."""

from __future__ import annotations

import random

from lineside.lockers.simulator import Pressed, SimulatorSettings
from lineside.lockers.simulator.people import visit


class Pad:
    def __init__(self, codes: dict[int, str]) -> None:
        self.codes = codes
        self.pressed: list[tuple[str, int | None]] = []

    def press(self, code: str, cell: int | None = None) -> Pressed:
        self.pressed.append((code, cell))
        return Pressed.OPENED


def test_nobody_comes_while_no_cell_has_a_code() -> None:
    pad = Pad({})
    visit(pad, random.Random(1), SimulatorSettings())
    assert pad.pressed == []


def test_who_knows_the_code_opens_one_cell() -> None:
    pad = Pad({2: "0042", 5: "1492"})
    for seed in range(50):
        visit(pad, random.Random(seed), SimulatorSettings())
    assert set(pad.pressed) == {("0042", 2), ("1492", 5)}
    assert len(pad.pressed) == 50


def test_who_does_not_tries_three_times() -> None:
    for code in ("0000", "1234"):
        pad = Pad({2: code})
        visit(pad, random.Random(1), SimulatorSettings(wrong_code=1.0))
        assert len(pad.pressed) == 3
        assert all(pressed != code for pressed, _ in pad.pressed)
