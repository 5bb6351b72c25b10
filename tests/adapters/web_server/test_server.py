"""The whole way of a request, over real sockets: what is let through, and every refusal."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import structlog

from lineside.adapters.web_server import WebLimits, WebServer
from lineside.errors import JournalFull, LinkError, NoSuchUnit
from lineside.runtime.command import Role
from lineside.runtime.guard import Guard, Limits
from lineside.runtime.request_fields import read_json
from lineside.runtime.routes import Request, Response, Route, RouteDoc, Socket, SocketRoute, json_response
from tests.support.certificate import make_certificate
from tests.support.wait import until
from tests.support.web import KnownTokens, asking, bearer, serving

DOC = RouteDoc("It is a test.")


class Word(msgspec.Struct, forbid_unknown_fields=True):
    word: str


async def tell(request: Request) -> Response:
    who = request.actor.name if request.actor else None
    told = {"path": request.path, "query": dict(request.query), "match": dict(request.match), "who": who}
    return json_response({**told, "local": request.local, "secure": request.secure, "remote": request.remote})


async def echo(request: Request) -> Response:
    return json_response(read_json(request, Word))


async def fail(request: Request) -> Response:
    match request.query.get("with"):
        case "full":
            raise JournalFull("no room on the disk")
        case "unit":
            raise NoSuchUnit("no unit 'x'")
    raise RuntimeError("secret detail")


async def echo_socket(link: Socket, request: Request) -> None:
    while (message := await link.receive()) is not None:
        if message == "fail":
            raise RuntimeError("secret detail")
        if message == "leave":
            return
        link.send(message.encode() if isinstance(message, str) else b"binary")


ROUTES = [
    Route("GET", "/api/tell", tell, Role.VIEWER, DOC),
    Route("GET", "/api/tell/{gateway}/{unit}", tell, None, DOC),
    Route("POST", "/api/admin", tell, Role.ADMIN, DOC),
    Route("POST", "/api/echo", echo, None, DOC),
    Route("GET", "/api/fail", fail, None, DOC),
    Route("GET", "/metrics", tell, Role.VIEWER, DOC, loopback=True),
    SocketRoute("/api/live", echo_socket, Role.VIEWER),
]


async def error_of(answer: aiohttp.ClientResponse) -> tuple[int, str]:
    """Status and code of a refusal, which must have the one shape."""
    assert answer.content_type == "application/json"
    told = json.loads(await answer.text())
    assert set(told) == {"error"}
    assert set(told["error"]) == {"code", "message", "retry"}
    return answer.status, told["error"]["code"]


async def ask_raw(server: WebServer, text: str) -> bytes:
    """Send bytes as they are; everything that comes until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(text.encode())
    try:
        return await reader.read()
    finally:
        writer.close()


# ---------------------------------------------------------------------- let through


async def test_request_reaches_its_handler_with_query_match_and_actor() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.get("/api/tell/ward/1%2F2?a=1&b=%C3%A9")
        told = await answer.json()
        assert (told["path"], told["query"]) == ("/api/tell/ward/1/2", {"a": "1", "b": "é"})
        assert told["match"] == {"gateway": "ward", "unit": "1/2"}
        assert (told["who"], told["local"], told["secure"], told["remote"]) == (None, False, False, "127.0.0.1")
        told = await (await ask.get("/api/tell", headers=bearer("viewer"))).json()
        assert told["who"] == "test viewer"


async def test_every_answer_has_the_security_headers() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        for path in ("/api/tell/a/b", "/", "/nothing"):
            headers = (await ask.get(path)).headers
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Server"] == "lineside"
            assert headers["Cache-Control"] == "no-store"


async def test_head_is_answered_without_a_body() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.head("/api/tell/a/b")
        assert (answer.status, await answer.read()) == (200, b"")


async def test_page_is_served_beside_the_routes(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>hello")
    async with serving(ROUTES, page=tmp_path) as server, asking(server) as ask:
        assert "hello" in await (await ask.get("/")).text()
        assert (await error_of(await ask.get("/other")))[0] == 404
        assert await error_of(await ask.post("/")) == (405, "wrong_method")
        assert await error_of(await ask.post("/other")) == (404, "not_found")


async def test_missing_page_says_how_to_build_it() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.get("/")
        assert answer.status == 503
        assert "make install" in await answer.text()


# ---------------------------------------------------------------------- refused


async def test_unknown_paths_and_methods_are_refused() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        assert await error_of(await ask.get("/api/nothing")) == (404, "not_found")
        answer = await ask.delete("/api/tell")
        assert await error_of(answer) == (405, "wrong_method")
        assert answer.headers["Allow"] == "GET, HEAD"
        assert (await ask.options("/api/tell")).status == 405


async def test_role_is_needed_as_the_route_says() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.get("/api/tell")
        assert await error_of(answer) == (401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert await error_of(await ask.get("/api/tell", headers=bearer("nobody"))) == (401, "not_signed_in")
        for role in ("viewer", "operator"):
            assert await error_of(await ask.post("/api/admin", headers=bearer(role))) == (403, "not_allowed")
        assert (await ask.post("/api/admin", headers=bearer("admin"))).status == 200


async def test_wrong_host_is_misdirected() -> None:
    async with serving(ROUTES, hosts=["floor.example"]) as server, asking(server) as ask:
        for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.2"):
            assert await error_of(await ask.get("/api/tell/a/b", headers={"Host": host})) == (421, "wrong_host")
        for host in ("localhost", "floor.example:443", f"127.0.0.1:{server.port}"):
            assert (await ask.get("/api/tell/a/b", headers={"Host": host})).status == 200


async def test_missing_or_doubled_host_is_refused() -> None:
    async with serving(ROUTES) as server:
        assert b" 400 " in await ask_raw(server, "GET /api/tell/a/b HTTP/1.0\r\n\r\n")
        doubled = "GET /api/tell/a/b HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n"
        assert b" 400 " in await ask_raw(server, doubled)


async def test_foreign_page_is_refused() -> None:
    cookie = {"Cookie": "as=admin"}
    async with serving(ROUTES) as server, asking(server) as ask:
        assert await error_of(await ask.post("/api/admin", headers=cookie)) == (403, "foreign_page")
        own = {**cookie, "X-Lineside": "1", "Origin": server.url}
        assert (await ask.post("/api/admin", headers=own)).status == 200
        foreign = {**own, "Origin": "http://evil.example"}
        assert await error_of(await ask.post("/api/admin", headers=foreign)) == (403, "foreign_page")
        assert (await ask.get("/api/tell", headers={**cookie, "Origin": "http://evil.example"})).status == 200


async def test_repeated_parameter_is_refused() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        assert await error_of(await ask.get("/api/tell/a/b?x=1&x=2")) == (400, "bad_request")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"),
    [
        (b'{"word":"a"}', "application/json; charset=utf-8", 200, ""),
        (b'{"word":1}', "application/json", 400, "word = 1: Expected `str`"),
        (b'{"word":"a","more":1}', "application/json", 400, "more"),
        (b'{"word"', "application/json", 400, "not JSON"),
        (b"", "application/json", 400, "not JSON"),
        (b"\xff\xfe", "application/json", 400, "not JSON"),
        (b"[" * 100_000, "application/json", 400, "body"),
        (b'{"word":"a"}', "text/plain", 415, "text/plain"),
    ],
)
async def test_body_is_checked(body: bytes, content_type: str, status: int, says: str) -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.post("/api/echo", data=body, headers={"Content-Type": content_type})
        assert answer.status == status
        assert says in await answer.text()


async def test_body_that_is_too_large_is_refused_whether_announced_or_not() -> None:
    async def pieces() -> Any:
        for _ in range(3):
            yield b"x" * 600

    limits = WebLimits(body_bytes_max=1000, linger_s=0.2)
    json_type = {"Content-Type": "application/json"}
    async with serving(ROUTES, limits=limits) as server, asking(server) as ask:
        assert await error_of(await ask.post("/api/echo", data=b"x" * 1001, headers=json_type)) == (413, "too_large")
        assert await error_of(await ask.post("/api/echo", data=pieces(), headers=json_type)) == (413, "too_large")
        assert (await ask.post("/api/echo", data=b'{"word":"a"}', headers=json_type)).status == 200


async def test_expected_continue_is_given() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.post(
            "/api/echo", data=b'{"word":"a"}', headers={"Content-Type": "application/json"}, expect100=True
        )
        assert await answer.json() == {"word": "a"}


async def test_errors_keep_their_code_and_retry_and_tell_nothing_else() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        answer = await ask.get("/api/fail?with=full")
        assert (answer.status, await answer.json()) == (
            503,
            {"error": {"code": "journal_full", "message": "no room on the disk", "retry": True}},
        )
        assert await error_of(await ask.get("/api/fail?with=unit")) == (404, "no_such_unit")
        answer = await ask.get("/api/fail")
        assert await error_of(answer) == (500, "fault")
        assert "secret" not in await answer.text()


async def test_what_is_no_http_is_answered_and_ended() -> None:
    async with serving(ROUTES) as server:
        for text in (
            "hello\r\n\r\n",
            "GET / HTTP/1.1\r\nbad header\r\n\r\n",
            "GET /" + "x" * 9000 + " HTTP/1.1\r\n\r\n",
        ):
            answer = await ask_raw(server, text)
            assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
            assert b'{"error":{"code":"bad_request"' in answer


# ---------------------------------------------------------------------- deadlines and counts


async def test_slow_headers_are_cut_by_the_deadline() -> None:
    """One byte at a time moves no deadline."""
    async with serving(ROUTES, guard=Limits(first_message_s=0.3)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /api/tell/a/b HTTP/1.1\r\nHost: localhost\r\nX: ")
        reading = asyncio.create_task(reader.read())
        while not reading.done():
            writer.write(b"x")
            await asyncio.sleep(0.05)
        assert b" 408 " in await reading
        writer.close()


async def test_silent_connection_is_cut_by_the_deadline() -> None:
    async with serving(ROUTES, guard=Limits(first_message_s=0.2)) as server:
        assert b" 408 " in await ask_raw(server, "")


async def test_slow_body_is_refused_by_the_deadline() -> None:
    limits = WebLimits(body_s=0.2, linger_s=0.1)
    async with serving(ROUTES, limits=limits) as server:
        head = "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += "Content-Length: 50\r\n\r\n{"
        answer = await ask_raw(server, head)
        assert b" 408 " in answer
        assert b"too_slow" in answer


async def test_idle_connection_is_ended_after_its_answer() -> None:
    async with serving(ROUTES, limits=WebLimits(keep_alive_s=0.2)) as server:
        answer = await ask_raw(server, "GET /api/tell/a/b HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in answer


async def test_peer_that_does_not_read_is_cut() -> None:
    async def large(request: Request) -> Response:
        return Response(body=b"x" * 50_000_000)

    routes = [Route("GET", "/large", large, None, DOC)]
    async with serving(routes, guard=Limits(write_s=0.3)) as server:
        line = socket.create_connection(("127.0.0.1", server.port))
        line.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: server._guard.was_cut["does_not_read"] == 1, what="the cut")
        assert server._guard.open_count == 0
        line.close()


async def test_connections_are_bounded_per_address() -> None:
    async with serving(ROUTES, guard=Limits(connections_per_address_max=2)) as server:
        lines = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
        assert await lines[2][0].read() == b""
        for _, writer in lines:
            writer.close()
        await until(lambda: server._guard.open_count == 0)
        async with asking(server) as ask:
            assert (await ask.get("/api/tell/a/b")).status == 200


async def test_query_is_never_logged() -> None:
    with structlog.testing.capture_logs() as logs:
        async with serving(ROUTES) as server, asking(server) as ask:
            await ask.get("/api/tell/a/b?code=GEHEIM")
            await ask.get("/api/fail?code=GEHEIM")
    assert any(line["event"] == "request failed" for line in logs)
    assert "GEHEIM" not in repr(logs)


async def test_answers_are_counted_by_pattern() -> None:
    seen: list[tuple[str, str, int]] = []
    count = lambda method, route, status, seconds: seen.append((method, route, status))  # noqa: E731
    async with serving(ROUTES, on_answer=count) as server, asking(server) as ask:
        await ask.get("/api/tell/a/b?x=1")
        await ask.get("/api/nothing")
        await ask.get("/")
    assert seen == [("GET", "/api/tell/{gateway}/{unit}", 200), ("GET", "none", 404), ("GET", "page", 503)]


async def test_loopback_may_read_what_is_open_to_this_machine_unless_a_proxy_asks() -> None:
    async with serving(ROUTES) as server, asking(server) as ask:
        assert (await (await ask.get("/metrics")).json())["who"] == "this machine"
        assert (await ask.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"})).status == 401
        assert (await ask.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9", **bearer("viewer")})).status == 200


# ---------------------------------------------------------------------- TLS, control socket, addresses


async def test_tls_serves_the_same(tmp_path: Path) -> None:
    context = make_certificate(tmp_path)
    async with serving(ROUTES, tls=context, guard=Limits(first_message_s=0.5)) as server:
        assert server.url.startswith("https://")
        trusting = ssl.create_default_context(cafile=tmp_path / "cert.pem")
        async with asking(server, connector=aiohttp.TCPConnector(ssl=trusting)) as ask:
            assert (await (await ask.get("/api/tell/a/b")).json())["secure"] is True
        plain = await asyncio.open_connection("127.0.0.1", server.port)
        plain[1].write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" not in await plain[0].read()
        plain[1].close()
        await until(lambda: server._guard.open_count == 0, what="the end of plain HTTP on a TLS port")


async def test_tls_handshake_that_never_ends_is_cut(tmp_path: Path) -> None:
    context = make_certificate(tmp_path)
    async with serving(ROUTES, tls=context, guard=Limits(first_message_s=0.3)) as server:
        assert await ask_raw(server, "") == b""
        await until(lambda: server._guard.open_count == 0)


async def test_control_socket_needs_no_token_and_knows_the_user(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    async with serving(ROUTES, control=path):
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as ask:
            told = await (await ask.post("http://lineside/api/admin")).json()
        assert told["local"] is True
        assert told["who"].startswith("local ")
        assert told["remote"] == "control socket"
    assert not path.exists()


async def test_address_in_use_is_named() -> None:
    async with serving(ROUTES) as server:
        with pytest.raises(LinkError, match=f"127.0.0.1:{server.port}"):
            async with serving(ROUTES, address=f"127.0.0.1:{server.port}"):
                pass


async def test_stop_lets_an_answer_end_and_takes_no_new_connection() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        begun.set()
        await go_on.wait()
        return Response(body=b"{}")

    async with serving([Route("GET", "/slow", slow, None, DOC)]) as server, asking(server) as ask:
        asked = asyncio.create_task(ask.get("/slow"))
        await begun.wait()
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0.05)
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", server.port)
        go_on.set()
        assert (await asked).status == 200
        await stopping


async def test_stop_ends_an_answer_that_takes_too_long() -> None:
    begun = asyncio.Event()

    async def hang(request: Request) -> Response:
        begun.set()
        await asyncio.Event().wait()
        return Response()

    routes = [Route("GET", "/hang", hang, None, DOC)]
    async with serving(routes, limits=WebLimits(stop_s=0.1)) as server, asking(server) as ask:
        asked = asyncio.create_task(ask.get("/hang"))
        await begun.wait()
        await server.stop()
        with pytest.raises(aiohttp.ClientError):
            await asked


async def test_guard_lets_a_server_that_is_started_anew_work_on() -> None:
    guard = Guard(Limits(), "web")
    for _ in range(2):
        server = WebServer(ROUTES, KnownTokens(), guard)
        await server.start()
        async with asking(server) as ask:
            assert (await ask.get("/api/tell/a/b")).status == 200
        await server.stop()
    assert guard.open_count == 0


async def test_stop_ends_connections_whatever_they_do() -> None:
    """Silent, half a request, and one that does not read."""

    async def large(request: Request) -> Response:
        return Response(body=b"x" * 50_000_000)

    routes = [Route("GET", "/large", large, None, DOC)]
    async with serving(routes, limits=WebLimits(stop_s=0.2), guard=Limits(write_s=None)) as server:
        lines = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        lines[1].sendall(b"GET /large HTTP/1.1\r\nHost: lo")
        lines[2].sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: server._guard.open_count == 3)
        await asyncio.sleep(0.05)
        await server.stop()
        await until(lambda: server._guard.open_count == 0)
        for line in lines:
            line.close()


async def test_a_thousand_silent_connections_keep_nobody_out_for_long() -> None:
    limits = Limits(connections_max=100, connections_per_address_max=100, first_message_s=0.3)
    async with serving(ROUTES, guard=limits) as server:
        lines = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(1000)]
        guard = server._guard
        await until(lambda: sum(guard.refused.values()) + guard.was_cut["no_first_message"] == 1000)
        assert guard.was_cut["no_first_message"] >= 100
        async with asking(server) as ask:
            assert (await ask.get("/api/tell/a/b")).status == 200
        for _, writer in lines:
            writer.close()


@pytest.mark.parametrize(
    ("address", "url"),
    [("127.0.0.1:0", "http://127.0.0.1:"), ("0.0.0.0:0", "http://127.0.0.1:"), ("localhost:0", "http://localhost:")],
)
async def test_url_is_one_that_a_browser_here_can_open(address: str, url: str) -> None:
    async with serving(ROUTES, address=address) as server, asking(server) as ask:
        assert server.url == f"{url}{server.port}"
        assert (await ask.get("/api/tell/a/b")).status == 200


async def test_ipv6_is_served_too() -> None:
    try:
        async with serving(ROUTES, address="[::1]:0") as server, asking(server) as ask:
            assert server.url == f"http://[::1]:{server.port}"
            assert (await ask.get("/api/tell/a/b")).status == 200
    except LinkError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
