"""What a connection says of itself, and its last words."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import aiohttp
import pytest

from lineside.runtime.command import Role
from lineside.runtime.guard import Limits
from lineside.runtime.routes import Request, Response, Route, RouteDoc, json_response
from tests.support.web import serving


async def tell(request: Request) -> Response:
    return json_response({"who": request.actor.name if request.actor else None, "remote": request.remote})


ROUTES = [Route("GET", "/api/tell", tell, Role.ADMIN, RouteDoc("It is a test."))]


async def ask_locally(path: Path) -> str:
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as ask:
        return str((await (await ask.get("http://lineside/api/tell")).json())["who"])


async def test_local_actor_is_the_user_that_the_kernel_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(ROUTES, control=tmp_path / "control.sock"):
        monkeypatch.setenv("USER", "anna")
        assert await ask_locally(tmp_path / "control.sock") == "local anna"
        monkeypatch.delenv("USER")
        assert (await ask_locally(tmp_path / "control.sock")).startswith("local uid ")


async def test_local_actor_is_an_admin_where_the_kernel_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "SO_PEERCRED", raising=False)
    async with serving(ROUTES, control=tmp_path / "control.sock"):
        assert await ask_locally(tmp_path / "control.sock") == "local admin"


async def test_last_words_are_an_answer_that_a_client_understands(tmp_path: Path) -> None:
    async with serving(ROUTES, guard=Limits(first_message_s=0.2)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408")
        assert f"Content-Length: {len(body)}".encode() in head
        assert json.loads(body)["error"]["retry"] is True
        writer.close()


async def test_too_many_bytes_before_whole_headers_are_cut() -> None:
    async with serving(ROUTES, guard=Limits(unauthenticated_bytes_max=20_000)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        for index in range(50):
            writer.write(f"X-{index}: ".encode() + b"x" * 1000 + b"\r\n")
            await asyncio.sleep(0)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        assert server._guard.was_cut["unauthenticated_bytes"] == 1
        writer.close()


async def test_more_headers_than_allowed_are_refused() -> None:
    async with serving(ROUTES) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200 + b"\r\n")
        assert b" 400 " in (await reader.read()).splitlines()[0]
        writer.close()


async def test_peer_that_leaves_in_the_middle_is_no_fault(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with serving(ROUTES) as server:
        for text in (b"", b"GET", b"POST /api/tell HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(text)
            await writer.drain()
            writer.transport.abort()
        await asyncio.sleep(0.05)
    assert "Traceback" not in capfd.readouterr().err
