"""Snapshots: caches of a model's state, sealed because state may hold secrets. They may be dropped at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lineside.errors import Sealed
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.seal import open_sealed, seal


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state as it was at one version of a stream.

    Attributes:
        version: the stream's version that ``data`` contains; read the events after it.
        data: whatever `save_snapshot` was given.
    """

    version: int
    data: bytes


FIND = "SELECT version, sealed FROM snapshots WHERE stream = ? AND schema = ?"


def write_snapshot(connection: Any, keys: Keys, stream: str, version: int, schema: str, data: bytes) -> None:
    """Put a snapshot in the place of the stream's last one, inside the open transaction."""
    sealed = seal(data, keys.sealing[keys.sealing_id], keys.sealing_id, _bound_to(stream, version, schema))
    connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", (stream, version, schema, sealed))


def snapshot_from_row(row: tuple[int, str] | None, keys: Keys, stream: str, schema: str) -> Snapshot | None:
    """The snapshot of a row found with `FIND`; None when there is none or it does not open any more."""
    if row is None:
        return None
    version, sealed = row
    try:
        return Snapshot(version, open_sealed(sealed, keys.sealing, _bound_to(stream, version, schema)))
    except Sealed:
        return None


def _bound_to(stream: str, version: int, schema: str) -> bytes:
    return f"snapshot\n{stream}\n{version}\n{schema}".encode()
