"""Listen for TCP connections under a guard.

The listener accepts by itself instead of leaving that to the loop: a connection is counted and refused before anything
is made for it, a storm of a thousand takes its turns with the loop's other work, and running out of descriptors is a
pause (uvloop's own server would close its listening socket and say nothing).
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable

from lineside.errors import ConfigError, LinkError
from lineside.runtime.guard import Guard, Refusal, Ticket
from lineside.runtime.log import get_log

# The kernel caps it at net.core.somaxconn (4,096 today); a storm of 1,000 fits.
BACKLOG = 2_048
# Between two turns of the loop; the listening socket stays readable, so the rest is taken in the next turn.
ACCEPTS_PER_TURN = 64
# Without descriptors or memory there is nothing to do but wait until some are given back.
ACCEPT_PAUSE_S = 0.2
# A peer that vanished without a word (cable, power) is found in about two minutes also when nothing is sent.
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT = 60, 15, 4

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

log = get_log("tcp")


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
    raise LinkError(f"cannot listen on {name}: {words_for_os_error(failures[-1])}") from failures[-1]


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


def words_for_os_error(error: OSError) -> str:
    """What happened, for who can do something about it."""
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
