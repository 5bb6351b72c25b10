"""Recorded events without a journal, and a journal in memory with the few calls that a sink makes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from lineside.errors import JournalError
from lineside.runtime.journal import Cursor, Parked


@dataclass(frozen=True)
class PlainRecorded:
    """The fields of a `Recorded` that sinks look at."""

    seq: int
    stream: str
    version: int
    at: datetime
    data: bytes
    origin: str = "boot-1"
    kind: str = "Happened"


def recorded(seq: int, stream: str = "ward/1", data: bytes = b"{}") -> Any:
    """One event; typed Any because it stands in for the journal's own class."""
    return PlainRecorded(seq, stream, seq, datetime(2026, 1, 1, tzinfo=UTC), data)


class PlainJournal:
    """Events, cursors and parked rows in memory; refuses while ``broken`` is set."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self.cursors: dict[str, Cursor] = {}
        self.parked_rows: dict[tuple[str, int], Parked] = {}
        self.moves: list[Cursor] = []
        self.broken = ""
        self._more = asyncio.Event()

    def add(self, stream: str, count: int = 1, data: bytes = b"{}") -> None:
        """Record events."""
        for _ in range(count):
            self.all.append(recorded(len(self.all) + 1, stream, data))
        self._more.set()

    def wake(self) -> None:
        """Let a waiting tail look again (to see that the journal is broken)."""
        self._more.set()

    @property
    def health(self) -> Any:
        return SimpleNamespace(recorded_seq=len(self.all))

    async def tail(self, after_seq: int) -> AsyncIterator[list[Any]]:
        while True:
            self._check()
            if batch := self.all[after_seq : after_seq + 7]:
                after_seq = batch[-1].seq
                yield batch
            else:
                self._more.clear()
                await self._more.wait()

    def _check(self) -> None:
        if self.broken:
            raise JournalError(self.broken)

    async def cursor(self, sink: str) -> Cursor:
        self._check()
        return self.cursors.get(sink, Cursor(1, frozenset()))

    async def move_cursor(self, sink: str, cursor: Cursor, *, parked: Any = (), released: Any = ()) -> None:
        self._check()
        self.cursors[sink] = cursor
        self.moves.append(cursor)
        for one in parked:
            self.parked_rows[sink, one.seq] = one
        for seq in released:
            self.parked_rows.pop((sink, seq), None)

    async def parked(self, sink: str) -> list[Parked]:
        self._check()
        return [parked for (name, _), parked in self.parked_rows.items() if name == sink]
