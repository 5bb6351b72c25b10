"""A lockers gateway with a real port and a journal in memory, and boards that say bytes to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from lineside.lockers.gateway import Config, Door, Hall
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import CommandReport, Role
from lineside.runtime.desk import Actor, Desk
from lineside.runtime.gateway import GatewayState, Runtime
from lineside.runtime.journal import HealthState, StreamHead
from lineside.runtime.units import Units
from tests.support.memory_journal import MemoryJournal
from tests.support.stage import LoggedHub
from tests.support.wait import until

OPERATOR = Actor("operator anna", Role.OPERATOR)
READ_S = 10.0
"""Bounds a broken run alone."""


def message(board: str, send: str, *more: str) -> bytes:
    """A board's message: LF, and one at its end."""
    return "\n".join(("ACon_V1.0", f"ID={board}", f"SEND={send}", *more, "CLOSE\n")).encode()


def reply(board: str, send: str, *codes: str, reset: int = 0, state: int = 0) -> bytes:
    """The reply to it; ``codes`` are whole lines."""
    lines = ("ACon_V1.0", f"ID={board}", f"SEND={send}", f"RESET={reset}", f"STATE={state}", *codes, "CLOSE\n")
    return "\n".join(lines).encode()


@dataclass
class Health:
    """What a gateway looks at."""

    state: HealthState = HealthState.OK
    reason: str = ""
    era: int = 1


class HallJournal(MemoryJournal):
    """A `MemoryJournal` that also lists its streams and tells its health."""

    def __init__(self) -> None:
        super().__init__()
        self.health = Health()

    async def streams(self, prefix: str = "") -> list[StreamHead]:
        if self.reading is not None:
            await self.reading.wait()
        if self.unreadable is not None:
            raise self.unreadable
        heads = {k.stream: StreamHead(k.stream, k.version, k.seq, k.at) for k in self.kept}
        return [head for name, head in sorted(heads.items()) if name.startswith(prefix)]

    def kinds(self, stream: str) -> list[str]:
        """The kinds of a stream's events, in order."""
        return [kept.kind for kept in self.kept if kept.stream == stream]


class Peer:
    """One end of a TCP connection, as a board or a stranger has it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def hear(self, size: int) -> bytes:
        """Exactly so many bytes."""
        async with asyncio.timeout(READ_S):
            return await self.reader.readexactly(size)

    async def reply(self) -> bytes:
        """One whole reply."""
        async with asyncio.timeout(READ_S):
            return await self.reader.readuntil(b"CLOSE\n")

    async def line(self) -> bytes:
        async with asyncio.timeout(READ_S):
            return await self.reader.readline()

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        async with asyncio.timeout(READ_S):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def ask(self, data: bytes) -> bytes:
        """Say a message, hear one reply."""
        self.say(data)
        return await self.reply()

    def deaf(self) -> None:
        """Read no more."""
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def hang_up(self) -> None:
        self.writer.close()


class LockerHall:
    """One gateway called ``hall``; its parts are attributes.

    Attributes:
        reports: what the gateway said of its own state.
    """

    def __init__(self, journal: HallJournal | None = None, name: str = "hall", **settings: Any) -> None:
        self.clock = ManualClock()
        self.journal = journal or HallJournal()
        self.reports: list[tuple[GatewayState, str]] = []
        self.shown: list[Any] = []
        self.units = Units()
        hub = LoggedHub(self.shown)
        self.desk = Desk(self.units, self.journal, hub, self.clock)  # type: ignore[arg-type]
        self.runtime = Runtime(
            name,
            self.clock,
            self.journal,  # type: ignore[arg-type]
            hub,
            self.desk,
            self.units,
            structlog.get_logger(),
            Path(),
            self._no_line,
            self._report,
        )
        self.config = Config(address="127.0.0.1:0", **settings)
        self._peers: list[Peer] = []

    async def _no_line(self, line: str, settings: Any) -> Any:
        raise AssertionError("this gateway opens no line")

    def _report(self, state: GatewayState, reason: str, next_attempt_s: float | None = None) -> None:
        self.reports.append((state, reason))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[LockerHall]:
        """The gateway serves inside the block."""
        self.hall = Hall(self.config, self.runtime)
        self.door = Door(self.config, self.hall, self.runtime)
        await self.door.open()
        rebuilding = asyncio.create_task(self.hall.run())
        try:
            yield self
        finally:
            rebuilding.cancel()
            await asyncio.wait({rebuilding})
            for peer in self._peers:
                peer.hang_up()
            await self.door.close()
            self.hall.close()

    async def peer(self) -> Peer:
        """Connect."""
        made = Peer(*await asyncio.open_connection("127.0.0.1", self.door.port))
        self._peers.append(made)
        return made

    async def until_rebuilt(self, *boards: str) -> None:
        """Wait until these boards have units."""
        await until(lambda: set(boards) <= set(self.hall.units), what=f"units of {boards}")

    def connections(self) -> list[Any]:
        """The gateway's side of every open connection that has said whose it is."""
        return list(dict.fromkeys(peer for unit in self.hall.units.values() for peer in unit._peers.values()))

    async def command(self, board: str, name: str, **params: Any) -> CommandReport:
        """Ask for a command, as a page does."""
        return await self.desk.request(f"{self.runtime.name}/{board}", name, params, actor=OPERATOR)
