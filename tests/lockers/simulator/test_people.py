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

    def open_with_key(self, cell: int) -> None:
        self.pressed.append(("key", cell))


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
        pad = Pad({1: code, 2: code})
        visit(pad, random.Random(1), SimulatorSettings(wrong_code=1.0, columns=2, rows=1))
        assert len(pad.pressed) == 3
        assert all(pressed != pad.codes.get(cell or 0) for pressed, cell in pad.pressed)


def test_technician_opens_any_cell_and_a_stranger_tries_also_where_no_code_is() -> None:
    pad = Pad({})
    for seed in range(20):
        visit(pad, random.Random(seed), SimulatorSettings(with_key=1.0, columns=2, rows=2))
    assert set(pad.pressed) == {("key", cell) for cell in (1, 2, 3, 4)}
    pad = Pad({})
    visit(pad, random.Random(1), SimulatorSettings(wrong_code=1.0))
    assert [code for code, _ in pad.pressed] == ["0000"] * 3
