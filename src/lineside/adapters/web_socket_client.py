"""The calling end of a WebSocket, on aiohttp: what the studio client and the simulated reporters speak through.

One `ClientSocket` is one connection. It answers pings while somebody waits in `receive`, asks for signs of life itself,
and turns every way in which a connection can fail into a `LinkError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
from yarl import URL

from lineside.errors import ConfigError, LinkClosed, LinkError, LinkTimeout

OPEN_S = 10.0
"""For the connection and the handshake; a server on the same floor answers in milliseconds."""

HEARTBEAT_S = 20.0
"""Our own ping: a server that lost its power is noticed within this and a half of it."""

CLOSE_S = 2.0
"""For the server's half of the goodbye; then the connection is cut."""

# A status frame has some hundred bytes; this is room for a snapshot of many tables and bounds what a wrong peer costs.
FRAME_BYTES_MAX = 1024 * 1024


NO_CODE, ABNORMAL = 1005, 1006
"""Codes that no peer sends: a goodbye without one, and none at all (RFC 6455, 7.4.1)."""


class ClientSocket:
    """An open connection. `receive` has one reader; `send` and `close` may be called from other tasks.

    Attributes:
        close_code: of the goodbye, when the connection has ended; 1006 without one, None before.
        close_reason: what the server said with it.
    """

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self._socket = socket
        connection = socket._response.connection  # aiohttp keeps the way to the transport to itself
        self._transport = connection and connection.transport
        self._is_closing = False
        self.close_code: int | None = None
        self.close_reason = ""

    async def send(self, text: str | bytes) -> None:
        """Send one text frame (str) or binary frame (bytes); waits while the server does not read.

        Raises:
            LinkClosed: the connection has ended.
        """
        try:
            if isinstance(text, str):
                await self._socket.send_str(text)
            else:
                await self._socket.send_bytes(text)
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as error:
            raise LinkClosed(f"the connection has ended: {error}") from None

    async def receive(self) -> str | bytes | None:
        """The next text (str) or binary (bytes) frame; None when the connection has ended."""
        message = await self._socket.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                return str(message.data)
            case aiohttp.WSMsgType.BINARY:
                return bytes(message.data)
        if message.type is aiohttp.WSMsgType.CLOSE:
            self.close_code, self.close_reason = int(message.data or NO_CODE), str(message.extra or "")
        if not self._is_closing:  # otherwise `close` has the last word, which is not out yet
            await self._end()
        return None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, wait a moment for the other half, end the connection. Again does nothing."""
        self._is_closing = True
        with suppress(TimeoutError, aiohttp.ClientError, ConnectionError):
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close(code=code, message=reason.encode())
        await self._end()

    async def drop(self) -> None:
        """End the connection without a word, as a pulled cable does."""
        if self._transport is not None:
            self._transport.abort()
        await self._end()

    def hold(self, held: bool) -> None:
        """Stop (True) or go on (False) taking anything from the line: nothing is read, no ping answered."""
        if self._transport is None or self._transport.is_closing():
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    async def _end(self) -> None:
        if self.close_code is None:
            self.close_code = ABNORMAL
        await self._session.close()


async def open_web_socket(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    open_s: float = OPEN_S,
    heartbeat_s: float | None = HEARTBEAT_S,
) -> ClientSocket:
    """Connect to ``ws://…`` or ``wss://…``; the URL goes out as it stands, already percent-encoded.

    Raises:
        ConfigError: the URL is none.
        LinkTimeout: no handshake within ``open_s``.
        LinkError: nobody listens, or it is no WebSocket server.
    """
    place = _place_of(url)
    session = aiohttp.ClientSession(
        # Heads of answers are bounded by aiohttp itself; cookies of a server are nobody's business here.
        connector=aiohttp.TCPConnector(limit=1, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    try:
        async with asyncio.timeout(open_s):
            socket = await session.ws_connect(
                place,
                headers=headers,
                heartbeat=heartbeat_s,
                max_msg_size=FRAME_BYTES_MAX,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),
            )
    except TimeoutError:
        await session.close()
        raise LinkTimeout(f"no handshake from {_told(place)} within {open_s:g} s") from None
    except aiohttp.WSServerHandshakeError as error:
        await session.close()
        raise LinkError(f"{_told(place)} is no WebSocket server: it answered {error.status}") from None
    except aiohttp.ClientConnectorError as error:
        await session.close()
        raise LinkError(f"{_told(place)} cannot be reached: {error.os_error.strerror or error.os_error}") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        await session.close()
        raise LinkError(f"{_told(place)}: {error or type(error).__name__}") from None
    except BaseException:
        await session.close()
        raise
    return ClientSocket(session, socket)


def _place_of(url: str) -> URL:
    told = url.partition("?")[0]  # tokens travel behind it
    try:
        place = URL(url, encoded=True)
        port = place.port
    except ValueError as error:
        raise ConfigError(f"{told!r} is no URL: {error}; wanted ws://host:port", "url") from None
    if place.scheme not in ("ws", "wss") or not place.host or port is None:
        raise ConfigError(f"{told!r} is no WebSocket URL; wanted ws://host:port or wss://host:port", "url")
    return place


def _told(place: URL) -> str:
    return f"{place.scheme}://{place.host}:{place.port}"
