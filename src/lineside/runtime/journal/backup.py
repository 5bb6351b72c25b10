"""Backups of a working journal, and the way back.

A backup is one file, written while the journal goes on recording, checked from end to end before it gets its name. It
holds no keys. Restoring opens a new era, because events after the backup were seen by others.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from lineside.errors import JournalError
from lineside.runtime.journal.era import EraMark, era_of, read_mark, sync_folder
from lineside.runtime.journal.events import EraOpened
from lineside.runtime.journal.health import Damage
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.new_era import begin_era
from lineside.runtime.journal.schema import connect_to_read, sqlite3_connect
from lineside.runtime.journal.swap import aside_path, drop, finish_swap, next_era, swap_in
from lineside.runtime.journal.verify import VerifyReport, verify
from lineside.runtime.journal.writer import Writer

Progress = Callable[[int, int], None]
"""Told now and then: pages copied, pages in all."""


def prepare_backup(path: Path, new: Path) -> None:
    """Make sure that the name is free, and make an empty file that only its owner may read.

    Raises:
        JournalError: the name is taken.
        OSError: it cannot be made.
    """
    if path.exists():
        raise JournalError(f"{path} is there already; a backup never overwrites")
    drop(new)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def copy_database(writer: Writer, target: Path, pages: int, progress: Progress) -> None:
    """Copy the open database to an empty file, in the writer's thread, serving appends between the pieces.

    Raises:
        JournalError: the copy is not whole; the caller deletes it. The journal itself may be well.
    """
    try:
        _copy(writer, target, pages, progress)
    except (sqlite3.Error, OSError) as error:
        raise JournalError(f"the backup was not written: {error}") from error


def _copy(writer: Writer, target: Path, pages: int, progress: Progress) -> None:
    connection = writer.store.connection
    if not hasattr(connection, "backup"):  # another binding: one statement, during which appends wait
        connection.execute("VACUUM INTO ?", (str(target),))
        return
    copy = sqlite3.connect(target, isolation_level=None)
    try:

        def on_piece(status: int, remaining: int, total: int) -> None:
            progress(total - remaining, total)
            writer.serve()

        with writer.holding():
            connection.backup(copy, pages=pages, progress=on_piece)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()  # one file, no WAL beside it
    finally:
        copy.close()


def finish_backup(new: Path, path: Path, keys: Keys) -> VerifyReport:
    """Check a fresh copy, make it durable, and give it its name.

    Raises:
        JournalError: it does not verify; it is deleted.
        OSError: it could not be named.
    """
    report = verify(new, keys)
    if not report.ok:
        drop(new)
        raise JournalError(f"the backup does not verify and was deleted: {report.problems[0].text}")
    handle = os.open(new, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    _give_name(new, path)
    sync_folder(path.parent)
    return report


def _give_name(new: Path, path: Path) -> None:
    """Rename, and never over another file."""
    try:
        os.link(new, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without second names, as on many sticks
        if path.exists():
            raise FileExistsError(f"{path} is there already") from None
        os.rename(new, path)
    else:
        new.unlink()


class RestoreReport(msgspec.Struct, frozen=True):
    """What a restore did.

    Attributes:
        last_seq: the newest event of the backup.
        gone_events: events of the present journal after it, as far as their numbers tell.
        era: the new one.
        aside: where the replaced journal is kept; "" when there was none.
    """

    last_seq: int
    gone_events: int
    era: int
    aside: str


def restore(backup: Path, path: Path, keys: Keys, *, now: datetime | None = None) -> RestoreReport:
    """Put a backup in the place of a journal that nobody has open. The replaced one is kept aside.

    Sinks go on from where they have come in the replaced journal, where that can be read.

    Raises:
        JournalError: the backup does not verify with these keys, or nothing could be written.
    """
    report = verify(backup, keys)
    if not report.ok:
        raise JournalError(f"{backup} does not verify: {report.problems[0].text}")
    at = now or datetime.now(UTC)
    new = path.with_name(path.name + ".restore")
    try:
        finish_swap(path)
        drop(new)
        _copy_file(backup, new)
        present = _Present.read(path)
        mark = read_mark(path)
        known = max(present.last_seq, mark.seq if mark else 0, *(low for _, low, *_ in present.cursors), 0)
        era = next_era(path, report.era, present.era, era_of(known))
        _take_cursors(new, present.cursors)
        gone = max(0, known - report.last_seq) if era_of(known) == era_of(report.last_seq) else 0
        opened = EraOpened(era, "restore", f"restored from {backup.name}", gone, at)
        newest = begin_era(new, keys, era, (), opened, {})
        aside = aside_path(path, "replaced", at) if path.exists() else None
        swap_in(new, path, aside, EraMark(era, newest))
    except (sqlite3.Error, OSError, Damage) as error:
        raise JournalError(f"the journal was not restored: {error}") from error
    finally:
        drop(new)
    return RestoreReport(report.last_seq, gone, era, str(aside) if aside else "")


class _Present:
    """What the journal that is replaced still tells."""

    def __init__(self) -> None:
        self.last_seq = 0
        self.era = 1
        self.cursors: list[tuple[Any, ...]] = []

    @classmethod
    def read(cls, path: Path) -> _Present:
        """Read as far as it goes; a damaged or missing journal tells less."""
        found = cls()
        try:
            connection = connect_to_read(str(path))
            try:
                meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
                found.era = int(meta["era"])
                found.cursors = connection.execute("SELECT * FROM cursors").fetchall()
                found.last_seq = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
            finally:
                connection.close()
        except (sqlite3.Error, OSError, KeyError, ValueError):
            return found
        return found


def _take_cursors(new: Path, cursors: list[tuple[Any, ...]]) -> None:
    connection = sqlite3_connect(str(new))
    try:
        sql = """INSERT INTO cursors VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (sink) DO UPDATE SET low = ?2, done = ?3, moved_at = ?4 WHERE ?2 > low"""
        for row in cursors:
            connection.execute(sql, row)
    finally:
        connection.close()


def _copy_file(source: Path, target: Path) -> None:
    with open(source, "rb") as old, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        while piece := old.read(1 << 20):
            new.write(piece)
        new.flush()
        os.fsync(new.fileno())
