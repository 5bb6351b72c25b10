from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path

import pytest

from lineside.errors import ConfigError, LinkError
from lineside.runtime import listener as listening
from lineside.runtime.guard import Guard, Limits, Ticket
from lineside.runtime.listener import listen, parse_address, words_for_os_error
from lineside.runtime.tcp import TcpLink, connect_tcp, listen_tcp
from tests.support.both_loops import Ear, on_both_loops
from tests.support.tcp_server import ROOMY, Echo, Server
from tests.support.wait import until


@on_both_loops
async def test_a_thousand_connections_at_once_are_served_or_refused(_: Path) -> None:
    server = Server(Echo)
    await server.open(Limits(connections_max=700, connections_per_address_max=5000))
    sockets = [socket.socket() for _ in range(1000)]
    for sock in sockets:
        sock.setblocking(False)
        assert sock.connect_ex(("127.0.0.1", server.listener.port)) in (0, errno.EINPROGRESS)
    refused = server.guard.refused
    await until(lambda: len(server.links) + refused.total() == 1000)
    assert (len(server.links), refused) == (700, {"too_many_connections": 300})
    loop = asyncio.get_running_loop()
    answers = 0
    for sock in sockets:
        try:
            sock.send(b"hello")
        except OSError:
            continue
    for sock in sockets:
        try:
            answers += await loop.sock_recv(sock, 10) == b"hello"
        except OSError:
            continue
    assert answers == 700
    for sock in sockets:
        sock.close()
    await until(lambda: server.guard.open_count == 0)
    await server.close()


@on_both_loops
async def test_running_out_of_descriptors_is_a_pause(_: Path) -> None:
    server = Server(Echo)
    await server.open()

    class Exhausted:
        """The listening socket of a process without descriptors; `accept` of a real one cannot be replaced."""

        left = 2

        def __init__(self, real: socket.socket) -> None:
            self.fileno, self.close = real.fileno, real.close
            self.real = real

        def accept(self) -> object:
            if self.left:
                self.left -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return self.real.accept()

    loop = asyncio.get_running_loop()
    real = server.listener._sockets[0]
    exhausted = Exhausted(real)
    loop.remove_reader(real.fileno())
    server.listener._sockets[0] = exhausted  # type: ignore[call-overload]
    loop.add_reader(real.fileno(), server.listener._accept_some, exhausted)  # type: ignore[arg-type]
    link, ear = await server.connected()
    link.send(b"patience")
    await until(lambda: ear.data == b"patience")
    assert server.listener.pauses == 2
    link.close("done")
    await server.close()


@on_both_loops
async def test_listener_closes_while_it_pauses_and_its_port_is_free_again(_: Path) -> None:
    server = Server()
    listener = await server.open()
    listener._pause(listener._sockets[0], OSError(errno.ENFILE, "full"))
    await listener.close()
    await listener.close()
    again = await listen_tcp(listener.address, server.guard, lambda _: None)
    assert again.address == listener.address
    await again.close()
    with pytest.raises(LinkError, match="nobody listens there"):
        await connect_tcp("127.0.0.1", listener.port)


@on_both_loops
async def test_fault_in_the_owner_ends_its_link_alone(_: Path) -> None:
    guard = Guard(ROOMY, "test")

    def fail(link: TcpLink) -> None:
        raise RuntimeError("fault in the owner")

    listener = await listen_tcp("127.0.0.1:0", guard, fail)
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    assert await reader.read() == b""
    writer.close()
    await until(lambda: guard.open_count == 0)
    await listener.close()


@on_both_loops
async def test_ipv6_and_names_work(_: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    server = Server(Echo)
    try:
        listener = await server.open(address="[::1]:0")
    except LinkError:
        pytest.skip("no IPv6 loopback here")
    assert listener.address.startswith("[::1]:")
    link = await connect_tcp("::1", listener.port)
    assert link.name == listener.address
    ear = Ear()
    link.start(ear)
    link.send(b"six")
    await until(lambda: ear.data == b"six")
    link.close("done")
    await server.close()
    named = await listen_tcp("localhost:0", server.guard, lambda _: None)
    await named.close()


async def test_address_in_use_is_named() -> None:
    guard = Guard(ROOMY, "test")
    first = await listen_tcp("127.0.0.1:0", guard, lambda _: None)
    with pytest.raises(LinkError, match=rf"cannot listen on {first.address}: address in use"):
        await listen_tcp(first.address, guard, lambda _: None)
    with pytest.raises(LinkError, match=r"cannot listen on 192\.0\.2\.1:80: this machine does not have that address"):
        await listen_tcp("192.0.2.1:80", guard, lambda _: None)
    with pytest.raises(LinkError, match=r"nobody-here\.invalid"):
        await listen_tcp("nobody-here.invalid:80", guard, lambda _: None)
    await first.close()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:0", ("::1", 0)), ("localhost:65535", ("localhost", 65535))],
)
def test_address_is_read(text: str, wanted: tuple[str, int]) -> None:
    assert parse_address(text) == wanted


@pytest.mark.parametrize("text", ["", "127.0.0.1", ":80", "::1:80", "a:b", "a:-1", "a:65536", "a:٣", "[::1]"])
def test_bad_address_is_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(ConfigError, match="accepted is host:port"):
        parse_address(text)


@on_both_loops
async def test_peer_that_leaves_while_it_is_taken_frees_its_place(_: Path) -> None:
    guard = Guard(ROOMY, "test")
    taken: list[socket.socket] = []

    async def welcome(accepted: socket.socket, ticket: Ticket) -> None:
        taken.append(accepted)
        accepted.close()
        ticket.release()
        raise ConnectionResetError("gone")

    listener = await listen("127.0.0.1:0", guard, welcome)
    peer = socket.create_connection(("127.0.0.1", listener.port))
    await until(lambda: taken)
    assert guard.open_count == 0
    peer.close()
    await listener.close()


@on_both_loops
async def test_socket_that_is_dead_already_frees_its_place(_: Path) -> None:
    server = Server()
    await server.open()

    class Dead:
        """What `accept` gives when the peer has reset the connection in the queue."""

        closed = False

        def setblocking(self, flag: bool) -> None: ...

        def setsockopt(self, *_: object) -> None:
            raise OSError(errno.EINVAL, "Invalid argument")

        def close(self) -> None:
            self.closed = True

    dead = Dead()
    server.listener._admit(dead, ("127.0.0.1", 1))  # type: ignore[arg-type]
    assert dead.closed
    assert server.guard.open_count == 0

    class Refusing:
        """A listening socket whose first peers have left the queue."""

        def __init__(self) -> None:
            self.left: list[OSError] = [ConnectionAbortedError(), InterruptedError()]

        def accept(self) -> object:
            raise self.left.pop(0)

    refusing = Refusing()
    server.listener._accept_some(refusing)  # type: ignore[arg-type]
    assert refusing.left == []
    assert server.listener.pauses == 0
    await server.close()


@on_both_loops
async def test_link_that_cannot_be_made_frees_its_place(_: Path) -> None:
    guard = Guard(ROOMY, "test")
    listener = await listen_tcp("127.0.0.1:0", guard, lambda _: None)
    loop = asyncio.get_running_loop()
    refused: list[int] = []

    class Broken:
        """A connected socket that has lost its peer before it could be named."""

        def __init__(self) -> None:
            self.real = socket.socket()

        def getpeername(self) -> object:
            refused.append(1)
            raise OSError(errno.ENOTCONN, "not connected")

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

    ticket = guard.admit("127.0.0.1")
    assert isinstance(ticket, Ticket)
    loop.call_soon(listener._welcome, Broken(), ticket)  # type: ignore[arg-type]
    await until(lambda: refused and guard.open_count == 0)
    await listener.close()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EADDRINUSE, "address in use"),
        (errno.EADDRNOTAVAIL, "does not have that address"),
        (errno.EACCES, "no permission"),
        (errno.ECONNREFUSED, "nobody listens"),
        (errno.EHOSTUNREACH, "No route to host"),
    ],
)
def test_system_errors_have_words(number: int, words: str) -> None:
    assert words in words_for_os_error(OSError(number, "No route to host"))


def test_accepts_take_turns_with_other_work() -> None:
    assert 1 < listening.ACCEPTS_PER_TURN < 1000
