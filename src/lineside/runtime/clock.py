"""Time as an argument: the real clock, and one that tests turn by hand; both also call back later."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from lineside.runtime.step import Moment


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Forget the call; nothing happens when it was made already."""
        ...


class Clock(Protocol):
    """Gives the present `Moment` and calls back at a later one."""

    def now(self) -> Moment:
        """Both clocks, read together."""
        ...

    def call_at(self, mono: float, call: Callable[[], None]) -> Timer:
        """Call ``call`` from the event loop as soon as the monotonic clock shows ``mono``."""
        ...


# What `Moment(…)` does, without the call in between that every named tuple has: it is asked twice per message.
_new_moment: Callable[[type[Moment], tuple[float, datetime]], Moment] = tuple.__new__


class SystemClock:
    """The machine's clocks; timers run on the asyncio loop that is running."""

    def now(self) -> Moment:
        """Both clocks, read together."""
        return _new_moment(Moment, (time.monotonic(), datetime.now(UTC)))

    def call_at(self, mono: float, call: Callable[[], None]) -> Timer:
        """Call ``call`` from the running loop when `time.monotonic` shows ``mono``."""
        # The delay is measured here because a loop's own clock may have another zero (uvloop on some systems). uvloop
        # counts whole milliseconds from the last whole one, so that a call would come up to 1 ms too early and ask for
        # itself again, round and round: one more is added to what is left.
        left_ms = (mono - time.monotonic()) * 1000.0
        return asyncio.get_running_loop().call_later(math.ceil(left_ms + 1.0) / 1000.0 if left_ms > 0 else 0.0, call)


class Wakeup:
    """One timer for everything that waits: set to the earliest moment that was asked for since it last fired.

    Who asks for a later moment is woken too early and asks again; so a deadline that moves away with every message
    costs one comparison and no timer.

    Attributes:
        at: monotonic seconds at which it fires; infinity when it is not set.
    """

    __slots__ = ("_call", "_clock", "_timer", "at")

    def __init__(self, clock: Clock, call: Callable[[], None]) -> None:
        self.at = math.inf
        self._clock = clock
        self._call = call
        self._timer: Timer | None = None

    def set(self, mono: float) -> None:
        """Fire at ``mono`` (the past means in the next turn of the loop), or earlier if that was asked for."""
        if mono >= self.at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self.at = mono
        self._timer = self._clock.call_at(mono, self._fire)

    def cancel(self) -> None:
        """Do not fire."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self.at = None, math.inf

    def _fire(self) -> None:
        self._timer, self.at = None, math.inf
        self._call()


class ManualTimer:
    """A call that a `ManualClock` makes when it is advanced past its moment."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Forget the call."""
        self.call = None


class ManualClock:
    """A clock for tests: stands still until told. Both hands move together; `step_utc` moves one alone."""

    def __init__(self, mono: float = 1000.0, utc: datetime | None = None) -> None:
        self.mono = mono
        self.utc = utc or datetime(2026, 1, 1, tzinfo=UTC)
        self._due: list[tuple[float, int, ManualTimer]] = []
        self._order = itertools.count()

    def now(self) -> Moment:
        """Both clocks, read together."""
        return Moment(self.mono, self.utc)

    def call_at(self, mono: float, call: Callable[[], None]) -> ManualTimer:
        """Call ``call`` during the `advance` that reaches ``mono``."""
        timer = ManualTimer(call)
        heapq.heappush(self._due, (mono, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> Moment:
        """Let ``seconds`` pass on both clocks, making the calls that fall due on the way, in order of time."""
        end = self.mono + seconds
        while self._due and self._due[0][0] <= end:
            mono, _, timer = heapq.heappop(self._due)
            self._move_to(max(self.mono, mono))
            call, timer.call = timer.call, None
            if call is not None:
                call()
        self._move_to(end)
        return self.now()

    def step_utc(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an NTP step does; the monotonic clock does not notice."""
        self.utc += timedelta(seconds=seconds)

    def _move_to(self, mono: float) -> None:
        self.utc += timedelta(seconds=mono - self.mono)
        self.mono = mono
