"""The gateway: how a request of a socket becomes a command, and what is answered. The sockets are in journeys/."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import structlog

from lineside.errors import JournalFull
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import CommandAccepted, Role
from lineside.runtime.desk import Actor, Desk
from lineside.runtime.gateway import GatewayState, Runtime
from lineside.runtime.units import Units
from lineside.ventilator.gateway import Config, Requests
from lineside.ventilator.model import COMMANDS, ModelSettings, Ventilator
from lineside.ventilator.wire import (
    ACK,
    NACK,
    Alarm,
    AlarmRequest,
    BadRequest,
    CommandRequest,
    Data,
    Payload,
    Request,
    profile_of,
)
from tests.support.memory_journal import MemoryJournal
from tests.support.stage import LoggedHub, LoggedLink

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
