"""A journal in memory that answers when told: for tests of who waits for what.

It keeps the contract that units and the desk rely on (versions, expected, claims, order) and writes nothing. Everything
about disks is tested on the real one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from lineside.errors import ClaimTaken, JournalError, LinesideError, VersionMoved
from lineside.runtime.journal import Append, Appended, Carried, Receipt
from lineside.runtime.step import Event


def _give(receipt: Receipt, future: asyncio.Future[Appended]) -> None:
    error = JournalError("the journal gave up the append") if future.cancelled() else future.exception()
    if error is None:
        receipt.set_result(future.result())
    else:
        receipt.set_exception(error)


@dataclass(frozen=True, slots=True)
class Kept:
    """A recorded event, as `Recorded` shows it."""

    seq: int
    stream: str
    version: int
    at: datetime
    event: Event

    @property
    def kind(self) -> str:
        return type(self.event).__name__

    @property
    def event_left(self) -> Event:
        return self.event


class MemoryJournal:
    """Answers at once, or after `release` when ``held``; ``broken`` is the error that every append gets.

    Attributes:
        unreadable: the error that every replay and read gets.
        reading: reads of streams and claims wait until it is set, where there is one.
        submitted: how many appends were asked for.
        log: shared with the test, so that the order of records and sends can be seen.
    """

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self.claims: dict[str, int] = {}
        self.held = False
        self.broken: LinesideError | None = None
        self.unreadable: Exception | None = None
        self.reading: asyncio.Event | None = None
        self.last_at: datetime | None = None
        self.submitted = 0
        self.log: list[Any] = []
        self._waiting: list[tuple[Append, asyncio.Future[Appended]]] = []

    def submit(self, append: Append) -> asyncio.Future[Appended]:
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self.submitted += 1
        if self.held:
            self._waiting.append((append, future))
        else:
            self._settle(append, future)
        return future

    def submit_for(self, append: Append, receipt: Receipt) -> None:
        self.submit(append).add_done_callback(partial(_give, receipt))

    def release(self) -> None:
        """Answer everything that waits and go on answering at once."""
        self.held = False
        waiting, self._waiting = self._waiting, []
        for append, future in waiting:
            self._settle(append, future)

    def give_up(self) -> None:
        """Cancel everything that waits."""
        waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            future.cancel()

    def _settle(self, append: Append, future: asyncio.Future[Appended]) -> None:
        try:
            future.set_result(self.keep(append))
        except LinesideError as error:
            future.set_exception(error)

    def keep(self, append: Append) -> Appended:
        """Append now, from wherever."""
        if self.broken is not None:
            raise self.broken
        for stream, version in append.expected.items():
            if self.version(stream) != version:
                raise VersionMoved(f"{stream} is at {self.version(stream)}, expected {version}")
        for claim in append.claims:
            if claim in self.claims:
                raise ClaimTaken(claim, self.claims[claim])
        first = len(self.kept) + 1
        self.claims.update(dict.fromkeys(append.claims, first))
        for stream, event in append.events:
            kept = Kept(len(self.kept) + 1, stream, self.version(stream) + 1, append.at, event)
            self.kept.append(kept)
            self.log.append(event)
        streams = {stream for stream, _ in append.events}
        return Appended(first, {stream: self.version(stream) for stream in streams})

    def version(self, stream: str) -> int:
        return sum(kept.stream == stream for kept in self.kept)

    async def read(self, stream: str, after: int = 0, limit: int = 1000) -> list[Kept]:
        if self.reading is not None:
            await self.reading.wait()
        if self.unreadable is not None:
            raise self.unreadable
        return [k for k in self.kept if k.stream == stream and k.version > after][:limit]

    async def events(self, after: int = 0, limit: int = 1000) -> list[Kept]:
        return [k for k in self.kept if k.seq > after][:limit]

    async def replay(self, stream: str) -> tuple[Carried | None, list[Kept]]:
        kept = await self.read(stream, limit=10**9)
        for index in range(len(kept) - 1, -1, -1):
            carried = kept[index].event
            if isinstance(carried, Carried):
                return carried, kept[index:]
        return None, kept

    def carry(self, stream: str, version: int, state: Any) -> None:
        """Append a `Carried` event, as pruning does: its state travels as JSON."""
        event = Carried(version, msgspec.json.decode(msgspec.json.encode(state)))
        self.keep(Append(((stream, event),), self.kept[-1].at, {stream: version}))

    async def claimed(self, claim: str) -> int | None:
        if self.reading is not None:
            await self.reading.wait()
        return self.claims.get(claim)
