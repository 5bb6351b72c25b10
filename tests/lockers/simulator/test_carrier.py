"""One channel: connects again for ever, and ends in order when it is not wanted."""

from __future__ import annotations

import asyncio
import random

from lineside.lockers.simulator.carrier import Carrier
from lineside.lockers.simulator.report import SimulatorReport
from lineside.lockers.wire import Channel, HeardByBoard, Reply
from lineside.runtime.backoff import Backoff, BackoffSettings
from tests.lockers.simulator.server import serving
from tests.lockers.wire.streams import SHORT
from tests.support.wait import until


class Board:
    """What a carrier tells."""

    def __init__(self, port: int) -> None:
        self.heard: list[HeardByBoard] = []
        self.changes: list[str] = []
        self.report = SimulatorReport()
        self.carrier = Carrier(
            Channel.GSM,
            ("127.0.0.1", port),
            self.report,
            Backoff(BackoffSettings(first_s=0.01, cap_s=0.05), random.Random(1)),
            on_heard=self.heard.append,
            on_change=lambda _, reason: self.changes.append(reason),
        )
        self.task = asyncio.create_task(self.carrier.run())

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


async def test_connects_when_wanted_and_ends_in_order_when_not() -> None:
    async with serving() as server:
        board = Board(server.port)
        assert not board.carrier.send(SHORT)
        board.carrier.want(True)
        await until(lambda: board.carrier.is_up)
        assert board.carrier.send(SHORT)
        await until(lambda: board.heard)
        assert isinstance(board.heard[0], Reply)
        board.carrier.want(False)
        assert not board.carrier.is_up
        await until(lambda: not server.connections)
        board.carrier.want(True)
        await until(lambda: board.carrier.is_up)
        assert (board.report.connects, board.report.losses) == (2, 0)
        await board.end()
        await until(lambda: not server.connections)


async def test_connects_again_for_ever_after_losses_and_while_the_server_is_away() -> None:
    async with serving() as server:
        board = Board(server.port)
        board.carrier.want(True)
        await until(lambda: board.carrier.is_up)
        for _ in range(3):
            count = board.report.connects
            await until(lambda: server.connections)
            server.connections[0].transport.abort()
            await until(lambda count=count: board.report.connects > count)  # type: ignore[misc]
        assert board.report.losses == 3
        await server.close()
        await until(lambda: not board.carrier.is_up)
        await server.open()
        await until(lambda: board.carrier.is_up)
        await board.end()


async def test_what_is_cut_here_is_no_loss() -> None:
    async with serving() as server:
        board = Board(server.port)
        board.carrier.want(True)
        await until(lambda: board.carrier.is_up)
        board.carrier.cut("by hand")
        await until(lambda: board.report.connects == 2)
        assert board.report.losses == 0
        assert board.changes[0] == ""
        assert board.changes[1]
        await board.end()


async def test_without_a_network_there_is_no_connection() -> None:
    async with serving() as server:
        board = Board(server.port)
        board.carrier.want(True)
        await until(lambda: board.carrier.is_up)
        board.carrier.set_network(False)
        await until(lambda: not server.connections)
        assert not board.carrier.has_network
        board.carrier.set_network(True)
        await until(lambda: board.carrier.is_up)
        await board.end()
