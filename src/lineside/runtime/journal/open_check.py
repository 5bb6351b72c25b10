"""What is looked at when a journal is opened: enough to meet damage early, little enough to start fast.

The whole is checked by `verify`. Here: the database is there and not shorter than it was known to be; a small one is
given SQLite's own quick check; the newest events are hashed again. What is wrong raises `Damage`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from lineside.runtime.journal.chain import ZERO, is_hash
from lineside.runtime.journal.era import ERA_MAX, read_mark, sync_folder
from lineside.runtime.journal.health import Damage
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.swap import finish_swap

SIZE_MIN = 512  # the smallest page of SQLite
_NEWEST = """
SELECT e.seq, e.stream, s.name, e.version, e.at, f.schema, f.kind, f.origin, e.hash, e.data
FROM events e LEFT JOIN streams s ON s.id = e.stream LEFT JOIN forms f ON f.id = e.form
ORDER BY e.seq DESC LIMIT ?
"""
_HASH_AT = """
SELECT hash FROM events WHERE seq = (SELECT seq FROM places WHERE stream = ? AND version = ?)
"""


def check_before(path: Path) -> None:
    """Before SQLite sees the file: an interrupted repair is finished, the file is there if it ever was, a new one is
    made with mode 0600.

    Raises:
        Damage: the era mark says that events were on disk, and the file is gone or empty.
        OSError: it cannot be made.
    """
    finish_swap(path)
    mark = read_mark(path)
    size = path.stat().st_size if path.exists() else None
    if mark is not None and mark.seq and not size:
        gone = "is gone" if size is None else "is empty"
        raise Damage(f"{path.name} {gone}; events up to {mark.seq} were on disk")
    # SQLite takes a few bytes for an empty database and would write over them; a hot journal explains them.
    if size and size < SIZE_MIN and not path.with_name(path.name + "-journal").exists():
        raise Damage(f"{path.name} was cut: {size} bytes are left")
    if size is None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        sync_folder(path.parent)


def check_opened(connection: Any, path: Path, era: int, settings: JournalSettings) -> None:
    """Check an open journal, in a bounded time.

    Raises:
        Damage: names what was found.
        sqlite3.Error: SQLite itself met damage, or the disk an error.
    """
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    page_size = connection.execute("PRAGMA page_size").fetchone()[0]
    if pages * page_size <= settings.open_check_bytes_max:
        found = [row[0] for row in connection.execute("PRAGMA quick_check(3)").fetchall()]
        if found != ["ok"]:
            raise Damage("; ".join(found))
    if not 1 <= era <= ERA_MAX:
        raise Damage(f"era {era} cannot be")
    newest = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
    _check_known_end(connection, path, era, newest)
    _check_newest(connection, settings)


def _check_known_end(connection: Any, path: Path, era: int, newest: int) -> None:
    mark = read_mark(path)
    if mark is not None and (mark.era > era or mark.seq > newest):
        known = f"event {mark.seq} of era {mark.era} was on disk"
        raise Damage(f"the database ends at event {newest} of era {era}, but {known}: it is an older copy, or was cut")
    row = connection.execute("SELECT sink, low FROM cursors ORDER BY low DESC LIMIT 1").fetchone()
    if row is not None and row[1] > newest + 1:
        raise Damage(f"the database ends at event {newest}, but sink {row[0]} has done all before {row[1]}")


def _check_newest(connection: Any, settings: JournalSettings) -> None:
    """Hash the newest events again, the newest first, until the limits."""
    end = time.monotonic() + settings.open_check_s_max
    limit = (settings.open_check_events_max,)
    places = connection.execute("SELECT stream, version, hash FROM events ORDER BY seq DESC LIMIT ?", limit)
    by_place = {(stream, version): hashed for stream, version, hashed in places.fetchall()}
    for seq, stream, name, version, at_us, schema, kind, origin, hashed, data in connection.execute(_NEWEST, limit):
        if name is None or kind is None:
            raise Damage(f"event {seq} belongs to a stream or kind that is not there")
        previous = _hash_before(connection, by_place, stream, version)
        if previous is None:  # pruned; verify knows the gap's last hash
            continue
        if not is_hash(hashed, previous, seq, version, at_us, schema, kind, origin, name, data):
            raise Damage(f"event {seq} ({name} version {version}) does not match its hash")
        if time.monotonic() > end:
            return


def _hash_before(connection: Any, by_place: dict[tuple[int, int], bytes], stream: int, version: int) -> bytes | None:
    if version == 1:
        return ZERO
    found = by_place.get((stream, version - 1))
    if found is not None:
        return found
    row = connection.execute(_HASH_AT, (stream, version - 1)).fetchone()
    return None if row is None else row[0]
