"""The server: starts without waiting for anything, stops cleanly, holds its data alone."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lineside.app.server import Server
from lineside.config import Settings
from lineside.errors import JournalError
from lineside.runtime.command import Role
from lineside.runtime.data_lock import DataBusy, is_held
from lineside.runtime.hub import Hub
from tests.app.support import settings, ventilator
from tests.support.processes import get
from tests.support.wait import until


class Started:
    """A server that runs in the test's own loop."""

    def __init__(self, server: Server, login_urls: list[str]) -> None:
        self.server = server
        self.login_urls = login_urls

    @property
    def url(self) -> str:
        return self.login_urls[-1].partition("/login")[0]

    async def get(self, path: str) -> tuple[int, object]:
        return await asyncio.to_thread(get, self.url + path)


@asynccontextmanager
async def started(given: Settings) -> AsyncIterator[Started]:
    login_urls: list[str] = []
    server = Server(given, on_web=login_urls.append)
    running = asyncio.create_task(server.run())
    try:
        await until(lambda: login_urls or running.done(), what="the web server")
        yield Started(server, login_urls)
    finally:
        server.stop()
        await running


async def test_server_answers_while_its_device_is_away(tmp_path: Path) -> None:
    async with started(settings(tmp_path, ward=ventilator(tmp_path))) as one:
        assert await one.get("/healthz") == (200, {"ok": True, "journal": "ok"})
        await until(lambda: one.server.gateways.infos()[0].state == "waiting", what="the gateway's state")
        (info,) = one.server.gateways.infos()
        assert "start its simulator" in info.reason
        assert info.next_attempt is not None
        assert await one.get("/readyz") == (200, {"ready": True, "reasons": ["gateway ward waiting"]})


async def test_server_lets_go_of_everything_when_it_stops(tmp_path: Path) -> None:
    given = settings(tmp_path, ward=ventilator(tmp_path))
    async with started(given):
        assert is_held(given.data_dir)
        assert (given.data_dir / "control.sock").is_socket()
    assert not is_held(given.data_dir)
    assert not (given.data_dir / "control.sock").exists()
    assert not (given.data_dir / "login-url").exists()
    async with started(given) as again:
        assert (await again.get("/healthz"))[0] == 200


async def test_second_server_on_the_same_data_is_refused_and_the_first_serves_on(tmp_path: Path) -> None:
    given = settings(tmp_path)
    async with started(given) as one:
        with pytest.raises(DataBusy, match=f"process {os.getpid()}"):
            Server(given)
        assert (await one.get("/healthz"))[0] == 200


async def test_login_url_is_in_a_file_for_this_user_alone(tmp_path: Path) -> None:
    given = settings(tmp_path)
    async with started(given) as one:
        note = given.data_dir / "login-url"
        assert note.read_text().strip() == one.login_urls[-1]
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert stat.S_IMODE(given.keys_file.stat().st_mode) == 0o600


async def test_foundation_shows_itself_on_its_topics(tmp_path: Path) -> None:
    async with started(settings(tmp_path, ward=ventilator(tmp_path))) as one:
        hub: Hub = one.server.hub
        await until(lambda: hub.latest("lineside/gateways") and hub.latest("lineside/journal"), what="the topics")
        assert hub.latest("lineside/journal").state == "ok"
        assert [info.name for info in hub.latest("lineside/gateways").gateways] == ["ward"]


async def test_damaged_journal_is_a_state_and_the_rest_serves(tmp_path: Path) -> None:
    given = settings(tmp_path, ward=ventilator(tmp_path))
    given.data_dir.mkdir()
    (given.data_dir / "journal.db").write_bytes(b"no database" * 1000)
    async with started(given) as one:
        status, health = await one.get("/healthz")
        assert (status, health) == (503, {"ok": False, "journal": "damaged"})
        with pytest.raises(JournalError):
            await one.server.access.create_token("t", Role.VIEWER, None, None, "test")
        await one.server._prove_alive()  # the watchdog is fed: a restart would mend nothing


async def test_busy_port_is_a_state_with_a_reason_and_heals(tmp_path: Path) -> None:
    taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    given = settings(tmp_path, ward=ventilator(tmp_path, request=f"127.0.0.1:{port}"))
    async with started(given) as one:
        await until(lambda: str(port) in one.server.gateways.infos()[0].reason, what="the reason")
        assert one.server.gateways.infos()[0].state == "waiting"
        assert (await one.get("/healthz"))[0] == 200
        taken.close()
        await taken.wait_closed()
        await until(lambda: "simulator" in one.server.gateways.infos()[0].reason, seconds=30, what="the port's return")
