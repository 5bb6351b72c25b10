"""How late the event loop is, and who holds it up.

A timer on the loop measures how much later than asked it is called. A thread beside the loop sees a timer that stays
away and takes the loop thread's stack at that moment: the innermost line of lineside in it is named in the log, as the
culprit. A loop that is stuck for ever is named too, since the thread needs nothing from it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from lineside.runtime.log import get_log

# Ten looks a second cost nothing to speak of and see every stall that a person could feel.
PERIOD_S = 0.1
# A quarter of a second is what a waveform on a page forgives; beyond it the culprit is wanted.
STUCK_S = 0.25
# The innermost lines of a stack; the loop's own are below them and say nothing.
STACK_LINES_MAX = 12

_PACKAGE = str(Path(__file__).resolve().parents[1])
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

log = get_log("lag")


@dataclass(frozen=True, slots=True)
class Stall:
    """The loop did not turn for a while.

    Attributes:
        seconds: how long, when it is over; at least so long while it lasts.
        culprit: ``lineside/ventilator/gateway.py:88 decode``: the innermost line of lineside (of anything, if there
            is none) that the loop was in when it was noticed.
        stack: innermost last.
    """

    seconds: float
    culprit: str
    stack: tuple[str, ...]


class LagProbe:
    """Measures the lag of the loop that runs it.

    Args:
        registry: where the metrics go: ``lineside_loop_lag_seconds`` (histogram), ``lineside_loop_lag_last_seconds``
            (gauge) and ``lineside_loop_stalls_total``.
        stuck_s: from so long on, the culprit is looked for.

    Attributes:
        last_stall: the latest one, None without.
        lag_s: the latest measurement.
    """

    def __init__(
        self, registry: CollectorRegistry = REGISTRY, *, stuck_s: float = STUCK_S, period_s: float = PERIOD_S
    ) -> None:
        self.last_stall: Stall | None = None
        self.lag_s = 0.0
        self._stuck_s = stuck_s
        self._period_s = period_s
        self._histogram = Histogram(
            "lineside_loop_lag_seconds", "How late the event loop calls", registry=registry, buckets=_BUCKETS
        )
        self._gauge = Gauge("lineside_loop_lag_last_seconds", "The latest of these", registry=registry)
        self._stalls = Counter("lineside_loop_stalls", "Times that the event loop was stuck", registry=registry)
        self._beat_at = 0.0
        self._loop_thread = 0
        self._end = threading.Event()

    async def run(self) -> None:
        """Measure until cancelled."""
        self._loop_thread = threading.get_ident()
        self._end = threading.Event()
        self._beat_at = time.monotonic()
        watcher = threading.Thread(target=self._watch, args=(self._end,), name="lag probe", daemon=True)
        watcher.start()
        try:
            while True:
                due = time.monotonic() + self._period_s
                await asyncio.sleep(self._period_s)
                self._beat(max(0.0, time.monotonic() - due))
        finally:
            self._end.set()

    def _beat(self, lag_s: float) -> None:
        self._beat_at = time.monotonic()
        self.lag_s = lag_s
        self._histogram.observe(lag_s)
        self._gauge.set(lag_s)

    def _watch(self, end: threading.Event) -> None:
        stall: Stall | None = None
        stalled_beat_at = 0.0
        while not end.wait(self._period_s / 2):
            beat_at = self._beat_at
            stuck_s = time.monotonic() - beat_at - self._period_s
            if stuck_s > self._stuck_s and stall is None:
                stall = self._begin(stuck_s)
                stalled_beat_at = beat_at
            elif stall is not None and self._beat_at != stalled_beat_at:
                seconds = round(self._beat_at - stalled_beat_at, 3)
                self.last_stall = Stall(seconds, stall.culprit, stall.stack)
                log.warning("loop turns again", after_s=seconds, culprit=stall.culprit)
                stall = None

    def _begin(self, stuck_s: float) -> Stall:
        frame = sys._current_frames().get(self._loop_thread)
        stall = Stall(round(stuck_s, 3), culprit_in(frame), _stack(frame))
        self.last_stall = stall
        self._stalls.inc()
        log.error("loop is stuck", for_s=stall.seconds, culprit=stall.culprit, stack=list(stall.stack))
        return stall


def culprit_in(frame: FrameType | None) -> str:
    """The innermost line of lineside in a stack; the innermost of all, if there is none."""
    innermost = frame
    while frame is not None:
        if frame.f_code.co_filename.startswith(_PACKAGE) and frame.f_code.co_filename != __file__:
            return _place(frame)
        frame = frame.f_back
    return "unknown" if innermost is None else _place(innermost)


def _place(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    short = path.relative_to(Path(_PACKAGE).parent) if path.is_relative_to(_PACKAGE) else Path(*path.parts[-2:])
    return f"{short.as_posix()}:{frame.f_lineno} {frame.f_code.co_name}"


def _stack(frame: FrameType | None) -> tuple[str, ...]:
    if frame is None:
        return ()
    lines = [f"{Path(found.filename).name}:{found.lineno} {found.name}" for found in traceback.extract_stack(frame)]
    return tuple(lines[-STACK_LINES_MAX:])
