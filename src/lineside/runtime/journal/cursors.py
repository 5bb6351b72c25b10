"""What is kept for sinks beside the events: how far each has come, and what it could not do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.journal.chain import us_from_utc, utc_from_us


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a sink has come.

    Attributes:
        low: lowest ``seq`` that is not done; everything below is.
        done: numbers above ``low`` that are done as well.
    """

    low: int = 1
    done: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that a sink could not do, however often it tried.

    Attributes:
        lane: its order key; later events of this lane wait.
        at: UTC instant of parking.
    """

    seq: int
    lane: str
    error: str
    tries: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SinkMark:
    """A sink that the journal knows.

    Attributes:
        moved_at: UTC instant of the last move of its cursor.
        orphaned_at: since when no sink of that name is in the settings; None while there is one.
        parked: how many events are parked.
    """

    sink: str
    cursor: Cursor
    moved_at: datetime
    orphaned_at: datetime | None
    parked: int


_MOVE = """
INSERT INTO cursors VALUES (?1, ?2, ?3, ?4, NULL)
ON CONFLICT (sink) DO UPDATE SET low = ?2, done = ?3, moved_at = ?4
"""


def write_cursor(connection: Any, sink: str, cursor: Cursor, at: datetime) -> None:
    """Write a cursor inside the open transaction."""
    done = msgspec.json.encode(sorted(cursor.done)).decode()
    connection.execute(_MOVE, (sink, cursor.low, done, us_from_utc(at)))


def write_parked(connection: Any, sink: str, parked: Iterable[Parked], released: Iterable[int]) -> None:
    """Park events and release others inside the open transaction."""
    for one in parked:
        row = (sink, one.seq, one.lane, one.error, one.tries, us_from_utc(one.at))
        connection.execute("INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?)", row)
    for seq in released:
        connection.execute("DELETE FROM parked WHERE sink = ? AND seq = ?", (sink, seq))


def name_sinks(connection: Any, names: Iterable[str], at: datetime) -> list[str]:
    """Mark every known sink that is not named as orphaned, and the named ones as not; returns the orphans."""
    wanted = set(names)
    orphans = []
    for (sink,) in connection.execute("SELECT sink FROM cursors ORDER BY sink").fetchall():
        if sink in wanted:
            connection.execute("UPDATE cursors SET orphaned_at = NULL WHERE sink = ?", (sink,))
        else:
            orphans.append(sink)
            sql = "UPDATE cursors SET orphaned_at = coalesce(orphaned_at, ?) WHERE sink = ?"
            connection.execute(sql, (us_from_utc(at), sink))
    return orphans


def forget_sink(connection: Any, sink: str) -> bool:
    """Drop an orphaned sink's cursor and parked events inside the open transaction; False when it is no orphan."""
    sql = "DELETE FROM cursors WHERE sink = ? AND orphaned_at IS NOT NULL"
    if connection.execute(sql, (sink,)).rowcount != 1:
        return False
    connection.execute("DELETE FROM parked WHERE sink = ?", (sink,))
    return True


def cursor_from_row(low: int, done: str) -> Cursor:
    """A cursor from its columns; a damaged ``done`` counts as empty, which only means that some is done again."""
    try:
        return Cursor(low, frozenset(msgspec.json.decode(done, type=list[int])))
    except (msgspec.MsgspecError, TypeError):
        return Cursor(low)


def parked_from_row(row: tuple[Any, ...]) -> Parked:
    """A parked event from (seq, lane, error, tries, at)."""
    seq, lane, error, tries, at_us = row
    return Parked(seq, lane, error, tries, utc_from_us(at_us))


def mark_from_row(row: tuple[Any, ...]) -> SinkMark:
    """A sink from (sink, low, done, moved_at, orphaned_at, count of parked)."""
    sink, low, done, moved_at, orphaned_at, parked = row
    orphaned = None if orphaned_at is None else utc_from_us(orphaned_at)
    return SinkMark(sink, cursor_from_row(low, done), utc_from_us(moved_at), orphaned, parked)


SINKS = """
SELECT c.sink, c.low, c.done, c.moved_at, c.orphaned_at, (SELECT count(*) FROM parked p WHERE p.sink = c.sink)
FROM cursors c ORDER BY c.sink
"""
