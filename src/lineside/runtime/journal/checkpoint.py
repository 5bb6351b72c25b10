"""Signs the heads of all streams (see `chain`), in the writer's thread."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lineside.runtime.journal.chain import CheckpointBody, bytes_from_checkpoint, digest
from lineside.runtime.journal.store import Store

_ALL_HEADS = """
SELECT s.name, e.version, e.hash FROM streams s
JOIN events e ON e.seq = (SELECT p.seq FROM places p WHERE p.stream = s.id ORDER BY p.version DESC LIMIT 1)
"""
_CHANGED = "SELECT DISTINCT s.name FROM events e JOIN streams s ON s.id = e.stream WHERE e.seq > ?"


class Checkpoints:
    """The signed checkpoints of one open store.

    Attributes:
        changed: streams with events above the last checkpoint.
    """

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self._last: tuple[int, str] | None = None  # seq and digest of the last one

    def load(self, store: Store) -> None:
        """Learn the last checkpoint and what came after it. Call it after each opening.

        Raises:
            sqlite3.Error: it could not be read.
        """
        row = store.connection.execute("SELECT seq, body FROM checkpoints ORDER BY id DESC LIMIT 1").fetchone()
        self._last = (row[0], digest(row[1])) if row else None
        self.changed = {name for (name,) in store.connection.execute(_CHANGED, (row[0] if row else 0,)).fetchall()}

    def note(self, streams: Iterable[str]) -> None:
        """Events of these streams were committed."""
        self.changed.update(streams)

    def is_needed(self) -> bool:
        """Whether anything happened since the last one."""
        return bool(self.changed)

    def sign(self, store: Store, at: datetime, *, full: bool = False) -> int:
        """Sign and write one, in a transaction of its own; returns the ``seq`` that it covers.

        Args:
            full: name every stream, as before pruning; the first one always does.

        Raises:
            sqlite3.Error: it was not written.
        """
        full = full or self._last is None
        store.begin()
        try:
            heads = self._all_heads(store) if full else self._changed_heads(store)
            seq = store.newest[0] if store.newest else 0
            previous = "" if full or self._last is None else self._last[1]
            body = bytes_from_checkpoint(CheckpointBody(store.journal, store.era, seq, at, full, previous, heads))
            row = (seq, int(full), store.keys.signing_id, body, store.keys.sign(body))
            sql = "INSERT INTO checkpoints (seq, complete, key_id, body, signature) VALUES (?, ?, ?, ?, ?)"
            store.connection.execute(sql, row)
            store.commit()
        except BaseException:
            store.rollback()
            raise
        if full:
            store.index_written(seq)
        self._last = seq, digest(body)
        self.changed.clear()
        return seq

    def _changed_heads(self, store: Store) -> dict[str, tuple[int, str]]:
        heads = store.load_heads(self.changed)
        return {name: (head[1], head[3].hex()) for name, head in sorted(heads.items())}

    def _all_heads(self, store: Store) -> dict[str, tuple[int, str]]:
        if store.newest is not None:
            store.write_index(store.newest[0])
        rows: list[Any] = store.connection.execute(_ALL_HEADS).fetchall()
        return {name: (version, hashed.hex()) for name, version, hashed in sorted(rows)}


def drop_covered(connection: Any) -> int:
    """Delete checkpoints older than the newest full one, inside an open transaction; returns how many."""
    sql = "DELETE FROM checkpoints WHERE id < (SELECT coalesce(max(id), 0) FROM checkpoints WHERE complete)"
    return int(connection.execute(sql).rowcount)
