"""The people before a board: most know their code, some do not."""

from __future__ import annotations

import random
from typing import Protocol

from lineside.lockers.simulator.machine import WRONG_CODES_MAX, Pressed
from lineside.lockers.simulator.settings import SimulatorSettings


class Keypad(Protocol):
    """What people need of a board."""

    @property
    def codes(self) -> dict[int, str]:
        """Cell → the code that opens it now."""
        ...

    def press(self, code: str, cell: int | None = None) -> Pressed:
        """Type a code."""
        ...


def visit(keypad: Keypad, chance: random.Random, settings: SimulatorSettings) -> None:
    """One person: opens a cell that has a code, or tries a wrong one until the board tells of it.

    Nobody comes while no cell has a code, since nobody was sent there.
    """
    codes = keypad.codes
    if not codes:
        return
    cell = chance.choice(list(codes))
    if chance.random() >= settings.wrong_code:
        keypad.press(codes[cell], cell)
        return
    wrong = next(code for code in ("0000", "0001") if code != codes[cell])
    for _ in range(WRONG_CODES_MAX):
        keypad.press(wrong, cell)
