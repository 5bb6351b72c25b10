"""The command line's client against a real server: calls, errors that come back as they were raised, following."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from lineside import errors
from lineside.adapters import control_client
from lineside.adapters.control_client import ControlClient, error_from_answer
from lineside.adapters.web_server import WebLimits
from lineside.errors import ClaimTaken, ConfigError, LinesideError, LinkError, LinkTimeout, NoSuchUnit
from lineside.runtime.command import Role
from lineside.runtime.routes import (
    NotFound,
    NotSignedIn,
    Request,
    Response,
    Route,
    RouteDoc,
    error_response,
    json_response,
)
from tests.support.certificate import make_certificate
from tests.support.web import serving

T = TypeVar("T")
DOC = RouteDoc("It is a test.")


class Journal:
    """Events 1..n, given as the console gives them."""

    def __init__(self, count: int) -> None:
        self.count = count

    async def events(self, request: Request) -> Response:
        after = int(request.query.get("after", 0))
        limit = int(request.query["limit"])
        if request.query.get("newest"):
            after = self.count - limit
        found = [{"seq": seq} for seq in range(after + 1, self.count + 1)][:limit]
        return json_response({"events": found, "next": max([after, *[one["seq"] for one in found]])})


async def tell(request: Request) -> Response:
    who = request.actor.name if request.actor else ""
    return json_response(
        {"query": dict(request.query), "body": request.body.decode(), "who": who, "path": request.path}
    )


async def refuse(request: Request) -> Response:
    raise NoSuchUnit("no unit 'x'")


async def hang(request: Request) -> Response:
    await asyncio.sleep(5)
    return Response()


def routes(journal: Journal) -> list[Route]:
    return [
        Route("GET", "/api/tell/{name}", tell, Role.VIEWER, DOC),
        Route("POST", "/api/tell/{name}", tell, Role.VIEWER, DOC),
        Route("DELETE", "/api/tell/{name}", tell, Role.VIEWER, DOC),
        Route("GET", "/api/refuse", refuse, None, DOC),
        Route("GET", "/api/hang", hang, None, DOC),
        Route("GET", "/api/events", journal.events, None, DOC),
        Route("GET", "/healthz", refuse, None, DOC),
    ]


@asynccontextmanager
async def local(folder: Path, journal: Journal | None = None) -> AsyncIterator[ControlClient]:
    async with serving(routes(journal or Journal(0)), control=folder / "control.sock"):
        with ControlClient.over_socket(folder) as client:
            yield client


async def run(call: Callable[..., T], *values: Any, **named: Any) -> T:
    return await asyncio.to_thread(call, *values, **named)


async def test_calls_over_the_control_socket_need_no_token(tmp_path: Path) -> None:
    async with local(tmp_path) as client:
        told = await run(client.get, "/api/tell/a b", unit="ward/1", kind=None)
        assert told["query"] == {"unit": "ward/1"}
        assert told["path"] == "/api/tell/a b"
        assert told["who"].startswith("local ")
        told = await run(client.post, "/api/tell/x", {"a": "é"}, wait=3)
        assert (told["body"], told["query"]) == ('{"a":"é"}', {"wait": "3"})
        assert (await run(client.delete, "/api/tell/x"))["body"] == ""


async def test_calls_over_a_url_carry_the_token(tmp_path: Path) -> None:
    async with serving(routes(Journal(0))) as server:
        with ControlClient.over_url(server.url, "viewer") as client:
            assert (await run(client.get, "/api/tell/x"))["who"] == "test viewer"
        with ControlClient.over_url(server.url, "wrong") as client, pytest.raises(NotSignedIn):
            await run(client.get, "/api/tell/x")


async def test_calls_over_tls_believe_only_known_certificates(tmp_path: Path) -> None:
    async with serving(routes(Journal(0)), tls=make_certificate(tmp_path)) as server:
        with ControlClient.over_url(server.url, "viewer", ca_file=tmp_path / "cert.pem") as client:
            assert (await run(client.get, "/api/tell/x"))["who"] == "test viewer"
        with ControlClient.over_url(server.url, "viewer") as client, pytest.raises(LinkError, match="secure"):
            await run(client.get, "/api/tell/x")


async def test_error_comes_back_as_it_was_raised(tmp_path: Path) -> None:
    async with local(tmp_path) as client:
        with pytest.raises(NoSuchUnit, match="no unit 'x'"):
            await run(client.get, "/api/refuse")
        with pytest.raises(NotFound):
            await run(client.get, "/api/nothing")
        assert await run(client.is_there)


@pytest.mark.parametrize("error", [ClaimTaken("x", 1), errors.JournalFull("no room"), errors.WireError("torn", b"ab")])
def test_every_error_of_the_tree_can_come_back(error: LinesideError) -> None:
    back = error_from_answer(503, error_response(error).body)
    assert (type(back), str(back), back.code) == (type(error), str(error), error.code)


@pytest.mark.parametrize("answer", [b"", b"<html>", b'{"error":"x"}', b"\xff"])
def test_answer_of_somebody_else_is_told(answer: bytes) -> None:
    assert "502" in str(error_from_answer(502, answer))


def test_server_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    client = ControlClient.over_socket(tmp_path)
    assert not client.is_there()
    with pytest.raises(LinkError, match="lineside run"):
        client.get("/healthz")


@pytest.mark.parametrize("url", ["floor.example", "ftp://floor.example", "http://", "http://x/path", ""])
def test_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="http://host:port"):
        ControlClient.over_url(url, "x")


async def test_server_that_does_not_answer_is_left(tmp_path: Path) -> None:
    async with serving(routes(Journal(0)), control=tmp_path / "control.sock", limits=WebLimits(stop_s=0.1)):
        with ControlClient.over_socket(tmp_path, timeout_s=0.2) as client, pytest.raises(LinkTimeout):
            await run(client.get, "/api/hang")


async def test_kept_connection_that_was_ended_is_opened_anew(tmp_path: Path) -> None:
    with ControlClient.over_socket(tmp_path) as client:
        for _ in range(2):
            async with serving(routes(Journal(0)), control=tmp_path / "control.sock"):
                await run(client.get, "/api/tell/x")


async def test_events_are_followed_without_hole_over_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_client, "FOLLOW_LIMIT", 3)
    monkeypatch.setattr(control_client, "RETRY_S", 0.01)
    journal = Journal(4)
    seen: list[int] = []
    with ControlClient.over_socket(tmp_path) as client:
        following = client.follow_events(0)
        async with serving(routes(journal), control=tmp_path / "control.sock"):
            seen += [(await run(next, following))["seq"] for _ in range(4)]
        journal.count = 9
        next_one = asyncio.create_task(run(next, following))
        await asyncio.sleep(0.05)
        async with serving(routes(journal), control=tmp_path / "control.sock"):
            seen.append((await next_one)["seq"])
            seen += [(await run(next, following))["seq"] for _ in range(4)]
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8, 9]


async def test_following_begins_with_the_next_event(tmp_path: Path) -> None:
    journal = Journal(4)
    async with local(tmp_path, journal) as client:
        following = client.follow_events()
        next_one = asyncio.create_task(run(next, following))
        await asyncio.sleep(0.1)
        journal.count = 5
        assert (await next_one)["seq"] == 5
