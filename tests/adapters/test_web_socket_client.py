"""The calling end of a WebSocket: frames, goodbyes, servers that are none, that hang, that vanish."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web

from lineside.adapters.web_socket_client import FRAME_BYTES_MAX, open_web_socket
from lineside.errors import ConfigError, LinkClosed, LinkError, LinkTimeout
from tests.support.both_loops import on_both_loops
from tests.support.wait import until

Serve = Callable[[web.WebSocketResponse], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve, **more: object) -> AsyncIterator[str]:
    """A server of one behaviour; its URL. Paths are told in the first frame."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse(**more)  # type: ignore[arg-type]
        await response.prepare(request)
        await response.send_str(request.raw_path)
        await serve(response)
        return response

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    try:
        yield f"ws://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    finally:
        await runner.cleanup()


async def echo(peer: web.WebSocketResponse) -> None:
    async for message in peer:
        if message.type is WSMsgType.BINARY:
            await peer.send_bytes(message.data)
        else:
            await peer.send_str(message.data)


@on_both_loops
async def test_text_and_binary_come_and_go_and_the_path_stays_as_it_was(tmp_path: Path) -> None:
    async with serving(echo) as url:
        one = await open_web_socket(f"{url}?id=A%20b&token=%2B+c")
        assert await one.receive() == "/?id=A%20b&token=%2B+c"
        await one.send("schön")
        assert await one.receive() == "schön"
        await one.send(b"\x00\xff")
        assert await one.receive() == b"\x00\xff"
        await one.close()
        await one.close()
        assert await one.receive() is None
        with pytest.raises(LinkClosed):
            await one.send("late")


@on_both_loops
async def test_goodbye_of_the_server_is_told(tmp_path: Path) -> None:
    async def refuse(peer: web.WebSocketResponse) -> None:
        await peer.close(code=1008, message=b"Invalid token")

    async with serving(refuse) as url:
        one = await open_web_socket(url)
        await one.receive()
        assert await one.receive() is None
        assert (one.close_code, one.close_reason) == (1008, "Invalid token")


@on_both_loops
async def test_end_without_a_goodbye_is_told_as_1006(tmp_path: Path) -> None:
    async def vanish(peer: web.WebSocketResponse) -> None:
        assert peer._req is not None
        assert peer._req.transport is not None
        peer._req.transport.abort()

    async with serving(vanish) as url:
        one = await open_web_socket(url)
        await one.receive()
        assert await one.receive() is None
        assert (one.close_code, one.close_reason) == (1006, "")


async def test_server_that_hangs_is_noticed_by_the_heartbeat() -> None:
    async def hang(peer: web.WebSocketResponse) -> None:
        await asyncio.Event().wait()  # reads nothing, so that no ping is answered

    async with serving(hang, autoping=False) as url:
        one = await open_web_socket(url, heartbeat_s=0.1)
        await one.receive()
        assert await one.receive() is None
        assert one.close_code == 1006


async def test_held_socket_takes_nothing_until_it_goes_on() -> None:
    async with serving(echo) as url:
        one = await open_web_socket(url, heartbeat_s=None)
        await one.receive()
        one.hold(True)
        await one.send("x")
        waiting = asyncio.ensure_future(one.receive())
        done, _ = await asyncio.wait((waiting,), timeout=0.05)
        assert not done
        one.hold(False)
        assert await waiting == "x"
        await one.drop()
        assert one.close_code == 1006
        one.hold(True)  # of no use any more, and harmless


async def test_dropped_socket_says_nothing() -> None:
    ended: list[int | None] = []

    async def listen(peer: web.WebSocketResponse) -> None:
        async for _ in peer:
            pass
        ended.append(peer.close_code)

    async with serving(listen) as url:
        one = await open_web_socket(url)
        await one.drop()
        await until(lambda: ended)
        assert ended != [1000]


async def test_frame_that_is_too_long_ends_the_connection() -> None:
    async def boast(peer: web.WebSocketResponse) -> None:
        await peer.send_str("x" * (FRAME_BYTES_MAX + 1))
        await asyncio.Event().wait()

    async with serving(boast) as url:
        one = await open_web_socket(url)
        await one.receive()
        assert await one.receive() is None


@pytest.mark.parametrize("url", ["", "localhost:8080", "http://h:1", "ws://", "ws://h:99999", "ws://[::1"])
async def test_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^url: .*wanted ws://host:port"):
        await open_web_socket(f"{url}?token=hidden")


async def test_nobody_there_is_told_without_the_query() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(LinkError, match=f"ws://127.0.0.1:{port}") as refused:
        await open_web_socket(f"ws://127.0.0.1:{port}/?token=hidden")
    assert "hidden" not in str(refused.value)


async def test_what_is_no_web_socket_server_is_told() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(LinkError, match="no WebSocket server: it answered 404"):
            await open_web_socket(f"ws://127.0.0.1:{port}")


async def test_silent_server_is_given_up() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(LinkTimeout, match=r"within 0\.05 s"):
            await open_web_socket(f"ws://127.0.0.1:{port}", open_s=0.05)
