"""The door: it listens, says what is wrong with its address, and lets everybody go at the end."""

from __future__ import annotations

import asyncio
import socket

import pytest

from lineside.errors import LinkError
from lineside.lockers.gateway import Config, run
from lineside.runtime.gateway import GatewayState
from tests.support.hall import LockerHall, Peer, message, reply
from tests.support.wait import until


async def test_gateway_serves_until_it_is_cancelled_and_leaves_nothing() -> None:
    hall = LockerHall()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = asyncio.create_task(run(Config(address=f"127.0.0.1:{port}"), hall.runtime))
    await until(lambda: hall.reports)
    assert hall.reports == [(GatewayState.RUNNING, f"listens on 127.0.0.1:{port}")]
    peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
    assert await peer.ask(message("7", "1")) == reply("7", "1")
    assert [view.unit for view in hall.units.all()] == ["hall/7"]
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled()
    assert await peer.rest() == b""
    assert hall.units.all() == []
    peer.hang_up()


async def test_address_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LinkError, match="address in use"):
            await run(Config(address=f"127.0.0.1:{port}"), LockerHall().runtime)


async def test_sweep_runs_only_while_a_message_is_unfinished() -> None:
    """Ten thousand silent boards cost nothing."""
    async with LockerHall().opened() as hall:
        peer = await hall.peer()
        await peer.ask(message("7", "1"))
        assert hall.door._sweeping is None
        peer.say(b"ACon_V1.0\n")
        await until(lambda: hall.door._sweeping)
        await peer.ask(b"ID=7\nSEND=2\nCLOSE\n")
        hall.clock.advance(1.0)
        assert hall.door._sweeping is None
