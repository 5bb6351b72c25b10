"""Random alarms that last a while and are repeated meanwhile, as the recordings show them."""

from __future__ import annotations

import random

_TOLERANCE_S = 1e-6  # times are sums of floating-point numbers

CODES = range(1, 26)  # A0's; every later version has them too. Source: `wire/hev.md` §5


class AlarmMaker:
    """Begins an alarm every so often; each is repeated until its time is over.

    Args:
        chance: draws the codes.
        every_s: from the beginning of one to the beginning of the next, and to the first.
        lasting_s: how long one is repeated; longer than ``every_s`` makes several at once.
        repeat_s: from one repetition to the next.
    """

    def __init__(self, chance: random.Random, every_s: float, lasting_s: float, repeat_s: float) -> None:
        assert every_s > 0
        assert repeat_s > 0
        self._chance = chance
        self._every_s = every_s
        self._lasting_s = lasting_s
        self._repeat_s = repeat_s
        self._began_at: float | None = None
        self._count = 0
        self._active: list[tuple[float, float, int]] = []  # (next sending, end, code)

    def due(self, now: float) -> list[int]:
        """Codes to send now, oldest first. The first call only sets the clock."""
        if self._began_at is None:
            self._began_at = now
        while now >= self._began_at + (self._count + 1) * self._every_s:
            self._count += 1
            begin = self._began_at + self._count * self._every_s
            self._active.append((begin, begin + self._lasting_s, self._chance.choice(CODES)))
        codes: list[int] = []
        still: list[tuple[float, float, int]] = []
        for at, end, code in self._active:
            if at <= now:
                codes.append(code)
                # A loop that was late does not make up for the repetitions that it missed.
                at = max(at + self._repeat_s, now)
            if at < end - _TOLERANCE_S:
                still.append((at, end, code))
        self._active = still
        return codes
