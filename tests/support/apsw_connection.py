"""APSW's connection behind the small face of `sqlite3` that the journal uses, with `sqlite3`'s own exceptions.

The journal is given a ``connect(path)``; in these tests that is ``functools.partial(open_connection, disk=disk)``.
Error classes and ``sqlite_errorcode`` / ``sqlite_errorname`` are mapped as CPython's ``Modules/_sqlite/util.c`` does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import apsw

from tests.support.power_cut import Disk

T = TypeVar("T")
Bindings = Sequence[Any] | Mapping[str, Any]

BUSY_TIMEOUT_MS = 5000  # as sqlite3.connect has by default

ERROR_CLASSES: dict[int, type[sqlite3.Error]] = {
    apsw.SQLITE_INTERNAL: sqlite3.InternalError,
    apsw.SQLITE_NOTFOUND: sqlite3.InternalError,
    apsw.SQLITE_CORRUPT: sqlite3.DatabaseError,
    apsw.SQLITE_NOTADB: sqlite3.DatabaseError,
    apsw.SQLITE_TOOBIG: sqlite3.DataError,
    apsw.SQLITE_CONSTRAINT: sqlite3.IntegrityError,
    apsw.SQLITE_MISMATCH: sqlite3.IntegrityError,
    apsw.SQLITE_MISUSE: sqlite3.InterfaceError,
    apsw.SQLITE_RANGE: sqlite3.InterfaceError,
}


def mapped(error: apsw.Error) -> sqlite3.Error:
    """The `sqlite3` exception that the standard library would have raised for the same result code."""
    code = getattr(error, "extendedresult", 0) or getattr(error, "result", 0)
    found = ERROR_CLASSES.get(code & 0xFF, sqlite3.OperationalError)(str(error))
    found.sqlite_errorcode = code
    found.sqlite_errorname = apsw.mapping_extended_result_codes.get(code) or apsw.mapping_result_codes.get(code, "")
    return found


def translated(work: Callable[[], T]) -> T:
    """Do the work; raise `sqlite3` errors in place of APSW's."""
    try:
        return work()
    except apsw.ConnectionClosedError as error:
        raise sqlite3.ProgrammingError("Cannot operate on a closed database.") from error
    except apsw.Error as error:
        raise mapped(error) from error


class ApswCursor:
    """Rows of one statement."""

    def __init__(self, cursor: apsw.Cursor, connection: apsw.Connection) -> None:
        self._cursor = cursor
        self._connection = connection

    @property
    def rowcount(self) -> int:
        return self._connection.changes()

    @property
    def lastrowid(self) -> int:
        return self._connection.last_insert_rowid()

    def fetchone(self) -> Any:
        return translated(self._cursor.fetchone)

    def fetchall(self) -> list[Any]:
        return translated(self._cursor.fetchall)

    def fetchmany(self, size: int = 1) -> list[Any]:
        rows = (self.fetchone() for _ in range(size))
        return [row for row in rows if row is not None]

    def __iter__(self) -> Iterator[Any]:
        while (row := self.fetchone()) is not None:
            yield row

    def close(self) -> None:
        translated(self._cursor.close)


class ApswConnection:
    """What the journal may call: execute, executemany, close; and what `sqlite3` users look at."""

    isolation_level = None

    def __init__(self, connection: apsw.Connection) -> None:
        self.apsw = connection

    @property
    def in_transaction(self) -> bool:
        return self.apsw.in_transaction

    @property
    def total_changes(self) -> int:
        return self.apsw.total_changes()

    def execute(self, sql: str, bindings: Bindings = ()) -> ApswCursor:
        return ApswCursor(translated(lambda: self.apsw.execute(sql, bindings)), self.apsw)

    def executemany(self, sql: str, rows: Iterable[Bindings]) -> ApswCursor:
        return ApswCursor(translated(lambda: self.apsw.executemany(sql, rows)), self.apsw)

    def interrupt(self) -> None:
        self.apsw.interrupt()

    def close(self) -> None:
        # An error while closing (a failed checkpoint) leaves the files as they are, as sqlite3_close_v2 does.
        translated(lambda: self.apsw.close(True))


def open_connection(path: Path | str, disk: Disk | None = None) -> Any:
    """Open a database on a simulated disk (or, without one, through the ordinary VFS)."""
    vfs = disk.vfs_name if disk else None
    connection = translated(lambda: apsw.Connection(str(path), vfs=vfs))
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    return ApswConnection(connection)
