"""The people before a board: most know their code, some do not."""

from __future__ import annotations

import random
from typing import Protocol

from lineside.lockers.simulator.machine import WRONG_CODES_MAX, Pressed
from lineside.lockers.simulator.settings import SimulatorSettings


class Cabinet(Protocol):
    """What people need of a board."""

    @property
    def codes(self) -> dict[int, str]:
        """Cell → the code that opens it now."""
        ...

    def press(self, code: str, cell: int | None = None) -> Pressed:
        """Type a code."""
        ...

    def open_with_key(self, cell: int) -> None:
        """Open a door without a code."""
        ...


def visit(cabinet: Cabinet, chance: random.Random, settings: SimulatorSettings) -> None:
    """One person: a technician with a key, somebody who tries wrong codes until the board tells of it, or a guest.

    Guests come only while a cell has a code, since nobody was sent there before.
    """
    codes = cabinet.codes
    if chance.random() < settings.with_key:
        cabinet.open_with_key(chance.randint(1, settings.columns * settings.rows))
    elif chance.random() < settings.wrong_code:
        cell = chance.randint(1, settings.columns * settings.rows)
        wrong = "0000" if codes.get(cell) != "0000" else "0001"
        for _ in range(WRONG_CODES_MAX):
            cabinet.press(wrong, cell)
    elif codes:
        cell = chance.choice(list(codes))
        cabinet.press(codes[cell], cell)
