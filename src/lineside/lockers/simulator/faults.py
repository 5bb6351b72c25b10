"""What goes wrong with a board's messages and channels, drawn from a seed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from enum import StrEnum

from lineside.lockers.simulator.settings import FaultSettings

# The longest piece of a request that is split on request.
PIECE_BYTES_MAX = 60


class Fault(StrEnum):
    """What may happen to one request; see `settings.FaultSettings`."""

    LOST = "lost"
    LATE = "late"
    CUT = "cut"
    SPLIT = "split"
    DOUBLED = "doubled"
    GLUED = "glued"
    REBOOT = "reboot"


def draw_fault(settings: FaultSettings, chance: random.Random) -> Fault | None:
    """What happens to the next request: at most one thing; mostly None."""
    for fault in Fault:
        likelihood = getattr(settings, fault.value)
        if likelihood and chance.random() < likelihood:
            return fault
    return None


def pieces_of(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """The bytes in small pieces."""
    start = 0
    while start < len(data):
        size = chance.randint(1, PIECE_BYTES_MAX)
        yield data[start : start + size]
        start += size


async def spell(every_s: float, lasting_s: float, chance: random.Random, change: Callable[[bool], None]) -> None:
    """Call ``change(True)`` every so often and ``change(False)`` when that has lasted long enough; until cancelled.

    The first begins at a moment drawn by chance, so that boards do not fail in step.
    """
    await asyncio.sleep(chance.uniform(0, every_s))
    while True:
        change(True)
        await asyncio.sleep(lasting_s)
        change(False)
        await asyncio.sleep(every_s - lasting_s)


def spells_of(
    settings: FaultSettings, chance: random.Random, changes: Mapping[str, Callable[[bool], None]], counts: Counter[str]
) -> list[Coroutine[None, None, None]]:
    """The spells that are wished for, to be run by the caller.

    Args:
        changes: name (``wifi``, ``gsm``, ``short``, ``drop``) → told True when it begins and False when it ends.
        counts: how often each has begun, kept here.
    """

    def counted(name: str, change: Callable[[bool], None]) -> Callable[[bool], None]:
        def changed(is_on: bool) -> None:
            counts[name] += is_on
            change(is_on)

        return changed

    return [
        spell(every_s, getattr(settings, f"{name}_for_s", 0.0), chance, counted(name, change))
        for name, change in changes.items()
        if (every_s := getattr(settings, f"{name}_every_s"))
    ]
