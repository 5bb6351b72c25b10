"""A studio as a whole: start, stop, restart, a full disk, and watchers beside reporters."""

from __future__ import annotations

import json
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import ConfigError, LinkError
from lineside.runtime.gateway import GatewayState
from lineside.runtime.journal import HealthState
from lineside.studio.gateway import Config, run
from lineside.studio.gateway.run import Listening
from lineside.studio.watch import WatchLimits
from tests.runtime.journal.scene import Faults, error
from tests.support.studio import deaf_client, open_journal, studio
from tests.support.wait import until

CONFIRMED = '{"status": "updated", "table_id": "ARO-001"}'


async def test_state_survives_a_restart_byte_for_byte(tmp_path: Path) -> None:
    updates: list[dict[str, Any]] = [{"sdp": "up"}, {"zCam": "up", "note": 7}, {"maintenance": True}, {}, {"sdp": "up"}]
    async with studio(tmp_path) as server, server.reporter() as reporter:
        for update in updates:
            assert await reporter.ask(update) == CONFIRMED
        async with server.connect("/?id=ARO-001_x&token=T") as other:
            before = await other.text()
    async with studio(tmp_path) as server, server.connect("/?id=ARO-001_x&token=T") as reporter:
        assert await reporter.text() == before
        assert json.loads(before)["UPTIME"] == len(updates)


async def test_open_studio_is_told_at_the_start_and_where_it_listens_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with studio(tmp_path) as server:
        assert server.units.notes["studio"] == Listening("studio", server.address, "open")
        assert server.states[0][0] is GatewayState.RUNNING
    assert "studio" not in server.units.notes
    said = capsys.readouterr()
    assert "auth = open" in said.out + said.err


async def test_stop_says_come_again_and_records_no_departure(tmp_path: Path) -> None:
    async with AsyncExitStack() as lines:
        async with studio(tmp_path) as server:
            reporter = await lines.enter_async_context(server.reporter())
            watcher = await lines.enter_async_context(server.connect("/watch?token=T"))
            unnamed = await lines.enter_async_context(server.connect("/"))
            await reporter.ask({"sdp": "up"})
            await unnamed.text()
            await drained(watcher)
        for line in (reporter, watcher, unnamed):
            assert (await goodbye_of(line))[0] == 1012
    journal = open_journal(tmp_path)
    kinds = [one.kind for one in await journal.read("studio/ARO-001")]
    await journal.close()
    assert kinds == ["TableMade", "ReporterJoined", "StatusUpdated"]


async def drained(watcher: Any) -> None:
    """Read what a watcher was told of the first update."""
    while (await watcher.json())["type"] != "update":
        pass


async def goodbye_of(line: Any) -> tuple[int, str]:
    while (message := await line.line.receive(timeout=20)).type.name == "TEXT":
        pass
    return int(message.data), message.extra


async def test_full_disk_confirms_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    faults = Faults()
    async with studio(tmp_path, connect=faults) as server, server.reporter() as reporter:
        await reporter.ask({"sdp": "up"})
        faults.fail("COMMIT", error(sqlite3.SQLITE_FULL, "database or disk is full"), times=10**6)
        await reporter.send({"sdp": "down"})
        await until(lambda: server.journal.health.state is HealthState.FULL)
        async with server.connect("/?id=ARO-001_x&token=T") as other:  # a snapshot needs no disk
            assert (await other.json())["SDP"] == "up"
        status, answer = await server.call("GET", "/v1/service/healthcheck")
        assert (status, answer["error"]["code"]) == (503, 22006)
        faults.heal()
        await until(lambda: server.journal.health.state is HealthState.OK)
        await reporter.send({"idp": "up"})
        assert await reporter.text() == CONFIRMED
        async with server.connect("/?id=ARO-001_y&token=T") as other:
            snapshot = await other.json()
            assert (snapshot["SDP"], snapshot["IDP"], snapshot["UPTIME"]) == ("up", "up", 2)


async def test_watcher_sees_updates_presence_and_alarms_and_resumes(tmp_path: Path) -> None:
    async with studio(tmp_path, alarm_grace_s=0.01) as server, server.connect("/watch?token=T") as watcher:
        first = await watcher.json()
        assert (first["type"], first["tables"]) == ("snapshot", {})
        async with server.reporter() as reporter:
            await reporter.ask({"sdp": "down"})
            told: list[dict[str, Any]] = []
            while not told or told[-1]["type"] != "alarm":
                told.append(await watcher.json())
        assert [one["seq"] for one in told] == list(range(first["seq"] + 1, first["seq"] + 1 + len(told)))
        change = next(one for one in told if one["type"] == "update")
        assert (change["changed"], change["by"]) == ({"SDP": ["standby", "down"]}, "dealerPC")
        async with server.connect(f"/watch?token=T&since={first['seq']}") as late:
            assert await late.json() == told[0]
        async with server.connect("/watch?token=T&since=5") as stale:
            assert (await stale.json())["type"] == "reset"
            assert "ARO-001" in (await stale.json())["tables"]
        async with server.connect("/watch?token=T&table=OTHER") as narrow:
            assert (await narrow.json())["tables"] == {}
        last = told[-1]["seq"]
    async with studio(tmp_path) as server, server.connect(f"/watch?token=T&since={last}") as watcher:
        assert (await watcher.json())["type"] == "reset", "a number of an earlier process"


async def test_watcher_that_never_reads_delays_nobody_and_is_closed(tmp_path: Path) -> None:
    limits = WatchLimits(watcher_bytes_max=2000, behind_s_max=0.2, look_s=0.02)
    async with (
        studio(tmp_path, watch=limits) as server,
        server.reporter() as reporter,
        deaf_client(server.address, "/watch?token=T"),
        server.connect("/watch?token=T") as quick,
    ):
        await until(lambda: server.guards[0].open_count == 3)
        note, count = "x" * 4000, 0
        while server.guards[0].open_count == 3:
            count += 1
            notes = {f"note{index}": f"{count}{note}" for index in range(14)}
            assert await reporter.ask(notes) == CONFIRMED
            while (told := await quick.json())["type"] != "update":
                pass
            assert told["custom"]["note3"].startswith(f"{count}x")


async def test_address_that_is_taken_is_for_supervision_to_try_again(tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        with pytest.raises(LinkError, match="in use"):
            await run(Config(address=server.address), server.runtime)


async def test_settings_that_contradict_themselves_are_refused_before_anything_listens(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="origins"):
        async with studio(tmp_path, origins=("example.com",)):
            pass
