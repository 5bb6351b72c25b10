"""The gateway: how a request of a socket becomes a command, and what is answered. The whole server is in journeys/."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from lineside.errors import ConfigError, JournalFull, LinkError
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import CommandAccepted, CommandSent, Role
from lineside.runtime.desk import Actor, Desk
from lineside.runtime.gateway import GatewayState, Runtime
from lineside.runtime.guard import Limits
from lineside.runtime.units import Units
from lineside.ventilator.gateway import Broadcast, Config, Requests, run
from lineside.ventilator.model import COMMANDS, ModelSettings, Packet, Ventilator
from lineside.ventilator.wire import (
    ACK,
    CLASS_DATA,
    NACK,
    Alarm,
    AlarmRequest,
    BadRequest,
    CommandRequest,
    Data,
    Payload,
    Request,
    encode_ack,
    encode_information,
    profile_of,
)
from tests.support.memory_journal import MemoryJournal
from tests.support.stage import LoggedHub, LoggedLink
from tests.support.wait import until

PROFILE = profile_of(0xA0)
ACTOR = Actor("tcp 127.0.0.1:1", Role.OPERATOR)


class Deaf:
    """A wire that says nothing: the tests post messages themselves."""

    def receive(self, data: bytes, now: float) -> list[Any]:
        return []

    def send(self, message: Any) -> bytes:
        return repr(message).encode()


class Ward:
    """One ventilator with desk and request socket, without network."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.journal = MemoryJournal()
        self.log = self.journal.log
        hub = LoggedHub(self.log)
        units = Units()
        desk = Desk(units, self.journal, hub, self.clock)  # type: ignore[arg-type]
        self.runtime = Runtime(
            "ward",
            self.clock,
            self.journal,  # type: ignore[arg-type]
            hub,
            desk,
            units,
            structlog.get_logger(),
            Path(),
            self._no_line,
            self._report,
        )
        self.requests = Requests(Config(line="none"), PROFILE, "ward/1", self.runtime)
        self.link = LoggedLink(self.log)

    async def _no_line(self, line: str, settings: Any) -> Any:
        raise AssertionError("this test opens no line")

    def _report(self, state: GatewayState, reason: str, next_attempt_s: float | None = None) -> None:
        self.log.append((state, reason))

    async def open(self) -> Ward:
        model = Ventilator(PROFILE, ModelSettings(), self.clock.now())
        self.unit = await self.runtime.make_unit("1", "ventilator", model, COMMANDS)
        self.unit.attach("line", self.link, Deaf())
        fields = tuple(field.name for field in PROFILE.sensor_fields)
        self.unit.post("line", Payload(0x40, 1, Data(fields, (0xA0,) + (0,) * (len(fields) - 1))))
        return self

    async def answer(self, request: Request) -> Any:
        return await self.requests.answer(request, ACTOR)


@pytest.mark.parametrize("cmd", ["START", "STOP"])
async def test_start_and_stop_are_acknowledged_when_recorded_and_queued(cmd: str) -> None:
    ward = await Ward().open()
    assert await ward.answer(CommandRequest("GENERAL", cmd, 5)) is ACK
    accepted = next(k.event for k in ward.journal.kept if isinstance(k.event, CommandAccepted))
    assert (accepted.command.name, accepted.command.params, accepted.command.actor) == (cmd, {"param": 5}, ACTOR.name)
    assert any(isinstance(entry, bytes) and b"Order" in entry for entry in ward.log)


@pytest.mark.parametrize(
    "request_",
    [
        CommandRequest("general", "START", 0),
        CommandRequest("GENERAL", "foo", 0),
        CommandRequest("GENERAL", "CMD_START", 0),
        CommandRequest("SET_MODE", "HEV_MODE_PRVC", 0),
        AlarmRequest("APNEA"),
        AlarmRequest("NO_SUCH_ALARM"),
        BadRequest("not JSON"),
    ],
)
async def test_everything_else_is_answered_by_nack(request_: Request) -> None:
    ward = await Ward().open()
    assert await ward.answer(request_) is NACK


async def test_unknown_orders_leave_no_record() -> None:
    ward = await Ward().open()
    recorded = len(ward.journal.kept)
    await ward.answer(CommandRequest("general", "foo", 0))
    assert len(ward.journal.kept) == recorded


async def test_latched_alarm_is_acknowledged_by_name_once() -> None:
    ward = await Ward().open()
    ward.unit.post("line", Payload(0xC0, 2, Alarm(1, "APNEA", None)))
    await asyncio.sleep(0.01)
    assert await ward.answer(AlarmRequest("APNEA")) is ACK
    assert await ward.answer(AlarmRequest("APNEA")) is NACK


async def test_order_is_answered_by_nack_when_the_line_is_away() -> None:
    ward = await Ward().open()
    ward.link.close("unplugged")
    assert await ward.answer(CommandRequest("GENERAL", "START", 0)) is NACK


async def test_order_is_answered_by_nack_when_the_journal_cannot_write() -> None:
    ward = await Ward().open()
    ward.journal.broken = JournalFull("no room")
    assert await ward.answer(CommandRequest("GENERAL", "START", 0)) is NACK


async def test_order_is_answered_by_nack_when_the_queue_is_full() -> None:
    ward = await Ward().open()
    replies = [await ward.answer(CommandRequest("GENERAL", "START", 0)) for _ in range(17)]
    assert replies == [ACK] * 16 + [NACK]


def test_settings_name_every_default_of_the_sheet() -> None:
    config = Config(line="/dev/ttyACM0")
    assert config.broadcast == ("127.0.0.1:54320", "127.0.0.1:54322")
    assert config.request == "127.0.0.1:54321"
    assert (config.profile, config.period_s, config.stale_s, config.attempts_max) == ("A0", 0.2, 2.0, 20)


# ---------------------------------------------------------------------------------------------- the sockets themselves

START = b'{"type":"cmd","cmdtype":"GENERAL","cmd":"START","param":null}'
SHORT = Limits(first_message_s=0.2, idle_s=0.2, unauthenticated_bytes_max=80 * 1024, frame_bytes_max=64 * 1024)


class Street(Ward):
    """A ward whose sockets are open, on ports that the system chooses."""

    @asynccontextmanager
    async def opened(self, **settings: Any) -> AsyncIterator[Street]:
        config = Config(line="none", request="127.0.0.1:0", broadcast=("127.0.0.1:0",), **settings)
        self.requests = Requests(config, PROFILE, "ward/1", self.runtime)
        self.broadcast = Broadcast(config, self.runtime)
        await self.open()
        await self.requests.listen()
        await self.broadcast.listen()
        try:
            yield self
        finally:
            self.unit.close("the test is over")
            await self.requests.close()
            await self.broadcast.close()

    def port(self) -> int:
        assert self.requests._listener is not None
        return self.requests._listener.port

    async def says(self, *pieces: bytes, ends: bool = False) -> bytes:
        """Send pieces, perhaps end this side, and read all that comes until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port())
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.01)
        if ends:
            writer.write_eof()
        reply = await reader.read()
        writer.close()
        return reply


async def test_request_is_answered_as_soon_as_it_is_whole_and_the_server_closes() -> None:
    async with Street().opened() as street:
        assert await street.says(START) == b'{"type":"ack"}\n'
        assert await street.says(*(START[n : n + 9] for n in range(0, len(START), 9))) == b'{"type":"ack"}\n'
        assert await street.says(START + b"\0") == b'{"type":"ack"}\0'


async def test_client_that_has_ended_its_side_is_answered_all_the_same() -> None:
    async with Street().opened() as street:
        assert await street.says(START, ends=True) == b'{"type":"ack"}\n'
        assert await street.says(START[:20], ends=True) == b'{"type":"nack"}\n'
        assert await street.says(ends=True) == b""


async def test_slow_or_silent_client_is_refused_at_its_deadline() -> None:
    async with Street().opened(request_limits=SHORT) as street:
        assert await street.says() == b'{"type":"nack"}\n'
        assert await street.says(START[:20]) == b'{"type":"nack"}\n'


async def test_request_that_waits_for_the_disk_is_not_refused_at_a_deadline() -> None:
    """NACK would say that the order will never be done, and it is on its way to the journal."""
    async with Street().opened(request_limits=SHORT) as street:
        street.journal.held = True
        assert await street.says(START) == b""
        street.journal.release()
        await until(lambda: any(isinstance(k.event, CommandSent) for k in street.journal.kept))


async def test_answer_to_a_client_that_has_gone_is_dropped() -> None:
    async with Street().opened() as street:
        street.journal.held = True
        _, writer = await asyncio.open_connection("127.0.0.1", street.port())
        writer.write(START)
        await until(lambda: street.requests._tasks)
        writer.transport.abort()
        await asyncio.sleep(0.05)
        street.journal.release()
        await until(lambda: not street.requests._tasks)
        assert await street.says(START) == b'{"type":"ack"}\n'


async def test_fault_of_ours_is_answered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Street().opened() as street:

        async def broken(*args: Any, **more: Any) -> Any:
            raise ZeroDivisionError("a fault of ours")

        monkeypatch.setattr(street.runtime.desk, "request", broken)
        assert await street.says(START) == b'{"type":"nack"}\n'


async def test_request_that_waits_when_the_gateway_stops_gets_no_answer() -> None:
    async with Street().opened() as street:
        street.journal.held = True
        asked = asyncio.ensure_future(street.says(START))
        await until(lambda: street.requests._tasks)
    assert await asked == b""


async def test_packet_goes_to_every_client_and_who_talks_too_much_is_let_go() -> None:
    async with Street().opened() as street:
        packet = Packet({"version": 160}, ["APNEA"])
        street.broadcast.send(packet)  # to nobody
        port = street.broadcast._listeners[0].port
        clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await until(lambda: len(street.broadcast._clients) == 2)
        street.broadcast.send(packet)
        for reader, _ in clients:
            assert await reader.readline() == b'{"sensors":{"version":160},"alarms":["APNEA"]}\n'
        talker = clients[0][1]
        for _ in range(20):
            talker.write(b"hello")
            await asyncio.sleep(0.005)
        await until(lambda: len(street.broadcast._clients) == 1)
        street.broadcast.send(packet)
        assert await clients[1][0].readline() == b'{"sensors":{"version":160},"alarms":["APNEA"]}\n'
        for _, writer in clients:
            writer.close()


# ---------------------------------------------------------------------------------------------- the whole gateway


class Whole(Ward):
    """A gateway whose line is what the test says."""

    def __init__(self, line: LoggedLink | Exception) -> None:
        super().__init__()
        self.line = line
        object.__setattr__(self.runtime, "open_line", self._open_line)

    async def _open_line(self, line: str, settings: Any) -> Any:
        if isinstance(self.line, Exception):
            raise self.line
        return self.line

    def run(self, **settings: Any) -> asyncio.Task[None]:
        config = Config(line="none", request="127.0.0.1:0", broadcast=("127.0.0.1:0",), **settings)
        return asyncio.create_task(run(config, self.runtime))


async def test_gateway_serves_until_it_is_cancelled_and_leaves_nothing() -> None:
    whole = Whole(LinkError("no such device"))
    running = whole.run()
    await until(lambda: (GatewayState.WAITING, "no such device") in whole.log)
    assert [view.unit for view in whole.runtime.units.all()] == ["ward/1"]
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled()
    assert whole.runtime.units.all() == []


async def test_gateway_keeps_its_line_and_shows_what_comes() -> None:
    link = LoggedLink([])
    whole = Whole(link)
    running = whole.run()
    await until(lambda: link.receiver is not None)
    link.receiver.on_data(encode_information(CLASS_DATA, 0, bytes([0xA0, 0, *[0] * 24])))
    assert link.log == [encode_ack(CLASS_DATA, 0)]
    running.cancel()
    await asyncio.wait({running})
    assert link.receiver is None


async def test_line_that_is_none_is_told_as_wrong_settings() -> None:
    """Not as a group of one: supervision does not try wrong settings again and again."""
    running = Whole(ConfigError("is no line", "line")).run()
    with pytest.raises(ConfigError, match="is no line"):
        await running


async def test_profile_that_does_not_exist_is_told_as_wrong_settings() -> None:
    running = Whole(LinkError("never")).run(profile="00")
    with pytest.raises(ConfigError, match="no profile"):
        await running


async def test_fault_of_ours_ends_the_gateway_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    link = LoggedLink([])
    running = Whole(link).run()
    await until(lambda: link.receiver is not None)

    def broken(self: Any, link: str, message: Any, now: Any) -> Any:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(Ventilator, "on_live", broken)
    link.receiver.on_data(encode_information(CLASS_DATA, 0, bytes([0xA0, 0, *[0] * 24])))
    with pytest.raises(ZeroDivisionError):
        await running
