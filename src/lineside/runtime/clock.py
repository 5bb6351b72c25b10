"""Time as an argument: the real clock, and one that tests turn by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from lineside.runtime.step import Moment


class Clock(Protocol):
    """Gives the present `Moment`."""

    def now(self) -> Moment:
        """Both clocks, read together."""
        ...


class SystemClock:
    """The machine's clocks; ``mono`` is `time.monotonic`, the clock of the asyncio loop."""

    def now(self) -> Moment:
        """Both clocks, read together."""
        return Moment(time.monotonic(), datetime.now(UTC))


class ManualClock:
    """A clock for tests: stands still until told. Both hands move together; `step_utc` moves one alone."""

    def __init__(self, mono: float = 1000.0, utc: datetime | None = None) -> None:
        self.mono = mono
        self.utc = utc or datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> Moment:
        """Both clocks, read together."""
        return Moment(self.mono, self.utc)

    def advance(self, seconds: float) -> Moment:
        """Let ``seconds`` pass on both clocks and return the new moment."""
        self.mono += seconds
        self.utc += timedelta(seconds=seconds)
        return self.now()

    def step_utc(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an NTP step does; the monotonic clock does not notice."""
        self.utc += timedelta(seconds=seconds)
