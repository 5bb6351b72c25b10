"""The writer: one thread, one connection, group commit, and what happens when the disk says no.

::

    submit ─► queue ─► [ batch: plan, write, COMMIT ] ─► answers, all in one call to the loop
                            what comes in meanwhile is the next batch

A commit that fails refuses every append of its batch, and from then on:

1. ROLLBACK. SQLite now ignores what the failed commit left in the WAL, but a new opening would not, and after a
   failed sync nobody knows which of it is on the disk, nor will a later sync write it again. So the WAL is first
   carried into the database and cut (``wal_checkpoint(TRUNCATE)``) on the same connection, which still knows its true
   end. While this fails too, the journal stays as it is and tries again.
2. The file is closed, opened again, and its end read back: the newest acknowledged event must be there (or the journal
   is ``damaged``).
3. Should the failed batch be there after all (an error that came after the commit), it is acknowledged if its askers
   still wait; if they were refused already, its events are taken out again before anybody can read them. So *refused*
   means not recorded. The one exception is a process that dies in between: who asks again is then told by the claim
   or the version that it had been recorded.
4. A trial write; then the state is ``ok`` again.

An append that comes while the state is not ok is itself the next attempt; without one, attempts follow a back-off.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from lineside.errors import ConfigError, JournalError
from lineside.runtime.clock import Clock
from lineside.runtime.journal.append import Job, Request
from lineside.runtime.journal.checkpoint import Checkpoints
from lineside.runtime.journal.era import EraMark, write_mark
from lineside.runtime.journal.health import Damage, Health, HealthState, error_of, state_from_error
from lineside.runtime.journal.plan import Plan
from lineside.runtime.journal.reader import Gate
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.store import Store

Item = Request | Job
# About 3,000 bytes of events fill a page of the WAL; each commit also touches about three others.
_PAGE_BYTES_OF_EVENTS = 3000
_PAGES_PER_COMMIT = 3


class Answers(Protocol):
    """Takes a batch's answers from the writer's thread."""

    def __call__(
        self,
        results: list[tuple[asyncio.Future[Any], Any]],
        errors: list[tuple[asyncio.Future[Any], BaseException]],
        notices: list[tuple[int, str, int, int, str]],
    ) -> None:
        """Told once per batch."""
        ...


class Writer:
    """The writer's thread and everything that it owns.

    Attributes:
        store: its connection; touched by this thread alone (and by whoever opens it, before `start`).
        taken_events, taken_bytes: how much was ever taken out of the queue; read by the loop to bound what waits.
    """

    def __init__(
        self, store: Store, settings: JournalSettings, clock: Clock, health: Health, gate: Gate, answer: Answers
    ) -> None:
        self.store = store
        self.taken_events = 0
        self.taken_bytes = 0
        self._settings = settings
        self._clock = clock
        self._health = health
        self._gate = gate
        self._answer = answer
        self._checkpoints = Checkpoints()
        self._queue: queue.SimpleQueue[list[Item] | None] = queue.SimpleQueue()
        self._waiting: deque[Item] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._is_settled = False  # the connection may be used; otherwise it has to be opened (again) first
        self._doubt: Plan | None = None  # a batch whose commit failed, until the file was read back
        self._doubt_waits = False  # its askers have not been refused yet
        self._retry_s = settings.retry_s_min
        self._retry_at = 0.0
        self._checkpoint_at = 0.0
        self._wal_pages = 0.0

    # ------------------------------------------------------------------ from other threads

    def open(self) -> None:
        """Open the file in the caller's thread; every fault of the file becomes a state.

        Raises:
            ConfigError: the journal was made by a newer version.
        """
        self._recover()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def put(self, items: list[Item]) -> None:
        """Hand over work; never blocks."""
        self._queue.put(items)

    def stop(self) -> None:
        """Finish what was handed over, sign, close. `join` waits for it."""
        self._queue.put(None)

    def join(self) -> None:
        """Wait for the end of the thread."""
        self._thread.join()

    # ------------------------------------------------------------------ the thread

    def _run(self) -> None:
        self._checkpoint_at = time.monotonic() + self._settings.checkpoint_s
        while self._take():
            if self._waiting:
                self._work(self._next_batch())
            self._keep_house()
        self._finish()

    def _take(self) -> bool:
        """Wait for work, or until something is due; False when it is time to stop and nothing waits."""
        try:
            if not self._waiting and not self._stopping:
                self._note(self._queue.get(timeout=self._pause_s()))
            while True:
                self._note(self._queue.get_nowait())
        except queue.Empty:
            return bool(self._waiting) or not self._stopping

    def _note(self, items: list[Item] | None) -> None:
        if items is None:
            self._stopping = True
        else:
            self._waiting.extend(items)

    def _next_batch(self) -> list[Item]:
        """What waits, up to the limit of a batch; a job that wants to be alone is a batch of its own."""
        batch: list[Item] = []
        events = size = 0
        while self._waiting:
            item = self._waiting[0]
            is_alone = isinstance(item, Job) and item.alone
            weight = len(item.events) if isinstance(item, Request) else 1
            if batch and (is_alone or events + weight > self._settings.batch_events_max):
                break
            batch.append(self._waiting.popleft())
            events += weight
            size += item.size if isinstance(item, Request) else 0
            if is_alone:
                break
        self.taken_events += events
        self.taken_bytes += size
        return batch

    def _work(self, batch: list[Item]) -> None:
        if self._health.is_damaged or not (self._is_settled or self._recover()):
            self._refuse(batch, self._health.refusal())
            return
        first = batch[0]
        if isinstance(first, Job) and first.alone:
            self._run_alone(first)
        else:
            self._commit(batch)

    def _commit(self, batch: list[Item]) -> None:
        store = self.store
        results: list[tuple[asyncio.Future[Any], Any]] = []
        plan: Plan | None = None
        is_committing = False
        try:
            store.begin()
            plan = store.plan([item for item in batch if isinstance(item, Request)])
            store.write(plan)
            for item in batch:
                if isinstance(item, Job):
                    results.append((item.future, item.run(store.connection)))
            is_committing = True
            store.commit()
        except (sqlite3.Error, OSError) as error:
            self._on_failed_batch(batch, plan if is_committing else None, error)
        except Exception as error:  # our own fault, or a job's: this batch is refused, the next one may be well
            self._on_failed_batch(batch, None, error)
        else:
            self._on_committed(plan)
            self._answer(results + plan.done, list(plan.refused), plan.notices)

    def _on_committed(self, plan: Plan) -> None:
        self.store.merge(plan)
        self._checkpoints.note(plan.heads)
        self._wal_pages += _PAGES_PER_COMMIT + sum(map(len, plan.rows[6::7])) / _PAGE_BYTES_OF_EVENTS
        self._tell_newest()
        if not self._health.is_ok:
            self._set_ok()

    def _tell_newest(self) -> None:
        newest = self.store.newest
        self._health.recorded_seq = newest[0] if newest else 0
        self._health.recorded_at_us = newest[2] if newest else None
        self._health.era = self.store.era

    def _run_alone(self, job: Job) -> None:
        try:
            result = job.run(self)
        except JournalError as error:
            self._answer([], [(job.future, error)], [])
        except Exception as error:
            self._on_failed_batch([job], None, error)
        else:
            self._answer([(job.future, result)], [], [])

    def _refuse(self, batch: list[Item], error: BaseException) -> None:
        self._answer([], [(item.future, error) for item in batch], [])

    # ------------------------------------------------------------------ when the disk says no

    def _on_failed_batch(self, batch: list[Item], committing: Plan | None, error: Exception) -> None:
        """Refuse a batch, or find out that it was recorded after all.

        Args:
            committing: the plan, when it was the COMMIT that failed.
        """
        rolled_back = committing is None and self._roll_back()
        if rolled_back and not isinstance(error, sqlite3.Error | OSError):
            self._refuse(batch, _refusal_of(error))  # our own fault, or a job's: the disk is well
            return
        self._set_failed(error)
        if self._health.is_damaged:
            self._close()
        elif not rolled_back or self._health.state not in (HealthState.FULL, HealthState.READ_ONLY):
            self._is_settled = False
            self._doubt, self._doubt_waits = committing, True
            recovered = self._recover()
            self._doubt_waits = False
            if recovered and self._doubt is not None:
                self._acknowledge_found(self._doubt, batch)
                self._doubt = None
                return
        self._refuse(batch, _refusal_of(error))

    def _acknowledge_found(self, plan: Plan, batch: list[Item]) -> None:
        """The error came after the commit: what was asked for is on disk."""
        self._checkpoints.note(plan.heads)
        self._answer(list(plan.done), list(plan.refused), plan.notices)
        self._refuse([item for item in batch if isinstance(item, Job)], JournalError("the commit failed; ask again"))

    def _roll_back(self) -> bool:
        """Whether the connection is as it was before the batch."""
        try:
            self.store.rollback()
        except sqlite3.Error:
            return False
        return True

    def _set_failed(self, error: BaseException) -> None:
        state, reason = state_from_error(error)
        self._health.set(state, reason)
        self._retry_at = time.monotonic() + self._retry_s
        self._retry_s = min(self._retry_s * 2, self._settings.retry_s_max)

    def _set_ok(self) -> None:
        self._health.set(HealthState.OK)
        self._retry_s = self._settings.retry_s_min

    def _recover(self) -> bool:
        """Open the file, or close and open it again, and read its end back; True when it can be written.

        When the batch in ``_doubt`` is found and its askers still wait, it stays in ``_doubt`` and whoever called
        acknowledges it. Otherwise ``_doubt`` is cleared.
        """
        if self._health.is_damaged:
            return False
        acknowledged = self.store.newest
        try:
            with self._gate.lock:
                self._reopen(acknowledged)
                self._wal_pages = float(self.store.checkpoint_wal("TRUNCATE"))
            self._settle_doubt()
            self._checkpoints.load(self.store)
            self._try_write()
        except ConfigError:
            self._close()
            raise
        except (sqlite3.Error, OSError, Damage) as error:
            self._set_failed(error)
            if self._health.is_damaged:
                self._close()
            return False
        self._is_settled = True
        self._tell_newest()
        self._mark_era()
        self._set_ok()
        return True

    def _reopen(self, acknowledged: tuple[int, bytes, int] | None) -> None:
        """With the gate held: settle the WAL on the present connection, close everything, open, compare."""
        store, gate = self.store, self._gate
        gate.close_reader()
        if store.connection is not None:
            store.rollback()
            store.checkpoint_wal("TRUNCATE")
        gate.is_open = False
        store.close()
        store.newest = acknowledged  # what we know stays known until the file has confirmed it
        try:
            store.open()
            self._compare(acknowledged)
        except BaseException:
            store.close()
            store.newest = acknowledged
            raise
        gate.is_open = True

    def _compare(self, acknowledged: tuple[int, bytes, int] | None) -> None:
        if acknowledged is None:
            return
        seq, hashed, _ = acknowledged
        row = self.store.connection.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
        if row is None or row[0] != hashed:
            raise Damage(f"event {seq} was acknowledged and is not in the file")
        newest = self.store.newest
        if newest is not None and newest[0] > seq and (self._doubt is None or newest[1] != self._doubt.last_hash):
            raise Damage(f"event {newest[0]} is in the file and was never written by this process")

    def _settle_doubt(self) -> None:
        """The failed batch is in the file or not; if its askers were refused already, take it out."""
        doubt, newest = self._doubt, self.store.newest
        if doubt is None:
            return
        if newest is None or newest[1] != doubt.last_hash or not doubt.rows:
            self._doubt = None
        elif not self._doubt_waits:
            self._take_out(doubt)
            self._doubt = None

    def _take_out(self, doubt: Plan) -> None:
        first = doubt.last_seq - doubt.count + 1
        store = self.store
        store.begin()
        for table in ("events", "places", "claims"):
            store.connection.execute(f"DELETE FROM {table} WHERE seq >= ?", (first,))  # noqa: S608
        store.connection.execute("UPDATE meta SET value = min(value, ?) WHERE key = 'indexed_seq'", (first - 1,))
        store.commit()
        store.close()
        store.open()

    def _try_write(self) -> None:
        """Write something of a size that says that there is room, and take it away again."""
        store = self.store
        for sql, values in (
            ("INSERT INTO probe VALUES (zeroblob(?))", (self._settings.probe_bytes,)),
            ("DELETE FROM probe", ()),
        ):
            store.begin()
            try:
                store.connection.execute(sql, values)
                store.commit()
            except sqlite3.Error:
                store.rollback()
                raise

    def _close(self) -> None:
        with self._gate.lock:
            self._gate.is_open = False
            self._gate.close_reader()
            self.store.close()
        self._is_settled = False

    # ------------------------------------------------------------------ what is due by itself

    def _pause_s(self) -> float | None:
        """Seconds until something is due; None when nothing is."""
        now = time.monotonic()
        if self._health.is_damaged:
            return None
        if not self._health.is_ok:
            return max(0.0, self._retry_at - now)
        return max(0.0, self._checkpoint_at - now) if self._checkpoints.is_needed() else None

    def _keep_house(self) -> None:
        now = time.monotonic()
        if self._health.is_damaged:
            return
        if not self._health.is_ok:
            if now >= self._retry_at:
                self._retry()
            return
        if self._wal_pages >= self._settings.wal_pages_max:
            self._guarded(self.carry_wal)
        too_many = len(self._checkpoints.changed) >= self._settings.checkpoint_streams_max
        if self._checkpoints.is_needed() and (too_many or now >= self._checkpoint_at):
            self._guarded(self.sign)

    def _retry(self) -> None:
        if not self._is_settled:
            self._recover()
            return
        try:
            self._try_write()
        except (sqlite3.Error, OSError) as error:
            self._is_settled = self._roll_back()
            self._set_failed(error)
        else:
            self._set_ok()

    def _guarded(self, work: Callable[[], Any]) -> None:
        """Housekeeping that fails is a failed disk; no append is lost by it."""
        try:
            work()
        except (sqlite3.Error, OSError) as error:
            self._set_failed(error)
            self._is_settled = False
            if self._health.is_damaged:
                self._close()

    def carry_wal(self, mode: str = "PASSIVE") -> None:
        """Carry the WAL into the database while no reader is inside, so that it can start again from its beginning.

        Raises:
            sqlite3.Error: the disk refused.
        """
        with self._gate.lock:
            self._wal_pages = float(self.store.checkpoint_wal(mode))

    def sign(self, *, full: bool = False) -> int:
        """Sign a checkpoint; returns the ``seq`` that it covers.

        Raises:
            sqlite3.Error: it was not written.
        """
        self._checkpoint_at = time.monotonic() + self._settings.checkpoint_s
        seq = self._checkpoints.sign(self.store, self._clock.now().utc, full=full)
        self._mark_era()
        return seq

    def _mark_era(self) -> None:
        """Keep the era and the newest ``seq`` beside the database too; without it repair only knows less."""
        newest = self.store.newest
        try:
            write_mark(self.store.path, EraMark(self.store.era, newest[0] if newest else 0, self.store.journal))
        except OSError:
            return

    def serve(self) -> None:
        """Commit what has come in; called by long jobs between two pieces of their work."""
        self._take_what_came()
        while self._waiting and not (isinstance(self._waiting[0], Job) and self._waiting[0].alone):
            self._work(self._next_batch())

    def _take_what_came(self) -> None:
        try:
            while True:
                self._note(self._queue.get_nowait())
        except queue.Empty:
            return

    def _finish(self) -> None:
        if self._is_settled and not self._health.is_damaged:
            if self._checkpoints.is_needed():
                self._guarded(self.sign)
            if self._is_settled:
                self._guarded(lambda: self.carry_wal("TRUNCATE"))
        self._close()
        self._health.set(HealthState.CLOSED, "closed")


def _refusal_of(error: Exception) -> JournalError:
    if isinstance(error, sqlite3.Error | OSError):
        return error_of(*state_from_error(error))
    refusal = JournalError(f"not recorded: {error!r}")
    refusal.__cause__ = error
    return refusal
