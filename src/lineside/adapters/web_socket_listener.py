"""WebSockets of a gateway's own port, on aiohttp under a guard: any path, and plain HTTP calls beside them.

::

    guard            connections in all and per address                       closed
                     first_message_s (whole headers), write_s                 408 or closed
    Upgrade          WebSocket, version 13  ─► on_socket, whatever the path    400
    Host, Origin     of plain HTTP: a name of ours, a page of ours            421, 403
    path, method     a route                                                  404, 405
    body             size, time                                               413, 408

Who may connect is the owner's matter: a WebSocket is accepted first and closed with a number and words by its owner,
as the protocols of machines do, which know no HTTP status. No frame is ever sent unasked, but pings. Query strings are
never logged: tokens travel there.

A browser tells with each WebSocket which page asks; the owner looks at ``headers["origin"]``.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from aiohttp import StreamReader, WSMsgType, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from lineside.adapters.web_server.answers import wire_response
from lineside.adapters.web_server.checks import OwnNames
from lineside.adapters.web_server.connection import FAULT, Connection
from lineside.adapters.web_server.request import read_body, request_of
from lineside.adapters.web_server.router import Router
from lineside.adapters.web_server.settings import WebLimits
from lineside.adapters.web_server.web_socket import WebSocketPeer
from lineside.errors import LinesideError
from lineside.runtime.guard import Guard, Ticket
from lineside.runtime.listener import Listener, address_text, listen, parse_address
from lineside.runtime.log import get_log
from lineside.runtime.routes import BadRequest, Response, Route, Unavailable, error_response
from lineside.runtime.web_socket import OnSocket, SocketLink, SocketTimes, WebSocket

__all__ = ["IncomingSocket", "SocketLink", "SocketTimes", "WebSocket", "WebSocketListener", "listen_web"]

RESTARTING = 1012
"""Close code: the server restarts, come again (IANA registry of WebSocket close codes)."""

FAULTY = 1011
"""Close code: a fault in the server (RFC 6455, 7.4.1)."""

log = get_log("web_socket")


class IncomingSocket(WebSocketPeer):
    """Implements `lineside.runtime.web_socket.WebSocket`; made by the listener, one for each connection.

    Pings, and the answers to those of the peer, are written as whole frames straight to the transport, as everything
    that we send: the order on the wire is the order of the calls.
    """

    def __init__(self, response: web.WebSocketResponse, raw: web.BaseRequest, times: SocketTimes) -> None:
        connection, transport = raw.protocol, raw.transport
        assert isinstance(connection, Connection)
        assert transport is not None
        super().__init__(response, transport, times.close_s)
        self.path = str(raw.raw_path)
        self.headers: Mapping[str, str] = _headers_of(raw)
        self.remote = connection.remote
        self.name = _peer_name(transport, connection.remote)
        self.ticket: Ticket = connection.ticket
        self.ended = ""
        self.goodbye: tuple[int, str] | None = None
        self.rtt_s: float | None = None
        self.on_rtt: Callable[[float], None] = lambda rtt_s: None
        self._times = times
        self._pinged_at = 0.0
        self._ping_count = 0
        self._heard_count = 0
        self._heard_before = 0
        self._is_waiting = False
        self._timer = asyncio.get_running_loop().call_later(times.ping_s, self._ping)

    async def receive(self) -> bytes | None:
        """The next frame; None at the end. One reader at a time."""
        while not self.ended and self._closing is None:
            self._is_waiting = True
            try:
                message = await self._response.receive()
            except (RuntimeError, ConnectionError) as error:
                self._end(f"connection lost: {error}")
                break
            finally:
                self._is_waiting = False
            self._heard_count += 1
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    return bytes(message.data)
                case WSMsgType.PING:
                    self._write_control(0x8A, message.data)
                case WSMsgType.PONG:
                    self._on_pong(message.data)
                case WSMsgType.CLOSE:
                    code = int(message.data or 1000)
                    self.goodbye = (code, message.extra or "")
                    self._end(f"peer closed with {code} {message.extra or ''}".rstrip())
                case WSMsgType.ERROR:
                    self._end(f"connection lost: {message.data}")
                case _:
                    self._end("peer closed the connection")
        if not self.ended:
            self._end("closed")
        return None

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the connection is cut when that takes longer than ``close_s``."""
        self._end(reason or "closed")
        super().close(code, reason)

    def abort(self, reason: str) -> None:
        """End it now; what the peer has not taken is lost."""
        self._end(reason)
        self._transport.abort()

    def _end(self, reason: str) -> None:
        self._timer.cancel()
        if not self.ended:
            self.ended = reason

    def _ping(self) -> None:
        times = self._times
        if self._transport.is_closing():
            return
        self._heard_before = self._heard_count
        self._ping_count += 1
        self._pinged_at = time.monotonic()
        self._write_control(0x89, struct.pack("!Q", self._ping_count))
        self._timer = asyncio.get_running_loop().call_later(times.pong_s, self._look)

    def _look(self) -> None:
        """Any frame since the ping is a sign of life. While nobody reads here, silence says nothing of the peer."""
        if self._heard_count == self._heard_before and self._is_waiting:
            self.abort(f"no answer to a ping for {self._times.pong_s:g} s")
            return
        left_s = max(self._times.ping_s - self._times.pong_s, 0.0)
        self._timer = asyncio.get_running_loop().call_later(left_s, self._ping)

    def _on_pong(self, payload: bytes) -> None:
        if bytes(payload) == struct.pack("!Q", self._ping_count):
            self.rtt_s = time.monotonic() - self._pinged_at
            self.on_rtt(self.rtt_s)

    def _write_control(self, first: int, payload: bytes) -> None:
        if self._closing is None and not self._transport.is_closing():
            self._transport.write(bytes((first, len(payload))) + bytes(payload))


class WebSocketListener:
    """A gateway's port. Made by `listen_web`; implements `lineside.runtime.web_socket.WebListener`."""

    def __init__(
        self,
        address: str,
        guard: Guard,
        on_socket: OnSocket,
        routes: Iterable[Route],
        hosts: Iterable[str],
        times: SocketTimes,
        limits: WebLimits,
    ) -> None:
        self._asked_address = address
        self._guard = guard
        self._on_socket = on_socket
        self._router = Router(routes)
        self._names = OwnNames(parse_address(address)[0], hosts)
        self._times = times
        self._limits = limits
        self._core = web.Server(self._answer, request_factory=self._raw_request)
        self._connections: set[Connection] = set()
        self._sockets: set[IncomingSocket] = set()
        self._listener: Listener | None = None
        self._is_closing = False

    # ------------------------------------------------------------------ face

    @property
    def address(self) -> str:
        """As it is bound."""
        return self._bound().address

    @property
    def port(self) -> int:
        """The bound port."""
        return self._bound().port

    @property
    def socket_count(self) -> int:
        """WebSockets that are open."""
        return len(self._sockets)

    async def start(self) -> None:
        """Listen; raises as `listen_web`."""
        self._listener = await listen(self._asked_address, self._guard, self._welcome)

    async def close(self, reason: str = "the server is restarting; come again") -> None:
        """Listen no more; 1012 for every socket; answers that are on their way end within ``stop_s``."""
        self._is_closing = True
        await self._bound().close()
        sockets = list(self._sockets)
        for one in sockets:
            one.close(RESTARTING, reason)
        await asyncio.gather(*(one.closed() for one in sockets))
        self._core.pre_shutdown()
        await self._core.shutdown(self._limits.stop_s / 2)  # aiohttp waits that long twice
        for connection in list(self._connections):
            connection.abort()

    def _bound(self) -> Listener:
        assert self._listener is not None, "start() comes first"
        return self._listener

    # ------------------------------------------------------------------ connections

    async def _welcome(self, accepted: socket.socket, ticket: Ticket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: self._connection(ticket), accepted)
        except BaseException:
            accepted.close()
            ticket.release()
            raise

    def _connection(self, ticket: Ticket) -> Connection:
        connection = Connection(self._core, self._limits, ticket, self._connections.discard, is_local=False)
        self._connections.add(connection)
        return connection

    def _raw_request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        size = self._limits.body_bytes_max
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=size)

    async def _answer(self, raw: web.BaseRequest) -> web.StreamResponse:
        try:
            if raw.headers.get("Upgrade", "").strip().lower() == "websocket":
                return await self._serve_socket(raw)
            answer = await self._serve_call(raw)
        except LinesideError as error:
            answer = error_response(error)
        except ConnectionError:
            raise  # the peer has left; aiohttp ends the connection
        except Exception:
            log.exception("request failed", method=raw.method)
            answer = FAULT
        return wire_response(answer)

    async def _serve_call(self, raw: web.BaseRequest) -> Response:
        connection = raw.protocol
        assert isinstance(connection, Connection)
        request = request_of(raw, connection, joined_by=",")
        hosts = raw.headers.getall("Host", [])
        self._names.check_host(hosts[0] if len(hosts) == 1 else None, connection.own_address)
        self._names.check_page(request.method, request.headers, is_socket=False, is_secure=False)
        route, match = self._router.find(request.method, raw.rel_url.raw_path)
        assert isinstance(route, Route)
        body = await read_body(raw, self._limits)
        return await route.handler(replace(request, match=match, body=body))

    async def _serve_socket(self, raw: web.BaseRequest) -> web.StreamResponse:
        response: web.WebSocketResponse = web.WebSocketResponse(
            compress=False,
            autoping=False,  # `IncomingSocket` pings and measures
            decode_text=False,
            max_msg_size=self._guard.limits.frame_bytes_max + 1,  # aiohttp refuses what is as long as its limit
            timeout=self._times.close_s,
        )
        if raw.method != "GET" or not response.can_prepare(raw):
            raise BadRequest("this is no WebSocket handshake of version 13")
        if self._is_closing or raw.transport is None:
            raise Unavailable("the server is restarting; come again")
        await response.prepare(raw)
        peer = IncomingSocket(response, raw, self._times)
        assert isinstance(raw.protocol, Connection)
        raw.protocol.is_socket = True
        self._sockets.add(peer)
        try:
            await self._on_socket(peer)
        except Exception:
            log.exception("socket failed", peer=peer.name)
            peer.close(FAULTY, "a fault in the server")
        finally:
            peer.close(1000, "")
            await peer.closed()
            self._sockets.discard(peer)
        return response


async def listen_web(
    address: str,
    guard: Guard,
    on_socket: OnSocket,
    routes: Iterable[Route] = (),
    *,
    hosts: Iterable[str] = (),
    times: SocketTimes | None = None,
    limits: WebLimits | None = None,
) -> WebSocketListener:
    """Listen for WebSockets of any path, and for plain HTTP calls, on one port.

    Args:
        address: ``host:port``; port 0 takes a free one.
        guard: admits connections; its ``frame_bytes_max`` bounds a frame (1009 beyond).
        on_socket: serves one socket, in a task of its own.
        routes: plain HTTP calls. Their access is not looked at, and a parameter that is there several times has its
            values joined by commas.
        hosts: further names for the Host check of plain HTTP.

    Raises:
        LinkError: the address cannot be bound; names it and the reason.
        ConfigError: it cannot be read.
    """
    listener = WebSocketListener(
        address, guard, on_socket, routes, hosts, times or SocketTimes(), limits or WebLimits(body_bytes_max=64 * 1024)
    )
    await listener.start()
    return listener


def _headers_of(raw: web.BaseRequest) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw.headers.items():
        headers.setdefault(name.lower(), value)
    return headers


def _peer_name(transport: asyncio.BaseTransport, remote: str) -> str:
    name = transport.get_extra_info("peername")
    return address_text(name) if isinstance(name, tuple) else remote
