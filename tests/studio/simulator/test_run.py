"""Simulated tables against a server over real sockets."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path

import msgspec
import pytest

from lineside.adapters.web_socket_client import open_web_socket
from lineside.errors import ConfigError
from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.web_socket import SocketTimes
from lineside.studio.gateway import Config
from lineside.studio.simulator import FaultSettings, Scene, Simulator, SimulatorSettings, run_simulator, simulate
from lineside.studio.status import ATTRIBUTES
from tests.studio.originals import original
from tests.studio.serving import serving
from tests.support.wait import until

SOON = BackoffSettings(first_s=0.01, cap_s=0.05)
OPEN = partial(open_web_socket, heartbeat_s=None)


async def test_tables_live_and_the_books_agree_with_the_server() -> None:
    async with original() as server:
        settings = SimulatorSettings(url=server.url, tables=3, dialects="aac", period_s=0.02, reconnect=SOON)
        stop = asyncio.Event()
        made: list[Simulator] = []
        running = asyncio.create_task(simulate(settings, OPEN, stop=stop, on_ready=made.append))
        await until(lambda: sum(server.counts.values()) > 60)
        stop.set()
        report = await running
        assert report.confirmed + report.signals >= 60
        assert report.refused == {}
        assert (report.lost, report.unasked) == (0, 0)
        assert report.unanswered <= 9  # those that were under way at the end
        assert set(server.tables) == {"ARO-001", "SBO-001", "BAC-001"}


async def test_shares_go_to_the_pcs_of_a_table_and_arrive() -> None:
    async with original() as server:
        simulator = Simulator(SimulatorSettings(url=server.url, names=("T",), reporters=4, dialects="a"), OPEN)
        running = asyncio.create_task(simulator.run(live=False))
        table = simulator.tables["T"]
        table.tell(Scene(0, {"sdp": "up", "zcam": "up", "roulette": "up", "nfc_scanner": "up", "note": "x"}))
        await until(lambda: table.has_told_all)
        assert simulator.connected == 4
        assert sorted(map(json.loads, server.heard), key=str) == [
            {"nfc_scanner": "up"},
            {"roulette": "up"},
            {"sdp": "up", "note": "x"},
            {"zcam": "up"},
        ]
        table.tell(Scene(0, signal=("ROULETTE_STUCK_NMB", "stuck", "warn")))
        await until(lambda: simulator.report.signals == 1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_all_dialects_and_all_faults_against_the_real_gateway(tmp_path: Path) -> None:
    faults = FaultSettings(
        flaky=0.5, drop_every_s=0.4, drop_for_s=0.05, silence_every_s=0.5, silence_for_s=0.3, garbage=0.1
    )
    config = Config(times=SocketTimes(ping_s=0.1, pong_s=0.1))  # so that who hangs is noticed within the silence
    async with serving(tmp_path, config=config) as server:
        settings = SimulatorSettings(
            url=f"ws://127.0.0.1:{server.port}",
            tables=4,
            dialects="abcd",
            period_s=0.05,
            maintenance_every_s=1.0,
            maintenance_for_s=0.1,
            reconnect=SOON,
            faults=faults,
        )
        simulator = Simulator(settings, OPEN)
        running, report = asyncio.create_task(simulator.run()), simulator.report
        await until(lambda: min(report.faults.get(name, 0) for name in ("dropped", "silent", "garbage")) > 8, 60)
        await until(lambda: report.confirmed > 200 and report.signals > 0 and report.lost > 0, 60)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        calm = Simulator(msgspec.structs.replace(settings, faults=FaultSettings()), OPEN)
        for name, table in calm.tables.items():  # the same PCs on a calm day: each says once more what it knows
            for mine, before in zip(table.reporters, simulator.tables[name].reporters, strict=True):
                mine.tell(Scene(0, dict(before.state)))
        running = asyncio.create_task(calm.run(live=False))
        await until(lambda: all(table.has_told_all for table in calm.tables.values()), 30)
        for name, table in calm.tables.items():
            shown = server.studio_status[name]
            fields = {field: value for field, value in table.confirmed.items() if field in ATTRIBUTES.values()}
            assert {field: getattr(shown, field) for field in fields} == fields
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert report.garbage_taken == 0
        assert report.garbage_refused > 0
        assert report.refused == {}
        assert calm.report.refused == {}


async def test_d_is_spoken_where_the_table_has_a_vendors_name() -> None:
    simulator = Simulator(SimulatorSettings(names=("ARO-001", "Studio-X"), reporters=1, dialects="d"), OPEN)
    sides = [table.reporters[0].side for table in simulator.tables.values()]
    assert [(side.dialect.value, side.device) for side in sides] == [("d", "ARO-001-dealerPC"), ("a", "dealerPC")]


async def test_wrong_url_ends_it() -> None:
    with pytest.raises(ConfigError, match="ws://host:port"):
        await simulate(SimulatorSettings(url="http://h"), OPEN)


def test_run_simulator_says_what_it_does_and_its_books() -> None:
    said: list[str] = []
    settings = SimulatorSettings(url="ws://127.0.0.1:9", tables=5, duration_s=0.05)
    run_simulator(settings, OPEN, say=said.append)
    assert said[0] == "5 tables (ARO-001, SBO-001, BAC-001, …) with 15 reporters at ws://127.0.0.1:9"
    assert "updates confirmed:         0 of 0" in said[1]
