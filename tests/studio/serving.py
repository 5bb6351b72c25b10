"""A seed server in the test's own loop, from the moment that it listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lineside.studio import StudioStatus, StudioWebSocketClient, StudioWebSocketServer


@asynccontextmanager
async def serving(folder: Path, *given: StudioStatus, **more: Any) -> AsyncIterator[StudioWebSocketServer]:
    """Serves on a free port with its journal in ``folder``; ``given`` is put in before the start."""
    server = StudioWebSocketServer("127.0.0.1", 0, data_dir=folder / "studio", **more)
    server.studio_status.update({one.table_id: one for one in given})
    running = asyncio.create_task(server.start())
    listening = asyncio.create_task(server.started())
    try:
        await asyncio.wait((running, listening), return_when=asyncio.FIRST_COMPLETED)
        assert listening.done(), running.exception()
        yield server
    finally:
        listening.cancel()
        await server.stop()
        await running


@asynccontextmanager
async def reporting(
    server: StudioWebSocketServer, table: str = "ARO-001", token: str = "t", **more: Any
) -> AsyncIterator[StudioWebSocketClient]:
    """A connected client."""
    client = StudioWebSocketClient(f"ws://127.0.0.1:{server.port}", table, "pc", token, **more)
    try:
        assert await client.connect(), client.last_error
        yield client
    finally:
        await client.disconnect()


class PlayedSocket:
    """Offers send, recv, close and `async for`, and nothing else."""

    def __init__(self, *frames: str) -> None:
        self._frames = list(frames)
        self.sent: list[str] = []
        self.closed: tuple[int, str] | None = None

    async def send(self, text: str) -> None:
        self.sent.append(text)

    async def recv(self) -> str:
        return self._frames.pop(0)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = (code, reason)

    async def __aiter__(self) -> AsyncIterator[str]:
        while self._frames:
            yield self._frames.pop(0)
