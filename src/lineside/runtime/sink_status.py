"""What a page shows of a sink: its state with a reason, its backlog, and which cursors belong to nobody."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

import msgspec

from lineside.runtime.journal import Parked


class SinkState(StrEnum):
    """What a page shows of a sink at a glance."""

    STARTING = "starting"  # the journal did not give the cursor yet
    RUNNING = "running"  # delivering, or nothing to deliver
    WAITING = "waiting"  # the target (or the journal) is away; a next attempt is due
    PARKED = "parked"  # delivering, and lanes stand still behind parked events
    HELD = "held"  # a limit is reached; a person has to act
    STOPPED = "stopped"
    ORPHANED = "orphaned"  # gone from the settings, its cursor is still kept


class Backlog(msgspec.Struct, frozen=True):
    """What waits for the target.

    Attributes:
        events: recorded and not done. What has not been read yet counts in full, wanted or not: never too low.
        bytes: their stored size; for what has not been read yet, by the mean size so far.
        hours: until it is worked off at the present rate; None while nothing goes out.
        oldest_at: when the oldest event that was read and is not done was recorded.
    """

    events: int
    bytes: int
    hours: float | None
    oldest_at: datetime | None = None


class SinkStatus(msgspec.Struct, frozen=True):
    """A sink as the console shows it.

    Attributes:
        low: the lowest event not done.
        delivered: events acknowledged by the target since the start.
    """

    name: str
    state: SinkState
    reason: str
    since: datetime
    next_attempt: datetime | None
    low: int
    delivered: int
    backlog: Backlog
    parked: tuple[Parked, ...] = ()


class Rate:
    """Events per second, averaged with a weight that fades over ``period_s``."""

    def __init__(self, period_s: float, now: float) -> None:
        self._period_s = period_s
        self._start = self._last = now
        self._sum = 0.0

    def add(self, count: int, now: float) -> None:
        """Count ``count`` more at ``now``."""
        self._sum = self._sum * math.exp((self._last - now) / self._period_s) + count
        self._last = now

    def per_second(self, now: float) -> float:
        """The present average; right from the first second on."""
        age_s = max(now - self._start, 1.0)
        weight_s = self._period_s * (1 - math.exp(-age_s / self._period_s))
        return self._sum * math.exp((self._last - now) / self._period_s) / weight_s


def orphaned(kept: Collection[str], configured: Collection[str]) -> list[str]:
    """Sinks whose cursor the journal keeps and that the settings do not name any more, in order of name.

    They hold pruning back until ``lineside sinks forget NAME`` (the journal's ``forget_sink``).
    """
    return sorted(set(kept) - set(configured))
