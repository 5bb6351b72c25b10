"""The journal: durable ordered events, as the rest of the process sees them.

Everything here is called from the event loop's thread. `submit` hands an append to the writer's thread and gives a
future; reads go to the reader's thread. One append is one promise: when its future has a result, the disk has it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from lineside.errors import JournalError, Unrecordable
from lineside.runtime.clock import Clock, SystemClock
from lineside.runtime.journal import cursors
from lineside.runtime.journal.append import Append, Appended, Receipt
from lineside.runtime.journal.backup import Progress, copy_database, finish_backup, prepare_backup
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.chores import compact, sign_or_touch
from lineside.runtime.journal.cursors import Cursor, Parked, SinkMark
from lineside.runtime.journal.events import STREAM, PersonErased
from lineside.runtime.journal.health import Health
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.people import erase_person, seal_people_again
from lineside.runtime.journal.reader import Gate, Reader
from lineside.runtime.journal.reading import Reading
from lineside.runtime.journal.recording import Recording
from lineside.runtime.journal.retention import Carry, KeepRules, Pruner, PruneReport
from lineside.runtime.journal.schema import Connect, sqlite3_connect
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.snapshots import FIND, Snapshot, snapshot_from_row, write_snapshot
from lineside.runtime.journal.store import Store
from lineside.runtime.journal.swap import drop
from lineside.runtime.journal.writer import Writer

T = TypeVar("T")


class Journal(Reading):
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
        self._clock = clock
        gate, health = Gate(), Health(clock)
        recording = Recording(catalogue, settings, health)
        health.tell = recording.tell_health
        super().__init__(Reader(path, keys, catalogue, settings, connect, gate, health), recording, health, settings)
        store = Store(path, keys, settings, connect, self.origin)
        self._writer = Writer(store, settings, clock, self._health, gate, self._recording.answer)
        self._recording.writer = self._writer

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
            path: the database; its folder exists and is locked (`data_lock`).
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

    def submit_for(self, append: Append, receipt: Receipt) -> None:
        """As `submit`, for who needs no future: the answer goes to ``receipt``, in a later turn of the loop.

        A future, its callback and their turn cost a sixth of what a unit does per message.
        """
        self._recording.submit_for(append, receipt)

    async def append(self, append: Append) -> Appended:
        """As `submit`, waited for; its errors are raised."""
        return await self._recording.submit(append)

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
            Unrecordable: it is above the newest event, or too much is done above it.
            JournalError: nothing of it was recorded; the old cursor stands.
        """
        if len(cursor.done) > self._settings.cursor_done_max:
            raise Unrecordable(f"{len(cursor.done)} done above {cursor.low}; at most {self._settings.cursor_done_max}")
        newest = self._health.recorded_seq
        if cursor.low > newest + 1:  # on the next start this would look like a journal that lost its end
            raise Unrecordable(f"sink {sink} cannot have done all before {cursor.low}: the newest event is {newest}")
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
        await self._recording.do(sign_or_touch, alone=True)

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
        pages = self._settings.backup_pages_max
        new = path.with_name(path.name + ".new")
        try:
            await asyncio.to_thread(prepare_backup, path, new)
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
        await self._recording.do(compact, alone=True)

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
