"""A reporter at its table, and at another one that its token covers; acks, round trips, its end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineside.runtime.step import Secret
from lineside.runtime.web_socket import SocketTimes
from lineside.studio.gateway import ReporterToken
from lineside.studio.model import Table
from tests.support.studio import Studio, studio
from tests.support.wait import until

FLOOR = {"floor": ReporterToken(token=Secret("T"), tables=("ARO-*",))}


def model_of(server: Studio, table: str = "ARO-001") -> Table:
    model = server.units.find(f"studio/{table}").model
    assert isinstance(model, Table)
    return model


def other(table: str, **fields: Any) -> dict[str, Any]:
    return {"event": "tableStatus", "data": {"tableId": table, **fields}}


async def test_answers_keep_the_order_of_many_frames_sent_at_once(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        for index in range(60):
            await reporter.send({"sdp": "up" if index % 2 else "down"} if index % 3 else "bad")
        for index in range(60):
            answer = await reporter.json()
            assert ("status" in answer) is bool(index % 3), index
            if index == 57:
                break


async def test_confirmation_comes_after_the_disk_has_the_update(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        for count in range(1, 6):
            await reporter.ask({"sdp": "up" if count % 2 else "down"})
            assert (await server.kinds()).count("StatusUpdated") == count


async def test_broken_build_that_confirms_before_the_record_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An append that is held back: nothing may be heard of it."""
    async with studio(tmp_path) as server, server.reporter() as reporter:
        await reporter.ask({})
        unit = server.units.find("studio/ARO-001")
        held: list[Any] = []
        real = unit._mailbox._record
        monkeypatch.setattr(unit._mailbox, "_record", held.append)
        await reporter.send({"sdp": "up"})
        await until(lambda: held)
        assert await silent(reporter), "nothing is confirmed that is not on disk"
        monkeypatch.setattr(unit._mailbox, "_record", real)
        real(held.pop())
        assert (await reporter.json())["status"] == "updated"

        def early(decision: Any) -> None:  # the broken build
            unit.send_and_close(decision.step, decision.asker)

        monkeypatch.setattr(unit._mailbox, "_record", early)
        await reporter.send({"sdp": "down"})
        assert not await silent(reporter)


async def silent(reporter: Any) -> bool:
    """Whether nothing comes while the server has time for a hundred turns."""
    receiving = asyncio.ensure_future(reporter.line.receive())
    for _ in range(100):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    if receiving.done():
        return False
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    return True


async def test_nothing_is_sent_to_a_reporter_unasked(tmp_path: Path) -> None:
    """What others write, and what an operator does, is not told to those who would take it for an answer."""
    async with (
        studio(tmp_path) as server,
        server.reporter() as quiet,
        server.reporter(device="b") as busy,
        server.connect("/?token=T&id=ARO-001&device=c") as smart,
    ):
        for value in ("up", "down", "up"):
            await busy.ask({"sdp": value})
        await server.call("POST", "/v1/service/status?tableId=ARO-001", {"maintenance": True}, {"x-signature": "T"})
        assert await silent(quiet)
        assert await silent(smart)


async def test_token_of_several_tables_may_write_another_and_is_confirmed_by_its_name(tmp_path: Path) -> None:
    async with studio(tmp_path, tokens=FLOOR) as server, server.reporter() as reporter:
        await reporter.send(other("ARO-002", sdp="up"))
        await reporter.send(other("ARO-001", sdp="down"))
        await reporter.send({"idp": "up"})
        await reporter.send(other("ARO-002", idp="up"))
        tables = [json.loads(await reporter.text())["table_id"] for _ in range(4)]
        assert sorted(tables) == ["ARO-001", "ARO-001", "ARO-002", "ARO-002"]
        assert model_of(server, "ARO-002").state.fields["SDP"].value == "up"
        assert "Invalid tableId" in await reporter.ask(other("SBO-001", sdp="up"))
    async with studio(tmp_path, tokens=FLOOR) as server:
        await until(lambda: len(server.units.all()) == 2)
        assert model_of(server, "ARO-002").state.fields["SDP"].by == "dealerPC"


async def test_other_table_that_cannot_be_made_is_an_error_and_the_reporter_goes_on(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"tokens": FLOOR, "tables": ("ARO-001",), "unknown_tables": "reject"}
    async with studio(tmp_path, **keys) as server, server.reporter() as reporter:
        assert "Unknown table" in await reporter.ask(other("ARO-002", sdp="up"))
        assert "updated" in await reporter.ask({"sdp": "up"})


async def test_presence_knows_who_reports_from_where_and_how_far_away(tmp_path: Path) -> None:
    times = SocketTimes(ping_s=0.02, pong_s=0.02)
    async with studio(tmp_path, times=times) as server, server.reporter(device="pc") as reporter:
        reading = asyncio.create_task(reporter.line.receive())  # a client answers pings while it reads
        model = model_of(server)
        await until(lambda: model.presence_view().reporters[0].rtt_ms is not None)
        shown = model.presence_view().reporters[0]
        assert (shown.device, shown.dialect, shown.address) == ("pc", "a", "127.0.0.1")
        reading.cancel()


@pytest.mark.parametrize(("code", "due"), [(1000, False), (4000, True)])
async def test_goodbye_after_an_update_is_no_alarm_and_anything_else_is(code: int, due: bool, tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        async with server.reporter() as reporter:
            await reporter.ask({"sdp": "up"})
            await reporter.line.close(code=code)
        model = model_of(server)
        await until(lambda: model.presence_view().gone)
        (left,) = [one.event for one in await server.journal.events() if one.kind == "ReporterLeft"]
        assert (msgspec.to_builtins(left).get("due") is not None) is due


async def test_acks_come_in_dialect_d_and_in_no_other(tmp_path: Path) -> None:
    async with studio(tmp_path, ack_s=0.02) as server, server.reporter() as seed:
        async with server.connect("/v1/ws?id=ARO-001-1&token=T") as reporter:
            for _ in range(2):
                assert (await reporter.json())["type"] == "ack"
        assert await silent(seed)


async def test_dialect_d_speaks_in_envelopes(tmp_path: Path) -> None:
    async with studio(tmp_path, ack_s=60.0) as server, server.connect("/v1/ws?id=ARO-001-1&token=T") as reporter:
        answer = json.loads(await reporter.ask({"event": "service_status", "data": {"sdp": "up"}}))
        assert answer == {"type": "updated", "data": {"tableId": "ARO-001"}}
        answer = json.loads(await reporter.ask("nonsense"))
        assert answer["type"] == "error"
        signal = {"signal": {"msgId": "ROULETTE_SENSOR_STUCK", "content": "stuck", "metadata": {}}, "cmd": {}}
        answer = json.loads(await reporter.ask({"event": "exception", "data": signal}))
        assert answer["type"] == "errorSignal"
        assert json.loads(await reporter.ask({"event": "ping"}))["type"] == "ack"


async def test_v1_ws_is_a_path_as_any_other_where_the_profile_is_off(tmp_path: Path) -> None:
    async with studio(tmp_path, profile_d=False) as server, server.connect("/v1/ws?id=ARO-001_x&token=T") as reporter:
        assert (await reporter.json())["TABLE_ID"] == "ARO-001"
