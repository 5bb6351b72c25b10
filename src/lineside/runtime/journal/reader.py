"""Reads of the journal: one connection that only reads, in one thread of its own, each read a short transaction.

The reader never checkpoints and is always closed before the writer (`Gate`), so that the database has exactly one
connection that writes and checkpoints, which also closes last.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from lineside.errors import JournalError
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.chain import ZERO, is_hash, us_from_utc, utc_from_us
from lineside.runtime.journal.health import WRONG_TYPES, Damage, Health, HealthState, error_of, state_from_error
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.recorded import Recorded
from lineside.runtime.journal.schema import Connect, open_reading
from lineside.runtime.journal.seal import Opener, open_person_key, persons_in
from lineside.runtime.journal.settings import JournalSettings

T = TypeVar("T")

COLUMNS = "e.seq, s.name, e.version, e.at, f.kind, f.schema, f.origin, e.hash, e.data"
# Left joins, so that an event whose stream or form is damaged is met and not skipped.
JOINS = "LEFT JOIN streams s ON s.id = e.stream LEFT JOIN forms f ON f.id = e.form"

# ``places`` lacks the newest events; they are found by looking at all of them, see `JournalSettings`.
_SEQS_OF_STREAM = """
SELECT seq FROM (
    SELECT seq, version FROM places WHERE stream = :stream AND version > :after AND seq > :low AND seq < :high
    UNION ALL
    SELECT seq, version FROM events
    WHERE seq > (SELECT value FROM meta WHERE key = 'indexed_seq') AND seq > :low AND seq < :high
        AND stream = :stream AND version > :after
) ORDER BY version {order} LIMIT :limit
"""
_HEADS_INDEXED = """
SELECT s.name, e.version, e.seq, e.at FROM streams s
JOIN events e ON e.seq = (SELECT p.seq FROM places p WHERE p.stream = s.id ORDER BY p.version DESC LIMIT 1)
WHERE s.name >= ? AND s.name < ?
"""
_HEADS_NOT_INDEXED = """
SELECT s.name, e.version, e.seq, e.at FROM events e JOIN streams s ON s.id = e.stream
WHERE e.seq > (SELECT value FROM meta WHERE key = 'indexed_seq') AND s.name >= ? AND s.name < ? ORDER BY e.seq
"""
SEQ_MAX = 1 << 62
"""Above every ``seq``."""


class StreamHead(NamedTuple):
    """The newest event of a stream; ``at`` is UTC."""

    stream: str
    version: int
    seq: int
    at: datetime


class Wanted(NamedTuple):
    """Which events are looked for.

    Attributes:
        gateway: streams ``gateway/…``.
        unit: one stream ``gateway/unit``; without a slash, the unit of that name in any gateway.
        kind: name of the event's class.
        but: classes that are not wanted.
    """

    gateway: str | None = None
    unit: str | None = None
    kind: str | None = None
    but: tuple[str, ...] = ()

    @property
    def stream(self) -> str | None:
        """The one stream that can hold them, where that is known."""
        if self.unit is None:
            return None
        if "/" not in self.unit:
            return None if self.gateway is None else f"{self.gateway}/{self.unit}"
        return self.unit if self.gateway in (None, self.unit.partition("/")[0]) else None

    def where(self) -> tuple[str, list[Any]]:
        """The condition as SQL, beginning with AND, and its values."""
        parts: list[str] = []
        values: list[Any] = []
        if self.gateway is not None:
            parts.append("AND e.stream IN (SELECT id FROM streams WHERE name >= ? AND name < ?)")
            values += [f"{self.gateway}/", end_of_prefix(f"{self.gateway}/")]
        if self.stream is not None:
            parts.append("AND e.stream = (SELECT id FROM streams WHERE name = ?)")
            values.append(self.stream)
        elif self.unit is not None:
            parts.append("AND e.stream IN (SELECT id FROM streams WHERE substr(name, -length(?)) = ?)")
            values += [f"/{self.unit}"] * 2
        if self.kind is not None:
            parts.append("AND e.form IN (SELECT id FROM forms WHERE kind = ?)")
            values.append(self.kind)
        if self.but:
            parts.append("AND e.form NOT IN (SELECT id FROM forms WHERE kind IN (SELECT value FROM json_each(?)))")
            values.append(msgspec.json.encode(self.but).decode())
        return " ".join(parts), values


class Gate:
    """Who may touch the file: held while reading, and by the writer while it closes, reopens or checkpoints."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_open = False
        self.close_reader: Callable[[], None] = lambda: None


class Reader:
    """The reading connection. Its methods run in the reader's thread; `connection` opens at the first use.

    Args:
        gate: reading waits while the writer holds it, and is refused while the file is not open.
        health: told when a read meets damage.
    """

    def __init__(
        self,
        path: Path,
        keys: Keys,
        catalogue: Catalogue,
        settings: JournalSettings,
        connect: Connect,
        gate: Gate,
        health: Health,
    ) -> None:
        self._path = path
        self._keys = keys
        self._catalogue = catalogue
        self._settings = settings
        self._connect = connect
        self._gate = gate
        self._health = health
        self._connection: Any = None
        gate.close_reader = self.close

    def close(self) -> None:
        """Close the connection; the caller holds the gate."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error:
                return  # it only read; there is nothing to lose

    def run(self, work: Callable[[Any], T]) -> T:
        """Do one read while the gate is held.

        Raises:
            JournalError: the file is not open now, or the read failed; JournalDamaged when it met damage.
        """
        with self._gate.lock:
            if not self._gate.is_open:
                picture = self._health.picture()
                raise error_of(picture.state, picture.reason)
            try:
                if self._connection is None:
                    self._connection = open_reading(self._connect, self._path)
                return work(self._connection)
            except WRONG_TYPES as error:
                raise self._failed(Damage(f"a row holds what does not belong there: {error!r}")) from error
            except (sqlite3.Error, OSError, Damage) as error:
                raise self._failed(error) from error

    def _failed(self, error: BaseException) -> JournalError:
        self.close()
        state, reason = state_from_error(error)
        if state is HealthState.DAMAGED:
            self._health.set(state, f"while reading: {reason}")
            return error_of(state, reason)
        return JournalError(f"the journal could not be read: {reason}")

    # ------------------------------------------------------------------ events

    def after_seq(self, after: int, limit: int) -> list[Recorded]:
        """Events of all streams above ``after``, by ``seq``."""
        sql = f"SELECT {COLUMNS} FROM events e {JOINS} WHERE e.seq > ? ORDER BY e.seq LIMIT ?"  # noqa: S608
        return self.run(lambda connection: self._fetch(connection, connection.execute(sql, (after, limit))))

    def of_stream(
        self, stream: str, after: int, limit: int, *, low: int = 0, high: int = SEQ_MAX, newest: bool = False
    ) -> list[Recorded]:
        """Events of one stream above version ``after`` whose ``seq`` lies between ``low`` and ``high`` (both not in).

        In order of version; the highest first with ``newest``.
        """
        return self.run(lambda c: self._of_stream(c, stream, after, limit, low, high, newest))

    def _of_stream(
        self, connection: Any, stream: str, after: int, limit: int, low: int, high: int, newest: bool
    ) -> list[Recorded]:
        found = connection.execute("SELECT id FROM streams WHERE name = ?", (stream,)).fetchone()
        if found is None:
            return []
        values = {"stream": found[0], "after": after, "low": low, "high": high, "limit": limit}
        order = "DESC" if newest else "ASC"
        sql = f"""SELECT {COLUMNS} FROM ({_SEQS_OF_STREAM.format(order=order)}) w
            JOIN events e ON e.seq = w.seq {JOINS} ORDER BY e.version {order}"""  # noqa: S608
        events = self._fetch(connection, connection.execute(sql, values))
        check_chain(events[::-1] if newest else events)
        return events

    def scan(self, low: int, high: int, limit: int, wanted: Wanted, newest: bool) -> tuple[list[Recorded], int | None]:
        """Look at a bounded number of events between ``low`` and ``high`` (both not in) for those that are wanted.

        Returns:
            Those found, and the ``seq`` to go on from, or None when everything was looked at.
        """
        return self.run(lambda connection: self._scan(connection, low, high, limit, wanted, newest))

    def _scan(
        self, connection: Any, low: int, high: int, limit: int, wanted: Wanted, newest: bool
    ) -> tuple[list[Recorded], int | None]:
        order, bound = ("DESC", "min") if newest else ("ASC", "max")
        window = f"SELECT seq FROM events WHERE seq > ? AND seq < ? ORDER BY seq {order} LIMIT ?"  # noqa: S608
        sql = f"SELECT {bound}(seq), count(*) FROM ({window})"  # noqa: S608
        end, count = connection.execute(sql, (low, high, self._settings.scan_events_max)).fetchone()
        if not count:
            return [], None
        first, last = (end, high - 1) if newest else (low + 1, end)
        where, values = wanted.where()
        sql = f"""SELECT {COLUMNS} FROM events e {JOINS} WHERE e.seq BETWEEN ? AND ? {where}
            ORDER BY e.seq {order} LIMIT ?"""  # noqa: S608
        found = self._fetch(connection, connection.execute(sql, (first, last, *values, limit)))
        return found, end if count == self._settings.scan_events_max else None

    def _fetch(self, connection: Any, rows: Any) -> list[Recorded]:
        """At least one row, as many as the byte limit allows, with the keys of the persons in them."""
        people: dict[str, bytes] = {}
        opener = Opener(self._keys, people)
        found = []
        left = self._settings.read_bytes_max
        persons: set[str] = set()
        for row in rows:
            if row[1] is None or row[4] is None:
                raise Damage(f"event {row[0]} belongs to a stream or kind that is not there")
            found.append(Recorded(row, self._catalogue, opener))
            persons |= persons_in(row[8])
            left -= len(row[8])
            if left <= 0:
                break
        rows.close()  # an open statement would be an open transaction
        for person in persons:
            key = self._person_key(connection, person)
            if key is not None:
                people[person] = key
        return found

    def _person_key(self, connection: Any, person: str) -> bytes | None:
        row = connection.execute("SELECT sealed FROM people WHERE person = ?", (person,)).fetchone()
        if row is None:
            return None
        try:
            return open_person_key(row[0], person, self._keys)
        except JournalError:
            return None

    # ------------------------------------------------------------------ the rest

    def streams(self, prefix: str) -> list[StreamHead]:
        """Heads of all streams whose name begins with ``prefix``, by name."""
        bounds = (prefix, end_of_prefix(prefix))

        def read(connection: Any) -> dict[str, Any]:
            heads = {row[0]: row for row in connection.execute(_HEADS_INDEXED, bounds)}
            heads |= {row[0]: row for row in connection.execute(_HEADS_NOT_INDEXED, bounds)}
            return heads

        heads = self.run(read)
        return [StreamHead(name, version, seq, utc_from_us(at)) for name, version, seq, at in sorted(heads.values())]

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first row of a small question, or None."""
        return self.run(lambda connection: connection.execute(sql, values).fetchone())

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a small question."""
        return self.run(lambda connection: connection.execute(sql, values).fetchall())


def check_chain(events: Sequence[Recorded]) -> None:
    """Each event of a stream follows from the one before it, where that was read too.

    Models are rebuilt from these reads; a flipped bit must not become a balance.

    Raises:
        Damage: names the first that does not.
    """
    version, previous = 0, ZERO
    for one in events:
        if type(one.version) is not int:
            raise Damage(f"event {one.seq} has the version {one.version!r}")
        fields = (one.seq, one.version, us_from_utc(one.at), one.schema, one.kind, one.origin, one.stream, one.data)
        if one.version == version + 1 and not is_hash(one.hash, previous, *fields):
            raise Damage(f"event {one.seq} ({one.stream} version {one.version}) does not match its hash")
        version, previous = one.version, one.hash


def end_of_prefix(prefix: str) -> str:
    """The first text after all that begin with ``prefix``."""
    return prefix + "\U0010ffff" if prefix else "\U0010ffff"
