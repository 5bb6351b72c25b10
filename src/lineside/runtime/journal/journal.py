"""The journal: durable ordered events, as the rest of the process sees them.

Everything here is called from the event loop's thread. `submit` hands an append to the writer's thread and gives a
future; reads go to the reader's thread. One append is one promise: when its future has a result, the disk has it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from lineside.errors import JournalError, JournalFull
from lineside.runtime.clock import Clock, SystemClock
from lineside.runtime.journal import cursors
from lineside.runtime.journal.append import Append, Appended, Job, Request, request_from_append
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.chain import utc_from_us
from lineside.runtime.journal.cursors import Cursor, Parked, SinkMark
from lineside.runtime.journal.events import Carried
from lineside.runtime.journal.health import Health, HealthState, JournalHealth
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.reader import SEQ_MAX, Gate, Reader, StreamHead, Wanted
from lineside.runtime.journal.recorded import Recorded
from lineside.runtime.journal.schema import Connect, sqlite3_connect
from lineside.runtime.journal.seal import EventEncoder
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.store import Store
from lineside.runtime.journal.writer import Writer

T = TypeVar("T")
Commit = tuple[int, str, int, datetime, str]
"""(seq, stream, version, at, kind) of an event that is now on disk."""


class Journal:
    """One open journal. Make it with `open`.

    Attributes:
        origin: boot id that events recorded from here on carry.
    """

    def __init__(
        self, path: Path, keys: Keys, catalogue: Catalogue, settings: JournalSettings, clock: Clock, connect: Connect
    ) -> None:
        self.path = path
        self.origin = secrets.token_hex(8)
        self._catalogue = catalogue
        self._settings = settings
        self._clock = clock
        self._health = Health(clock)
        self._health.tell = self._on_health
        gate = Gate()
        self._reader = Reader(path, keys, catalogue, settings, connect, gate, self._health)
        self._store = Store(path, keys, settings, connect, self.origin)
        self._writer = Writer(self._store, settings, clock, self._health, gate, self._answer)
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="journal-read")
        self._encoder = EventEncoder()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: list[Request | Job] = []
        self._queued_events = 0
        self._queued_bytes = 0
        self._closing: asyncio.Future[None] | None = None
        self._health_listeners: list[Callable[[JournalHealth], None]] = []
        self._commit_listeners: list[Callable[[list[Commit]], None]] = []
        self._followers: set[asyncio.Future[None]] = set()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        keys: Keys,
        catalogue: Catalogue,
        settings: JournalSettings | None = None,
        clock: Clock | None = None,
        connect: Connect = sqlite3_connect,
    ) -> Journal:
        """Open (or make) a journal and start its writer. Whatever is wrong with the file becomes its state.

        Args:
            path: the database; its folder exists and is locked (`lock_data_dir`).
            connect: how a database is opened; called again after each failure.

        Raises:
            ConfigError: the journal was made by a newer version of lineside.
        """
        journal = cls(path, keys, catalogue, settings or JournalSettings(), clock or SystemClock(), connect)
        journal._writer.open()
        journal._writer.start()
        return journal

    # ------------------------------------------------------------------ how it is

    @property
    def health(self) -> JournalHealth:
        """State, reason, newest event."""
        return self._health.picture()

    @property
    def last_at(self) -> datetime | None:
        """``at`` of the newest event on disk; None when there is none."""
        at_us = self._health.recorded_at_us
        return None if at_us is None else utc_from_us(at_us)

    def on_health(self, listener: Callable[[JournalHealth], None]) -> None:
        """Call ``listener`` from the loop whenever the state or its reason has changed."""
        self._bind()
        self._health_listeners.append(listener)

    def on_commit(self, listener: Callable[[list[Commit]], None]) -> None:
        """Call ``listener`` from the loop with each batch of new events, in order of ``seq``."""
        self._bind()
        self._store.wants_notices = True
        self._commit_listeners.append(listener)

    def _on_health(self, health: JournalHealth) -> None:
        self._in_loop(self._tell_health, health)

    def _tell_health(self, health: JournalHealth) -> None:
        for listener in self._health_listeners:
            listener(health)
        if health.state in (HealthState.DAMAGED, HealthState.CLOSED):
            self._wake_followers()

    # ------------------------------------------------------------------ recording

    def submit(self, append: Append) -> asyncio.Future[Appended]:
        """Record an append; the future has a result as soon as the disk has it.

        Cancelling the future does not take the append back.

        Errors on the future:
            VersionMoved, ClaimTaken: this append alone was refused; reload and decide again.
            Unrecordable: it can never be recorded as it is.
            JournalFull: no room on the disk, or too much waits for the writer; try later.
            JournalDamaged: until somebody runs repair.
            JournalError: any other fault of the disk; try later.
        """
        loop = self._bind()
        future: asyncio.Future[Appended] = loop.create_future()
        try:
            self._check_open()
            request = request_from_append(append, future, self._catalogue, self._encoder, self._settings)
            self._count(len(request.events), request.size)
        except JournalError as error:
            future.set_exception(error)
            return future
        self._hand_over(request)
        return future

    async def append(self, append: Append) -> Appended:
        """As `submit`, waited for; its errors are raised."""
        return await self.submit(append)

    def _check_open(self) -> None:
        if self._closing is not None or self._health.state in (HealthState.DAMAGED, HealthState.CLOSED):
            if self._closing is not None:
                raise JournalError("not recorded, the journal is closed")
            raise self._health.refusal()

    def _count(self, events: int, size: int) -> None:
        if self._queued_events + events > self._settings.queue_events_max:
            raise JournalFull(f"{self._queued_events} events wait for the disk; try again")
        if self._queued_bytes + size > self._settings.queue_bytes_max:
            raise JournalFull(f"{self._queued_bytes} bytes wait for the disk; try again")
        self._queued_events += events
        self._queued_bytes += size

    def _hand_over(self, item: Request | Job) -> None:
        # Everything of one turn of the loop goes over at once: one wake-up of the writer, and one batch.
        if not self._pending:
            assert self._loop is not None
            self._loop.call_soon(self._flush)
        self._pending.append(item)

    def _flush(self) -> None:
        if self._pending:
            pending, self._pending = self._pending, []
            self._writer.put(pending)

    def _do(self, run: Callable[[Any], T], *, alone: bool = False) -> asyncio.Future[T]:
        """Have the writer do something: in the transaction of the next batch, or alone."""
        loop = self._bind()
        future: asyncio.Future[T] = loop.create_future()
        try:
            self._check_open()
            self._count(1, 0)
        except JournalError as error:
            future.set_exception(error)
            return future
        self._hand_over(Job(future, run, alone))
        return future

    # ------------------------------------------------------------------ answers

    def _answer(self, results: list[Any], errors: list[Any], notices: list[Any]) -> None:
        """From the writer's thread: one call to the loop for a whole batch."""
        self._in_loop(self._deliver, results, errors, notices)

    def _in_loop(self, call: Callable[..., None], *values: Any) -> None:
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(call, *values)
        except RuntimeError:
            return  # the loop is closed; nobody waits any more

    def _deliver(self, results: list[Any], errors: list[Any], notices: list[Any]) -> None:
        for future, result in results:
            if not future.done():
                future.set_result(result)
        for future, error in errors:
            if not future.done():
                future.set_exception(error)
        if notices:
            commits = [(seq, stream, version, utc_from_us(at), kind) for seq, stream, version, at, kind in notices]
            for listener in self._commit_listeners:
                listener(commits)
        self._wake_followers()

    def _bind(self) -> asyncio.AbstractEventLoop:
        loop = self._loop
        if loop is None or loop.is_closed():
            loop = self._loop = asyncio.get_running_loop()
            self._pending.clear()
        return loop
