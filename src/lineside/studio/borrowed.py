"""A socket of somebody else's WebSocket library, as the gateway wants one.

All that it needs are the coroutines ``send``, ``recv`` and ``close``, and ``async for``: what every library offers, and
what the originals' tests play. What such a socket raises is its library's own matter and means that it has ended.

The next frame is taken when the one before has its answer: a played socket says everything in one breath and ends, and
would not be there any more when the disk has it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from lineside.runtime.guard import Reason, Ticket
from lineside.studio.wire import NeedsGreeting, entrance_of_path

PEER = "in-process"
"""The address of whoever is served through the program's own socket."""


class BorrowedSocket:
    """Implements `lineside.runtime.web_socket.WebSocket` over a foreign socket.

    Args:
        websocket: the foreign one.
        path: of the request, with its query.
        ticket: its place at the gateway's guard; released by `finish`.
    """

    def __init__(self, websocket: Any, path: str, ticket: Ticket) -> None:
        self.path = path
        self.headers: Mapping[str, str] = {}
        self.name = f"{PEER} {id(websocket):x}"
        self.remote = PEER
        self.ticket = ticket
        self.ended = ""
        self.goodbye: tuple[int, str] | None = None
        self.rtt_s: float | None = None
        self.on_rtt: Callable[[float], None] = lambda rtt_s: None
        self._websocket = websocket
        self._asks_first = "?" not in path  # B: the credentials come by `recv`, the rest by `async for`
        entrance = entrance_of_path(path, profile_d=False)
        # The snapshot of A, the greeting of B; then every frame has one answer.
        self._due = 1 if isinstance(entrance, NeedsGreeting) or getattr(entrance, "wants_snapshot", False) else 0
        self._answered = asyncio.Event()
        self._frames: AsyncIterator[Any] | None = None
        self._waiting: deque[bytes] = deque()
        self._unsent = 0
        self._something = asyncio.Event()
        self._over = asyncio.Event()
        self._farewell: tuple[int, str] | None = None
        self._writer = asyncio.create_task(self._write(), name=f"writer of {self.name}")
        ticket.bind(self._cut, self.unsent)

    # ------------------------------------------------------------------ reading

    async def receive(self) -> bytes | None:
        """The next frame, text or binary; None once the socket has ended."""
        reading = asyncio.ensure_future(self._next())
        ending = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait((reading, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, ending):
                task.cancel()
            await asyncio.gather(reading, ending, return_exceptions=True)
        frame = None if self._over.is_set() or reading.cancelled() else reading.result()
        if frame is None:
            self._end("the peer has left")
        else:
            self.ticket.heard_message()
        return frame

    async def _next(self) -> bytes | None:
        while self._due > 0:
            self._answered.clear()
            await self._answered.wait()
        self._due += 1
        try:
            if self._asks_first:
                self._asks_first = False
                return _as_bytes(await self._websocket.recv())
            if self._frames is None:
                self._frames = aiter(self._websocket)
            return _as_bytes(await anext(self._frames))
        except StopAsyncIteration:
            self.goodbye = (1000, "")
        except Exception as error:  # any class of any library
            self._end(f"connection lost: {error}")
        return None

    # ------------------------------------------------------------------ writing

    def send(self, data: bytes) -> None:
        """Queue one text frame; nothing after the end."""
        if not self.ended:
            self._due -= 1
            self._answered.set()
            self._waiting.append(data)
            self._unsent += len(data)
            self._something.set()

    def send_framed(self, frame: bytes) -> None:
        """Frames of the wire cannot be put on somebody else's socket; a watcher has to come by the port."""
        self.close(1011, "Connect to the port to watch")

    def unsent(self) -> int:
        """Bytes that the foreign socket has not taken yet."""
        return self._unsent

    def close(self, code: int, reason: str) -> None:
        """Say goodbye after what was sent before. Again does nothing."""
        if self._farewell is None and not self.ended:
            self._farewell = (code, reason)
        self._end(reason or "closed")

    async def finish(self) -> None:
        """Let everything out, the goodbye too, and free the place at the guard."""
        self._end("closed")
        await self._writer
        self.ticket.release()

    async def _write(self) -> None:
        try:
            while True:
                await self._something.wait()
                while self._waiting:
                    data = self._waiting.popleft()
                    await self._websocket.send(data.decode())
                    self._unsent -= len(data)
                self._something.clear()
                if self.ended:
                    break
            if self._farewell is not None:
                await self._websocket.close(*self._farewell)
        except Exception as error:  # any class of any library
            self._end(f"connection lost: {error}")

    def _cut(self, reason: Reason, text: str) -> None:
        self.close(1008, text)

    def _end(self, reason: str) -> None:
        self.ended = self.ended or reason
        self._over.set()
        self._something.set()


class OneMessage:
    """A foreign socket that brings one message and takes its answer, for calls that are given a message.

    The first frame that the gateway sends is the snapshot, which nobody has asked for here.
    """

    def __init__(self, websocket: Any, message: str | bytes) -> None:
        self._websocket = websocket
        self._message = message
        self._has_snapshot = False

    async def send(self, text: str) -> None:
        """The snapshot, then the answer."""
        if self._has_snapshot:
            await self._websocket.send(text)
        self._has_snapshot = True

    async def recv(self) -> str | bytes:
        """The message."""
        return self._message

    async def close(self, code: int, reason: str) -> None:
        """The gateway's refusal is the connection's end."""
        await self._websocket.close(code, reason)

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        yield self._message


def _as_bytes(frame: Any) -> bytes:
    return frame.encode() if isinstance(frame, str) else bytes(frame)
