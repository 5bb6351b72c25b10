"""Sinks: readers of the journal that carry events out, lose nothing, and may lag for days.

What holds (`DESIGN.md` §3):

- Events of one *order key* reach the target in order; other keys do not wait for them.
- The cursor moves only after the target's own acknowledgement, so an event can be delivered again after a fault, never
  left out: *at-least-once with a unique key*. The target keeps ``(origin, seq)`` of every event as a unique key in the
  same transaction as what the event causes there, which makes it one effect. This is the `Target`'s side of the
  contract; nothing here could do it instead.
- A target that is away is tried again for ever, with a capped and jittered back-off. An event that the target refuses
  is parked after ``tries_max`` tries with its error; its lane waits for `SinkRunner.unpark` or `SinkRunner.skip`.

The rules of the queue are in `lanes.py`; this file performs them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any, Protocol

import structlog

from lineside.errors import JournalError, LinesideError, RowRefused, SinkAway
from lineside.runtime.backoff import Backoff
from lineside.runtime.clock import Clock, Timer
from lineside.runtime.journal import Recorded
from lineside.runtime.lanes import Batch, Lanes
from lineside.runtime.sink_cursor import CursorKeeper, SinkJournal, pause
from lineside.runtime.sink_settings import SinkSettings
from lineside.runtime.sink_status import Backlog, Rate, SinkState, SinkStatus

log = structlog.get_logger()


class Target(Protocol):
    """The outside that a sink delivers to.

    Attributes:
        name: of the sink; its cursor is kept with the journal under it.
    """

    name: str

    def order_key(self, recorded: Recorded) -> str | None:
        """The lane of an event: events of one key are delivered in order. None: not for this target.

        Pure and the same for the same event for ever; an event that is passed over is asked about again after a
        restart.
        """
        ...

    async def deliver(self, batch: list[Recorded]) -> Mapping[int, Any] | None:
        """Bring the events out; return when the target itself has acknowledged all of them.

        An event may come again, in this process or another, whatever was returned or raised before: the target keeps
        ``(recorded.origin, recorded.seq)`` as a unique key together with the effect, and takes a repeat as done.
        Within one key the events are in order; the keys in a batch have no order among them.

        Returns:
            Answers with content, by seq; they go to the unit as messages before the cursor moves. None for none.

        Raises:
            SinkAway: nothing is known of the batch; it is delivered again later. Time-outs and `OSError` are the same.
            RowRefused: the event ``seq`` will not be taken as it is; the others of the batch are delivered again.
        """
        ...


OnAnswer = Callable[[Recorded, Any], Awaitable[None]]


class SinkRunner:
    """Brings the events of a journal to one target, for ever.

    Args:
        on_answer: takes an answer with content to the unit of the event; the event is done when it returns, and is
            delivered again when it raises.
        on_status: told the new status whenever state or reason change.
    """

    def __init__(
        self,
        journal: SinkJournal,
        target: Target,
        settings: SinkSettings,
        clock: Clock,
        random: Random,
        *,
        on_answer: OnAnswer | None = None,
        on_status: Callable[[SinkStatus], None] | None = None,
    ) -> None:
        self.name = target.name
        self._journal = journal
        self._target = target
        self._settings = settings
        self._clock = clock
        self._random = random
        self._on_answer = on_answer
        self._on_status = on_status
        self._keeper = CursorKeeper(self.name, journal, settings, clock, random)
        self._backoff = Backoff(settings.backoff, random)
        self._away = ""
        self._away_until = 0.0
        self._unreadable = ""
        self._state = (SinkState.STARTING, "not started")
        self._since = clock.now().utc
        self._running: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._delivered = 0
        self._rate = Rate(settings.rate_s, clock.now().mono)
        self._mean_size = 0.0

    # ---- running

    async def run(self) -> None:
        """Deliver until cancelled. The last cursor is written on the way out, if the journal takes it in time."""
        try:
            await self._keeper.load(lambda trouble: self._tell(SinkState.STARTING, trouble))
            self._tell_present()
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._start_reader()
                group.create_task(self._keeper.run(self._tell_present), name=f"sink {self.name} cursor")
                await self._dispatch(group)
        finally:
            self._group = self._reader = None
            with suppress(JournalError, TimeoutError):
                async with asyncio.timeout(self._settings.stop_s_max):
                    await self._keeper.save()
            self._tell(SinkState.STOPPED, "stopped")

    @property
    def _lanes(self) -> Lanes:
        return self._keeper.lanes

    # ---- reading

    def _start_reader(self) -> None:
        """Read from where the lanes stand; a reader that is ahead of that (after `unpark`) ends first."""
        if self._group is None:
            return
        if self._reader is not None:
            self._reader.cancel()
        self._reader = self._group.create_task(self._read(), name=f"sink {self.name} reader")

    async def _read(self) -> None:
        waits = Backoff(self._settings.backoff, self._random)
        while True:
            try:
                async for events in self._journal.tail(self._lanes.position):
                    self._unreadable = ""
                    waits.reset()
                    await self._offer(events)
            except JournalError as error:
                self._unreadable = f"the journal cannot be read: {error}"
            self._tell_present()
            await pause(self._clock, waits.next_s())

    async def _offer(self, events: list[Recorded]) -> None:
        for recorded in events:
            while not self._lanes.has_room():
                self._room.clear()
                self._tell_present()
                await self._room.wait()
            key = self._key(recorded)
            self._lanes.offer(recorded, key)
            self._mean_size += (len(recorded.data) - self._mean_size) * 0.01 if self._mean_size else len(recorded.data)
        self._changed.set()
        self._keeper.moved()

    def _key(self, recorded: Recorded) -> str | None:
        try:
            return self._target.order_key(recorded)
        except Exception:  # a fault in the exporter's code: `deliver` will meet it too, and park this event alone
            log.exception("sink target has no order key", sink=self.name, seq=recorded.seq)
            return recorded.stream

    # ---- delivering

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._changed.clear()
            while (batch := self._next_batch()) is not None:
                task = group.create_task(self._deliver(batch), name=f"sink {self.name} delivery")
                self._running.add(task)
                task.add_done_callback(self._ended)
            timer = self._wake_later()
            await self._changed.wait()
            if timer is not None:
                timer.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._changed.set()

    def _next_batch(self) -> Batch | None:
        now = self._clock.now().mono
        # While the target is away, one delivery at a time asks whether it is back.
        if len(self._running) >= (1 if self._away else self._settings.lanes_max):
            return None
        if self._away and now < self._away_until:
            return None
        return self._lanes.take(self._settings.deliver_events_max, now)

    def _wake_later(self) -> Timer | None:
        now = self._clock.now().mono
        dues = [self._away_until if self._away else 0.0, self._lanes.next_due() or 0.0]
        due = min((due for due in dues if due > now), default=None)
        return None if due is None else self._clock.call_at(due, self._changed.set)

    async def _deliver(self, batch: Batch) -> None:
        events = batch.events
        try:
            async with asyncio.timeout(self._settings.deliver_s_max):
                answers = await self._target.deliver(events)
            await self._bring_answers(events, answers or {})
        except RowRefused as error:
            self._back_again()
            self._refuse(batch, error.seq, str(error))
        except TimeoutError:
            self._go_away(batch, f"no answer within {self._settings.deliver_s_max:g} s")
        except (SinkAway, OSError, LinesideError) as error:
            self._go_away(batch, str(error) or type(error).__name__)
        except Exception as error:  # a fault in the exporter's code for one event must not stop the other lanes
            log.exception("sink target failed", sink=self.name, first_seq=events[0].seq)
            self._refuse(batch, None, f"{type(error).__name__}: {error}")
        else:
            self._back_again()
            self._lanes.finish(batch)
            self._delivered += len(events)
            self._rate.add(len(events), self._clock.now().mono)
        self._room.set()
        self._keeper.moved()
        self._tell_present()

    async def _bring_answers(self, events: list[Recorded], answers: Mapping[int, Any]) -> None:
        if self._on_answer is not None:
            for recorded in events:
                if recorded.seq in answers:
                    await self._on_answer(recorded, answers[recorded.seq])

    def _go_away(self, batch: Batch, reason: str) -> None:
        self._lanes.put_back(batch)
        if self._away and self._clock.now().mono < self._away_until:
            return  # another delivery that was on its way has found out already
        self._away = reason or "away"
        self._away_until = self._clock.now().mono + self._backoff.next_s()

    def _back_again(self) -> None:
        if self._away:
            log.info("sink target back", sink=self.name)
        self._away = ""
        self._backoff.reset()

    def _refuse(self, batch: Batch, seq: int | None, error: str) -> None:
        lane = self._lanes.refuse(batch, seq, self._retry_at)
        if lane is not None:
            parked = self._lanes.park(lane, error, self._clock.now().utc)
            self._keeper.parked(parked)
            log.warning("sink event parked", sink=self.name, seq=parked.seq, error=error)

    def _retry_at(self, tries: int) -> float:
        backoff = Backoff(self._settings.backoff, self._random)
        seconds = 0.0
        for _ in range(tries):
            seconds = backoff.next_s()
        return self._clock.now().mono + seconds

    # ---- what a person may do

    async def unpark(self, seq: int) -> bool:
        """Try a parked event again, and let its lane go on. False: it is not parked here.

        Raises:
            JournalError: nothing was changed.
        """
        if seq not in self._lanes.parked_seqs():
            return False
        await self._keeper.release_now(seq)
        found = self._lanes.unpark(seq)
        self._resume()
        return found

    async def skip(self, seq: int) -> bool:
        """Give a parked event up: it counts as done without the target's acknowledgement. False: it is not parked here.

        The caller records who asked and why.

        Raises:
            JournalError: not on disk yet; a restart before the journal writes again would find the event parked.
        """
        if not self._lanes.skip(seq):
            return False
        self._keeper.release(seq)
        self._resume()
        await self._keeper.save()
        return True

    def _resume(self) -> None:
        self._start_reader()
        self._room.set()
        self._keeper.moved()
        self._changed.set()
        self._tell_present()

    # ---- status

    def status(self) -> SinkStatus:
        """The present status, backlog included."""
        state, reason = self._state
        now = self._clock.now()
        waits = state is SinkState.WAITING and self._away_until > now.mono
        return SinkStatus(
            name=self.name,
            state=state,
            reason=reason,
            since=self._since,
            next_attempt=now.utc + timedelta(seconds=self._away_until - now.mono) if waits else None,
            low=self._lanes.cursor().low,
            delivered=self._delivered,
            backlog=self.backlog(),
            parked=tuple(self._lanes.parked()),
        )

    def backlog(self) -> Backlog:
        """What waits for the target, now."""
        events, size, oldest_at = self._lanes.waiting()
        unread = max(0, self._journal.health.recorded_seq - self._lanes.position)
        events += unread
        per_second = self._rate.per_second(self._clock.now().mono)
        # Less than one event in ten periods is an echo of the past, not a rate.
        moving = per_second * self._settings.rate_s * 10 >= 1
        hours = 0.0 if events == 0 else events / per_second / 3600 if moving else None
        return Backlog(events, size + round(unread * self._mean_size), hours, oldest_at)

    def _tell_present(self) -> None:
        parked = len(self._lanes.parked_seqs())
        if trouble := self._unreadable or self._keeper.trouble:
            self._tell(SinkState.WAITING, trouble)
        elif full := self._lanes.full_reason():
            self._tell(SinkState.HELD, full)
        elif self._away:
            self._tell(SinkState.WAITING, self._away)
        elif parked:
            self._tell(SinkState.PARKED, f"{parked} event{'s' if parked > 1 else ''} parked")
        else:
            self._tell(SinkState.RUNNING, "")

    def _tell(self, state: SinkState, reason: str) -> None:
        if (state, reason) == self._state:
            return
        if state is not self._state[0]:
            self._since = self._clock.now().utc
        self._state = (state, reason)
        if self._on_status is not None:
            self._on_status(self.status())
