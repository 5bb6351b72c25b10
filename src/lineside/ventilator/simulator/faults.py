"""A bad cable: what happens to bytes on their way, and when the cable is out. Seeded, driven by ``now``."""

from __future__ import annotations

import random
from collections import deque

from lineside.ventilator.simulator.report import SimulatorReport
from lineside.ventilator.simulator.settings import FaultSettings


class BadCable:
    """Damages pieces of bytes as the settings ask; without chances it hands them on untouched.

    Args:
        chance: decides each piece's fate; the outgoing and the incoming side should have one each.
        report: counts what was done.
    """

    def __init__(self, settings: FaultSettings, chance: random.Random, report: SimulatorReport) -> None:
        self._settings = settings
        self._chance = chance
        self._report = report
        self._waiting: deque[tuple[float, bytes]] = deque()

    def put(self, data: bytes, now: float) -> None:
        """Send one piece on its way; `take` gives what arrives."""
        at = now
        if self._happens(self._settings.late, "late"):
            at += self._chance.uniform(0, self._settings.late_s_max)
        if self._waiting:
            at = max(at, self._waiting[-1][0])  # a wire does not let bytes overtake each other
        for piece in self.damage(data):
            self._waiting.append((at, piece))

    def take(self, now: float) -> bytes:
        """What has arrived by now."""
        arrived = []
        while self._waiting and self._waiting[0][0] <= now:
            arrived.append(self._waiting.popleft()[1])
        return b"".join(arrived)

    def damage(self, data: bytes) -> list[bytes]:
        """What becomes of one piece: none, one or two pieces. Lateness is not its matter."""
        if self._happens(self._settings.lost, "lost"):
            return []
        if data and self._happens(self._settings.cut, "cut"):
            data = data[: self._chance.randrange(len(data))]
        if data and self._happens(self._settings.flipped, "flipped"):
            data = self._flip(data)
        if self._happens(self._settings.doubled, "doubled"):
            return [data, data]
        return [data]

    def _flip(self, data: bytes) -> bytes:
        place, bit = self._chance.randrange(len(data)), self._chance.randrange(8)
        return data[:place] + bytes((data[place] ^ 1 << bit,)) + data[place + 1 :]

    def _happens(self, likelihood: float, name: str) -> bool:
        # No draw for a fault that is off, so that switching one on does not change the others' fates.
        if not likelihood or self._chance.random() >= likelihood:
            return False
        self._report.count_fault(name)
        return True


class Spells:
    """Spells that come every ``every_s`` and last ``lasting_s``; the first after ``every_s``; 0 is never."""

    def __init__(self, every_s: float, lasting_s: float, began_at: float) -> None:
        self._every_s = every_s
        self._lasting_s = lasting_s
        self._began_at = began_at

    def is_on(self, now: float) -> bool:
        """Whether a spell lasts now."""
        passed = now - self._began_at
        return 0 < self._every_s <= passed and passed % self._every_s < self._lasting_s
