"""Opens a new era in a database that is not in use yet: what repair and restore have in common."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from lineside.runtime.journal.append import Append, request_from_append
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.checkpoint import Checkpoints
from lineside.runtime.journal.era import seq_floor
from lineside.runtime.journal.events import STREAM, EraOpened
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.schema import sqlite3_connect
from lineside.runtime.journal.seal import EventEncoder
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.store import Store
from lineside.runtime.step import Event


def begin_era(
    path: Path,
    keys: Keys,
    era: int,
    events: Iterable[tuple[str, Event]],
    opened: EraOpened,
    heads: dict[str, tuple[int, int, bytes]],
) -> int:
    """Give the database at ``path`` a new era, record what happened, and sign everything.

    Args:
        events: (stream, event) to record besides ``opened``.
        heads: stream → (version, seq, hash) to go on from, where the newest event that is there is not the head.

    Returns:
        The newest ``seq``.

    Raises:
        sqlite3.Error, OSError, Damage: the database could not be written.
    """
    store = Store(path, keys, JournalSettings(), sqlite3_connect, secrets.token_hex(8))
    store.open(check=False)  # sinks may be ahead of what is there: that is why an era begins
    try:
        store.connection.execute("UPDATE meta SET value = ? WHERE key = 'era'", (era,))
        store.era, store.last_seq = era, max(store.last_seq, seq_floor(era))
        for stream, head in heads.items():
            store.assume_head(stream, *head)
        append_now(store, (*events, (STREAM, opened)), opened.at)
        checkpoints = Checkpoints()
        checkpoints.load(store)
        checkpoints.sign(store, opened.at, full=True)
        store.checkpoint_wal("TRUNCATE")
        assert store.newest is not None
        return store.newest[0]
    finally:
        store.close()


def append_now(store: Store, events: Iterable[tuple[str, Event]], at: datetime) -> None:
    """Record events outside of any loop or thread."""
    settings, catalogue, encoder = JournalSettings(), Catalogue(), EventEncoder()
    nobody: Any = None
    requests = [request_from_append(Append((pair,), at), nobody, catalogue, encoder, settings) for pair in events]
    store.begin()
    try:
        plan = store.plan(requests)
        store.write(plan)
        store.commit()
    except BaseException:
        store.rollback()
        raise
    store.merge(plan)
