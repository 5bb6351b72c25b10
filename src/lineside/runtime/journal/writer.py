"""The writer: one thread, one connection, group commit.

::

    submit ─► queue ─► [ batch: plan, write, COMMIT ] ─► answers, all in one call to the loop
                            what comes in meanwhile is the next batch

When the disk says no, see `recovery`. An append that comes while the state is not ok is itself the next attempt to
write; without one, attempts follow a back-off.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from lineside.errors import JournalError
from lineside.runtime.clock import Clock
from lineside.runtime.journal.append import Job, Receipt, Request
from lineside.runtime.journal.checkpoint import Checkpoints
from lineside.runtime.journal.era import EraMark, write_mark
from lineside.runtime.journal.health import Damage, Health, HealthState, error_of, state_from_error
from lineside.runtime.journal.plan import Plan
from lineside.runtime.journal.reader import Gate
from lineside.runtime.journal.recovery import Recovery
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.store import Store

Item = Request | Job
Pairs = list[tuple[Receipt, Any]]
# About 3,000 bytes of events fill a page of the WAL; each commit also touches about three others.
_PAGE_BYTES_OF_EVENTS = 3000
_PAGES_PER_COMMIT = 3


class Answers(Protocol):
    """Takes a batch's answers, from the writer's thread."""

    def __call__(self, results: Pairs, errors: Pairs, notices: list[tuple[int, str, int, int, str]]) -> None:
        """Told once per batch: (future, result), (future, error), (seq, stream, version, at, kind)."""
        ...


class Writer:
    """The writer's thread and everything that it owns.

    Attributes:
        store: its connection; touched by this thread alone (and by whoever opens it, before `start`).
        recovery: opens and reopens it.
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
        self.recovery = Recovery(store, gate, self._checkpoints, settings)
        self._queue: queue.SimpleQueue[list[Item] | None] = queue.SimpleQueue()
        self._waiting: deque[Item] = deque()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._retry_s = settings.retry_s_min
        self._retry_at = 0.0
        self._checkpoint_at = 0.0
        self._wal_pages = 0.0
        self._found = False
        self._is_held = False

    # ------------------------------------------------------------------ from other threads

    def open(self) -> None:
        """Open the file in the caller's thread; every fault of the file becomes a state.

        Raises:
            ConfigError: the journal was made by a newer version.
        """
        self._recover()

    def start(self) -> None:
        """Start the thread."""
        self._checkpoint_at = time.monotonic() + self._settings.checkpoint_s
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
        while self._take():
            if self._waiting:
                self._work(self._next_batch())
            self._keep_house()
        if self.recovery.is_settled and not self._health.is_damaged:
            if self._checkpoints.is_needed():
                self._guarded(self.sign)
            if self.recovery.is_settled:
                self._guarded(lambda: self.carry_wal("TRUNCATE"))
        self.recovery.close()
        self._health.set(HealthState.CLOSED, "closed")

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
        waiting, most = self._waiting, self._settings.batch_events_max
        while waiting:
            item = waiting[0]
            if batch and (item.alone or events + item.weight > most):
                break
            batch.append(waiting.popleft())
            events += item.weight
            size += item.size
            if item.alone:
                break
        self.taken_events += events
        self.taken_bytes += size
        return batch

    def serve(self) -> None:
        """Commit what has come in meanwhile; called by long jobs between two pieces of their work."""
        try:
            while True:
                self._note(self._queue.get_nowait())
        except queue.Empty:
            pass
        while self._waiting and not self._waiting[0].alone:
            self._work(self._next_batch())
        if not self.recovery.is_settled:
            raise sqlite3.OperationalError("the disk failed meanwhile")

    @contextmanager
    def holding(self) -> Iterator[None]:
        """For a long job that needs the connection to stay: a failure inside is settled after it.

        Raises:
            sqlite3.Error: a batch served inside has failed, and the job with it.
        """
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False

    # ------------------------------------------------------------------ one batch

    def _work(self, batch: list[Item]) -> None:
        if self._health.is_damaged or not (self.recovery.is_settled or self._recover()):
            self._refuse(batch, self._health.refusal())
            return
        first = batch[0]
        if isinstance(first, Job) and first.alone:
            self._run_alone(first)
        else:
            self._commit(batch)

    def _commit(self, batch: list[Item]) -> None:
        store = self.store
        results: Pairs = []
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
        except Exception as error:
            self._on_failed(batch, plan if is_committing else None, error)
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

    def _run_alone(self, job: Job) -> None:
        try:
            result = job.run(self)
        except JournalError as error:
            self._answer([], [(job.future, error)], [])
        except Exception as error:
            self._on_failed([job], None, error)
        else:
            self._answer([(job.future, result)], [], [])

    def _refuse(self, batch: list[Item], error: BaseException) -> None:
        self._answer([], [(item.future, error) for item in batch], [])

    # ------------------------------------------------------------------ when the disk says no

    def _on_failed(self, batch: list[Item], committing: Plan | None, error: Exception) -> None:
        """Refuse a batch, or find out that it was recorded after all.

        Args:
            committing: the plan, when it was the COMMIT that failed.
        """
        if committing is None and self.recovery.roll_back():
            if not isinstance(error, sqlite3.Error | OSError):  # our own fault, or a job's: the disk is well
                self._refuse(batch, _refusal_of(error))
                return
            self._set_failed(error)
            if self._health.state in (HealthState.FULL, HealthState.READ_ONLY):
                self._refuse(batch, _refusal_of(error))
                return
        else:
            self._set_failed(error)
        self.recovery.is_settled = False
        if self._health.is_damaged:
            self.recovery.close()
        elif self._recover(committing) and self._found and committing is not None:
            self._acknowledge_found(committing, batch)
            return
        self._refuse(batch, self._health.refusal() if self._health.is_damaged else _refusal_of(error))

    def _acknowledge_found(self, plan: Plan, batch: list[Item]) -> None:
        """The error came after the commit: what was asked for is on disk."""
        self._answer(list(plan.done), list(plan.refused), plan.notices)
        self._refuse([item for item in batch if isinstance(item, Job)], JournalError("the commit failed; ask again"))

    def _recover(self, waiting: Plan | None = None) -> bool:
        """Open the file, or close and open it again; True when it is well. ``_found``: ``waiting`` is on disk."""
        self._found = False
        if self._is_held:
            if waiting is not None:
                self.recovery.refuse(waiting)
            return False
        try:
            self._found = self.recovery.run(waiting)
        except (sqlite3.Error, OSError, Damage) as error:
            if waiting is not None:
                self.recovery.refuse(waiting)
            self._set_failed(error)
            if self._health.is_damaged:
                self.recovery.close()
            return False
        self._wal_pages = 0.0
        self._tell_newest()
        self._mark_era()
        self._set_ok()
        return True

    def _set_failed(self, error: BaseException) -> None:
        self._health.set(*state_from_error(error))
        self._retry_at = time.monotonic() + self._retry_s
        self._retry_s = min(self._retry_s * 2, self._settings.retry_s_max)

    def _set_ok(self) -> None:
        self._health.set(HealthState.OK)
        self._retry_s = self._settings.retry_s_min

    def _tell_newest(self) -> None:
        newest = self.store.newest
        self._health.recorded_seq = newest[0] if newest else 0
        self._health.recorded_at_us = newest[2] if newest else None
        self._health.era = self.store.era

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
        if not self.recovery.is_settled:
            self._recover()
            return
        try:
            self.recovery.try_write()
        except (sqlite3.Error, OSError) as error:
            self.recovery.roll_back()
            self._set_failed(error)
        else:
            self._set_ok()

    def _guarded(self, work: Callable[[], Any]) -> None:
        """Housekeeping that fails is a failed disk; no append is lost by it."""
        try:
            work()
        except (sqlite3.Error, OSError) as error:
            self._set_failed(error)
            self.recovery.is_settled = False
            if self._health.is_damaged:
                self.recovery.close()

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

    @property
    def has_news(self) -> bool:
        """Whether anything happened since the last signed checkpoint."""
        return self._checkpoints.is_needed()

    def _mark_era(self) -> None:
        """Keep the era and the newest ``seq`` beside the database too; without it repair only knows less."""
        newest = self.store.newest
        try:
            write_mark(self.store.path, EraMark(self.store.era, newest[0] if newest else 0))
        except OSError:
            return


def _refusal_of(error: Exception) -> JournalError:
    if isinstance(error, sqlite3.Error | OSError):
        return error_of(*state_from_error(error))
    refusal = JournalError(f"not recorded: {error!r}")
    refusal.__cause__ = error
    return refusal
