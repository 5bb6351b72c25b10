"""The journal: durable ordered events, as the rest of the process sees them.

Everything here is called from the event loop's thread. `submit` hands an append to the writer's thread and gives a
future; reads go to the reader's thread. One append is one promise: when its future has a result, the disk has it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from lineside.errors import JournalError, Unrecordable
from lineside.runtime.clock import Clock, SystemClock
from lineside.runtime.journal import cursors
from lineside.runtime.journal.append import Append, Appended
from lineside.runtime.journal.backup import Progress, copy_database, finish_backup
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.chain import utc_from_us
from lineside.runtime.journal.cursors import Cursor, Parked, SinkMark
from lineside.runtime.journal.events import STREAM, Carried, PersonErased
from lineside.runtime.journal.health import Health, JournalHealth
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.people import erase_person, seal_people_again
from lineside.runtime.journal.reader import SEQ_MAX, Gate, Reader, StreamHead, Wanted
from lineside.runtime.journal.recorded import Recorded
from lineside.runtime.journal.recording import Commit, Recording
from lineside.runtime.journal.retention import Carry, KeepRules, Pruner, PruneReport
from lineside.runtime.journal.schema import Connect, sqlite3_connect
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.snapshots import FIND, Snapshot, snapshot_from_row, write_snapshot
from lineside.runtime.journal.store import Store
from lineside.runtime.journal.swap import drop
from lineside.runtime.journal.writer import Writer

T = TypeVar("T")

_BACKLOG = """
SELECT count(*), coalesce(sum(size), 0), max(seq)
FROM (SELECT seq, length(data) AS size FROM events WHERE seq > ? ORDER BY seq LIMIT ?)
"""


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
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._health = Health(clock)
        self._recording = Recording(catalogue, settings, self._health)
        self._health.tell = self._recording.tell_health
        gate = Gate()
        self._reader = Reader(path, keys, catalogue, settings, connect, gate, self._health)
        store = Store(path, keys, settings, connect, self.origin)
        self._writer = Writer(store, settings, clock, self._health, gate, self._recording.answer)
        self._recording.writer = self._writer
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="journal-read")

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

    async def close(self) -> None:
        """Finish what was submitted, sign a checkpoint, close the file. Calling it again does nothing."""
        if self._recording.closing:
            return
        self._recording.bind()
        self._recording.close()
        self._writer.stop()
        await asyncio.get_running_loop().run_in_executor(None, self._writer.join)
        self._reading.shutdown(wait=False)

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
        self._recording.on_health(listener)

    def on_commit(self, listener: Callable[[list[Commit]], None]) -> None:
        """Call ``listener`` from the loop with each batch of new events, in order of ``seq``."""
        self._recording.on_commit(listener)

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
        return self._recording.submit(append)

    async def append(self, append: Append) -> Appended:
        """As `submit`, waited for; its errors are raised."""
        return await self._recording.submit(append)

    # ------------------------------------------------------------------ reading

    async def _read(self, work: Callable[..., T], *values: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, lambda: work(*values))

    async def read(self, stream: str, after: int = 0, limit: int = 1000) -> list[Recorded]:
        """Events of one stream above version ``after``, in order; fewer than ``limit`` when they are long.

        An empty list means that there are no more.

        Raises:
            JournalError: it cannot be read now.
        """
        return await self._read(self._reader.of_stream, stream, after, self._bounded(limit))

    async def events(
        self,
        after: int = 0,
        limit: int = 1000,
        *,
        gateway: str | None = None,
        unit: str | None = None,
        kind: str | None = None,
        before: int | None = None,
        newest: bool = False,
    ) -> list[Recorded]:
        """Events of all streams by ``seq``.

        Args:
            after, before: only ``seq`` above and below these.
            gateway: only its streams.
            unit: ``gateway/unit``, or the last part alone.
            kind: only events of this class.
            newest: the last ``limit`` of them, newest first, in place of the first.

        Raises:
            JournalError: it cannot be read now.
        """
        limit, low, high = self._bounded(limit), after, SEQ_MAX if before is None else before
        wanted = Wanted(gateway, unit, kind)
        if wanted == Wanted() and not newest and before is None:
            return await self._read(self._reader.after_seq, low, limit)
        stream = wanted.stream
        if stream is not None and kind is None:
            read = partial(self._reader.of_stream, stream, 0, limit, low=low, high=high, newest=newest)
            return await self._read(read)
        found: list[Recorded] = []
        place: int | None = low
        while place is not None and len(found) < limit:
            part, place = await self._read(self._reader.scan, low, high, limit - len(found), wanted, newest)
            found += part
            if part and place is None and len(found) < limit and part[-1].seq not in (low, high):
                # The byte limit may have cut this part short: look behind its last event.
                place = part[-1].seq
            if place is not None:
                low, high = (low, place) if newest else (place, high)
        return found

    async def tail(self, after_seq: int) -> AsyncIterator[list[Recorded]]:
        """Follow all streams for ever: batches of events above ``after_seq``, in order, as they come to disk.

        Ends when the journal is closed. While the file cannot be read, it waits.

        Raises:
            JournalDamaged: somebody has to repair the journal first.
        """
        after = after_seq
        while not self._health.is_closed:
            seen = self._health.recorded_seq
            try:
                found = await self._read(self._reader.after_seq, after, self._settings.tail_events_max)
            except JournalError:
                if self._health.is_damaged:
                    raise
                found, seen = [], self._health.recorded_seq
            if found:
                after = found[-1].seq
                yield found
            elif seen == self._health.recorded_seq and not self._health.is_closed:
                await self._recording.changed()

    async def replay(self, stream: str) -> tuple[Carried | None, list[Recorded]]:
        """What a model is rebuilt from: the newest carried state, and every event after that state.

        The list begins with the `Carried` event itself where there is one, so that its last version is the stream's.

        Raises:
            JournalError: it cannot be read now.
        """
        found: list[Recorded] = []
        high = SEQ_MAX
        while part := await self._read(self._replay_part, stream, high):
            for recorded in part:
                found.append(recorded)
                if recorded.kind == Carried.__name__:
                    carried = recorded.event_left
                    assert isinstance(carried, Carried)
                    return carried, found[::-1]
            high = part[-1].seq
        return None, found[::-1]

    def _replay_part(self, stream: str, high: int) -> list[Recorded]:
        return self._reader.of_stream(stream, 0, self._settings.read_events_max, high=high, newest=True)

    async def streams(self, prefix: str = "") -> list[StreamHead]:
        """Heads of all streams whose name begins with ``prefix``, by name.

        Raises:
            JournalError: it cannot be read now.
        """
        return await self._read(self._reader.streams, prefix)

    async def claimed(self, claim: str) -> int | None:
        """``seq`` of the first event of the append that took a claim, or None.

        Raises:
            JournalError: it cannot be read now.
        """
        row = await self._read(self._reader.one, "SELECT seq FROM claims WHERE claim = ?", (claim,))
        return None if row is None else row[0]

    # ------------------------------------------------------------------ sinks

    async def cursor(self, sink: str) -> Cursor:
        """How far a sink has come; a new one begins at the first event.

        Raises:
            JournalError: it cannot be read now.
        """
        row = await self._read(self._reader.one, "SELECT low, done FROM cursors WHERE sink = ?", (sink,))
        return Cursor() if row is None else cursors.cursor_from_row(*row)

    async def move_cursor(
        self, sink: str, cursor: Cursor, *, parked: Iterable[Parked] = (), released: Iterable[int] = ()
    ) -> None:
        """Keep how far a sink has come, and with it, at once, what it parks and what it does not park any more.

        Raises:
            JournalError: nothing of it was recorded; the old cursor stands.
        """
        if len(cursor.done) > self._settings.cursor_done_max:
            raise Unrecordable(f"{len(cursor.done)} done above {cursor.low}; at most {self._settings.cursor_done_max}")
        at, parked, released = self._clock.now().utc, tuple(parked), tuple(released)

        def write(connection: Any) -> None:
            cursors.write_cursor(connection, sink, cursor, at)
            cursors.write_parked(connection, sink, parked, released)

        await self._recording.do(write)

    async def parked(self, sink: str) -> list[Parked]:
        """What a sink has parked, by ``seq``.

        Raises:
            JournalError: it cannot be read now.
        """
        sql = "SELECT seq, lane, error, tries, at FROM parked WHERE sink = ? ORDER BY seq"
        return [cursors.parked_from_row(row) for row in await self._read(self._reader.all, sql, (sink,))]

    async def sinks(self) -> list[SinkMark]:
        """Every sink that ever moved its cursor here and was not forgotten, by name.

        Raises:
            JournalError: it cannot be read now.
        """
        return [cursors.mark_from_row(row) for row in await self._read(self._reader.all, cursors.SINKS)]

    async def name_sinks(self, names: Iterable[str]) -> list[str]:
        """Tell which sinks are in the settings; returns the names of those that are orphaned by it.

        Raises:
            JournalError: it was not recorded.
        """
        wanted, at = tuple(names), self._clock.now().utc
        return await self._recording.do(lambda connection: cursors.name_sinks(connection, wanted, at))

    async def forget_sink(self, sink: str) -> None:
        """Drop an orphaned sink: its cursor holds nothing back any more.

        Raises:
            KeyError: no orphaned sink has this name.
            JournalError: it was not recorded.
        """
        if not await self._recording.do(lambda connection: cursors.forget_sink(connection, sink)):
            raise KeyError(sink)

    async def backlog(self, after_seq: int) -> tuple[int, int]:
        """How many events, and how many bytes of data, lie above ``after_seq``.

        Raises:
            JournalError: it cannot be read now.
        """
        events = size = 0
        while True:
            values = (after_seq, self._settings.scan_events_max)
            count, length, end = await self._read(self._reader.one, _BACKLOG, values)
            events += count
            size += length
            if count < self._settings.scan_events_max:
                return events, size
            after_seq = end

    # ------------------------------------------------------------------ keeping

    async def save_snapshot(self, stream: str, version: int, schema: str, data: bytes) -> None:
        """Keep a state as a cache, in the place of the stream's last one. It may be gone at any time.

        Args:
            version: the stream's version that ``data`` contains.
            schema: tag of the form of ``data``; another tag does not find it.

        Raises:
            JournalError: it was not kept; Unrecordable when it is too long.
        """
        if len(data) > self._settings.snapshot_bytes_max:
            raise Unrecordable(f"a snapshot of {len(data)} bytes; at most {self._settings.snapshot_bytes_max}")
        keys = self._keys
        await self._recording.do(lambda connection: write_snapshot(connection, keys, stream, version, schema, data))

    async def snapshot(self, stream: str, schema: str) -> Snapshot | None:
        """The cached state of a stream, or None.

        Raises:
            JournalError: it cannot be read now.
        """
        row = await self._read(self._reader.one, FIND, (stream, schema))
        return snapshot_from_row(row, self._keys, stream, schema)

    async def checkpoint(self) -> None:
        """Sign the heads of all streams now; when nothing is new, only show that the disk takes a commit.

        Raises:
            JournalError: it does not write now.
        """
        await self._recording.do(lambda writer: writer.sign_or_touch(), alone=True)

    async def prune(
        self, now: datetime, keep: KeepRules, carry: Callable[[str], Awaitable[Carry | None]]
    ) -> PruneReport:
        """Let old events give way (see `retention`).

        Args:
            carry: gives a stream's state and version, or None when it cannot now.

        Raises:
            JournalError: it does not write now; what was not carried has not gone.
        """
        return await Pruner(self._recording, self._reader, self._read, self._settings, now, keep).run(carry)

    async def backup(self, path: Path, progress: Progress = lambda done, total: None) -> None:
        """Write a whole copy while the journal goes on, and check it.

        Args:
            path: a name that nothing has yet.
            progress: told pages copied and pages in all, from the writer's thread.

        Raises:
            JournalError: there is no backup: the name is taken, the disk failed, or the copy does not verify.
        """
        if path.exists():
            raise JournalError(f"{path} is there already; a backup never overwrites")
        new = path.with_name(path.name + ".new")
        drop(new)
        pages = self._settings.backup_pages_max
        try:
            await self._recording.do(lambda writer: copy_database(writer, new, pages, progress), alone=True)
            await asyncio.to_thread(finish_backup, new, path, self._keys)
        except OSError as error:
            raise JournalError(f"the backup was not written: {error}") from error
        finally:
            drop(new)

    async def compact(self) -> None:
        """Give free pages back to the file system; appends wait, and as much room as the journal has is needed.

        Raises:
            JournalError: it was not done; nothing is lost.
        """
        await self._recording.do(lambda writer: writer.compact(), alone=True)

    async def erase_person(self, person: str) -> bool:
        """Delete a person's key, so that nothing sealed with it opens again; returns whether there was one.

        Raises:
            JournalError: it may not be done; ask again.
        """
        was_there = await self._recording.do(lambda writer: erase_person(writer, person), alone=True)
        if was_there:
            await self.append(Append(((STREAM, PersonErased(person)),), self._clock.now().utc))
        return was_there

    async def seal_people_again(self) -> int:
        """Seal the keys of persons with the present sealing key, after a rotation; returns how many were changed.

        Raises:
            JournalError: nothing was changed.
        """
        return await self._recording.do(lambda writer: seal_people_again(writer, self._keys), alone=True)

    def _bounded(self, limit: int) -> int:
        return max(1, min(limit, self._settings.read_events_max))
