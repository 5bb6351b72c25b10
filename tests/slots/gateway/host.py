"""A slots gateway with a journal in memory, and what a test asks of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from lineside.adapters.burst_link import open_burst_line
from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.clock import SystemClock
from lineside.runtime.command import CommandReport, Role
from lineside.runtime.desk import Actor, Desk
from lineside.runtime.drive import Unit
from lineside.runtime.gateway import GatewayState, Runtime
from lineside.runtime.step import Event
from lineside.runtime.units import Units
from lineside.slots.gateway import Config, run
from lineside.slots.line import LineTiming
from lineside.slots.model import EVENTS, Machine, MachineStatus, events
from tests.support.memory_journal import MemoryJournal
from tests.support.stage import LoggedHub
from tests.support.wait import until

OPERATOR = Actor("operator anna", Role.OPERATOR)


class Host:
    """One gateway called ``floor``.

    Attributes:
        reports: what the gateway said of its own state.
    """

    def __init__(self, folder: Path, journal: MemoryJournal | None = None, **settings: Any) -> None:
        self.journal = journal or MemoryJournal()
        self.reports: list[tuple[GatewayState, str]] = []
        self.units = Units()
        hub = LoggedHub([])
        clock = SystemClock()
        self.desk = Desk(self.units, self.journal, hub, clock)  # type: ignore[arg-type]
        self.runtime = Runtime(
            "floor",
            clock,
            self.journal,  # type: ignore[arg-type]
            hub,
            self.desk,
            self.units,
            structlog.get_logger(),
            folder,
            self._no_line,
            self._report,
            open_burst_line=open_burst_line,
        )
        # A machine that has just got its power wants to see a poll to somebody else, which comes after ``down_s``.
        timing = LineTiming(down_s=0.3, trace=True)
        meters = (0x0C, 0x00, 0x01, 0x02, 0x03, 0x05, 0x06, 0x0B)  # one list: a round is one poll
        values = {
            "meters": meters,
            "meters_s": 0.3,
            "timing": timing,
            "reopen": BackoffSettings(first_s=0.02, cap_s=0.1),
        }
        self.config = msgspec.convert({**values, **settings}, Config)

    async def _no_line(self, line: str, settings: Any) -> Any:
        raise AssertionError("this gateway opens lines with a ninth bit only")

    def _report(self, state: GatewayState, reason: str, next_attempt_s: float | None = None) -> None:
        self.reports.append((state, reason))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Host]:
        """The gateway serves inside the block; its error is raised at the end."""
        task = asyncio.create_task(run(self.config, self.runtime))
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def unit(self, name: str = "1") -> Unit:
        return self.units.find(f"floor/{name}")

    def machine(self, name: str = "1") -> Machine:
        model = self.unit(name).model
        assert isinstance(model, Machine)
        return model

    def status(self, name: str = "1") -> MachineStatus:
        status = self.machine(name).status
        assert isinstance(status, MachineStatus)
        return status

    async def until_ready(self, name: str = "1") -> None:
        """The start-up conversation is through and every meter was read once."""
        await until(lambda: self.units.all("floor"), what="units")
        await until(lambda: self.status(name).phase == "ready", 20, f"machine {name} to be ready")
        await until(lambda: len(self.machine(name).carry().meters) > 5, what="meters")

    def events(self, *kinds: type[Event], name: str = "1") -> list[Any]:
        """Recorded events of these kinds (all of the house without), in order."""
        return [
            k.event for k in self.journal.kept if k.stream == f"floor/{name}" and isinstance(k.event, kinds or EVENTS)
        ]

    def codes(self, name: str = "1") -> list[int]:
        """The exceptions that were recorded."""
        return [event.code for event in self.events(events.ExceptionRecorded, name=name)]

    async def command(self, name: str, /, unit: str = "1", **params: Any) -> CommandReport:
        return await self.desk.request(f"floor/{unit}", name, params, actor=OPERATOR)


def sums(recorded: list[Any]) -> dict[int, int]:
    """What the recorded changes add up to, meter by meter, as the module of events says."""
    total: dict[int, int] = {}
    for event in recorded:
        if isinstance(event, events.MeterRead):
            total[event.code] = event.value if event.old is None else total[event.code] + event.change
        elif isinstance(event, events.MetersReset):
            total |= dict.fromkeys(event.meters, 0)
        elif isinstance(event, events.MetersRestated):
            for code in event.meters:
                total.pop(code, None)
    return total
