"""A gateway's own port over real sockets: what comes in, what goes out, and how it ends."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from lineside.adapters.web_socket_listener import SocketTimes, WebSocketListener, listen_web
from lineside.errors import LinkError
from lineside.runtime.guard import Guard, Limits
from lineside.runtime.hub import frame_text
from lineside.runtime.routes import Request, Response, Route, RouteDoc, json_response
from lineside.runtime.web_socket import OnSocket, SocketLink, WebSocket
from tests.support.wait import until

DOC = RouteDoc("It is a test.")


async def echo(socket: WebSocket) -> None:
    while (frame := await socket.receive()) is not None:
        if frame == b"fail":
            raise RuntimeError("secret detail")
        if frame == b"leave":
            return
        if frame == b"close":
            socket.close(1008, "Too many errors")
            socket.send(b"too late")
        else:
            socket.send(frame)


@asynccontextmanager
async def listening(
    on_socket: OnSocket = echo,
    routes: Iterable[Route] = (),
    limits: Limits | None = None,
    times: SocketTimes | None = None,
    **more: Any,
) -> AsyncIterator[WebSocketListener]:
    guard = Guard(limits or Limits(), "test")
    listener = await listen_web("127.0.0.1:0", guard, on_socket, routes, times=times, **more)
    try:
        yield listener
    finally:
        await listener.close()


@asynccontextmanager
async def connected(
    listener: WebSocketListener, path: str = "/", **more: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession(f"http://{listener.address}") as session,
        session.ws_connect(path, **more) as line,
    ):
        yield line


async def goodbye(line: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    message = await line.receive()
    assert message.type is WSMsgType.CLOSE
    return message.data, message.extra or ""


async def test_text_and_binary_frames_come_as_bytes_and_go_as_text_without_compression() -> None:
    async with listening() as listener, connected(listener, compress=15) as line:
        assert line.compress == 0
        await line.send_str("é")
        assert await line.receive_str() == "é"
        await line.send_bytes(b"{}")
        assert await line.receive_str() == "{}"


async def test_owner_sees_path_headers_and_peer_as_they_came() -> None:
    seen: list[WebSocket] = []

    async def look(socket: WebSocket) -> None:
        seen.append(socket)
        await socket.receive()

    async with (
        listening(look) as listener,
        connected(listener, "/any/where?id=ARO-001_a%20b&token", headers={"Origin": "http://evil.example"}),
    ):
        await until(lambda: seen)
        assert seen[0].path == "/any/where?id=ARO-001_a%20b&token"
        assert seen[0].headers["origin"] == "http://evil.example"
        assert seen[0].remote == "127.0.0.1"
        assert seen[0].name.startswith("127.0.0.1:")
        assert seen[0].ticket.address == "127.0.0.1"


async def test_nothing_is_sent_unasked_but_pings_whose_round_trip_is_known() -> None:
    seen: list[WebSocket] = []

    async def wait(socket: WebSocket) -> None:
        seen.append(socket)
        assert await socket.receive() is None

    async with (
        listening(wait, times=SocketTimes(ping_s=0.05, pong_s=5.0)) as listener,
        connected(listener, autoping=False) as line,
    ):
        message = await line.receive()
        assert message.type is WSMsgType.PING
        assert seen[0].rtt_s is None
        await line.pong(b"another")
        await line.pong(message.data)
        await until(lambda: seen[0].rtt_s is not None)


async def test_pings_of_the_peer_are_answered_with_their_own_words() -> None:
    async with listening() as listener, connected(listener, autoping=False) as line:
        await line.ping(b"are you there")
        message = await line.receive()
        assert (message.type, bytes(message.data)) == (WSMsgType.PONG, b"are you there")


async def raw_client(listener: WebSocketListener) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket that answers nothing by itself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    writer.write(head.encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_peer_that_answers_no_ping_has_vanished() -> None:
    ended: list[str] = []

    async def wait(socket: WebSocket) -> None:
        assert await socket.receive() is None
        ended.append(socket.ended)

    async with listening(wait, times=SocketTimes(ping_s=0.05, pong_s=0.05)) as listener:
        _, writer = await raw_client(listener)
        await until(lambda: ended)
        assert "no answer to a ping" in ended[0]
        writer.close()


async def test_silence_of_a_peer_whom_nobody_reads_is_no_sign() -> None:
    """A full mailbox holds the reader; its pongs wait in the socket meanwhile."""
    go_on = asyncio.Event()
    seen: list[IncomingPing] = []

    async def hold(socket: WebSocket) -> None:
        seen.append(IncomingPing(socket))
        await go_on.wait()
        await socket.receive()

    async with (
        listening(hold, times=SocketTimes(ping_s=0.02, pong_s=0.02)) as listener,
        connected(listener) as line,
    ):
        reading = asyncio.create_task(line.receive())
        await until(lambda: seen and seen[0].count >= 3, what="three pings")
        assert seen[0].socket.ended == ""
        await until(lambda: seen[0].count >= 6, what="six pings")
        go_on.set()
        reading.cancel()


class IncomingPing:
    """How often a socket has pinged."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    @property
    def count(self) -> int:
        return int(self.socket._ping_count)


async def test_frame_that_is_too_long_ends_with_1009_and_the_longest_is_taken() -> None:
    async with listening(limits=Limits(frame_bytes_max=1000)) as listener, connected(listener) as line:
        await line.send_str("x" * 1000)
        assert await line.receive_str() == "x" * 1000
        await line.send_str("x" * 1001)
        assert (await goodbye(line))[0] == 1009
        await until(lambda: listener.socket_count == 0)


async def test_owner_closes_with_code_and_reason_and_nothing_follows() -> None:
    async with listening() as listener, connected(listener) as line:
        await line.send_str("close")
        assert await goodbye(line) == (1008, "Too many errors")
        await until(lambda: listener.socket_count == 0)


async def test_socket_is_closed_when_its_owner_returns_or_fails() -> None:
    async with listening() as listener:
        async with connected(listener) as line:
            await line.send_str("leave")
            assert (await goodbye(line))[0] == 1000
        async with connected(listener) as line:
            await line.send_str("fail")
            assert await goodbye(line) == (1011, "a fault in the server")


@pytest.mark.parametrize(("code", "told"), [(1000, (1000, "bye")), (4000, (4000, "bye"))])
async def test_goodbye_of_the_peer_is_told(code: int, told: tuple[int, str]) -> None:
    seen: list[WebSocket] = []

    async def wait(socket: WebSocket) -> None:
        assert await socket.receive() is None
        assert await socket.receive() is None
        seen.append(socket)

    async with listening(wait) as listener, connected(listener) as line:
        await line.close(code=code, message=b"bye")
        await until(lambda: seen)
        assert seen[0].goodbye == told


async def test_connection_that_broke_has_no_goodbye() -> None:
    seen: list[WebSocket] = []

    async def wait(socket: WebSocket) -> None:
        assert await socket.receive() is None
        seen.append(socket)

    async with listening(wait) as listener:
        _, writer = await raw_client(listener)
        writer.transport.abort()
        await until(lambda: seen)
        assert seen[0].goodbye is None
        assert seen[0].ended


async def test_shared_frames_keep_the_order_and_several_may_leave_as_one_write() -> None:
    async def feed(socket: WebSocket) -> None:
        socket.send(b"1")
        socket.send_framed(frame_text(b"2") + frame_text(b"3"))
        socket.send(b"4")
        await socket.receive()

    async with listening(feed) as listener, connected(listener) as line:
        assert [await line.receive_str() for _ in range(4)] == ["1", "2", "3", "4"]


async def test_close_tells_every_socket_to_come_again_and_frees_the_places() -> None:
    guard = Guard(Limits(), "test")
    listener = await listen_web("127.0.0.1:0", guard, echo)
    async with connected(listener) as line:
        closing = asyncio.create_task(listener.close("come again"))
        assert await goodbye(line) == (1012, "come again")
        await closing
    await until(lambda: guard.open_count == 0)


async def test_peer_that_never_reads_is_seen_in_unsent_and_cut_after_its_goodbye() -> None:
    unsent: list[int] = []

    async def flood(socket: WebSocket) -> None:
        while socket.unsent() < 4_000_000:
            socket.send(b"x" * 100_000)
            await asyncio.sleep(0)
        unsent.append(socket.unsent())
        socket.close(1013, "Too slow")

    async with listening(flood, limits=Limits(write_s=None), times=SocketTimes(close_s=0.1)) as listener:
        reader, writer = await raw_client(listener)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await until(lambda: unsent)
        await until(lambda: listener.socket_count == 0)
        writer.close()


async def test_address_that_is_taken_is_named() -> None:
    async with listening() as listener:
        with pytest.raises(LinkError, match=str(listener.port)):
            await listen_web(listener.address, Guard(Limits(), "second"), echo)


# ------------------------------------------------------------------ plain HTTP beside it


async def tell(request: Request) -> Response:
    return json_response({"query": dict(request.query), "body": request.body.decode(), "match": dict(request.match)})


async def boom(request: Request) -> Response:
    raise RuntimeError("secret detail")


ROUTES = [
    Route("GET", "/v1/tell/{what}", tell, None, DOC),
    Route("POST", "/v1/tell/{what}", tell, None, DOC),
    Route("GET", "/v1/boom", boom, None, DOC),
]


async def test_plain_calls_are_answered_on_the_same_port() -> None:
    async with listening(routes=ROUTES) as listener, aiohttp.ClientSession(f"http://{listener.address}") as session:
        answer = await session.get("/v1/tell/x?tableId=A&tableId=B&one=1")
        assert (await answer.json())["query"] == {"tableId": "A,B", "one": "1"}
        answer = await session.post("/v1/tell/x", data=b"body")
        assert (await answer.json())["body"] == "body"
        async with session.ws_connect("/v1/tell/x") as line:
            await line.send_str("a path is no matter to a WebSocket")
            await line.receive_str()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("PUT", "/v1/tell/x", {}, 405),
        ("GET", "/v1/tell/x", {"Host": "evil.example"}, 421),
        ("POST", "/v1/tell/x", {"Origin": "http://evil.example"}, 403),
        ("GET", "/v1/boom", {}, 500),
        ("GET", "/", {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "12"}, 400),
    ],
)
async def test_plain_calls_are_refused_as_everywhere(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with listening(routes=ROUTES) as listener, aiohttp.ClientSession(f"http://{listener.address}") as session:
        answer = await session.request(method, path, headers=headers)
        text = await answer.text()
        assert answer.status == status
        assert "secret" not in text


async def test_further_names_of_the_host_are_accepted() -> None:
    async with (
        listening(routes=ROUTES, hosts=("studio.example",)) as listener,
        aiohttp.ClientSession(f"http://{listener.address}") as session,
    ):
        answer = await session.get("/v1/tell/x", headers={"Host": "studio.example:8080"})
        assert answer.status == 200


# ------------------------------------------------------------------ as a link


class Frames:
    """A receiver that notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.reason = ""

    def on_data(self, data: bytes) -> None:
        self.heard.append(data)

    def on_closed(self, reason: str) -> None:
        self.reason = reason


async def test_as_a_link_each_frame_is_one_call() -> None:
    frames = Frames()

    async def attach(socket: WebSocket) -> None:
        link = SocketLink(socket)
        link.start(frames)
        await link.run()

    async with listening(attach) as listener:
        async with connected(listener) as line:
            for text in ("a", "", "b"):
                await line.send_str(text)
            await until(lambda: len(frames.heard) == 3)
        await until(lambda: frames.reason)
        assert frames.heard == [b"a", b"", b"b"]
        assert frames.reason == "peer closed with 1000"
