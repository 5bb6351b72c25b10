"""Opening the file again after the disk said no, so that nothing is acknowledged on a guess. In the writer's thread.

A commit that fails refuses every append of its batch, and before anything else is recorded:

1. ROLLBACK. SQLite now ignores what the failed commit left in the WAL, but a new opening would not, and after a
   failed sync nobody knows which of it is on the disk, nor will a later sync write it again. So the WAL is first
   carried into the database and cut (``wal_checkpoint(TRUNCATE)``) on the same connection, which still knows its true
   end. While this fails too, the journal stays as it is and tries again.
2. The file is closed, opened again, and its end read back: the newest acknowledged event must be there and nothing that
   this process did not write (or the journal is ``damaged``).
3. Should the failed batch be there after all (an error that came after the commit), it is acknowledged if its askers
   still wait; if they were refused already, its events are taken out again before anybody can read them. So *refused*
   means not recorded. The one exception is a process that dies in between: who asks again is then told by the claim
   or the version that it had been recorded.
4. A trial write, then it is well again.

The first opening goes the same way, without anything acknowledged before.
"""

from __future__ import annotations

import sqlite3

from lineside.runtime.journal.checkpoint import Checkpoints
from lineside.runtime.journal.health import Damage
from lineside.runtime.journal.plan import Plan
from lineside.runtime.journal.reader import Gate
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.store import Store

Newest = tuple[int, bytes, int]


class Recovery:
    """Opens, closes and reopens the store.

    Attributes:
        is_settled: the connection is open and nothing about it is in doubt.
        refused: a batch whose commit failed and whose askers were refused, until the file has been read back.
    """

    def __init__(self, store: Store, gate: Gate, checkpoints: Checkpoints, settings: JournalSettings) -> None:
        self.is_settled = False
        self.refused: Plan | None = None
        self._store = store
        self._gate = gate
        self._checkpoints = checkpoints
        self._settings = settings

    def run(self, waiting: Plan | None = None) -> bool:
        """Steps 1 to 4. Returns whether the batch ``waiting``, whose commit failed just now, is on disk after all.

        Raises:
            Damage: the file does not hold what was acknowledged.
            ConfigError: a newer version made it.
            sqlite3.Error, OSError: not yet; try again later, with the askers of ``waiting`` refused.
        """
        self.is_settled = False
        with self._gate.lock:
            self._reopen([plan for plan in (waiting, self.refused) if plan is not None and plan.rows])
            self._store.checkpoint_wal("TRUNCATE")
        if self.refused is not None:
            if self._holds(self.refused):
                self._take_out(self.refused)
            self.refused = None
        found = waiting is not None and self._holds(waiting)
        self._checkpoints.load(self._store)
        self.try_write()
        self.is_settled = True
        return found

    def refuse(self, plan: Plan) -> None:
        """The askers of this batch are told that it was not recorded: should it turn up, it is taken out."""
        self.is_settled = False
        if plan.rows:
            self.refused = plan

    def roll_back(self) -> bool:
        """Whether the connection is as it was before the present transaction."""
        try:
            self._store.rollback()
        except sqlite3.Error:
            self.is_settled = False
        return self.is_settled

    def close(self) -> None:
        """Close the reader, then the writer."""
        with self._gate.lock:
            self._gate.is_open = False
            self._gate.close_reader()
            self._store.close()
        self.is_settled = False

    def try_write(self) -> None:
        """Write something of a size that says that there is room, and take it away again.

        Raises:
            sqlite3.Error: it cannot be written; the transaction is rolled back.
        """
        store = self._store
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

    def touch(self) -> None:
        """Commit something small, to see that the disk takes it.

        Raises:
            sqlite3.Error: it does not; the transaction is rolled back.
        """
        self._store.begin()
        try:
            self._store.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'touched'")
            self._store.commit()
        except sqlite3.Error:
            self._store.rollback()
            raise

    # ------------------------------------------------------------------ the steps

    def _reopen(self, in_doubt: list[Plan]) -> None:
        """With the gate held: settle the WAL on the present connection, close everything, open, compare."""
        store, gate = self._store, self._gate
        acknowledged = store.newest
        gate.close_reader()
        # A connection that never wrote left nothing in doubt; opened on a read-only disk it never could, either.
        if store.connection is not None and store.has_written:
            store.rollback()
            store.checkpoint_wal("TRUNCATE")
        gate.is_open = False
        store.close()
        try:
            store.open()
            self._compare(acknowledged, in_doubt)
        except BaseException:
            store.close()
            store.newest = acknowledged  # what we know stays known until the file has confirmed it
            raise
        gate.is_open = True

    def _compare(self, acknowledged: Newest | None, in_doubt: list[Plan]) -> None:
        if acknowledged is None:
            return
        seq, hashed, _ = acknowledged
        row = self._store.connection.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
        if row is None or row[0] != hashed:
            raise Damage(f"event {seq} was acknowledged and is not in the file")
        newest = self._store.newest
        if newest is not None and newest[0] > seq and not any(newest[1] == plan.last_hash for plan in in_doubt):
            raise Damage(f"event {newest[0]} is in the file and was never written by this process")

    def _holds(self, plan: Plan) -> bool:
        newest = self._store.newest
        return bool(plan.rows) and newest is not None and newest[1] == plan.last_hash

    def _take_out(self, plan: Plan) -> None:
        """Delete the newest events again: nobody has seen them, and those who asked for them were refused."""
        first = plan.last_seq - plan.count + 1
        store = self._store
        store.begin()
        try:
            for table in ("events", "places", "claims"):
                store.connection.execute(f"DELETE FROM {table} WHERE seq >= ?", (first,))  # noqa: S608
            sql = "UPDATE meta SET value = min(value, ?) WHERE key = 'indexed_seq'"
            store.connection.execute(sql, (first - 1,))
            store.commit()
        except sqlite3.Error:
            store.rollback()
            raise
        store.reload()
