"""One connection of the web server: aiohttp's protocol under a ticket of the guard.

aiohttp by itself waits long for the headers of a request, and for ever for a peer that does not read. Under the ticket
a peer must send whole headers within ``first_message_s``, and take something of what was sent within ``write_s``.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from lineside.adapters.web_server.answers import wire_response
from lineside.adapters.web_server.settings import WebLimits
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.guard import Reason, Ticket
from lineside.runtime.log import get_log
from lineside.runtime.routes import BadRequest, Response, TooSlow, error_response

# A message of the parser quotes the bytes that it did not understand; a client needs the first line of it.
ERROR_CHARACTERS_MAX = 120

log = get_log("web")


class Connection(web.RequestHandler):
    """Speaks HTTP with one peer.

    Args:
        core: gives each request to the web server.
        ticket: the connection's place under the guard.
        on_end: told when it is over.
        is_local: on the control socket.

    Attributes:
        is_socket: it has become a WebSocket.
    """

    __slots__ = ("_close_s", "_line", "_on_end", "is_local", "is_socket", "ticket")

    def __init__(
        self,
        core: web.Server,
        limits: WebLimits,
        ticket: Ticket,
        on_end: Callable[[Connection], None],
        *,
        is_local: bool,
    ) -> None:
        super().__init__(
            core,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=limits.keep_alive_s,
            access_log=None,  # type: ignore[arg-type]  # its lines hold the query
            max_line_size=limits.header_bytes_max,
            max_field_size=limits.header_bytes_max,
            max_headers=limits.headers_max,
            lingering_time=limits.linger_s,
            auto_decompress=False,
        )
        self._close_s = limits.close_s
        self._on_end = on_end
        self._line: asyncio.Transport | None = None
        self.ticket = ticket
        self.is_local = is_local
        self.is_socket = False

    # ------------------------------------------------------------------ what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The deadlines run from here."""
        self._line = cast("asyncio.Transport", transport)
        self.ticket.bind(self._cut, self._unsent)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came. Whole headers are a message to the guard; of a WebSocket every sign of life is, also a pong."""
        known = self._request_count
        super().data_received(data)
        if self.is_socket or self._request_count != known:
            self.ticket.heard_message()
        else:
            self.ticket.heard_bytes(len(data))

    def connection_lost(self, exc: BaseException | None) -> None:
        """It is over."""
        super().connection_lost(exc)
        self.ticket.release()
        self._on_end(self)

    # ------------------------------------------------------------------ what the server asks

    @property
    def remote(self) -> str:
        """The peer's address without port."""
        return self.ticket.address

    @property
    def own_address(self) -> str:
        """Our own address, as the peer reached it."""
        name = self._line.get_extra_info("sockname") if self._line is not None else None
        return str(name[0]) if isinstance(name, tuple) else ""

    @property
    def is_secure(self) -> bool:
        """Whether TLS is below."""
        return self._line is not None and self._line.get_extra_info("sslcontext") is not None

    def local_actor(self) -> Actor:
        """Who is at the other end of the control socket: an admin, named by the user that the kernel tells."""
        return Actor(f"local {_peer_user(self._line)}", Role.ADMIN)

    # ------------------------------------------------------------------ refusals before a request exists

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what is no HTTP; the peer is forgiven a few of these."""
        if isinstance(exc, HttpProcessingError):
            lines = (message or exc.message or "").strip().splitlines() or ["unreadable"]
            answer = error_response(BadRequest(f"not an HTTP request: {lines[0][:ERROR_CHARACTERS_MAX]}"))
            self.ticket.error("not HTTP")
        else:
            log.error("request failed", error=repr(exc))
            answer = FAULT
        response = wire_response(answer)
        response.force_close()
        return response

    def abort(self) -> None:
        """End it now; what the peer has not taken is lost."""
        if self._line is not None:
            self._line.abort()

    def _unsent(self) -> int:
        return self._line.get_write_buffer_size() if self._line is not None else 0

    def _cut(self, reason: Reason, text: str) -> None:
        line = self._line
        if line is None:
            return
        if reason is Reason.DOES_NOT_READ:
            line.abort()
            return
        if reason is Reason.NO_FIRST_MESSAGE:
            line.write(_last_words(error_response(TooSlow(text))))
        self.force_close()
        line.close()
        asyncio.get_running_loop().call_later(self._close_s, line.abort)


FAULT = Response(500, b'{"error":{"code":"fault","message":"a fault in the server; its log tells more","retry":true}}')
"""The answer when a handler raised what it should not have."""


def _last_words(answer: Response) -> bytes:
    head = f"HTTP/1.1 {answer.status} Error\r\nContent-Type: {answer.content_type}\r\n"
    return f"{head}Content-Length: {len(answer.body)}\r\nConnection: close\r\n\r\n".encode() + answer.body


def _peer_user(line: asyncio.Transport | None) -> str:
    found = line.get_extra_info("socket") if line is not None else None
    option = getattr(socket, "SO_PEERCRED", None)
    if found is None or option is None:
        return "admin"
    try:
        _, uid, _ = struct.unpack("3i", found.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    except OSError:
        return "admin"
    return _user_name(uid)


def _user_name(uid: int) -> str:
    if uid == os.getuid() and (name := os.environ.get("USER")):
        return name
    return f"uid {uid}"
