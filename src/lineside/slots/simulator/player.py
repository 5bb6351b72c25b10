"""Somebody who plays by himself, for demonstrations: bills, games, a cash-out now and then, and what goes wrong."""

from __future__ import annotations

import random

from lineside.slots.simulator.seat import Seat
from lineside.slots.simulator.works import Refused

BILLS = (5, 10, 20, 20, 20, 50, 100)
BETS = (1, 1, 2, 3, 5, 10)
SLOW = 8
"""A trouble lasts about so many turns: long enough to be seen on a page."""


class Player:
    """Plays one machine; each `turn` does one thing.

    Args:
        seat: the machine.
        chance: what comes to his mind.
        games_a_minute: about.
    """

    def __init__(self, seat: Seat, chance: random.Random, games_a_minute: float) -> None:
        self._seat = seat
        self._chance = chance
        self._period_s = 60.0 / games_a_minute
        self._at: float | None = None

    def on_time(self, now: float) -> None:
        """Do something if it is time."""
        if self._at is None:
            self._at = now + self._chance.uniform(0, self._period_s)
        if now >= self._at:
            self._at = now + self._chance.uniform(0.5, 1.5) * self._period_s
            self.turn()

    def turn(self) -> str:
        """Do one thing; its name, or why it could not be done."""
        try:
            return self._turn()
        except Refused as refusal:
            return str(refusal)

    def _turn(self) -> str:
        state = self._seat.state
        if state.open_doors or state.tilts or state.menus or state.handpay is not None:
            return self._attend() if self._chance.random() < 1 / SLOW else "waits"
        whim = self._chance.random()
        if whim < 0.004:
            return self._do("open", door=self._chance.choice(("slot", "belly", "cash_box")))
        if whim < 0.006:
            return self._do("tilt")
        if whim < 0.008:
            return self._do("lamp")
        if whim < 0.02 and state.credits:
            return self._do("cash_out")
        if whim < 0.024:
            return self._do("select", game=self._chance.randint(1, self._seat.settings.games))
        bet = self._chance.choice(BETS)
        if state.credits < bet:
            return self._do("bill", dollars=self._chance.choice(BILLS))
        return self._do("play", bet=bet)

    def _attend(self) -> str:
        """An attendant puts one thing right."""
        state = self._seat.state
        if state.open_doors:
            return self._do("close", door=state.open_doors[0])
        if state.tilts:
            return self._do("clear")
        if state.menus:
            return self._do("leave", menu=state.menus[0])
        return self._do("reset")

    def _do(self, act: str, **params: object) -> str:
        self._seat.do(act, **params)
        return act
