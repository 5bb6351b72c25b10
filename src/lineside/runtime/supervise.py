"""Keep the parts of the process running: gateways, sinks and listeners, each in a task, all in one task group.

A part that fails is started again after a wait that grows to a cap, for ever; the others do not notice. Its state, the
reason and the next attempt are for pages and ``/readyz``. Stopping gives every part the same limited time and names
those that did not take it.

::

    running ──fails──► waiting ──next attempt──► running
       │                  ▲ │
       └──wrong settings──┼─┴─► failed     (no next attempt until somebody asks: `restart`)
                          └──restart──┘
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.errors import ConfigError, LinesideError
from lineside.runtime.backoff import Backoff, BackoffSettings
from lineside.runtime.clock import Clock, SystemClock
from lineside.runtime.log import get_log

Seconds = Annotated[float, Meta(gt=0)]

# An exception group may hold one error per connection; the first few say what is wrong.
_REASONS_MAX = 3

log = get_log("supervise")


class PartPhase(StrEnum):
    """What a page shows of a part at a glance."""

    RUNNING = "running"
    WAITING = "waiting"  # for its next attempt, or for a device or peer; the reason says which
    FAILED = "failed"  # ended by settings that are wrong; not tried again by itself
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class PartState:
    """A part at one moment.

    Attributes:
        name: unique in the process: ``ward``, ``gaming_transactions``.
        kind: ``ventilator``, ``sql``, ``web``; for people and labels.
        state: since ``since``.
        reason: for people.
        next_attempt: UTC instant, when one is due.
        restarts: since the start of the process.
    """

    name: str
    kind: str
    state: PartPhase
    reason: str
    since: datetime
    next_attempt: datetime | None = None
    restarts: int = 0


class SupervisorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds of starting again and of stopping.

    Attributes:
        backoff: between attempts. Half a second at first, so that a part that fails at once never spins; half a
            minute at most, so that a repaired thing is back before somebody wonders.
        healthy_s: a part that ran for so long begins again with the first wait.
        settle_s: a part that was started again and is still there after so long is shown as running.
        stop_s: for every part to end when it is stopped. systemd waits 90 s for the process, people wait ten.
    """

    backoff: BackoffSettings = BackoffSettings(first_s=0.5, cap_s=30.0)
    healthy_s: Seconds = 60.0
    settle_s: Seconds = 1.0
    stop_s: Seconds = 10.0


Run = Callable[[], Awaitable[None]]
Reporter = Callable[..., None]


class _Part:
    """A part with its task; `state` is replaced as a whole."""

    def __init__(self, name: str, kind: str, run: Run, now: datetime, backoff: Backoff) -> None:
        self.run = run
        self.backoff = backoff
        self.state = PartState(name, kind, PartPhase.WAITING, "not started yet", now)
        self.keeper: asyncio.Task[None] | None = None
        self.again = asyncio.Event()


class Supervisor:
    """Runs named parts.

    Args:
        settings: the bounds.
        clock: gives the instants in `PartState`.
        chance: for the jitter of waits.
        on_change: called in the loop's thread with each new state of a part.
    """

    def __init__(
        self,
        settings: SupervisorSettings | None = None,
        *,
        clock: Clock | None = None,
        chance: random.Random | None = None,
        on_change: Callable[[PartState], None] | None = None,
    ) -> None:
        self.settings = settings or SupervisorSettings()
        self._clock = clock or SystemClock()
        self._chance = chance or random.Random()
        self._on_change = on_change
        self._parts: dict[str, _Part] = {}
        self._group: asyncio.TaskGroup | None = None
        self._stop_asked = asyncio.Event()
        self._finished = asyncio.Event()
        self._stuck: list[str] = []

    def add(self, name: str, kind: str, run: Run) -> None:
        """Take a part in; it starts with `run`, or at once when that runs already.

        Args:
            run: makes and awaits the part's work until it is cancelled. That it returns is a failure.
        """
        assert name not in self._parts, f"part {name} is there already"
        part = _Part(name, kind, run, self._clock.now().utc, Backoff(self.settings.backoff, self._chance))
        self._parts[name] = part
        if self._group is not None:
            self._begin(part, self._group)

    async def remove(self, name: str, reason: str = "removed") -> bool:
        """Stop one part and forget it. False when it did not end within ``stop_s``."""
        part = self._parts[name]
        if part.keeper is not None:
            part.keeper.cancel(reason)
            await asyncio.wait({part.keeper})
        del self._parts[name]
        return name not in self._stuck

    def restart(self, name: str) -> None:
        """Make the next attempt of a part that waits or has failed now, with short waits again."""
        part = self._parts[name]
        part.backoff.reset()
        part.again.set()

    def report(self, name: str, state: str, reason: str, next_attempt_s: float | None = None) -> None:
        """A part's own word about its state while it runs, for example that its device is away.

        Args:
            state: a `PartPhase` or its text.
            next_attempt_s: seconds from now until it tries something again.
        """
        part = self._parts.get(name)
        if part is not None:
            self._set(part, PartPhase(state), reason, next_attempt_s)

    def reporter(self, name: str) -> Reporter:
        """`report` with the name filled in, to hand to the part."""

        def report(state: str, reason: str, next_attempt_s: float | None = None) -> None:
            self.report(name, state, reason, next_attempt_s)

        return report

    def parts(self) -> list[PartState]:
        """All parts in the order in which they were added."""
        return [part.state for part in self._parts.values()]

    def part(self, name: str) -> PartState | None:
        """One part."""
        part = self._parts.get(name)
        return None if part is None else part.state

    async def run(self) -> None:
        """Run all parts until `stop` or until cancelled; returns when they have ended or their time is over."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                for part in self._parts.values():
                    self._begin(part, group)
                await self._stop_asked.wait()
                self._group = None
                for part in self._parts.values():
                    if part.keeper is not None:
                        part.keeper.cancel("stopping")
        finally:
            self._group = None
            self._finished.set()

    async def stop(self) -> list[str]:
        """End all parts, within ``stop_s``; returns the names of those that did not end."""
        is_running = self._group is not None
        self._stop_asked.set()
        if is_running:
            await self._finished.wait()
        return list(self._stuck)

    # One part.

    def _begin(self, part: _Part, group: asyncio.TaskGroup) -> None:
        part.keeper = group.create_task(self._keep(part), name=f"keeper of {part.state.name}")

    async def _keep(self, part: _Part) -> None:
        try:
            self._set(part, PartPhase.RUNNING, "started")
            while True:
                began = self._clock.now().mono
                error = await self._attempt(part)
                if self._clock.now().mono - began > self.settings.healthy_s:
                    part.backoff.reset()
                await self._wait_for_next(part, error)
                part.state = replace(part.state, next_attempt=None, restarts=part.state.restarts + 1)
        finally:
            self._set(part, PartPhase.STOPPED, "stopped")

    async def _attempt(self, part: _Part) -> BaseException | None:
        """Run the part once; what ended it, None when it returned."""
        name = part.state.name
        task: asyncio.Task[None] = asyncio.ensure_future(_as_coroutine(part.run))
        task.set_name(name)
        reported = part.state
        try:
            done, _ = await asyncio.wait({task}, timeout=self.settings.settle_s)
            if not done:
                if part.state is reported and reported.state is not PartPhase.RUNNING:
                    self._set(part, PartPhase.RUNNING, "running again")
                await asyncio.wait({task})
        except asyncio.CancelledError:
            await self._end(name, task)
            raise
        if task.cancelled():
            return asyncio.CancelledError()
        error = task.exception()
        if error is not None and not isinstance(error, Exception):
            raise error  # KeyboardInterrupt, SystemExit: not ours to hold
        return error

    async def _end(self, name: str, task: asyncio.Task[None]) -> None:
        task.cancel("stopping")
        await asyncio.wait({task}, timeout=self.settings.stop_s)
        if not task.done():
            self._stuck.append(name)
            log.error("part does not stop", part=name, after_s=self.settings.stop_s, at=_places(task))
        elif not task.cancelled() and task.exception() is not None:
            log.warning("part failed while stopping", part=name, reason=_words(task.exception()))

    async def _wait_for_next(self, part: _Part, error: BaseException | None) -> None:
        reason = _words(error)
        is_final = isinstance(error, ConfigError)
        wait_s = None if is_final else part.backoff.next_s()
        if reason != part.state.reason:  # the same failure again is not told again
            is_known = error is None or isinstance(error, LinesideError | asyncio.CancelledError)
            told = None if is_known else error
            log.error("part failed", part=part.state.name, reason=reason, next_attempt_s=wait_s, exc_info=told)
        self._set(part, PartPhase.FAILED if is_final else PartPhase.WAITING, reason, wait_s)
        part.again.clear()
        try:
            async with asyncio.timeout(wait_s):
                await part.again.wait()
        except TimeoutError:
            return

    def _set(self, part: _Part, state: PartPhase, reason: str, next_attempt_s: float | None = None) -> None:
        before, now = part.state, self._clock.now().utc
        part.state = replace(
            before,
            state=state,
            reason=reason,
            since=before.since if before.state is state else now,
            next_attempt=None if next_attempt_s is None else now + timedelta(seconds=next_attempt_s),
        )
        if self._on_change is None:
            return
        try:
            self._on_change(part.state)
        except Exception as error:  # who shows a state must not end what it shows
            log.error("state not shown", part=before.name, error=repr(error))


async def _as_coroutine(run: Run) -> None:
    await run()


def _places(task: asyncio.Task[None]) -> list[str]:
    """Where a task waits: a line of each coroutine, innermost last (`Task.get_stack` knows only the outermost)."""
    places: list[str] = []
    waiting: Any = task.get_coro()
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        places.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}")
        waiting = waiting.cr_await
    return places


def _words(error: BaseException | None) -> str:
    """The reason, for people."""
    match error:
        case None:
            return "ended by itself"
        case asyncio.CancelledError():
            return "cancelled itself"
        case BaseExceptionGroup():
            leaves = [_words(inner) for inner in error.exceptions[:_REASONS_MAX]]
            more = len(error.exceptions) - len(leaves)
            return "; ".join(leaves) + (f"; and {more} more" if more > 0 else "")
        case LinesideError():
            return str(error) or error.code
        case _:
            return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
