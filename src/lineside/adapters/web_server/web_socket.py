"""One WebSocket of a browser or a program, as the `Socket` that routes speak to.

Reading, pings and the closing handshake are aiohttp's. Sending writes whole frames straight to the transport: it never
blocks, and since aiohttp's own frames (pong, close) are single writes to the same transport, the order on the wire is
the order of the calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import WSMsgType, web

from lineside.runtime.hub.text import close_reason, frame_text


class WebSocketPeer:
    """Implements `lineside.runtime.routes.Socket`.

    Args:
        response: prepared already.
        transport: of the connection below it.
        close_s: how long the goodbye may take.
    """

    def __init__(
        self,
        response: web.WebSocketResponse,
        transport: asyncio.Transport,
        close_s: float,
    ) -> None:
        self._response = response
        self._transport = transport
        self._close_s = close_s
        self._closing: asyncio.Task[None] | None = None
        # The hub calls this for each of a thousand readers in every pulse: straight to the transport it costs a tenth
        # of a core less than through a method that looks at three cold objects first (bench/fanout.py). On a transport
        # that has just closed it may raise RuntimeError or OSError, as `Outlet` allows.
        self.send_framed: Callable[[bytes], None] = transport.write

    async def receive(self) -> str | bytes | None:
        """The next text (str) or binary (bytes) message; None at the end."""
        if self._closing is not None or self._response.closed:
            return None
        message = await self._response.receive()
        match message.type:
            case WSMsgType.TEXT:
                return str(message.data)
            case WSMsgType.BINARY:
                return bytes(message.data)
            case _:
                return None

    def send(self, data: bytes) -> None:
        """Send one text message; nothing after the goodbye."""
        if self._closing is None and not self._response.closed and not self._transport.is_closing():
            self._transport.write(frame_text(data))

    def unsent(self) -> int:
        """Bytes in the transport's buffer."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the connection is cut when that takes longer than ``close_s``."""
        if self._closing is None:
            self.send_framed = _send_nothing
            self._closing = asyncio.create_task(self._say_goodbye(code, reason), name="web socket goodbye")

    async def closed(self) -> None:
        """Wait for the goodbye, if one was begun."""
        if self._closing is not None:
            await asyncio.shield(self._closing)

    async def _say_goodbye(self, code: int, reason: str) -> None:
        message = close_reason(reason).encode()
        try:
            async with asyncio.timeout(self._close_s):
                await self._response.close(code=code, message=message, drain=False)
        except (TimeoutError, ConnectionError):
            pass  # it did not say goodbye in turn
        finally:
            # A closing transport still waits for a peer that never reads; `abort` does not.
            asyncio.get_running_loop().call_later(self._close_s, self._transport.abort)


def _send_nothing(_frame: bytes) -> None:
    """After the goodbye."""
