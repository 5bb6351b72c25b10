"""The event loop's side of the writer: what waits to be recorded, and the answers that come back.

One turn of the loop hands everything over at once, one batch comes back in one call: per event the loop does little
more than make a future and encode.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from lineside.errors import JournalError, JournalFull
from lineside.runtime.journal.append import Append, Appended, Job, Receipt, Request, request_from_append
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.chain import utc_from_us
from lineside.runtime.journal.health import Health, HealthState, JournalHealth
from lineside.runtime.journal.seal import EventEncoder
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.writer import Writer

T = TypeVar("T")
Commit = tuple[int, str, int, datetime, str]
"""(seq, stream, version, at, kind) of an event that is now on disk."""


class Recording:
    """Requests on their way to the writer. Called from the loop's thread; `answer` and `tell_health` from any.

    Attributes:
        closing: nothing more is taken.
    """

    def __init__(self, catalogue: Catalogue, settings: JournalSettings, health: Health) -> None:
        self.writer: Writer | None = None
        self.closing = False
        self._catalogue = catalogue
        self._settings = settings
        self._health = health
        self._encoder = EventEncoder()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: list[Request | Job] = []
        self._given_events = 0
        self._given_bytes = 0
        self._health_listeners: list[Callable[[JournalHealth], None]] = []
        self._commit_listeners: list[Callable[[list[Commit]], None]] = []
        self._followers: set[asyncio.Future[None]] = set()

    # ------------------------------------------------------------------ to the writer

    def submit(self, append: Append) -> asyncio.Future[Appended]:
        """See `Journal.submit`."""
        loop = self.bind()
        future: asyncio.Future[Appended] = loop.create_future()
        try:
            request = request_from_append(append, future, self._catalogue, self._encoder, self._settings)
            self._hand_over(request)
        except JournalError as error:
            future.set_exception(error)
        return future

    def submit_for(self, append: Append, receipt: Receipt) -> None:
        """See `Journal.submit_for`."""
        loop = self.bind()
        try:
            self._hand_over(request_from_append(append, receipt, self._catalogue, self._encoder, self._settings))
        except JournalError as error:
            loop.call_soon(receipt.set_exception, error)  # in a later turn, as every other answer

    def do(self, run: Callable[[Any], T], *, alone: bool = False) -> asyncio.Future[T]:
        """Have the writer do something: in the transaction of the next batch, or alone.

        Args:
            run: called in the writer's thread with the connection; with the `Writer` when alone.
        """
        loop = self.bind()
        future: asyncio.Future[T] = loop.create_future()
        try:
            self._hand_over(Job(future, run, alone))
        except JournalError as error:
            future.set_exception(error)
        return future

    def _hand_over(self, item: Request | Job) -> None:
        self._check(item.weight, item.size)
        self._given_events += item.weight
        self._given_bytes += item.size
        if not self._pending:
            assert self._loop is not None
            self._loop.call_soon(self._flush)
        self._pending.append(item)

    def _check(self, events: int, size: int) -> None:
        if self.closing or self.writer is None:
            raise JournalError("not recorded, the journal is closed")
        if self._health.is_damaged:
            raise self._health.refusal()
        waiting = self._given_events - self.writer.taken_events
        if waiting + events > self._settings.queue_events_max:
            raise JournalFull(f"not recorded, {waiting} events wait for the disk already; try again")
        waiting = self._given_bytes - self.writer.taken_bytes
        if waiting + size > self._settings.queue_bytes_max:
            raise JournalFull(f"not recorded, {waiting} bytes wait for the disk already; try again")

    def _flush(self) -> None:
        if self._pending and self.writer is not None:
            pending, self._pending = self._pending, []
            self.writer.put(pending)

    def close(self) -> None:
        """Hand over what waits and take nothing more."""
        self.closing = True
        self._flush()

    # ------------------------------------------------------------------ from the writer

    def answer(self, results: list[Any], errors: list[Any], notices: list[Any]) -> None:
        """The answers of one batch, from the writer's thread: one call to the loop."""
        self._in_loop(self._deliver, results, errors, notices)

    def tell_health(self, health: JournalHealth) -> None:
        """The state has changed, from whichever thread."""
        self._in_loop(self._deliver_health, health)

    def _in_loop(self, call: Callable[..., None], *values: Any) -> None:
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(call, *values)
        except RuntimeError:
            return  # the loop is closed; nobody waits any more

    def _deliver(self, results: list[Any], errors: list[Any], notices: list[Any]) -> None:
        for future, result in results:
            try:
                future.set_result(result)
            except asyncio.InvalidStateError:
                continue  # cancelled meanwhile; it is recorded all the same
        for future, error in errors:
            if not future.done():
                future.set_exception(error)
        if notices:
            commits = [(seq, stream, version, utc_from_us(at), kind) for seq, stream, version, at, kind in notices]
            for listener in self._commit_listeners:
                listener(commits)
        if results:
            self._wake_followers()

    def _deliver_health(self, health: JournalHealth) -> None:
        for listener in self._health_listeners:
            listener(health)
        if health.state in (HealthState.OK, HealthState.DAMAGED, HealthState.CLOSED):
            self._wake_followers()

    # ------------------------------------------------------------------ who listens

    def on_health(self, listener: Callable[[JournalHealth], None]) -> None:
        """See `Journal.on_health`."""
        self.bind()
        self._health_listeners.append(listener)

    def on_commit(self, listener: Callable[[list[Commit]], None]) -> None:
        """See `Journal.on_commit`."""
        self.bind()
        assert self.writer is not None
        self.writer.store.wants_notices = True
        self._commit_listeners.append(listener)

    async def changed(self) -> None:
        """Return after the next commit or change of state."""
        follower = self.bind().create_future()
        self._followers.add(follower)
        try:
            await follower
        finally:
            self._followers.discard(follower)

    def _wake_followers(self) -> None:
        for follower in self._followers:
            if not follower.done():
                follower.set_result(None)

    def bind(self) -> asyncio.AbstractEventLoop:
        """The loop that answers go to: the one that was running at the first call, as long as it lives."""
        loop = self._loop
        if loop is None or loop.is_closed():
            loop = self._loop = asyncio.get_running_loop()
            self._pending.clear()
            self._followers.clear()
        return loop
