"""One connection of a reporter, over a socket that the test plays."""

from __future__ import annotations

import asyncio

import pytest

from lineside.errors import LinkClosed, LinkTimeout
from lineside.studio.connection import Connection
from lineside.studio.wire.message import Confirmed, ErrorReply
from lineside.studio.wire.reporter import Heard, ReporterSide, Stray
from lineside.studio.wire.vocabulary import Dialect
from tests.support.wait import until

SNAPSHOT = '{"TABLE_ID": "ARO-001", "UPTIME": 3, "SDP": "up"}'
GREETING = '{"message": "Connected to Studio WebSocket Server", "status": "ready"}'
CONFIRMED = '{"status": "updated", "table_id": "ARO-001"}'


class PlayedSocket:
    """Says what the test puts in; None ends it."""

    def __init__(self, *frames: str | None) -> None:
        self.said: list[str | bytes] = []
        self.url = ""
        self.close_code: int | None = None
        self.close_reason = ""
        self.closed_with = ""
        self.held: list[bool] = []
        self.frames: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        for frame in frames:
            self.frames.put_nowait(frame)

    async def open(self, url: str, *, open_s: float) -> PlayedSocket:
        self.url = url
        return self

    async def send(self, text: str | bytes) -> None:
        if self.close_code is not None:
            raise LinkClosed("the connection has ended")
        self.said.append(text)

    async def receive(self) -> str | bytes | None:
        return await self.frames.get()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.close_code, self.closed_with = code, self.closed_with or reason

    async def drop(self) -> None:
        self.close_code = 1006

    def hold(self, held: bool) -> None:
        self.held.append(held)


async def opened(
    socket: PlayedSocket, dialect: Dialect = Dialect.A, heard: list[Heard] | None = None, timeout_s: float = 5.0
) -> Connection:
    side = ReporterSide(dialect, "ARO-001", "pc", "t")
    told = [] if heard is None else heard
    return await Connection.open(socket.open, "ws://h:1", side, timeout_s, told.append)


async def test_snapshot_comes_first_in_a() -> None:
    socket = PlayedSocket(SNAPSHOT)
    one = await opened(socket)
    assert socket.url == "ws://h:1?id=ARO-001_pc&token=t"
    assert one.snapshot is not None
    assert one.snapshot.uptime == 3
    await one.close("done")
    assert socket.closed_with == "done"


@pytest.mark.parametrize("dialect", [Dialect.A, Dialect.B])
async def test_greeting_is_answered_with_the_credentials(dialect: Dialect) -> None:
    socket = PlayedSocket(GREETING, SNAPSHOT)
    one = await opened(socket, dialect)
    assert socket.said == ['{"id": "ARO-001_pc", "token": "t"}']
    await one.close("done")


@pytest.mark.parametrize("dialect", [Dialect.C, Dialect.D])
async def test_c_and_d_wait_for_nothing(dialect: Dialect) -> None:
    one = await opened(PlayedSocket(), dialect)
    assert one.snapshot is None
    await one.close("done")


async def test_answer_belongs_to_the_message_and_the_rest_is_told() -> None:
    heard: list[Heard] = []
    socket = PlayedSocket(SNAPSHOT, CONFIRMED, SNAPSHOT)
    one = await opened(socket, heard=heard)
    await until(lambda: len(heard) == 2)  # both came before anything was asked
    asking = asyncio.ensure_future(one.ask('{"sdp": "up"}', 5.0))
    await asyncio.sleep(0)
    socket.frames.put_nowait("noise")
    socket.frames.put_nowait(CONFIRMED)
    assert await asking == Confirmed("ARO-001")
    assert isinstance(heard[-1], Stray)
    asking = asyncio.ensure_future(one.ask('{"sdp": "x"}', 5.0))
    await asyncio.sleep(0)
    socket.frames.put_nowait('{"error": "Invalid status for sdp: x"}')
    assert await asking == ErrorReply("Invalid status for sdp: x")
    await one.close("done")


async def test_end_of_the_connection_ends_the_waiting_with_the_reason() -> None:
    socket = PlayedSocket(SNAPSHOT)
    one = await opened(socket)
    asking = asyncio.ensure_future(one.ask("{}", 5.0))
    await asyncio.sleep(0)
    socket.close_code, socket.close_reason = 1012, "the server is restarting"
    socket.frames.put_nowait(None)
    with pytest.raises(LinkClosed, match=r"closed the connection \(1012 the server is restarting\)"):
        await asking
    assert one.ended.done()


async def test_refused_credentials_are_told_as_such() -> None:
    socket = PlayedSocket(None)
    socket.close_code, socket.close_reason = 1008, "Invalid token"
    with pytest.raises(LinkClosed, match="the server refuses us: Invalid token"):
        await opened(socket)


async def test_no_snapshot_and_no_answer_are_given_up() -> None:
    silent = PlayedSocket()
    with pytest.raises(LinkTimeout, match="no snapshot within"):
        await opened(silent, timeout_s=0.01)
    assert silent.closed_with == "no snapshot"
    one = await opened(PlayedSocket(SNAPSHOT))
    with pytest.raises(LinkTimeout, match="no answer within"):
        await one.ask("{}", 0.01)
    await one.close("no answer")


async def test_dropped_and_held_connections() -> None:
    socket = PlayedSocket(SNAPSHOT)
    one = await opened(socket)
    one.hold(True)
    one.hold(False)
    assert socket.held == [True, False]
    await one.drop()
    assert socket.close_code == 1006
    assert socket.closed_with == ""
    assert one.ended.result() == "the connection was given up"
