"""When a flaky reporter misbehaves: a spell every so often, each a little different from the last. Seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from lineside.studio.simulator.settings import FaultSettings


class Trouble(StrEnum):
    """What a flaky reporter does wrong."""

    DROP = "dropped"  # its connection is gone without a word
    SILENCE = "silent"  # it hangs


@dataclass(frozen=True, slots=True)
class Spell:
    """One spell of trouble: monotonic seconds of its beginning, and how long it lasts."""

    trouble: Trouble
    at: float
    lasting_s: float


class Spells:
    """Gives the next spell of a flaky reporter, for ever.

    Args:
        began_at: monotonic seconds; the first spell comes about one interval later.
    """

    def __init__(self, faults: FaultSettings, chance: random.Random, began_at: float) -> None:
        self._chance = chance
        self._kinds = {
            Trouble.DROP: (faults.drop_every_s, faults.drop_for_s),
            Trouble.SILENCE: (faults.silence_every_s, faults.silence_for_s),
        }
        self._next_at = {
            trouble: self._later(began_at, every_s) for trouble, (every_s, _) in self._kinds.items() if every_s
        }

    def next(self) -> Spell | None:
        """The earliest spell that has not been given yet; None when no trouble was asked for."""
        if not self._next_at:
            return None
        trouble = min(self._next_at, key=lambda kind: self._next_at[kind])
        every_s, lasting_s = self._kinds[trouble]
        spell = Spell(trouble, self._next_at[trouble], lasting_s * self._chance.uniform(0.7, 1.3))
        self._next_at[trouble] = self._later(spell.at + spell.lasting_s, every_s)
        return spell

    def _later(self, at: float, every_s: float) -> float:
        return at + every_s * self._chance.uniform(0.7, 1.3)
