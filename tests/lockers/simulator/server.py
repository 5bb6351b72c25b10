"""A server for simulated boards: answers what a test wants, and remembers everything that was said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lineside.lockers.simulator import SimulatorSettings
from lineside.lockers.wire import (
    BadMessage,
    BoardWire,
    CellCode,
    ErrorLine,
    Heard,
    Reply,
    Request,
    WireSettings,
)

QUICK = {"period_s": 0.02, "timeout_s": 0.3, "boot_s": 0.02, "reconnect_s_max": 0.1}
"""A board without patience."""


@dataclass
class Server:
    """Its settings for all boards, and what it heard.

    Attributes:
        codes: of every reply.
        block, reset: of every reply.
        is_silent: hears and says nothing.
        raw: said in place of a reply, if not empty.
        heard: of all connections, in order of arrival.
        connections: open ones.
        chunks: as they came.
    """

    codes: tuple[CellCode, ...] = ()
    block: bool = False
    reset: bool = False
    is_silent: bool = False
    raw: bytes = b""
    heard: list[Heard] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    connections: list[asyncio.StreamWriter] = field(default_factory=list)
    accepted: int = 0
    port: int = 0
    listener: asyncio.Server | None = None

    @property
    def requests(self) -> list[Request]:
        return [one for one in self.heard if isinstance(one, Request)]

    def of(self, board: str) -> list[Request]:
        return [one for one in self.requests if one.board == board]

    @property
    def last(self) -> Request:
        return self.requests[-1]

    def settings(self, **values: object) -> SimulatorSettings:
        """Of boards that find this server and do not wait long."""
        return SimulatorSettings(server=f"127.0.0.1:{self.port}", **{**QUICK, **values})  # type: ignore[arg-type]

    async def open(self) -> None:
        self.listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self.listener is not None
        self.listener.close()
        for writer in self.connections:
            writer.transport.abort()
        await self.listener.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.connections.append(writer)
        wire = BoardWire(WireSettings(console=False))
        try:
            while data := await reader.read(65_536):
                self.chunks.append(data)
                self._answer(wire, wire.receive(data, 0.0), writer)
        except OSError:
            pass
        finally:
            self.connections.remove(writer)
            writer.close()

    def _answer(self, wire: BoardWire, heard: Iterable[Heard], writer: asyncio.StreamWriter) -> None:
        for one in heard:
            self.heard.append(one)
            if self.is_silent:
                continue
            if self.raw:
                writer.write(self.raw)
            elif isinstance(one, Request):
                reply = Reply(
                    header=one.header,
                    board=one.board,
                    send=one.send,
                    reset=self.reset,
                    block=self.block,
                    codes=self.codes,
                )
                writer.write(wire.send(reply))
            elif isinstance(one, BadMessage):
                writer.write(wire.send(ErrorLine(one.reason)))


@asynccontextmanager
async def serving(**values: object) -> AsyncIterator[Server]:
    """A server with a port of its own."""
    server = Server(**values)  # type: ignore[arg-type]
    await server.open()
    try:
        yield server
    finally:
        await server.close()
