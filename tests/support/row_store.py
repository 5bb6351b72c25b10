"""A sink target on SQLite, as an SQL sink should be: rows, and a side table of unique keys in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lineside.errors import RowRefused, SinkAway
from lineside.runtime.journal import Recorded

TABLES = (
    # The table that was there before us, without a place for our keys; it is never altered.
    "CREATE TABLE IF NOT EXISTS rows (stream TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL)",
    """CREATE TABLE IF NOT EXISTS lineside_delivered (
        origin TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (origin, seq)) WITHOUT ROWID""",
)


class RowStore:
    """Delivers each event as one row.

    Attributes:
        away: while not empty, every delivery raises SinkAway with this text.
        refuses: events for which the target says no, and names the event.
    """

    def __init__(self, path: Path, connect: Callable[[Path], Any], name: str = "rows") -> None:
        self.name = name
        self.away = ""
        self.refuses: Callable[[Recorded], bool] = lambda recorded: False
        self.deliveries = 0
        self._connection = connect(path)
        self._connection.execute("PRAGMA journal_mode = WAL").fetchall()
        self._connection.execute("PRAGMA synchronous = FULL")
        for table in TABLES:
            self._connection.execute(table)

    def order_key(self, recorded: Recorded) -> str | None:
        """One lane per unit; the foundation's own streams are not for this target."""
        return None if recorded.stream.startswith("lineside/") else recorded.stream

    async def deliver(self, batch: list[Recorded]) -> None:
        """Write the rows and their keys; what is there already is done."""
        self.deliveries += 1
        if self.away:
            raise SinkAway(self.away)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for recorded in batch:
                if self.refuses(recorded):
                    raise RowRefused("the row does not fit", recorded.seq)
                if self.is_new(recorded):
                    self._connection.execute(
                        "INSERT INTO rows VALUES (?, ?, ?)", (recorded.stream, recorded.version, bytes(recorded.data))
                    )
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def is_new(self, recorded: Recorded) -> bool:
        """Take the unique key of an event; false when it was taken before."""
        taken = self._connection.execute(
            "INSERT INTO lineside_delivered VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1",
            (recorded.origin, recorded.seq),
        ).fetchall()
        return bool(taken)

    def rows(self) -> list[tuple[str, int, bytes]]:
        """All rows, in the order in which they were written."""
        return [tuple(row) for row in self._connection.execute("SELECT * FROM rows ORDER BY rowid").fetchall()]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
