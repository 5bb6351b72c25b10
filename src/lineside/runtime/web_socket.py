"""WebSockets of a gateway's own port, as plain faces: an adapter serves them, a house speaks through them.

::

    listen_web(address, guard, on_socket) ──► on_socket(socket), one task per connection
                                                 │  who is it? (path, headers, a first frame)
                                                 └► SocketLink(socket) ─► run(): each frame is one `on_data`

Nothing here knows a WebSocket library (`lineside.adapters.web_socket_listener` does). Text and binary frames of a peer
are the same to us: bytes. What we send is always text. No frame ever leaves that the owner did not send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Protocol

import msgspec

from lineside.errors import LinkClosed
from lineside.runtime.guard import Guard, Reason, Ticket
from lineside.runtime.link import Receiver
from lineside.runtime.routes import Route

DOES_NOT_READ = "peer does not read"
"""The reason of a link whose peer took too little; the same words as those of every other link."""


class WebSocket(Protocol):
    """One open WebSocket of a gateway's own port.

    Attributes:
        path: path and query as the peer sent them, still percent-encoded: ``/?id=ARO-001_dealer&token=…``. Tokens
            travel here: it is never logged.
        headers: names in lower case; of repeated headers the first.
        name: the peer with its port, for logs and pages: ``127.0.0.1:40112``.
        remote: the peer's address alone.
        ticket: its place at the guard.
        ended: why the connection has ended, in words; "" while it is open.
        goodbye: code and reason with which the peer itself closed (1000 when it gave none); None otherwise.
        rtt_s: seconds from our last answered ping to its pong; None before the first.
        on_rtt: told of each of them.
    """

    path: str
    headers: Mapping[str, str]
    name: str
    remote: str
    ticket: Ticket
    ended: str
    goodbye: tuple[int, str] | None
    rtt_s: float | None
    on_rtt: Callable[[float], None]

    async def receive(self) -> bytes | None:
        """The next frame, text or binary; None once the socket has ended, for whatever reason."""
        ...

    def send(self, data: bytes) -> None:
        """Send one text frame of UTF-8 ``data``; never blocks. Does nothing when the socket has ended."""
        ...

    def send_framed(self, frame: bytes) -> None:
        """Send what `lineside.runtime.hub.text.frame_text` made, once for many sockets; also several joined."""
        ...

    def unsent(self) -> int:
        """Bytes that the operating system has not taken yet."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Begin to close; `receive` returns None soon. A peer that does not answer is cut. Again does nothing."""
        ...


class SocketTimes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How life is looked for, and how long a goodbye may take.

    Attributes:
        ping_s: between pings: proxies (nginx: 60 s) keep the connection, and its round trip is measured.
        pong_s: for any sign of life after a ping; then the peer has vanished.
        close_s: for the peer's half of the goodbye; then the connection is cut.
    """

    ping_s: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    pong_s: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    close_s: Annotated[float, msgspec.Meta(gt=0)] = 3.0


OnSocket = Callable[[WebSocket], Awaitable[None]]
"""Serves one socket, in a task of its own. The socket is closed (1000) when it returns."""


class WebListener(Protocol):
    """A port that takes WebSockets.

    Attributes:
        address: as it is bound, with the port that the system chose for port 0.
        port: the bound port.
    """

    @property
    def address(self) -> str:
        """``host:port``."""
        ...

    @property
    def port(self) -> int:
        """The bound port."""
        ...

    async def close(self, reason: str = "") -> None:
        """Listen no more, and close every socket with 1012: the peer may come again."""
        ...


class ListenWeb(Protocol):
    """Makes a `WebListener`; see `lineside.adapters.web_socket_listener.listen_web`."""

    async def __call__(
        self,
        address: str,
        guard: Guard,
        on_socket: OnSocket,
        routes: Iterable[Route] = (),
        *,
        hosts: Iterable[str] = (),
        times: SocketTimes | None = None,
    ) -> WebListener:
        """Listen.

        Args:
            address: ``host:port``; port 0 takes a free one.
            on_socket: gets every WebSocket, whatever its path.
            routes: plain HTTP calls on the same port. Their access is not looked at: who asks is their own matter.
            hosts: further names for the Host check of plain HTTP.
            times: pings and goodbyes; their defaults when None.

        Raises:
            LinkError: the address cannot be bound; names it and the reason.
            ConfigError: it cannot be read.
        """
        ...


async def no_web(
    address: str,
    guard: Guard,
    on_socket: OnSocket,
    routes: Iterable[Route] = (),
    *,
    hosts: Iterable[str] = (),
    times: SocketTimes | None = None,
) -> WebListener:
    """Stands in where no adapter was handed in (tests of other houses)."""
    raise AssertionError("this runtime was made without a WebSocket listener")


class SocketLink:
    """A WebSocket as a `lineside.runtime.link.Link`: each frame is one `on_data`, each `send` one text frame.

    Its owner awaits `run` in the socket's own task.
    """

    def __init__(self, socket: WebSocket) -> None:
        self.name = socket.name
        self.socket = socket
        self._receiver: Receiver | None = None
        self._reason: str | None = None
        self._released = asyncio.Event()
        self._released.set()

    @property
    def is_open(self) -> bool:
        """Whether `send` still takes bytes."""
        return self._reason is None and not self.socket.ended

    def start(self, receiver: Receiver) -> None:
        """Who hears what happens; delivery begins with `run`."""
        assert self._receiver is None, f"link {self.name} was started twice"
        self._receiver = receiver

    async def run(self) -> str:
        """Deliver frames until the end; `on_closed` is the last call. Returns the reason."""
        receiver = self._receiver
        assert receiver is not None, "start() comes first"
        try:
            while True:
                if not self._released.is_set():
                    await self._released.wait()
                data = await self.socket.receive()
                if data is None:
                    break
                if self._reason is None:
                    receiver.on_data(data)
        finally:
            self._reason = self._reason or self.socket.ended or "connection lost"
            receiver.on_closed(self._reason)
        return self._reason

    def send(self, data: bytes) -> None:
        """Send one text frame.

        Raises:
            LinkClosed: the link has ended; nothing was queued.
        """
        if not self.is_open:
            raise LinkClosed(f"{self.name}: {self._reason or self.socket.ended}")
        self.socket.send(data)
        ticket = self.socket.ticket
        if self.socket.unsent() > ticket.limits.unsent_bytes_max:
            self._reason = DOES_NOT_READ
            ticket.cut(Reason.DOES_NOT_READ, DOES_NOT_READ)

    def unsent(self) -> int:
        """Bytes queued and not yet taken by the operating system."""
        return self.socket.unsent()

    def hold(self, held: bool) -> None:
        """Stop or go on reading; what the peer sends meanwhile waits on its side."""
        if held:
            self._released.clear()
        else:
            self._released.set()

    def close(self, reason: str, code: int = 1000) -> None:
        """End the link: what was sent leaves before, then the goodbye with ``code``."""
        if self._reason is None:
            self._reason = reason
            self._released.set()
            self.socket.close(code, reason)
