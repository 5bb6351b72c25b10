"""Puts a new database in the place of the journal: a power cut leaves the old one or the new one, never a mixture.

A database is up to three files, and a WAL that is left beside another database would be played into it. So::

    1. the old files get second names aside                         cut here: the old journal is in place
    2. the era mark tells the new era                               cut here: the old one opens as damaged; run it again
    3. the new database, whole and synced, is named journal.db-next  ── from here on it is the journal
    4. the old WAL goes, journal.db-next becomes journal.db         cut here: the next opening does this step (again)
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

from lineside.runtime.journal.era import EraMark, read_mark, sync_folder, write_mark

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database."""


def swap_in(new: Path, path: Path, aside: Path | None, mark: EraMark) -> None:
    """Put ``new`` (closed, synced, without a WAL) in the place of the journal.

    Args:
        aside: where the present files are kept; None when there are none.

    Raises:
        OSError: see the steps above for what is in place.
    """
    if aside is not None:
        for suffix in ("", "-wal"):
            _keep(path.with_name(path.name + suffix), aside.with_name(aside.name + suffix))
    write_mark(path, mark)
    os.replace(new, next_path(path))
    sync_folder(path.parent)
    finish_swap(path)


def finish_swap(path: Path) -> bool:
    """Do step 4 if it is due; returns whether it was.

    Raises:
        OSError: it is still due.
    """
    new = next_path(path)
    if not new.exists():
        return False
    for suffix in BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    sync_folder(path.parent)  # the old WAL is gone for sure before there is a new database that it could be played into
    os.replace(new, path)
    sync_folder(path.parent)
    return True


def next_path(path: Path) -> Path:
    """The name of a finished new database that is not in its place yet."""
    return path.with_name(path.name + "-next")


def aside_path(path: Path, what: str, at: datetime) -> Path:
    """Where the present files go, not in the way of earlier ones."""
    base = f"{path.name}.{what}-{at:%Y%m%dT%H%M%SZ}"
    number = 1
    found = path.with_name(base)
    while found.exists():
        number += 1
        found = path.with_name(f"{base}-{number}")
    return found


def drop(path: Path) -> None:
    """Delete a database that was not finished."""
    for suffix in ("", *BESIDE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def next_era(path: Path, *known: int) -> int:
    """The era after all that are known, the mark beside the journal included."""
    mark = read_mark(path)
    return max((1, mark.era if mark else 1, *known)) + 1


def _keep(old: Path, aside: Path) -> None:
    if not old.exists():
        return
    try:
        os.link(old, aside)
    except OSError:  # a file system without second names
        shutil.copy2(old, aside)
