"""An event loop turned by hand: timers fire when the test says so. For code that only asks for time and timers."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any


class HandTimer:
    """A call that is due."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call: Callable[[], Any] | None = call

    def cancel(self) -> None:
        self.call = None


class HandLoop:
    """`time`, `call_soon`, `call_at` and `call_later` of a loop; `advance` lets time pass."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._due: list[tuple[float, int, HandTimer]] = []
        self._order = itertools.count()

    def time(self) -> float:
        return self._now

    def call_soon(self, call: Callable[..., Any], *args: Any) -> HandTimer:
        return self.call_at(self._now, call, *args)

    def call_later(self, seconds: float, call: Callable[..., Any], *args: Any) -> HandTimer:
        return self.call_at(self._now + seconds, call, *args)

    def call_at(self, when: float, call: Callable[..., Any], *args: Any) -> HandTimer:
        timer = HandTimer(lambda: call(*args))
        heapq.heappush(self._due, (when, next(self._order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, making the calls that fall due on the way."""
        end = self._now + seconds
        while self._due and self._due[0][0] <= end:
            when, _, timer = heapq.heappop(self._due)
            self._now = max(self._now, when)
            call, timer.call = timer.call, None
            if call is not None:
                call()
        self._now = end
