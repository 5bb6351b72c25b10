"""One simulated PC over real sockets: coming back, catching up, going wrong on request."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from aiohttp import web

from lineside.adapters.web_socket_client import open_web_socket
from lineside.runtime.backoff import BackoffSettings
from lineside.studio.simulator import FaultSettings, Scene, Simulator, SimulatorSettings
from tests.studio.originals import Original, original
from tests.support.wait import until

SOON = BackoffSettings(first_s=0.01, cap_s=0.05)
OPEN = partial(open_web_socket, heartbeat_s=None)


def agrees(simulator: Simulator, server: Original) -> bool:
    """Whether the server has what the reporters believe that it has confirmed."""
    return all(
        server.tables.get(name, {}).get(field) == value
        for name, table in simulator.tables.items()
        for field, value in table.confirmed.items()
        if field not in ("round", "Dealer")
    )


@pytest.mark.parametrize("greets", [False, True], ids=["A", "B"])
async def test_flaky_reporters_come_back_and_the_state_is_right_in_the_end(greets: bool) -> None:
    faults = FaultSettings(
        flaky=1.0, drop_every_s=0.2, drop_for_s=0.05, silence_every_s=0.3, silence_for_s=0.05, garbage=0.2
    )
    async with original(greets=greets) as server:
        settings = SimulatorSettings(
            url=server.url, tables=3, dialects="b" if greets else "a", period_s=0.02, reconnect=SOON, faults=faults
        )
        simulator = Simulator(settings, OPEN)
        running = asyncio.create_task(simulator.run())
        report = simulator.report
        await until(lambda: min(report.faults.get(name, 0) for name in ("dropped", "silent", "garbage")) > 8)
        await until(lambda: agrees(simulator, server))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert report.connected > 10
        assert report.garbage_refused > 0


async def test_reporters_wait_for_a_server_and_send_their_state_again_after_it_was_away() -> None:
    async with original() as server:
        settings = SimulatorSettings(url=server.url, names=("T",), reporters=1, dialects="a", reconnect=SOON)
        await server.stop()
        simulator = Simulator(settings, OPEN)
        running = asyncio.create_task(simulator.run(live=False))
        table = simulator.tables["T"]
        table.tell(Scene(0, {"sdp": "up"}))
        await until(lambda: simulator.report.refused_connections > 2)
        assert table.reporters[0].away_because
        await server.start()
        await until(lambda: table.has_told_all)
        await server.stop()
        table.tell(Scene(0, {"sdp": "exception"}))
        table.tell(Scene(0, {"sdp": "calibration"}))
        await server.start()
        await until(lambda: table.has_told_all)
        assert server.tables["T"]["sdp"] == "calibration"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_server_that_never_answers_costs_a_connection_and_no_hang() -> None:
    async def never(server: Original, socket: web.WebSocketResponse, text: str) -> bool:
        return True

    async with original() as server:
        server.hook = never
        settings = SimulatorSettings(
            url=server.url, names=("T",), reporters=1, dialects="a", answer_s=0.05, reconnect=SOON
        )
        simulator = Simulator(settings, OPEN)
        running = asyncio.create_task(simulator.run(live=False))
        simulator.tables["T"].tell(Scene(0, {"sdp": "up"}))
        await until(lambda: simulator.report.lost > 2)
        assert simulator.report.confirmed == 0
        server.hook = None
        await until(lambda: simulator.tables["T"].has_told_all)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
