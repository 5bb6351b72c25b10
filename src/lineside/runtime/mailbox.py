"""A unit's mailbox: one decision at a time, decided, recorded, performed and concluded before the next begins.

::

    put ─► [ waiting ] ─► decide ─► append ──recorded──► apply ─► perform ─► told(None)
                            ▲         ├─────refused────────────────────────► told(error)
                            └─reload──┴─version moved

Whatever happens on the way, whoever waits for a decision hears of its end once: also when the unit is closed or breaks
while an append is on its way, because what was recorded stays recorded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import msgspec
from structlog.typing import FilteringBoundLogger

from lineside.errors import JournalError, LinesideError, LinkClosed, VersionMoved
from lineside.runtime.clock import Clock
from lineside.runtime.command import CommandReport
from lineside.runtime.decision import Decision, events_of
from lineside.runtime.journal import Appended
from lineside.runtime.step import Event, Moment, Show, Step
from lineside.runtime.stream import UnitStream


class Performer(Protocol):
    """The unit, as its mailbox sees it."""

    def show(self, shows: tuple[Show, ...]) -> None:
        """Show values now."""
        ...

    def send_and_close(self, step: Step, asker: str) -> None:
        """Send the Step's messages, then close its links."""
        ...

    def ask_and_show(self, step: Step) -> None:
        """Ask the Step's questions, then show its values."""
        ...

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> None:
        """The unit's own events have changed its state: show what it is now."""
        ...

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> None:
        """Nothing of a Step was recorded: show what there is to show."""
        ...

    def on_concluded(self, now: Moment) -> None:
        """A decision has ended; the next one has not begun."""
        ...

    def hold(self, held: bool) -> None:
        """Stop or go on reading: too much waits here, or no more."""
        ...

    def broke(self, error: Exception) -> None:
        """A fault of ours."""
        ...


class Mailbox:
    """The decisions of one unit.

    Args:
        messages_max: decisions that wait before the links are held.
        decisions_max: how often a decision is made anew because a version has moved.
        refused_pause_s: after a refused append nothing by the clock is decided for so long.

    Attributes:
        is_busy: the unit performs a live step; no decision begins in the middle of it.
        not_before: monotonic seconds; see ``refused_pause_s``.
        on_report: told of each move of a command, after it is on disk.
    """

    def __init__(
        self,
        stream: UnitStream,
        unit: Performer,
        clock: Clock,
        log: FilteringBoundLogger,
        *,
        messages_max: int,
        decisions_max: int,
        refused_pause_s: float,
    ) -> None:
        self.is_busy = False
        self.not_before = 0.0
        self.on_report: Callable[[CommandReport], None] = lambda report: None
        self._stream = stream
        self._unit = unit
        self._clock = clock
        self._log = log
        self._messages_max = messages_max
        self._decisions_max = decisions_max
        self._refused_pause_s = refused_pause_s
        self._waiting: deque[Decision] = deque()
        self._decision: Decision | None = None  # begun and not concluded: the mailbox is shut
        self._reloading: asyncio.Task[bool] | None = None
        self._is_open = False
        self._stopped: LinkClosed | None = None
        self._is_full = False
        self._refused_code = ""  # the refusal that was logged last; "" while appends succeed

    # ------------------------------------------------------------------ from outside

    @property
    def is_shut(self) -> bool:
        """A decision is on its way, or none may begin (yet, or any more)."""
        return self._decision is not None or not self._is_open

    @property
    def is_full(self) -> bool:
        """The links are held."""
        return self._is_full

    def open(self) -> None:
        """The state is there: let decisions begin."""
        self._is_open = True
        self.drain()

    def put(self, decision: Decision) -> None:
        """Add a decision; it may begin at once."""
        if self._stopped is not None:
            self._conclude(decision, self._stopped)
            return
        self._waiting.append(decision)
        if len(self._waiting) > self._messages_max:
            self._set_full(True)
        self.drain()

    def drain(self) -> None:
        """Begin what waits, as far as nothing is on its way."""
        try:
            while self._waiting and self._decision is None and self._is_open and not self.is_busy:
                self._begin(self._waiting.popleft())
        except Exception as error:
            self._unit.broke(error)
        if self._is_full and len(self._waiting) <= self._messages_max // 2:
            self._set_full(False)

    def close(self, reason: LinkClosed) -> None:
        """Refuse what waits and what comes. An append that is on its way is still heard of."""
        self._stopped, self._is_open = reason, False
        if self._reloading is not None:
            self._reloading.cancel()
        while self._waiting:
            self._conclude(self._waiting.popleft(), reason)

    def conclude_broken(self) -> None:
        """The unit broke, and was closed, in the middle of a decision: tell who waits for it."""
        decision = self._decision
        if decision is not None and not decision.is_away:
            self._conclude(decision, None if decision.is_recorded else self._stopped)

    def tell(self, listener: Callable[[Any], None], value: Any) -> None:
        """Call somebody whose fault is their own: it must not undo or stop what is recorded."""
        try:
            listener(value)
        except Exception as error:
            self._log.error("a listener failed", error=repr(error), exc_info=error)

    def _set_full(self, full: bool) -> None:
        if full is not self._is_full:
            self._is_full = full
            self._unit.hold(full)

    # ------------------------------------------------------------------ decide, record, perform, conclude

    def _begin(self, decision: Decision) -> None:
        self._decision = decision
        decision.at = now = self._clock.now()
        decision.step = step = decision.decide(now)
        decision.events = events_of(self._stream.name, step, decision.command)
        if step.show_now:
            self._unit.show(step.show_now)
        assert decision.events or not step.claims, "a claim is taken with an event"
        if decision.events:
            self._record(decision)
        else:
            self._finish(decision, (), now)

    def _record(self, decision: Decision) -> None:
        self._stream.append(decision, _Receipt(self, decision))
        decision.is_away = True

    def on_recorded(self, decision: Decision, done: Appended) -> None:
        """The disk has it (called by the journal)."""
        decision.is_away = False
        try:
            self._on_recorded(decision, done)
        except Exception as fault:
            self._unit.broke(fault)

    def on_not_recorded(self, decision: Decision, error: BaseException) -> None:
        """Nothing of it was recorded (called by the journal)."""
        decision.is_away = False
        try:
            if self._is_worth_another(decision, error):
                self._reload(decision)
            else:
                self._refuse(decision, _as_refusal(error))
        except Exception as fault:
            self._unit.broke(fault)

    def _is_worth_another(self, decision: Decision, error: BaseException) -> bool:
        is_moved = isinstance(error, VersionMoved) and self._stopped is None
        return is_moved and decision.attempts < self._decisions_max

    def _on_recorded(self, decision: Decision, done: Appended) -> None:
        decision.is_recorded = True
        stream = self._stream
        name = stream.name
        own = tuple([event for of, event in decision.events if of == name])
        decision.reports = stream.move(own, decision.at.utc)
        if self._stopped is not None:  # it came to be on disk all the same, and whoever asked has to know
            self._conclude(decision, None)
            return
        stream.apply(own, decision.at.utc, done)
        self._refused_code = ""
        self._finish(decision, own, self._clock.now())
        if self._waiting or self._is_full:
            self.drain()

    def _finish(self, decision: Decision, own: tuple[Event, ...], now: Moment) -> None:
        """Perform what was decided (and is recorded), then let the next one begin."""
        step = decision.step
        self._unit.send_and_close(step, decision.asker)
        self._report(decision)
        if step.ask or step.show:
            self._unit.ask_and_show(step)
        if own:
            self._unit.on_applied(own, now)
        self._conclude(decision, None)
        self._decision = None
        self._unit.on_concluded(now)

    def _refuse(self, decision: Decision, error: LinesideError) -> None:
        """Nothing was recorded: nothing is applied or sent."""
        now = self._clock.now()
        if self._stopped is None:
            if error.code != self._refused_code:  # a full disk is told once, not at every frame
                self._log.warning("not recorded", code=error.code, error=str(error))
                self._refused_code = error.code
            self.not_before = now.mono + self._refused_pause_s
            self._unit.on_refused(decision.step, error, now)
        self._conclude(decision, error)
        self._decision = None
        self._unit.on_concluded(now)
        self.drain()

    def _report(self, decision: Decision) -> None:
        if decision.reports:
            reports, decision.reports = decision.reports, []
            for report in reports:
                self.tell(self.on_report, report)

    def _conclude(self, decision: Decision, error: LinesideError | None) -> None:
        """Whoever waits for the decision hears how it went; once."""
        self._report(decision)
        told, decision.told = decision.told, None
        if told is not None:
            self.tell(told, error)

    # ------------------------------------------------------------------ somebody else appended

    def _reload(self, decision: Decision) -> None:
        """A version moved that this decision expected: catch up, then see whether it still holds."""
        decision.attempts += 1
        decision.is_away = True
        self._reloading = asyncio.get_running_loop().create_task(self._catch_up(), name=f"{self._stream.name} reload")
        self._reloading.add_done_callback(partial(self._on_reloaded, decision))

    async def _catch_up(self) -> bool:
        """Whether the unit's own stream moved by nothing but its carried state: what was decided is still true."""
        version = self._stream.version
        events = await self._stream.catch_up()
        if events:
            self._unit.on_applied(events, self._clock.now())
        return self._stream.version > version and not events

    def _on_reloaded(self, decision: Decision, reloading: asyncio.Task[bool]) -> None:
        decision.is_away = False
        self._reloading = None
        try:
            if reloading.cancelled():
                self._conclude(decision, self._stopped or LinkClosed(f"{self._stream.name} has stopped"))
            elif isinstance(error := reloading.exception(), LinesideError):
                self._refuse(decision, error)
            elif reloading.result():
                self._record(decision)
            else:
                self._decision = None
                self._waiting.appendleft(decision)
                self.drain()
        except Exception as fault:
            self._unit.broke(fault)


# A Struct for the same reason as `Decision`.
class _Receipt(msgspec.Struct, eq=False):
    """Brings the journal's answer back to the mailbox."""

    mailbox: Mailbox
    decision: Decision

    def set_result(self, result: Appended, /) -> None:
        self.mailbox.on_recorded(self.decision, result)

    def set_exception(self, error: BaseException, /) -> None:
        self.mailbox.on_not_recorded(self.decision, error)

    def done(self) -> bool:
        return False


def _as_refusal(error: BaseException) -> LinesideError:
    return error if isinstance(error, LinesideError) else JournalError(f"the journal failed: {error!r}")
