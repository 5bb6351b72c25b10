"""The database: how it is opened, its tables, and how an older one is brought up to date.

::

    events       every event; rows grow at the end only, so a commit touches few pages
    streams      id ↔ name of a stream
    forms        (kind, schema, origin) of an event, numbered, because they repeat
    places       (stream, version) → seq: the index for reading one stream. Filled in groups, so that 100 streams
                 written at once do not cost 100 pages per commit; events above meta.indexed_seq are not in it yet
    claims       unique key → seq of the first event of the append that took it
    checkpoints  signed heads (see `chain`)
    people       a key per person, itself sealed
    snapshots    caches of state, sealed; may be dropped at any time
    cursors, parked    what sinks have done and what they could not do
    meta         journal (random id), era, indexed_seq
    probe        empty; what is written to see whether there is room

Measured for 100 streams written in turn: 25,000 to 50,000 events/s with an ordinary index on (stream, version), 120,000
with ``places`` filled in groups (100 events per commit, one disk).
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lineside.errors import ConfigError
from lineside.runtime.journal.health import Damage

Connect = Callable[[str], Any]
"""Opens a database: ``connect(path)`` gives a connection with ``execute``, ``executemany`` and ``close``."""

APPLICATION_ID = 0x4C4E5344  # "LNSD", so that `file` and we know a journal when we see one
# Statements kept prepared: 9 sizes of an insert and some 30 others.
STATEMENTS_MAX = 64
# Seconds to wait for another process that holds the file (a copy being made by hand).
BUSY_S = 5.0

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE forms (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, schema INTEGER NOT NULL, origin TEXT NOT NULL);
CREATE TABLE events (seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL,
    form INTEGER NOT NULL, hash BLOB NOT NULL, data BLOB NOT NULL);
CREATE TABLE places (stream INTEGER NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (stream, version)) WITHOUT ROWID;
CREATE TABLE claims (claim TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX claims_by_seq ON claims (seq);
CREATE TABLE checkpoints (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, complete INTEGER NOT NULL, key_id TEXT NOT NULL,
    body BLOB NOT NULL, signature BLOB NOT NULL);
CREATE TABLE people (person TEXT PRIMARY KEY, sealed TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshots (stream TEXT PRIMARY KEY, version INTEGER NOT NULL, schema TEXT NOT NULL, sealed TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE cursors (sink TEXT PRIMARY KEY, low INTEGER NOT NULL, done TEXT NOT NULL, moved_at INTEGER NOT NULL,
    orphaned_at INTEGER) WITHOUT ROWID;
CREATE TABLE parked (sink TEXT NOT NULL, seq INTEGER NOT NULL, lane TEXT NOT NULL, error TEXT NOT NULL,
    tries INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (sink, seq)) WITHOUT ROWID;
CREATE TABLE probe (body BLOB);
"""

MIGRATIONS: tuple[str, ...] = (TABLES,)
"""Step *n* (from 0) brings ``user_version`` n to n + 1; each runs in one transaction and is never changed again."""


def sqlite3_connect(path: str) -> sqlite3.Connection:
    """Open a database with the standard library, transactions left to the caller, usable from any thread."""
    return sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_MAX, timeout=BUSY_S
    )


def set_up(connection: Any) -> None:
    """Make a connection the journal's writer: WAL, every commit synced, checkpoints only when we say so.

    Raises:
        sqlite3.Error: not a database, or it cannot be written.
    """
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchall()
    if mode != [("wal",)]:
        raise sqlite3.OperationalError(f"the database stays in journal mode {mode}; wanted is WAL")
    for pragma in (
        "synchronous = FULL",
        "fullfsync = 1",  # macOS: fsync alone leaves data in the drive's cache; elsewhere it changes nothing
        "checkpoint_fullfsync = 1",
        "wal_autocheckpoint = 0",
        "secure_delete = ON",  # an erased person's key must not stay in a free page
        "foreign_keys = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def migrate(connection: Any) -> None:
    """Make the tables, or bring older ones up to date.

    Raises:
        ConfigError: the journal was made by a newer version.
        Damage: it is a database, and not a journal; or the number of its schema is not the one it was made with.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        _check_kind(connection, version)
    for step in range(version, len(MIGRATIONS)):
        connection.execute("BEGIN IMMEDIATE")
        for statement in MIGRATIONS[step].split(";"):
            if statement.strip():
                connection.execute(statement)
        if step == 0:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            rows = [("journal", secrets.token_hex(8)), ("era", 1), ("indexed_seq", 0), ("touched", 0), ("schema", 0)]
            connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (step + 1,))
        connection.execute(f"PRAGMA user_version = {step + 1}")
        connection.execute("COMMIT")


def _check_kind(connection: Any, version: int) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise Damage("this is a database, but not a journal of lineside")
    # The number stands twice, so that a flipped bit is not taken for a newer version.
    row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if row is None or row[0] != version:
        raise Damage(f"the number of the schema is {version} in one place and {row and row[0]} in the other")
    if version > len(MIGRATIONS):
        text = f"the journal has schema {version}; this version reads up to {len(MIGRATIONS)}"
        raise ConfigError(text, "journal.url")


def connect_to_read(path: str) -> sqlite3.Connection:
    """Open a database that will not be changed, not even by the checkpoint of a last closing.

    Where no WAL lies beside it nobody has it open, and SQLite is told that it will stay as it is: then it makes no
    files of its own either.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    is_in_use = any(os.path.exists(path + suffix) for suffix in ("-wal", "-shm"))
    uri = f"file:{quote(path)}?mode=ro" + ("" if is_in_use else "&immutable=1")
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_S)


def open_reading(connect: Connect, path: Path) -> Any:
    """A connection that only reads and never checkpoints.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    connection = connect(str(path))
    try:
        for pragma in ("query_only = 1", "wal_autocheckpoint = 0"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection
