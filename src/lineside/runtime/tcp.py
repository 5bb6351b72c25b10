"""TCP links: listen under a guard, connect with a deadline.

The listener accepts by itself instead of leaving that to the loop: a connection is counted and refused before anything
is made for it, a storm of a thousand takes its turns with the loop's other work, and running out of descriptors is a
pause (uvloop's own server would close its listening socket and say nothing).

A link that is closed still delivers what was queued: it says end-of-stream, drops what the peer still sends, and waits
a second for the peer's own end. Closing at once would make the kernel send a reset, and a reset destroys a reply that
is still on its way.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol, cast, runtime_checkable

from lineside.errors import ConfigError, LinkClosed, LinkError, LinkTimeout
from lineside.runtime.guard import Guard, Limits, Reason, Refusal, Ticket
from lineside.runtime.link import Receiver
from lineside.runtime.log import get_log

# The kernel caps it at net.core.somaxconn (4,096 today); a storm of 1,000 fits.
BACKLOG = 2_048
# Between two turns of the loop; the listening socket stays readable, so the rest is taken in the next turn.
ACCEPTS_PER_TURN = 64
# Without descriptors or memory there is nothing to do but wait until some are given back.
ACCEPT_PAUSE_S = 0.2
# How long a closed link waits for its peer to take what is queued and to end its own side.
CLOSE_S = 1.0
# Bytes that come before `start`; reading is paused meanwhile, so this is what was in one read.
EARLY_BYTES_MAX = 262_144
# A peer that vanished without a word (cable, power) is found in about two minutes also when nothing is sent.
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT = 60, 15, 4

DOES_NOT_READ = "peer does not read"

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_OUTGOING_LIMITS = Limits(connections_max=1, first_message_s=None, idle_s=None, unauthenticated_bytes_max=None)

log = get_log("tcp")


@runtime_checkable
class EndReceiver(Protocol):
    """A `Receiver` that also hears the peer's end-of-stream and may answer after it.

    With a plain receiver the link closes when the peer ends its side. A receiver with `on_end` closes by itself, when
    it has answered; the guard's deadlines hold until then.
    """

    def on_end(self) -> None:
        """The peer has said everything; it may still read."""
        ...


class TcpLink(asyncio.Protocol):
    """One TCP connection as a `lineside.runtime.link.Link`. Made by `listen_tcp` and `connect_tcp`.

    Attributes:
        name: the peer, ``127.0.0.1:40112``.
        ticket: its place at the guard; who reads the link tells it what was heard.
        received_bytes: from the peer, so far.
        sent_bytes: queued for the peer, so far.
    """

    def __init__(self, name: str, ticket: Ticket) -> None:
        self.name = name
        self.ticket = ticket
        self.received_bytes = 0
        self.sent_bytes = 0
        self._transport: asyncio.Transport | None = None
        self._receiver: Receiver | None = None
        self._early = bytearray()
        self._early_end = False
        self._is_held = False
        self._has_peer_ended = False
        self._is_lost = False
        self._reason: str | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        ticket.bind(self._on_cut, self.unsent)

    # The face of a Link.

    @property
    def is_open(self) -> bool:
        """Whether `send` still takes bytes."""
        return self._reason is None

    def start(self, receiver: Receiver) -> None:
        """Begin to deliver; what came earlier first. Called once, from the loop's thread."""
        assert self._receiver is None, f"link {self.name} was started twice"
        self._receiver = receiver
        early, self._early = bytes(self._early), bytearray()
        if early:
            receiver.on_data(early)
        if self._is_lost:
            self._loop.call_soon(receiver.on_closed, self._reason or "")
        elif self._early_end:
            self.eof_received()
        elif not self._is_held and self._transport is not None:
            self._transport.resume_reading()

    def send(self, data: bytes) -> None:
        """Queue bytes. Raises LinkClosed after the end; too many unsent bytes are the end."""
        if self._reason is not None or self._transport is None:
            raise LinkClosed(f"{self.name}: {self._reason or 'not connected'}")
        self._transport.write(data)
        self.sent_bytes += len(data)
        if self._transport.get_write_buffer_size() > self.ticket.limits.unsent_bytes_max:
            self.ticket.cut(Reason.DOES_NOT_READ, DOES_NOT_READ)

    def send_or_close(self, data: bytes) -> bool:
        """As `send`, where a link that has ended is no news; False when nothing was queued."""
        if self._reason is not None:
            return False
        self.send(data)
        return self._reason is None

    def unsent(self) -> int:
        """Bytes queued and not yet taken by the operating system."""
        return 0 if self._transport is None or self._is_lost else self._transport.get_write_buffer_size()

    def hold(self, held: bool) -> None:
        """Stop or go on reading."""
        self._is_held = held
        if self._transport is None or self._reason is not None or self._receiver is None:
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def close(self, reason: str) -> None:
        """End the link: queued bytes are still sent, for at most `CLOSE_S`."""
        if self._reason is not None:
            return
        self._reason = reason
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._close_timer = self._loop.call_later(CLOSE_S, transport.abort)
        if self._has_peer_ended:
            transport.close()
            return
        try:
            transport.write_eof()
            transport.resume_reading()  # what still comes is dropped until the peer ends too
        except OSError:  # the peer has reset it already
            transport.abort()

    def abort(self, reason: str) -> None:
        """End the link now; queued bytes are lost. Also ends the wait of `close`."""
        if self._reason is None:
            self._reason = reason
        if self._transport is not None:
            self._transport.abort()

    # The face that asyncio sees.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hold the peer's bytes back until somebody listens."""
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._reason is not None:
            return
        self.received_bytes += len(data)
        if not self.ticket.heard_bytes(len(data)):
            return
        if self._receiver is not None:
            self._receiver.on_data(data)
            return
        self._early += data
        if len(self._early) > EARLY_BYTES_MAX:
            self.ticket.cut(Reason.UNAUTHENTICATED_BYTES, "too many bytes before anybody listened")

    def eof_received(self) -> bool:
        """The peer has ended its side: true keeps ours open."""
        if self._reason is not None:
            return False
        self._has_peer_ended = True
        if self._receiver is None:
            self._early_end = True
            return True
        if isinstance(self._receiver, EndReceiver):
            self._receiver.on_end()
            return True
        self._reason = "peer closed the connection"
        assert self._transport is not None
        if self._transport.get_write_buffer_size():  # a peer that takes nothing must not hold its place for ever
            self._close_timer = self._loop.call_later(CLOSE_S, self._transport.abort)
        self._transport.close()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over; told once."""
        self._is_lost = True
        self.ticket.release()
        if self._close_timer is not None:
            self._close_timer.cancel()
        if self._reason is None:
            self._reason = _words_for_loss(exc)
        if self._receiver is not None:
            self._receiver.on_closed(self._reason)

    def _on_cut(self, reason: Reason, text: str) -> None:
        if reason is Reason.DOES_NOT_READ:
            self.abort(text)
        else:
            self.close(text)


class Listener:
    """One bound address, which may be several sockets when a name has several addresses.

    Attributes:
        address: as it is bound, with the port that the system chose for port 0.
        pauses: times that descriptors or memory had run out.
    """

    def __init__(self, sockets: list[socket.socket], guard: Guard, welcome: Callable[[socket.socket, Ticket], None]):
        self.address = address_text(sockets[0].getsockname())
        self.pauses = 0
        self._sockets = sockets
        self._port = int(sockets[0].getsockname()[1])
        self._guard = guard
        self._welcome = welcome
        self._loop = asyncio.get_running_loop()
        self._timers: dict[socket.socket, asyncio.TimerHandle] = {}
        for sock in sockets:
            self._loop.add_reader(sock.fileno(), self._accept_some, sock)

    @property
    def port(self) -> int:
        """The bound port."""
        return self._port

    async def close(self) -> None:
        """Listen no more. Connections that are open stay; `Guard.stop` ends them."""
        sockets, self._sockets = self._sockets, []
        for sock in sockets:
            timer = self._timers.pop(sock, None)
            if timer is not None:
                timer.cancel()
            self._loop.remove_reader(sock.fileno())
        await asyncio.sleep(0)  # the loop lets go of the descriptors before their numbers can be used anew
        for sock in sockets:
            sock.close()

    def _accept_some(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                accepted, address = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue  # the peer has left the queue already
            except OSError as error:
                self._pause(listening, error)
                return
            self._admit(accepted, address)

    def _admit(self, accepted: socket.socket, address: tuple[str, int]) -> None:
        ticket = self._guard.admit(address[0])
        if isinstance(ticket, Refusal):
            accepted.close()
            return
        try:
            accepted.setblocking(False)
            set_options(accepted)
        except OSError:  # the peer has reset it already
            accepted.close()
            ticket.release()
            return
        self._welcome(accepted, ticket)

    def _pause(self, listening: socket.socket, error: OSError) -> None:
        self.pauses += 1
        if self.pauses == 1 or error.errno not in _EXHAUSTED:
            log.error("listener pauses", address=self.address, reason=str(error), pause_s=ACCEPT_PAUSE_S)
        self._loop.remove_reader(listening.fileno())
        self._timers[listening] = self._loop.call_later(ACCEPT_PAUSE_S, self._resume, listening)

    def _resume(self, listening: socket.socket) -> None:
        del self._timers[listening]
        self._loop.add_reader(listening.fileno(), self._accept_some, listening)


Welcome = Callable[[socket.socket, Ticket], Awaitable[None]]


async def listen(address: str, guard: Guard, welcome: Welcome) -> Listener:
    """Accept connections under a guard and give each socket to a task of its own.

    Args:
        address: ``host:port`` or ``[ipv6]:port``; port 0 lets the system choose.
        welcome: takes an admitted socket (non-blocking, TCP_NODELAY); from then on it owns it and its ticket, and
            ends both also when it fails.

    Raises:
        ConfigError: the address cannot be read.
        LinkError: it cannot be bound; names it and the reason.
    """
    host, port = parse_address(address)
    sockets = await _bind(host, port)
    tasks: set[asyncio.Task[None]] = set()

    async def taken(accepted: socket.socket, ticket: Ticket) -> None:
        try:
            await welcome(accepted, ticket)
        except OSError as error:
            log.info("connection lost while it was taken", address=ticket.address, reason=str(error))
        except Exception as error:  # a fault of its owner ends this connection and no other
            log.error("connection not taken", address=ticket.address, exc_info=error)

    def begin(accepted: socket.socket, ticket: Ticket) -> None:
        task = asyncio.get_running_loop().create_task(taken(accepted, ticket), name=f"accept {address}")
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return Listener(sockets, guard, begin)


async def listen_tcp(address: str, guard: Guard, on_link: Callable[[TcpLink], None]) -> Listener:
    """Accept TCP links under a guard.

    Args:
        address: ``host:port`` or ``[ipv6]:port``; port 0 lets the system choose.
        on_link: gets each connected link and calls its `TcpLink.start`, then or later.

    Raises:
        ConfigError, LinkError: as `listen`.
    """

    async def welcome(accepted: socket.socket, ticket: Ticket) -> None:
        try:
            link = TcpLink(address_text(accepted.getpeername()), ticket)
            await asyncio.get_running_loop().connect_accepted_socket(lambda: link, accepted)
        except BaseException:
            accepted.close()
            ticket.release()
            raise
        try:
            on_link(link)
        except Exception:
            link.abort("a fault in the server")
            raise

    return await listen(address, guard, welcome)


async def connect_tcp(host: str, port: int, *, timeout_s: float = 10.0, limits: Limits | None = None) -> TcpLink:
    """Connect to a peer.

    Args:
        timeout_s: for the name and the connection together.
        limits: of the link (unsent bytes, write time-out); those for connecting out when None.

    Raises:
        LinkTimeout: nobody answered in time.
        LinkError: refused, unknown name, no route; names the peer and the reason.
    """
    name = address_text((host, port))
    ticket = Guard(limits or _OUTGOING_LIMITS, f"link to {name}").admit(host)
    assert isinstance(ticket, Ticket)
    link = TcpLink(name, ticket)
    try:
        async with asyncio.timeout(timeout_s):
            transport, _ = await asyncio.get_running_loop().create_connection(lambda: link, host, port)
    except BaseException as error:
        ticket.release()
        if isinstance(error, TimeoutError):
            raise LinkTimeout(f"{name} does not answer within {timeout_s:g} s") from error
        if isinstance(error, OSError):
            raise LinkError(f"{name}: {_words_for_os_error(error)}") from error
        raise
    set_options(transport.get_extra_info("socket"))
    return link


def parse_address(address: str) -> tuple[str, int]:
    """Split ``127.0.0.1:54320``, ``localhost:0`` or ``[::1]:80``.

    Raises:
        ConfigError: tells what is accepted.
    """
    host, colon, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        colon = ""  # an IPv6 address without brackets cannot be told from its port
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise ConfigError(f"address {address[:200]!r}; accepted is host:port or [ipv6]:port, port 0..65535")
    return host, int(port)


def address_text(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    """``host:port``, with brackets around an IPv6 address."""
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def set_options(sock: socket.socket) -> None:
    """Small messages go at once, and a vanished peer is found."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # macOS calls the first of these TCP_KEEPALIVE; Python has it under that name only there.
    idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))
    options = (
        (idle, KEEPALIVE_IDLE_S),
        (getattr(socket, "TCP_KEEPINTVL", None), KEEPALIVE_INTERVAL_S),
        (getattr(socket, "TCP_KEEPCNT", None), KEEPALIVE_COUNT),
    )
    for option, value in options:
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


async def _bind(host: str, port: int) -> list[socket.socket]:
    """One listening socket per address of the host, all on one port."""
    name = address_text((host, port))
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise LinkError(f"cannot listen on {name}: the name {host!r} is not known ({error.strerror})") from error
    sockets: list[socket.socket] = []
    failures: list[OSError] = []
    for family, address in dict.fromkeys((info[0], info[4]) for info in infos):
        bound_port = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_bind_one(family, (address[0], bound_port, *address[2:])))
        except OSError as error:
            failures.append(error)
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                break  # only an address family that this machine does not have may be left out
    else:
        if sockets:
            return sockets
    for sock in sockets:
        sock.close()
    raise LinkError(f"cannot listen on {name}: {_words_for_os_error(failures[-1])}") from failures[-1]


def _bind_one(family: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _words_for_os_error(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "address in use; another program listens there"
        case errno.EADDRNOTAVAIL:
            return "this machine does not have that address"
        case errno.EACCES:
            return "no permission; ports below 1024 need root or CAP_NET_BIND_SERVICE"
        case errno.ECONNREFUSED:
            return "nobody listens there (connection refused)"
        case _:
            return error.strerror or str(error)


def _words_for_loss(error: Exception | None) -> str:
    match error:
        case None:
            return "peer closed the connection"
        case ConnectionResetError() | BrokenPipeError():
            return "peer reset the connection"
        case TimeoutError():
            return "peer vanished (no answer to keep-alive)"
        case _:
            return f"connection lost: {error}"
