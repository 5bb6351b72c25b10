"""The servers that clients meet: the originals as they were recorded (A and B), and what goes wrong with servers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

KEYS = ("sdp", "idp", "broker", "zcam", "roulette", "shaker", "barcode_scanner", "nfc_scanner")
SHOWN = {"zcam": "ZCam"}
Hook = Callable[["Original", web.WebSocketResponse, str], Awaitable[bool]]


class Original:
    """A server that speaks A (``greets`` false) or B, keeps state in memory and drops what it does not know.

    Attributes:
        heard: every text frame of every client after its credentials.
        paths: path and query of every connection.
        tables: table → fields; survives `forget`-less disconnects, as the original's did.
        hook: called for every frame; True means that it has done what is to be done.
    """

    def __init__(self, *, greets: bool = False) -> None:
        self.greets = greets
        self.heard: list[str] = []
        self.credentials: list[str] = []
        self.paths: list[str] = []
        self.tables: dict[str, dict[str, Any]] = {}
        self.counts: dict[str, int] = {}
        self.hook: Hook | None = None
        self.on_welcome: Hook | None = None
        self.refuses = False
        self.port = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        return len(self._sockets)

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]

    async def stop(self) -> None:
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def cut(self) -> None:
        """Every connection ends without a word."""
        for socket in tuple(self._sockets):
            assert socket._req is not None
            if socket._req.transport is not None:
                socket._req.transport.abort()

    def snapshot(self, table: str) -> str:
        fields = self.tables.setdefault(table, {"maintenance": False, **dict.fromkeys(KEYS, "down")})
        shown = {SHOWN.get(key, key.upper()): fields[key] for key in KEYS}
        first = {"TABLE_ID": table, "UPTIME": self.counts.get(table, 0), "TIMESTAMP": "2026-01-01T00:00:00"}
        return json.dumps({**first, "MAINTENANCE": fields["maintenance"], **shown})

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.paths.append(request.raw_path)
        self._sockets.add(socket)
        try:
            table = await self._enter(socket, request)
            if table is not None:
                await self._talk(socket, table)
        except (ConnectionError, RuntimeError):
            pass
        finally:
            self._sockets.discard(socket)
        return socket

    async def _enter(self, socket: web.WebSocketResponse, request: web.Request) -> str | None:
        if self.greets:
            await socket.send_str('{"message": "Connected to Studio WebSocket Server", "status": "ready"}')
            first = await socket.receive()
            if first.type is not WSMsgType.TEXT:
                return None
            self.credentials.append(first.data)
            given: dict[str, Any] = json.loads(first.data)
        else:
            given = dict(request.query)
        if self.refuses or not given.get("id") or not given.get("token"):
            await socket.close(code=1008, message=b"Invalid token")
            return None
        table = str(given["id"]).partition("_")[0]
        if "device" not in given and not (self.on_welcome and await self.on_welcome(self, socket, table)):
            await socket.send_str(self.snapshot(table))
        return table

    async def _talk(self, socket: web.WebSocketResponse, table: str) -> None:
        async for message in socket:
            text = message.data if isinstance(message.data, str) else message.data.decode()
            self.heard.append(text)
            if self.hook is not None and await self.hook(self, socket, text):
                continue
            await socket.send_str(self.answer(table, text))

    def answer(self, table: str, text: str) -> str:
        """As the original: names it does not know are dropped and yet confirmed."""
        try:
            value = json.loads(text)
        except ValueError:
            return '{"error": "Invalid JSON format"}'
        if not isinstance(value, dict):
            return '{"error": "argument of type"}'
        if value.get("sdp") == "bogus":
            return '{"error": "Invalid status for sdp: bogus"}'
        self.snapshot(table)
        self.tables[table].update({key: value[key] for key in (*KEYS, "maintenance") if key in value})
        self.counts[table] = self.counts.get(table, 0) + 1
        return json.dumps({"status": "updated", "table_id": table, "tableId": table})


@asynccontextmanager
async def original(*, greets: bool = False) -> AsyncIterator[Original]:
    """A running one."""
    server = Original(greets=greets)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def stall(server: Original, socket: web.WebSocketResponse, text: str) -> bool:
    """A hook that never answers."""
    await asyncio.sleep(0)
    return True
