"""Repair: a damaged journal gives way to a new one that holds every event beyond doubt, in a new era.

The damaged file is only read, and kept beside the new one under a name of its own. What is given up is named, stream by
stream: in the report, and in a `HistoryLost` event of each stream, from which models and verification go on. Claims,
person keys, sink cursors and parked events are kept as far as they can be read; snapshots are caches and go.

If power goes in the middle, the damaged file is still in place or the journal opens as damaged: run it again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from lineside.errors import JournalError
from lineside.runtime.journal.era import ERA_MAX, EraMark, era_of
from lineside.runtime.journal.events import EraOpened, Gap, HistoryLost
from lineside.runtime.journal.health import Damage
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.new_era import begin_era
from lineside.runtime.journal.salvage import (
    LostEvents,
    Rows,
    Salvage,
    learn_gaps,
    learn_signed,
    read_events,
    read_table,
)
from lineside.runtime.journal.schema import connect_to_read, migrate, set_up, sqlite3_connect
from lineside.runtime.journal.swap import aside_path, drop, finish_swap, next_era, swap_in

Progress = Callable[[int, int], None]
"""Told now and then: events looked at, ranges that could not be read."""

# Rows written in one transaction of the new file, which nobody uses yet.
WRITE_EVENTS = 5000

_SMALL_TABLES: dict[str, tuple[str, tuple[type, ...]]] = {
    "meta": ("SELECT key, value FROM meta", (str, object)),
    "streams": ("SELECT id, name FROM streams", (int, str)),
    "forms": ("SELECT id, kind, schema, origin FROM forms", (int, str, int, str)),
    "claims": ("SELECT claim, seq FROM claims", (str, int)),
    "people": ("SELECT person, sealed FROM people", (str, str)),
    "cursors": ("SELECT sink, low, done, moved_at, orphaned_at FROM cursors", (str, int, str, int, object)),
    "parked": ("SELECT sink, seq, lane, error, tries, at FROM parked", (str, int, str, str, int, int)),
    "checkpoints": ("SELECT key_id, body, signature FROM checkpoints ORDER BY id", (str, bytes, bytes)),
}


class RepairReport(msgspec.Struct, frozen=True):
    """What repair found and did, or would do.

    Attributes:
        reason: what the file said when it could not be read at all; "" otherwise.
        kept_events: saved.
        lost: versions that go, by stream.
        nameless_events: rows whose stream or kind is gone; they go too.
        contradictions: saved events that are not what was signed: somebody changed them.
        cut_tables: tables beside the events that could be read only in part.
        claims, sinks: how many of these are kept.
        era: the new one.
        aside: where the damaged file is kept; "" after a dry run.
    """

    dry_run: bool
    reason: str
    kept_events: int
    kept_streams: int
    lost: tuple[LostEvents, ...]
    nameless_events: int
    contradictions: tuple[str, ...]
    cut_tables: tuple[str, ...]
    claims: int
    sinks: int
    era: int
    aside: str

    @property
    def lost_events(self) -> int:
        """How many events go, as far as that is known."""
        return sum(lost.last - lost.first + 1 for lost in self.lost) + self.nameless_events


@dataclass(slots=True)
class _Found:
    """What the damaged file still tells."""

    reason: str = ""
    tables: dict[str, Rows] = field(default_factory=dict)
    salvage: Salvage = field(default_factory=lambda: Salvage({}, {}))
    kept: int = 0
    last_seq: int = 0

    def rows(self, table: str) -> list[Any]:
        return self.tables[table].rows if table in self.tables else []

    @property
    def meta(self) -> dict[str, Any]:
        return dict(self.rows("meta"))


def repair(
    path: Path,
    keys: Keys,
    *,
    dry_run: bool = True,
    reason: str = "repair",
    now: datetime | None = None,
    progress: Progress | None = None,
) -> RepairReport:
    """Repair a journal that nobody has open.

    Args:
        dry_run: only say what would go.
        reason: for the event that tells of it.

    Raises:
        JournalError: the new file could not be written; the damaged one is as it was.
    """
    at = now or datetime.now(UTC)
    new = path.with_name(path.name + ".repair")
    writer: _NewFile | None = None
    try:
        finish_swap(path)
        drop(new)
        writer = None if dry_run else _NewFile(new)
        found = _read(path, keys, writer, progress or (lambda done, failed: None))
        era = next_era(path, *_eras(found))
        if writer is None:
            return _report(found, era, "")
        writer.finish(found)
        aside = aside_path(path, "damaged", at)
        _swap(path, new, aside, keys, found, era, reason, at)
        return _report(found, era, str(aside))
    except (sqlite3.Error, OSError, Damage) as error:
        raise JournalError(f"the journal was not repaired: {error}") from error
    finally:
        if writer is not None:
            writer.close()
        drop(new)


def _eras(found: _Found) -> list[int]:
    """What the file tells of its eras; what cannot be an era is damage like the rest."""
    told = [found.meta.get("era"), era_of(found.last_seq)]
    told += [era_of(low) for _, low, *_ in found.rows("cursors")]
    return [era for era in told if isinstance(era, int) and 1 <= era < ERA_MAX]


def _report(found: _Found, era: int, aside: str) -> RepairReport:
    salvage = found.salvage
    return RepairReport(
        dry_run=not aside,
        reason=found.reason,
        kept_events=found.kept,
        kept_streams=len(salvage.tracks),
        lost=tuple(lost for lost, _ in salvage.lost),
        nameless_events=salvage.nameless,
        contradictions=tuple(salvage.contradictions),
        cut_tables=tuple(name for name, table in found.tables.items() if not table.whole),
        claims=len(found.rows("claims")),
        sinks=len(found.rows("cursors")),
        era=era,
        aside=aside,
    )


def _read(path: Path, keys: Keys, writer: _NewFile | None, progress: Progress) -> _Found:
    """Read everything there is, handing saved events to the writer as they come."""
    found = _Found()
    try:
        if not path.exists():
            raise FileNotFoundError(f"{path.name} is gone")
        connection = connect_to_read(str(path))
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            _read_open(connection, keys, found, writer, progress)
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        found.reason = str(error)
    return found


def _read_open(connection: Any, keys: Keys, found: _Found, writer: _NewFile | None, progress: Progress) -> None:
    found.tables = {name: read_table(connection, sql, types) for name, (sql, types) in _SMALL_TABLES.items()}
    names = dict(found.rows("streams"))
    forms = {number: (kind, schema, origin) for number, kind, schema, origin in found.rows("forms")}
    salvage = found.salvage = Salvage(names, forms)
    failed = 0

    def note(count: int) -> None:
        nonlocal failed
        failed = count
        progress(found.kept, failed)

    learn_gaps(salvage, read_events(connection, note))
    learn_signed(salvage, found.rows("checkpoints"), keys)
    for row in read_events(connection, note):
        saved = salvage.feed(row)
        found.kept += len(saved)
        found.last_seq = max((found.last_seq, *(one[0] for one in saved)))
        if writer is not None:
            writer.add(saved)
        if found.kept % 1000 == 0:
            progress(found.kept, failed)
    salvage.finish()


class _NewFile:
    """The new database while it is filled."""

    def __init__(self, path: Path) -> None:
        self._connection: Any = sqlite3_connect(str(path))
        set_up(self._connection)
        migrate(self._connection)
        self._waiting: list[Any] = []

    def add(self, rows: list[Any]) -> None:
        """Take saved events."""
        self._waiting += rows
        if len(self._waiting) >= WRITE_EVENTS:
            self._write("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", self._waiting)
            self._waiting = []

    def _write(self, sql: str, rows: Iterable[Any]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(sql, rows)
        self._connection.execute("COMMIT")

    def finish(self, found: _Found) -> None:
        """Write what is left, and the tables beside the events."""
        self._write("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", self._waiting)
        self._waiting = []
        for table in ("streams", "forms", "claims", "people", "cursors", "parked"):
            rows = found.rows(table)
            if table == "cursors":  # a cursor of no era would hold back nothing and look like a lost end
                rows = [row for row in rows if row[1] >= 0 and era_of(row[1]) < ERA_MAX]
            if rows:
                places = ", ".join("?" * len(rows[0]))
                self._write(f"INSERT OR IGNORE INTO {table} VALUES ({places})", rows)  # noqa: S608
        if "journal" in found.meta:
            self._write("UPDATE meta SET value = ? WHERE key = 'journal'", [(found.meta["journal"],)])
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _swap(path: Path, new: Path, aside: Path, keys: Keys, found: _Found, era: int, reason: str, at: datetime) -> None:
    salvage = found.salvage
    events: list[tuple[str, HistoryLost]] = []
    heads: dict[str, tuple[int, int, bytes]] = {}
    for stream in dict.fromkeys(lost.stream for lost, _ in salvage.lost):
        gaps = tuple(
            Gap(lost.first, lost.last, hashed.hex(), max(lost.after_seq, lost.before_seq - 1))
            for lost, hashed in salvage.lost
            if lost.stream == stream
        )
        track = salvage.tracks[stream]
        heads[stream] = (track.version, track.seq, track.hash or b"")
        events.append((stream, HistoryLost(gaps, reason)))
    lost_events = sum(lost.last - lost.first + 1 for lost, _ in salvage.lost) + salvage.nameless
    opened = EraOpened(era, "repair", reason if not found.reason else f"{reason}: {found.reason}", lost_events, at)
    newest = begin_era(new, keys, era, events, opened, heads)
    swap_in(new, path, aside, EraMark(era, newest))
