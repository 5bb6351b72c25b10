"""The house on a real journal whose disk fails: alarms are shown, not acknowledged, and acknowledged when it heals."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lineside.app.foundation import catalogue
from lineside.runtime.clock import SystemClock
from lineside.runtime.journal import HealthState, Journal, JournalSettings, Keys, verify
from lineside.ventilator.gateway import Config, Requests
from lineside.ventilator.model import COMMANDS, ModelSettings, Ventilator
from lineside.ventilator.wire import NACK, Alarm, CommandRequest, Data, Payload
from tests.runtime.journal.scene import Faults, error
from tests.support.wait import until
from tests.ventilator.test_gateway import ACTOR, PROFILE, Deaf, Ward

FIELDS = tuple(field.name for field in PROFILE.sensor_fields)
SAMPLE = Data(FIELDS, (0xA0, 5) + (0,) * (len(FIELDS) - 2))
KEYS = Keys.generate()


class RealWard(Ward):
    """The ward of the gateway's tests with the real clock and a real journal."""

    def __init__(self, path: Path, faults: Faults) -> None:
        super().__init__()
        self.path = path
        settings = JournalSettings(retry_s_max=0.05)
        self.journal = Journal.open(  # type: ignore[assignment]
            path, keys=KEYS, catalogue=catalogue(), settings=settings, connect=faults
        )
        self.clock = SystemClock()  # type: ignore[assignment]
        desk = type(self.runtime.desk)(self.runtime.units, self.real, self.runtime.hub, self.clock)
        self.runtime = type(self.runtime)(
            "ward", self.clock, self.real, self.runtime.hub, desk, self.runtime.units, self.runtime.log, path.parent,
            self._no_line, self._report,
        )  # fmt: skip
        self.requests = Requests(Config(line="none"), PROFILE, "ward/1", self.runtime)

    @property
    def real(self) -> Journal:
        assert isinstance(self.journal, Journal)
        return self.journal

    async def begin(self) -> None:
        model = Ventilator(PROFILE, ModelSettings(), self.clock.now())
        self.unit = await self.runtime.make_unit("1", "ventilator", model, COMMANDS)
        self.unit.attach("line", self.link, Deaf())
        self.unit.post("line", Payload(0x40, 1, SAMPLE))
        await until(lambda: self.unit.version == 2)  # the line, and that it breathes

    def sent(self, text: str) -> int:
        return sum(isinstance(entry, bytes) and text.encode() in entry for entry in self.log)

    def alarms(self) -> list[tuple[str, bool]]:
        shown = [entry[1] for entry in self.log if isinstance(entry, tuple) and entry[0] == "ward/1/alarms"]
        return [(alarm.name, alarm.recorded) for alarm in shown[-1].alarms]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (lambda: error(sqlite3.SQLITE_FULL, "database or disk is full"), HealthState.FULL),
        (lambda: error(sqlite3.SQLITE_READONLY, "attempt to write a readonly database"), HealthState.READ_ONLY),
        (lambda: error(sqlite3.SQLITE_IOERR, "disk I/O error"), HealthState.FAILED),
    ],
)
async def test_alarm_and_samples_are_shown_and_nothing_is_acknowledged_until_the_disk_heals(
    tmp_path: Path, fault: Callable[[], sqlite3.Error], state: HealthState
) -> None:
    faults = Faults()
    ward = RealWard(tmp_path / "journal.db", faults)
    await ward.begin()
    faults.fail("COMMIT", fault(), times=10**6)
    alarm = Payload(0xC0, 2, Alarm(1, "APNEA", None))
    ward.unit.post("line", alarm)
    await until(lambda: ward.real.health.state is state)
    assert ward.real.health.reason
    assert ward.alarms() == [("APNEA", False)]
    assert ward.sent("Acknowledge(address=192") == 0
    assert await ward.requests.answer(CommandRequest("GENERAL", "START", 0), ACTOR) is NACK
    shown = sum(isinstance(entry, tuple) and entry[0] == "ward/1/samples" for entry in ward.log)
    ward.unit.post("line", Payload(0x40, 3, SAMPLE))
    assert ward.sent("Acknowledge(address=64, sequence=3") == 1
    assert sum(isinstance(entry, tuple) and entry[0] == "ward/1/samples" for entry in ward.log) == shown + 1
    faults.heal()
    await until(lambda: ward.real.health.state is HealthState.OK)
    while not ward.sent("Acknowledge(address=192"):  # the controller repeats what was not acknowledged
        ward.unit.post("line", Payload(0xC0, 2, alarm.content, repeated=True))
        await asyncio.sleep(0.05)
    assert ward.alarms() == [("APNEA", True)]
    ward.unit.close("the test ends")
    await ward.real.close()
    report = verify(ward.path, KEYS, catalogue())
    assert report.ok, report
