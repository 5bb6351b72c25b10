from __future__ import annotations

import asyncio
import errno
import socket
import struct
from pathlib import Path

import pytest

from lineside.errors import LinkClosed, LinkError, LinkTimeout
from lineside.runtime import tcp
from lineside.runtime.guard import Guard, Limits, Ticket
from lineside.runtime.tcp import TcpLink, connect_tcp, listen_tcp
from tests.support.both_loops import Ear, on_both_loops
from tests.support.tcp_server import ROOMY, Echo, Server
from tests.support.wait import until


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
    assert link.ends() == (("127.0.0.1", server.listener.port), server.links[0].ends()[0])
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


async def test_connect_fails_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LinkError, match=r"nobody-here\.invalid:80"):
        await connect_tcp("nobody-here.invalid", 80)

    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", hang)
    with pytest.raises(LinkTimeout, match=r"127\.0\.0\.1:9 does not answer within 0.05 s"):
        await connect_tcp("127.0.0.1", 9, timeout_s=0.05)


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


@on_both_loops
async def test_write_that_fails_is_a_closed_link_and_no_fault(_: Path) -> None:
    """Between the failed write and `connection_lost` a transport may refuse to be used (uvloop raises RuntimeError)."""
    server = Server()
    await server.open()
    rude = socket.create_connection(("127.0.0.1", server.listener.port))
    await until(lambda: server.links)
    link = server.links[0]
    link.hold(True)
    rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    rude.close()
    taken = [link.send_or_close(b"x") for _turn in range(5)]
    assert taken[-1] is False
    with pytest.raises(LinkClosed):
        link.send(b"x")
    await until(lambda: server.ears[0].ends)
    await server.close()


def test_every_loss_has_words() -> None:
    wanted = {
        None: "peer closed",
        ConnectionResetError(): "peer reset",
        BrokenPipeError(): "peer reset",
        TimeoutError(): "peer vanished",
        OSError(errno.EIO, "input/output"): "connection lost: ",
    }
    for error, words in wanted.items():
        assert tcp._words_for_loss(error).startswith(words)
