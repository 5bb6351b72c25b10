"""Timers that follow from the lasting state: told what is wanted, they keep what runs and forget what is not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Due(StrEnum):
    """What a timer is for."""

    JOIN = "join"  # a connected reporter that the journal does not know yet
    LEFT = "left"  # one that the journal knows as connected and is not
    LOST = "lost"  # a reporter's grace
    RAISE = "raise"  # an alarm's grace
    REPEAT = "repeat"
    RECOVER = "recover"
    UNTIL = "until"  # the end of maintenance


class Key(NamedTuple):
    """One timer; with another ``turn`` it is a new one."""

    due: Due
    name: str
    turn: int = 0


class Timers:
    """Monotonic deadlines by key.

    Attributes:
        deadline: the earliest, or None.
    """

    def __init__(self) -> None:
        self.deadline: float | None = None
        self._at: dict[Key, float] = {}

    def want(self, delays: Mapping[Key, float], mono: float) -> None:
        """Keep the timers of these keys as they run, start the missing ones with their delay, forget all others."""
        at = self._at
        self._at = {key: at[key] if key in at else mono + delay_s for key, delay_s in delays.items()}
        self._find()

    def start(self, key: Key, at: float) -> None:
        """Set one anew."""
        self._at[key] = at
        self._find()

    def due(self, mono: float) -> list[Key]:
        """Those whose time has come, in the order in which they were wanted."""
        return [key for key, at in self._at.items() if at <= mono]

    def _find(self) -> None:
        self.deadline = min(self._at.values(), default=None)
