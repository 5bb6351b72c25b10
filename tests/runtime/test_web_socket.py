"""A WebSocket as a link: frames in order, back-pressure, bounds, one end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from lineside.errors import LinkClosed
from lineside.runtime.guard import Guard, Limits, Ticket
from lineside.runtime.web_socket import DOES_NOT_READ, SocketLink, no_web
from tests.support.wait import until


class PlayedSocket:
    """A socket whose peer is the test."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.guard = Guard(limits or Limits(), "test")
        ticket = self.guard.admit("127.0.0.1")
        assert isinstance(ticket, Ticket)
        self.ticket = ticket
        self.path = "/"
        self.headers: Mapping[str, str] = {}
        self.name = "127.0.0.1:1"
        self.remote = "127.0.0.1"
        self.ended = ""
        self.goodbye: tuple[int, str] | None = None
        self.rtt_s: float | None = None
        self.on_rtt: Callable[[float], None] = lambda rtt_s: None
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.sent: list[bytes] = []
        self.held_bytes = 0
        self.reads = 0

    async def receive(self) -> bytes | None:
        self.reads += 1
        return await self.frames.get()

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def send_framed(self, frame: bytes) -> None:
        self.sent.append(frame)

    def unsent(self) -> int:
        return self.held_bytes

    def close(self, code: int, reason: str) -> None:
        self.ended = reason
        self.sent.append(f"close {code} {reason}".encode())
        self.frames.put_nowait(None)


class Heard:
    def __init__(self) -> None:
        self.log: list[str] = []

    def on_data(self, data: bytes) -> None:
        self.log.append(data.decode())

    def on_closed(self, reason: str) -> None:
        self.log.append(f"closed: {reason}")


def scene(limits: Limits | None = None) -> tuple[PlayedSocket, SocketLink, Heard, asyncio.Task[str]]:
    socket, heard = PlayedSocket(limits), Heard()
    link = SocketLink(socket)
    link.start(heard)
    return socket, link, heard, asyncio.create_task(link.run())


async def test_frames_arrive_in_order_then_the_end_once() -> None:
    socket, link, heard, running = scene()
    for frame in (b"1", b"2", b"3"):
        socket.frames.put_nowait(frame)
    await until(lambda: len(heard.log) == 3)
    link.send(b"answer")
    socket.ended = "peer closed with 1000"
    socket.frames.put_nowait(None)
    assert await running == "peer closed with 1000"
    assert heard.log == ["1", "2", "3", "closed: peer closed with 1000"]
    assert socket.sent == [b"answer"]


async def test_held_link_reads_nothing_until_it_is_let_go() -> None:
    socket, link, heard, running = scene()
    await until(lambda: socket.reads == 1)
    link.hold(True)
    socket.frames.put_nowait(b"on its way already")
    socket.frames.put_nowait(b"later")
    await until(lambda: heard.log == ["on its way already"])
    assert socket.reads == 1
    link.hold(False)
    await until(lambda: "later" in heard.log)
    running.cancel()


async def test_closed_link_takes_nothing_more_and_delivers_nothing_more() -> None:
    socket, link, heard, running = scene()
    await until(lambda: socket.reads == 1)
    link.close("Too many errors", 1008)
    link.close("again", 1000)
    socket.frames.put_nowait(b"late")
    assert await running == "Too many errors"
    assert socket.sent == [b"close 1008 Too many errors"]
    assert heard.log == ["closed: Too many errors"]
    with pytest.raises(LinkClosed, match="Too many errors"):
        link.send(b"x")


async def test_close_of_a_held_link_ends_it_too() -> None:
    _, link, heard, running = scene()
    link.hold(True)
    link.close("stop")
    assert await running == "stop"
    assert heard.log == ["closed: stop"]


async def test_frame_that_came_after_close_is_dropped() -> None:
    socket, link, heard, running = scene()
    await until(lambda: socket.reads == 1)
    link._reason = "stop"
    socket.frames.put_nowait(b"late")
    socket.frames.put_nowait(None)
    await running
    assert heard.log == ["closed: stop"]


async def test_peer_that_does_not_read_is_cut_at_the_bound() -> None:
    socket, link, heard, running = scene(Limits(unsent_bytes_max=1000))
    cut: list[str] = []
    socket.ticket.bind(lambda reason, text: cut.append(f"{reason} {text}"))
    link.send(b"x")
    socket.held_bytes = 1001
    link.send(b"y")
    assert cut == [f"does_not_read {DOES_NOT_READ}"]
    assert not link.is_open
    assert link.unsent() == 1001
    socket.frames.put_nowait(None)
    await running
    assert heard.log == [f"closed: {DOES_NOT_READ}"]


async def test_cancelled_run_still_tells_the_end() -> None:
    socket, _, heard, running = scene()
    await until(lambda: socket.reads == 1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert heard.log == ["closed: connection lost"]


async def test_runtime_without_an_adapter_says_so() -> None:
    async def nobody(socket: object) -> None: ...

    with pytest.raises(AssertionError, match="without a WebSocket listener"):
        await no_web("127.0.0.1:0", Guard(Limits(), "test"), nobody)
