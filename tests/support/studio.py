"""A studio in the test's own loop: the real gateway on a free port over a real journal, and clients of it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import WSMsgType

from lineside.adapters.web_socket_listener import listen_web
from lineside.runtime import command
from lineside.runtime.clock import Clock, SystemClock
from lineside.runtime.desk import Desk
from lineside.runtime.gateway import GatewayState, Runtime, Shared
from lineside.runtime.hub import Hub
from lineside.runtime.journal import Catalogue, Journal, JournalSettings, Keys, sqlite3_connect
from lineside.runtime.units import Units
from lineside.studio.gateway import Config, run
from lineside.studio.model import EVENTS
from tests.support.wait import until

KEYS = Keys.generate()


def open_journal(folder: Path, connect: Any = sqlite3_connect) -> Journal:
    """The journal of a studio in this folder."""
    catalogue = Catalogue(command.EVENTS, EVENTS)
    settings = JournalSettings(retry_s_min=0.01)
    return Journal.open(folder / "journal.db", keys=KEYS, catalogue=catalogue, settings=settings, connect=connect)


class Reporter:
    """One connection to a studio, as a program of a table's PC has it."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self.line = line

    async def text(self) -> str:
        """The next frame; fails on anything but text."""
        message = await self.line.receive(timeout=20)
        assert message.type is WSMsgType.TEXT, f"{message.type.name} {message.data!r} {message.extra!r}"
        return str(message.data)

    async def json(self) -> Any:
        """The next frame as JSON."""
        return json.loads(await self.text())

    async def ask(self, frame: str | bytes | dict[str, Any]) -> str:
        """Send one frame and wait for the next one."""
        await self.send(frame)
        return await self.text()

    async def send(self, frame: str | bytes | dict[str, Any]) -> None:
        """Send one frame."""
        if isinstance(frame, bytes):
            await self.line.send_bytes(frame)
        else:
            await self.line.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def goodbye(self) -> tuple[int, str]:
        """The close frame, which has to be the next one."""
        message = await self.line.receive(timeout=20)
        assert message.type is WSMsgType.CLOSE, f"{message.type.name} {message.data!r}"
        return int(message.data), message.extra or ""


class Studio:
    """A studio that runs.

    Attributes:
        states: what the gateway reported of itself.
    """

    def __init__(self, journal: Journal, config: Config, name: str, clock: Clock, folder: Path) -> None:
        self.config = config
        self.journal = journal
        self.clock = clock
        self.hub = Hub()
        self.units = Units()
        self.desk = Desk(self.units, journal, self.hub, clock)
        self.states: list[tuple[GatewayState, str]] = []
        self.shared = Shared(clock, journal, self.hub, self.desk, self.units)
        self.guards: list[Any] = []
        self.runtime = Runtime(
            name,
            clock,
            journal,
            self.hub,
            self.desk,
            self.units,
            structlog.get_logger(),
            folder,
            self._no_line,
            lambda state, reason, next_attempt_s=None: self.states.append((state, reason)),
            self.guards.append,
            listen_web=listen_web,
        )

    async def _no_line(self, line: str, settings: Any) -> Any:
        raise AssertionError("a studio opens no line")

    @property
    def address(self) -> str:
        """Where it listens."""
        return str(self.units.notes[self.runtime.name].address)

    @asynccontextmanager
    async def connect(self, path: str, **more: Any) -> AsyncIterator[Reporter]:
        """Connect to a path with its query, as it stands."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"ws://{self.address}{path}", max_msg_size=0, **more) as line,
        ):
            yield Reporter(line)

    @asynccontextmanager
    async def reporter(self, table: str = "ARO-001", device: str = "dealerPC", **more: Any) -> AsyncIterator[Reporter]:
        """A reporter of dialect A whose snapshot has been read."""
        async with self.connect(f"/?id={table}_{device}&token=T", **more) as reporter:
            assert (await reporter.json())["TABLE_ID"] == table
            yield reporter

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One HTTP call on the studio's port: status and JSON."""
        async with aiohttp.ClientSession() as session:
            data = None if body is None else json.dumps(body)
            async with session.request(
                method, f"http://{self.address}{path}", data=data, headers=headers or {}
            ) as answer:
                return answer.status, json.loads(await answer.text())

    async def kinds(self, table: str = "ARO-001") -> list[str]:
        """The kinds of all events of a table, in order."""
        return [one.kind for one in await self.journal.read(f"{self.runtime.name}/{table}")]


@asynccontextmanager
async def studio(
    folder: Path, name: str = "studio", clock: Clock | None = None, connect: Any = sqlite3_connect, **keys: Any
) -> AsyncIterator[Studio]:
    """A studio on a free port over the journal in ``folder``; both are ended."""
    config = Config(**{"address": "127.0.0.1:0", **keys})
    journal = open_journal(folder, connect)
    made = Studio(journal, config, name, clock or SystemClock(), folder)
    running = asyncio.create_task(run(config, made.runtime))
    try:
        await until(lambda: running.done() or name in made.units.notes, what="the studio to listen")
        if running.done():
            running.result()
        yield made
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await journal.close()


@asynccontextmanager
async def deaf_client(address: str, path: str) -> AsyncIterator[asyncio.StreamWriter]:
    """A WebSocket that never reads, behind so small a buffer that the server soon notices."""
    host, port = address.split(":")
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
    head = (
        f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    writer.write(head.encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    try:
        yield writer
    finally:
        writer.transport.abort()
