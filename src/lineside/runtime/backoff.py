"""How long to wait before the next attempt: longer each time, capped, jittered, for ever."""

from __future__ import annotations

import random
from typing import Annotated

import msgspec
from msgspec import Meta


class BackoffSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of a back-off."""

    # The first wait: a cable that was knocked is back at once. Never 0, which would be a loop without a pause.
    first_s: Annotated[float, Meta(gt=0)] = 0.25
    # The longest wait: a technician who has mended something looks at the page for about this long.
    cap_s: Annotated[float, Meta(gt=0)] = 10.0
    # Each wait is this part shorter or longer by chance, so that many peers do not come back in step.
    jitter: Annotated[float, Meta(ge=0, lt=1)] = 0.2


class Backoff:
    """Gives the waits of one series of attempts."""

    def __init__(self, settings: BackoffSettings, chance: random.Random) -> None:
        self._settings = settings
        self._chance = chance
        self._wait_s = 0.0
        self.reset()

    def next_s(self) -> float:
        """Seconds to wait now; the following wait is twice as long, up to the cap."""
        wait_s = self._wait_s
        self._wait_s = min(self._wait_s * 2, self._settings.cap_s)
        spread = self._settings.jitter
        return wait_s * self._chance.uniform(1 - spread, 1 + spread)

    def reset(self) -> None:
        """The attempt succeeded and held: begin with the first wait again."""
        self._wait_s = min(self._settings.first_s, self._settings.cap_s)
