from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from lineside.errors import ConfigError, LinkClosed, LinkError, LinkTimeout
from lineside.runtime import tcp
from lineside.runtime.guard import Guard, Limits, Ticket
from lineside.runtime.tcp import Listener, TcpLink, connect_tcp, listen_tcp, parse_address
from tests.support.both_loops import Ear, on_both_loops
from tests.support.wait import until

ROOMY = Limits(connections_max=5000, connections_per_address_max=5000)


class Echo(Ear):
    """Sends back what it hears."""

    def __init__(self, link: TcpLink) -> None:
        super().__init__()
        self.link = link

    def on_data(self, data: bytes) -> None:
        super().on_data(data)
        self.link.ticket.heard_message()
        self.link.send(data)


class Server:
    """A listener whose links are kept, each with its ear."""

    def __init__(self, make_ear: Callable[[TcpLink], Ear] = lambda _: Ear()) -> None:
        self.links: list[TcpLink] = []
        self.ears: list[Ear] = []
        self._make_ear = make_ear

    async def open(self, limits: Limits = ROOMY, address: str = "127.0.0.1:0") -> Listener:
        self.guard = Guard(limits, "test")
        self.listener = await listen_tcp(address, self.guard, self._on_link)
        return self.listener

    def _on_link(self, link: TcpLink) -> None:
        ear = self._make_ear(link)
        self.links.append(link)
        self.ears.append(ear)
        link.start(ear)

    async def connected(self) -> tuple[TcpLink, Ear]:
        link = await connect_tcp("127.0.0.1", self.listener.port)
        ear = Ear()
        link.start(ear)
        return link, ear

    async def close(self) -> None:
        await self.listener.close()
        self.guard.stop()
        await until(lambda: all(ear.ends for ear in self.ears))


@on_both_loops
async def test_bytes_go_both_ways_and_the_end_is_told_once(_: Path) -> None:
    server = Server(Echo)
    await server.open()
    link, ear = await server.connected()
    assert link.name == server.listener.address
    for index in range(50):
        link.send(bytes((index,)) * index)
    wanted = b"".join(bytes((index,)) * index for index in range(50))
    await until(lambda: ear.data == wanted)
    assert (link.sent_bytes, link.received_bytes) == (len(wanted), len(wanted))
    link.close("done")
    link.close("again")
    await until(lambda: ear.ends and server.ears[0].ends)
    assert ear.ends == ["done"]
    assert server.ears[0].ends == ["peer closed the connection"]
    with pytest.raises(LinkClosed, match="done"):
        link.send(b"x")
    assert not link.send_or_close(b"x")
    assert link.unsent() == 0
    assert server.guard.open_count == 0
    await server.close()


@on_both_loops
async def test_one_byte_at_a_time_arrives_whole(_: Path) -> None:
    server = Server()
    await server.open()
    link, _ear = await server.connected()
    for byte in b"byte by byte":
        link.send(bytes((byte,)))
        await asyncio.sleep(0)
    await until(lambda: server.ears and server.ears[0].data == b"byte by byte")
    await server.close()
    link.close("done")


@on_both_loops
async def test_close_still_delivers_what_is_queued_while_the_peer_is_talking(_: Path) -> None:
    """The reply of a refused request must not be destroyed by a reset: the peer was still sending."""
    reply = b'{"type":"nack"}' + bytes(200_000)

    class Refuse(Echo):
        def on_data(self, data: bytes) -> None:
            if self.link.is_open:
                self.link.send(reply)
                self.link.close("oversize")

    server = Server(Refuse)
    await server.open()
    link, ear = await server.connected()
    for _turn in range(50):
        link.send_or_close(bytes(10_000))
        await asyncio.sleep(0)
    await until(lambda: ear.ends and server.ears[0].ends)
    assert bytes(ear.data) == reply
    assert ear.ends == ["peer closed the connection"]
    assert server.ears[0].ends == ["oversize"]
    await server.close()


@on_both_loops
async def test_peer_that_ends_its_side_may_still_be_answered(_: Path) -> None:
    class Answering(Echo):
        def on_data(self, data: bytes) -> None:
            self.data += data

        def on_end(self) -> None:
            asyncio.get_running_loop().call_later(0.05, self.answer)

        def answer(self) -> None:
            self.link.send(b"answer to " + bytes(self.data))
            self.link.close("answered")

    server = Server(Answering)
    await server.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.listener.port)
    writer.write(b"question")
    writer.write_eof()
    assert await reader.read() == b"answer to question"
    writer.close()
    await until(lambda: server.ears[0].ends == ["answered"])
    await server.close()


@on_both_loops
async def test_bytes_and_end_before_start_are_delivered_first(_: Path) -> None:
    links: list[TcpLink] = []
    guard = Guard(ROOMY, "test")
    listener = await listen_tcp("127.0.0.1:0", guard, links.append)
    _reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(b"early")
    writer.write_eof()
    await until(lambda: links)
    await asyncio.sleep(0.05)
    ear = Ear()
    links[0].start(ear)
    await until(lambda: ear.ends)
    assert (bytes(ear.data), ear.ends) == (b"early", ["peer closed the connection"])
    _reader, dead = await asyncio.open_connection("127.0.0.1", listener.port)
    await until(lambda: len(links) == 2)
    links[1].abort("not wanted")
    await until(lambda: guard.open_count == 0)
    late = Ear()
    links[1].start(late)
    await until(lambda: late.ends == ["not wanted"])
    writer.close()
    dead.close()
    await listener.close()


@on_both_loops
async def test_held_link_does_not_read(_: Path) -> None:
    server = Server()
    await server.open()
    link, _ear = await server.connected()
    await until(lambda: server.links)
    server.links[0].hold(True)
    await asyncio.sleep(0.02)
    link.send(b"x" * 100)
    await asyncio.sleep(0.05)
    assert server.ears[0].data == b""
    server.links[0].hold(False)
    await until(lambda: len(server.ears[0].data) == 100)
    await server.close()
    link.close("done")


@on_both_loops
async def test_peer_that_never_reads_is_let_go_and_delays_nobody(_: Path) -> None:
    limits = Limits(connections_per_address_max=256, unsent_bytes_max=300_000, first_message_s=None)
    server = Server()
    await server.open(limits)
    deaf = socket.create_connection(("127.0.0.1", server.listener.port))
    good, good_ear = await server.connected()
    await until(lambda: len(server.links) == 2)
    sent = 0
    while server.links[0].is_open:
        server.links[0].send(bytes(10_000))
        server.links[1].send(bytes(100))
        sent += 100
        assert server.links[0].unsent() <= 310_000
        await asyncio.sleep(0)
    await until(lambda: server.ears[0].ends == ["peer does not read"])
    await until(lambda: len(good_ear.data) == sent)
    assert server.guard.was_cut == {"does_not_read": 1}
    deaf.close()
    good.close("done")
    await server.close()


@on_both_loops
async def test_closed_link_of_a_peer_that_never_reads_ends_in_time(_: Path) -> None:
    server = Server()
    await server.open(Limits(unsent_bytes_max=50_000_000, first_message_s=None))
    deaf = socket.create_connection(("127.0.0.1", server.listener.port))
    await until(lambda: server.links)
    server.links[0].send(bytes(20_000_000))
    server.links[0].close("enough")
    await until(lambda: server.ears[0].ends == ["enough"], seconds=5)
    deaf.close()
    await server.close()


@on_both_loops
async def test_silent_and_slow_peers_are_cut_with_last_words(_: Path) -> None:
    class Polite(Echo):
        def __init__(self, link: TcpLink) -> None:
            super().__init__(link)
            link.ticket.on_cut = lambda reason: link.send(b"nack: " + reason.encode())

        def on_data(self, data: bytes) -> None:
            self.data += data

    server = Server(Polite)
    await server.open(Limits(first_message_s=0.2))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.listener.port)

    async def drip() -> None:
        while True:
            writer.write(b"{")
            await asyncio.sleep(0.01)

    dripping = asyncio.create_task(drip())
    assert await reader.read() == b"nack: no whole message within 0.2 s"
    dripping.cancel()
    writer.close()
    await until(lambda: server.ears[0].ends == ["no whole message within 0.2 s"])
    await server.close()


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
async def test_reset_is_an_end_with_a_reason(_: Path) -> None:
    server = Server()
    await server.open()
    rude = socket.create_connection(("127.0.0.1", server.listener.port))
    await until(lambda: server.links)
    rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    rude.close()
    await until(lambda: server.ears[0].ends)
    assert server.ears[0].ends == ["peer reset the connection"]
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


async def test_connect_fails_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LinkError, match=r"nobody-here\.invalid:80"):
        await connect_tcp("nobody-here.invalid", 80)

    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", hang)
    with pytest.raises(LinkTimeout, match=r"127\.0\.0\.1:9 does not answer within 0.05 s"):
        await connect_tcp("127.0.0.1", 9, timeout_s=0.05)


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


async def test_too_many_bytes_before_anybody_listens_are_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "EARLY_BYTES_MAX", 10)
    ticket = Guard(Limits(unauthenticated_bytes_max=None), "test").admit("10.0.0.1")
    assert isinstance(ticket, Ticket)
    link = TcpLink("10.0.0.1:1", ticket)
    with pytest.raises(LinkClosed, match="not connected"):
        link.send(b"x")
    link.data_received(b"12345")
    assert ticket.is_open
    link.data_received(b"67890x")
    assert not ticket.is_open
