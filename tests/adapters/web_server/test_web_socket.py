"""WebSockets through the server: order, bounds, goodbyes."""

from __future__ import annotations

import asyncio
import base64
import os

import aiohttp
import pytest
from aiohttp import WSMsgType

from lineside.adapters.web_server import WebLimits, WebServer
from lineside.runtime.command import Role
from lineside.runtime.guard import Limits
from lineside.runtime.hub import frame_text
from lineside.runtime.routes import Request, Socket, SocketRoute
from tests.support.wait import until
from tests.support.web import asking, bearer, serving

VIEWER = bearer("viewer")


async def echo(link: Socket, request: Request) -> None:
    while (message := await link.receive()) is not None:
        match message:
            case "fail":
                raise RuntimeError("secret detail")
            case "leave":
                return
            case "close":
                link.close(4008, "ü" * 100)
                link.send(b"too late")
            case bytes():
                link.send(b"binary")
            case _:
                link.send(message.encode())


ROUTES = [SocketRoute("/api/live", echo, Role.VIEWER)]


async def goodbye(line: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    message = await line.receive()
    assert message.type is WSMsgType.CLOSE
    return message.data, message.extra or ""


async def test_messages_come_and_go_without_compression() -> None:
    async with (
        serving(ROUTES) as server,
        asking(server) as ask,
        ask.ws_connect("/api/live", headers=VIEWER, compress=15) as line,
    ):
        assert line.compress == 0
        await line.send_str("é")
        assert await line.receive_str() == "é"
        await line.send_bytes(b"\x00")
        assert await line.receive_str() == "binary"
        await line.ping()
        await line.send_str("x")
        assert await line.receive_str() == "x"


async def test_shared_frames_and_own_messages_keep_their_order() -> None:
    async def mix(link: Socket, request: Request) -> None:
        for index in range(300):
            text = f"{index} ".encode() + b"x" * (index * 300)
            if index % 2:
                link.send(text)
            else:
                link.send_framed(frame_text(text))
        await link.receive()

    async with (
        serving([SocketRoute("/mix", mix, None)]) as server,
        asking(server) as ask,
        ask.ws_connect("/mix", max_msg_size=0) as line,
    ):
        for index in range(300):
            text = await line.receive_str()
            assert text == f"{index} " + "x" * (index * 300)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Origin": "http://evil.example", **VIEWER}, 403),
        ({"Host": "evil.example", **VIEWER}, 421),
        ({"Sec-WebSocket-Version": "12", **VIEWER}, 400),
    ],
)
async def test_socket_is_refused_before_it_opens(headers: dict[str, str], status: int) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
        **headers,
    }
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.get("/api/live", headers=upgrade)
        assert answer.status == status
        assert set((await answer.json())["error"]) == {"code", "message", "retry"}


async def test_plain_request_on_a_socket_path_is_told_what_to_do() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.get("/api/live", headers=VIEWER)
        assert answer.status == 400
        assert "WebSocket" in await answer.text()


async def test_message_that_is_too_long_ends_the_socket() -> None:
    async with (
        serving(ROUTES, limits=WebLimits(message_bytes_max=1000)) as server,
        asking(server) as ask,
        ask.ws_connect("/api/live", headers=VIEWER) as line,
    ):
        await line.send_str("x" * 1001)
        assert (await goodbye(line))[0] == 1009


async def test_close_tells_code_and_reason_cut_to_fit_and_nothing_follows() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        async with ask.ws_connect("/api/live", headers=VIEWER) as line:
            await line.send_str("close")
            code, reason = await goodbye(line)
            assert (code, reason) == (4008, "ü" * 61)
        await until(lambda: server.socket_count == 0)


async def test_socket_is_closed_when_its_handler_returns_or_fails() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        async with ask.ws_connect("/api/live", headers=VIEWER) as line:
            await line.send_str("leave")
            assert (await goodbye(line))[0] == 1000
        async with ask.ws_connect("/api/live", headers=VIEWER) as line:
            await line.send_str("fail")
            assert await goodbye(line) == (1011, "a fault in the server")
        await until(lambda: server.socket_count == 0)


async def test_stop_says_come_again() -> None:
    async with (
        serving(ROUTES) as server,
        asking(server) as ask,
        ask.ws_connect("/api/live", headers=VIEWER) as line,
    ):
        await line.send_str("x")
        await line.receive_str()
        stopping = asyncio.create_task(server.stop())
        assert (await goodbye(line))[0] == 1012
        await stopping


async def connect_raw(server: WebServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        "GET /flood HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    writer.write(head.encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_peer_that_never_reads_is_seen_in_unsent_and_cut_by_close() -> None:
    """Its goodbye cannot be written behind what it does not read."""
    unsent: list[int] = []

    async def flood(link: Socket, request: Request) -> None:
        while link.unsent() < 4_000_000:
            link.send(b"x" * 100_000)
            await asyncio.sleep(0)
        unsent.append(link.unsent())
        link.close(4008, "does not read")
        assert await link.receive() is None

    routes = [SocketRoute("/flood", flood, None)]
    async with serving(routes, limits=WebLimits(close_s=0.2), guard=Limits(write_s=None)) as server:
        reader, writer = await connect_raw(server)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await until(lambda: unsent, what="the flood")
        assert unsent[0] >= 4_000_000
        await until(lambda: server._guard.open_count == 0, what="the cut")
        writer.close()


async def test_peer_that_vanished_is_found_by_heartbeat() -> None:
    async def wait(link: Socket, request: Request) -> None:
        assert await link.receive() is None

    async with serving([SocketRoute("/flood", wait, None)], limits=WebLimits(heartbeat_s=0.2)) as server:
        _, writer = await connect_raw(server)  # answers no ping
        await until(lambda: server.socket_count == 1)
        await until(lambda: server.socket_count == 0, what="the end")
        writer.close()
