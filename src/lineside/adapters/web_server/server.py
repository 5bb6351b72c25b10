"""The web server: routes over HTTP and WebSocket, on one TCP port and on the control socket.

A request goes through these doors in this order; the first that refuses answers::

    guard            connections in all and per address           closed
                     first_message_s, write_s                      408 or closed
    Host             a name of ours                               421
    path, method     a route                                      404, 405
    Origin, CSRF     a page of ours (unsafe methods, WebSocket)   403
    authority        token or session; role                       401, 403
    body             size, time                                   413, 408
    handler          what the route does                          its own

Every refusal is ``{"error": {"code", "message", "retry"}}``. Query strings are never logged: a login link holds its
code there.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import cast

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from lineside.adapters.control_socket import bind_control_socket
from lineside.adapters.web_server.answers import wire_response
from lineside.adapters.web_server.checks import OwnNames
from lineside.adapters.web_server.connection import FAULT, Connection
from lineside.adapters.web_server.files import SECURITY_HEADERS, PageFiles
from lineside.adapters.web_server.request import read_body, request_of
from lineside.adapters.web_server.router import AnyRoute, Router
from lineside.adapters.web_server.settings import WebLimits
from lineside.adapters.web_server.web_socket import WebSocketPeer
from lineside.errors import LinesideError, NotAllowed
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.guard import Guard, Limits, Refusal, Ticket
from lineside.runtime.log import get_log
from lineside.runtime.routes import (
    Authority,
    BadRequest,
    NotFound,
    NotSignedIn,
    Request,
    Route,
    SocketRoute,
    Unavailable,
    WrongMethod,
    error_response,
)
from lineside.runtime.tcp import Listener, listen, parse_address

# The command line and a few scripts; they ask one thing each.
CONTROL_LIMITS = Limits(connections_max=64)
# TLS handshakes, when the guard sets no deadline for a first message.
HANDSHAKE_S = 10.0

log = get_log("web")

OnAnswer = Callable[[str, str, int, float], None]
"""Told of each answered request: method, the route's pattern, status, seconds."""


class WebServer:
    """Serves routes until stopped.

    Args:
        routes: everything that can be asked.
        authority: knows who asks.
        guard: admits connections of the TCP port.
        address: ``host:port``; port 0 takes a free one.
        control: path of the control socket, or None for none; who comes there is an admin of this machine.
        tls: made by `server_context`, or None.
        hosts: further names for the Host check.
        page: folder of the built page.
        on_answer: counts answers.
    """

    def __init__(
        self,
        routes: Iterable[AnyRoute],
        authority: Authority,
        guard: Guard,
        *,
        address: str = "127.0.0.1:0",
        control: Path | None = None,
        tls: ssl.SSLContext | None = None,
        hosts: Iterable[str] = (),
        page: Path | None = None,
        limits: WebLimits | None = None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self._limits = limits or WebLimits()
        self._router = Router(routes)
        self._authority = authority
        self._guard = guard
        self._control_guard = Guard(CONTROL_LIMITS, "control")
        self._address = address
        self._host = parse_address(address)[0]
        self._control = control
        self._tls = tls
        self._names = OwnNames(self._host, hosts)
        self._files = PageFiles(page)
        self._on_answer: OnAnswer = on_answer or (lambda *_: None)
        self._sockets: set[WebSocketPeer] = set()
        self._connections: set[Connection] = set()
        self._listener: Listener | None = None
        self._control_server: asyncio.Server | None = None
        self._core: web.Server | None = None

    # ------------------------------------------------------------------ start and stop

    async def start(self) -> None:
        """Listen.

        Raises:
            LinkError: the address cannot be bound; names it and the reason.
            ConfigError: the control socket cannot.
        """
        self._core = web.Server(self._answer, request_factory=self._raw_request)
        self._listener = await listen(self._address, self._guard, self._welcome)
        if self._control is not None:
            bound = bind_control_socket(self._control)
            loop = asyncio.get_running_loop()
            self._control_server = await loop.create_unix_server(self._welcome_locally, sock=bound)

    @property
    def port(self) -> int:
        """The TCP port that is bound."""
        assert self._listener is not None, "start() comes first"
        return self._listener.port

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104 - compared, not bound
        bracketed = f"[{host}]" if ":" in host else host
        return f"{'https' if self._tls else 'http'}://{bracketed}:{self.port}"

    @property
    def socket_count(self) -> int:
        """WebSockets that are open."""
        return len(self._sockets)

    async def stop(self) -> None:
        """Listen no more, say goodbye on every WebSocket (1012: come again), let answers end within ``stop_s``."""
        if self._listener is not None:
            await self._listener.close()
        if self._control_server is not None and self._control is not None:
            self._control_server.close()
            self._control.unlink(missing_ok=True)
        peers = list(self._sockets)
        for peer in peers:
            peer.close(1012, "the server is restarting; come again")
        await asyncio.gather(*(peer.closed() for peer in peers))
        if self._core is not None:
            self._core.pre_shutdown()
            # aiohttp waits that long twice: for the handler to end, and for its cancellation.
            await self._core.shutdown(self._limits.stop_s / 2)
        for connection in list(self._connections):
            connection.abort()  # the guard itself goes on: supervision may start this server anew under it

    async def _welcome(self, accepted: socket.socket, ticket: Ticket) -> None:
        seconds = ticket.limits.first_message_s or HANDSHAKE_S
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: self._connection(ticket, is_local=False),
            accepted,
            ssl=self._tls,
            ssl_handshake_timeout=seconds if self._tls else None,
        )

    def _welcome_locally(self) -> asyncio.Protocol:
        ticket = self._control_guard.admit("control socket")
        return _Refused() if isinstance(ticket, Refusal) else self._connection(ticket, is_local=True)

    def _connection(self, ticket: Ticket, *, is_local: bool) -> Connection:
        assert self._core is not None
        connection = Connection(self._core, self._limits, ticket, self._connections.discard, is_local=is_local)
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

    # ------------------------------------------------------------------ one request

    async def _answer(self, raw: web.BaseRequest) -> web.StreamResponse:
        loop = asyncio.get_running_loop()
        started = loop.time()
        connection = cast("Connection", raw.protocol)
        pattern = "none"
        try:
            request = request_of(raw, connection)
            route, request = self._admit(request, raw, connection)
            pattern = route.path if route is not None else "page"
            if isinstance(route, SocketRoute):
                response = await self._serve_socket(route, request, raw, connection)
                self._on_answer(raw.method, pattern, response.status, loop.time() - started)
                return response
            if route is None:
                answer = self._files.answer(request.path, request.headers)
            else:
                answer = await route.handler(replace(request, body=await read_body(raw, self._limits)))
        except LinesideError as error:
            answer = error_response(error)
        except ConnectionError:
            raise  # the peer has left; aiohttp ends the connection
        except Exception:
            log.exception("request failed", method=raw.method, route=pattern)
            answer = FAULT
        self._on_answer(raw.method, pattern, answer.status, loop.time() - started)
        log.debug("answered", method=raw.method, route=pattern, status=answer.status, remote=connection.remote)
        return wire_response(answer)

    def _admit(self, request: Request, raw: web.BaseRequest, connection: Connection) -> tuple[AnyRoute | None, Request]:
        """The route of a request and the request with its match and actor; the route None is the page."""
        if not connection.is_local:
            names = raw.headers.getall("Host", [])
            if len(names) > 1:
                raise BadRequest("header Host is there twice")
            self._names.check_host(names[0] if names else None, connection.own_address)
        route, match = self._find(request, raw)
        if not connection.is_local:
            is_socket = isinstance(route, SocketRoute)
            self._names.check_page(request.method, request.headers, is_socket=is_socket, is_secure=connection.is_secure)
        actor = connection.local_actor() if connection.is_local else self._actor(route, request)
        return route, replace(request, match=match, actor=actor)

    def _find(self, request: Request, raw: web.BaseRequest) -> tuple[AnyRoute | None, dict[str, str]]:
        try:
            return self._router.find(request.method, raw.rel_url.raw_path)
        except NotFound:
            if request.path.startswith("/api/"):
                raise
            if request.method not in ("GET", "HEAD"):
                self._files.answer(request.path, {})  # NotFound when the page has no such file either
                raise WrongMethod(["GET", "HEAD"]) from None
            return None, {}

    def _actor(self, route: AnyRoute | None, request: Request) -> Actor | None:
        if route is None or route.access is None:
            return None
        if isinstance(route, Route) and route.loopback and request.is_loopback:
            return Actor("this machine", Role.VIEWER)
        actor = self._authority.authenticate(request)
        if actor is None:
            raise NotSignedIn("sign in, or send a token")
        if not actor.may(route.access):
            raise NotAllowed(f"this needs role {route.access}; {actor.name} is {actor.role}")
        return actor

    # ------------------------------------------------------------------ one WebSocket

    async def _serve_socket(
        self, route: SocketRoute, request: Request, raw: web.BaseRequest, connection: Connection
    ) -> web.StreamResponse:
        limits = self._limits
        response = web.WebSocketResponse(
            compress=False,
            max_msg_size=limits.message_bytes_max,
            heartbeat=limits.heartbeat_s,
            timeout=limits.close_s,
        )
        if request.method != "GET" or not response.can_prepare(raw):
            raise BadRequest("this path is a WebSocket; connect with Upgrade: websocket, version 13")
        transport = raw.transport
        if transport is None:
            raise Unavailable("the connection has ended")
        response.headers.update(SECURITY_HEADERS)
        await response.prepare(raw)
        connection.is_socket = True
        peer = WebSocketPeer(response, transport, limits.close_s)
        self._sockets.add(peer)
        try:
            await route.handler(peer, request)
        except Exception:
            log.exception("socket failed", route=route.path)
            peer.close(1011, "a fault in the server")
        finally:
            peer.close(1000, "")
            await peer.closed()
            self._sockets.discard(peer)
        return response


class _Refused(asyncio.Protocol):
    """A connection that the guard did not admit."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """End it."""
        transport.close()
