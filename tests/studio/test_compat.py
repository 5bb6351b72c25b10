"""The seed's server: handlers in memory, handlers while it serves, the dict and the tables both ways, restarts.

What the seed's own test classes look at stands in ``examples/seed/tests/test_ws.py``.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path

import pytest

import lineside.studio
from lineside.errors import LinkError
from lineside.runtime.data_lock import DataBusy
from lineside.runtime.step import Secret
from lineside.studio import StudioStatus, StudioWebSocketServer
from lineside.studio.gateway import Config, ReporterToken
from tests.studio.serving import PlayedSocket, reporting, serving
from tests.support.wait import until

PATH = "/?id=ARO-001_pc&token=t"
CONFIRMED = '{"status": "updated", "table_id": "ARO-001"}'


def test_names_of_the_seed_are_there_and_others_are_not() -> None:
    for name in lineside.studio.__all__:
        assert getattr(lineside.studio, name).__module__.startswith("lineside.studio")
    with pytest.raises(AttributeError, match="Toaster"):
        _ = lineside.studio.Toaster


async def test_in_memory_nothing_is_written(tmp_path: Path) -> None:
    server = StudioWebSocketServer(data_dir=tmp_path / "studio")
    await server.handle_connection(PlayedSocket('{"sdp": "up"}'), PATH)
    assert server.studio_status["ARO-001"].sdp == "up"
    await server.stop()  # serves nothing, does nothing
    assert os.listdir(tmp_path) == []


async def test_in_memory_every_dialect_is_answered_in_its_own_way() -> None:
    server = StudioWebSocketServer()
    one = PlayedSocket('{"sdp": "up"}', '{"event": "service_status", "data": {"idp": "up"}}', '{"event": "ping"}')
    await server.handle_connection(one, "/x?token=t&id=ARO-001&device=pc&snapshot=1")
    assert json.loads(one.sent[0])["TABLE_ID"] == "ARO-001"
    assert [json.loads(text)["tableId"] for text in one.sent[1:]] == ["ARO-001"] * 3
    assert server.studio_status["ARO-001"].idp == "up"
    assert server.studio_status["ARO-001"].uptime == 2  # a ping is no update


async def test_in_memory_a_socket_that_breaks_ends_its_own_connection_alone() -> None:
    class Broken(PlayedSocket):
        async def recv(self) -> str:
            raise OSError("gone")

    server = StudioWebSocketServer()
    await server.handle_connection(Broken())
    await server.handle_connection(PlayedSocket('{"sdp": "up"}'), PATH)
    assert server.studio_status["ARO-001"].sdp == "up"


async def test_dict_mirrors_what_reporters_say(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, reporting(server) as client:
        await client.send_status_update({"sdp": "up", "maintenance": True})
        one = server.studio_status["ARO-001"]
        assert (one.sdp, one.maintenance, one.uptime) == ("up", True, 1)
        await client.send_status_update({"sdp": "up"})  # changes nothing and counts
        await until(lambda: one.uptime == 2)
        assert server.studio_status["ARO-001"] is one


async def test_what_was_put_in_before_the_start_becomes_a_table(tmp_path: Path) -> None:
    given = StudioStatus("BAC-001", sdp="up", zcam="up", maintenance=True)
    async with serving(tmp_path, given, StudioStatus("no table")) as server:
        await until(lambda: given.is_served and given.changes() == {"sdp": "up", "zcam": "up", "maintenance": True})
        async with reporting(server, "BAC-001") as client:
            assert client.snapshot is not None
            assert client.snapshot.fields["zcam"] == "up"
            assert client.snapshot.fields["maintenance"] is True
        assert server.studio_status["BAC-001"] is given


async def test_journal_wins_over_what_was_put_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, reporting(server) as client:
        await client.send_status_update({"sdp": "calibration"})
    given = StudioStatus("ARO-001", sdp="exception", idp="exception")
    async with serving(tmp_path, given):
        await until(lambda: given.is_served)
        assert (given.sdp, given.idp, given.uptime) == ("calibration", "standby", 1)


async def test_change_by_the_program_is_recorded(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, reporting(server) as client:
        await client.send_status_update({"sdp": "up"})
        one = server.studio_status["ARO-001"]
        one.sdp = "exception"
        one.maintenance = True
        await until(lambda: one.maintenance and one.uptime == 2)
    async with serving(tmp_path) as server:
        await until(lambda: "ARO-001" in server.studio_status)
        again = server.studio_status["ARO-001"]
        assert (again.sdp, again.maintenance) == ("exception", True)


@pytest.mark.parametrize(("name", "value"), [("sdp", "bogus"), ("uptime", 99), ("maintenance", "perhaps")])
async def test_change_by_the_program_that_cannot_be_is_taken_back(tmp_path: Path, name: str, value: object) -> None:
    async with serving(tmp_path) as server, reporting(server) as client:
        await client.send_status_update({"sdp": "up"})
        one = server.studio_status["ARO-001"]
        before = one.to_dict()
        setattr(one, name, value)
        await until(lambda: one.to_dict() == before)
        assert await client.send_status_update({"idp": "up"})


async def check_handler_is_durable(folder: Path) -> None:
    async with serving(folder) as server:
        played = PlayedSocket('{"id": "ARO-001_pc", "token": "t"}', '{"sdp": "up"}', "x", '{"idp": "up"}')
        await server.handle_connection(played)
        assert [json.loads(text).get("error") for text in played.sent] == [
            None,
            None,
            None,
            "Invalid JSON format",
            None,
        ]
        direct = PlayedSocket()
        await server._handle_status_update(direct, "ARO-001", '{"zcam": "up"}')
        assert direct.sent == [CONFIRMED]
    async with serving(folder) as server:
        played = PlayedSocket()
        await server.handle_connection(played, PATH)
        told = json.loads(played.sent[0])
        assert (told["SDP"], told["IDP"], told["ZCam"], told["UPTIME"]) == ("up", "up", "up", 3)


async def test_what_a_handler_confirms_while_it_serves_is_on_disk(tmp_path: Path) -> None:
    await check_handler_is_durable(tmp_path)


async def test_handler_that_stays_in_memory_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken build: the direct calls confirm while the gateway never hears of them."""

    async def in_memory(self: StudioWebSocketServer, single: object, websocket: object, path: str) -> None:
        await self._serve_in_memory(websocket, path)

    monkeypatch.setattr(StudioWebSocketServer, "_hand_over", in_memory)
    with pytest.raises(AssertionError):
        await check_handler_is_durable(tmp_path)


async def test_tokens_of_the_settings_count_for_handlers_too(tmp_path: Path) -> None:
    config = Config(tokens={"aro": ReporterToken(token=Secret("right"), tables=("ARO-*",))})
    async with serving(tmp_path, config=config) as server:
        wrong = PlayedSocket('{"sdp": "up"}')
        await server.handle_connection(wrong, PATH)
        assert (wrong.sent, wrong.closed) == ([], (1008, "Invalid token"))
        direct = PlayedSocket()
        await server._handle_status_update(direct, "ARO-001", '{"zcam": "up"}')  # the program's own call
        assert direct.sent == [CONFIRMED]
        elsewhere = PlayedSocket()
        await server._handle_status_update(elsewhere, "BAC-001", '{"zcam": "up"}')
        assert elsewhere.closed == (1008, "Invalid token")
        async with reporting(server, token="right") as client:
            assert await client.send_status_update({"sdp": "up"})


async def test_path_without_credentials_is_refused_while_it_serves_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        played = PlayedSocket()
        await server.handle_connection(played, "/")
        assert (played.sent, played.closed) == ([], (1008, "Missing authentication parameters"))


async def test_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path):
        second = StudioWebSocketServer("127.0.0.1", 0, data_dir=tmp_path / "studio")
        with pytest.raises(DataBusy):
            await second.start()
    async with serving(tmp_path):  # the lock was let go
        pass


async def test_port_that_is_taken_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = StudioWebSocketServer("127.0.0.1", taken.getsockname()[1], data_dir=tmp_path / "studio")
        with pytest.raises(LinkError, match=r"127\.0\.0\.1"):
            await server.start()
    running = asyncio.create_task(server.start())
    await server.started()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
