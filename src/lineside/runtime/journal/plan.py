"""One batch between being asked and being on disk: what will be written, and what each asker will hear."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lineside.errors import JournalError
from lineside.runtime.journal.append import Appended, Receipt

Head = tuple[int, int, int, bytes]
"""The newest event of a stream: id of the stream, version, seq, hash."""

Form = tuple[int, str]
"""Number of a (kind, schema, origin), and its part of the hashed bytes."""

COLUMNS = 7  # of the table events
# One statement for many rows: the interpreter's lock is given up and taken back per statement, and taking it back from
# a busy event loop may cost a whole switch interval. Any count up to 256 is at most two of these sizes; all of them
# prepared take about 1 MB.
SIZES = (*range(256, 15, -16), *range(15, 0, -1))
_ROW = f"({','.join('?' * COLUMNS)})"
INSERTS = {size: "INSERT INTO events VALUES " + ",".join([_ROW] * size) for size in SIZES}  # noqa: S608


@dataclass(slots=True)
class Plan:
    """What a batch writes. Nothing of it is true before the commit has returned.

    Attributes:
        last_seq: newest ``seq`` in it (or before it, when it writes no event).
        rows: values of the new rows of ``events``, one after the other, `COLUMNS` each.
        heads: new heads of the streams that it touches.
        done: (asker, what its append becomes).
        refused: (asker, why its append alone is refused).
        notices: (seq, stream, version, at, kind) of each event, when somebody wants to hear of commits.
    """

    last_seq: int
    last_hash: bytes = b""
    last_at_us: int = 0
    rows: list[Any] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    streams: list[tuple[int, str]] = field(default_factory=list)
    forms: dict[tuple[str, int], Form] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    people: dict[str, bytes] = field(default_factory=dict)
    done: list[tuple[Receipt, Appended]] = field(default_factory=list)
    refused: list[tuple[Receipt, JournalError]] = field(default_factory=list)
    notices: list[tuple[int, str, int, int, str]] = field(default_factory=list)
    indexes: bool = False

    @property
    def count(self) -> int:
        """Events in it."""
        return len(self.rows) // COLUMNS

    def insert_events(self, connection: Any) -> None:
        """Write the rows of ``events``, in as few statements as their count allows."""
        rows, start, left = self.rows, 0, self.count
        while left:
            size = left if left < 16 else min(256, left // 16 * 16)
            connection.execute(INSERTS[size], rows[start : start + size * COLUMNS])
            start += size * COLUMNS
            left -= size
