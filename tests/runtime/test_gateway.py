"""What a gateway is given: units that know the desk, a link that is kept open for ever, parts that end together."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from lineside.errors import ConfigError, JournalError, LinkBusy, LinkError, NoSuchUnit
from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.clock import ManualClock
from lineside.runtime.desk import Desk
from lineside.runtime.drive import Unit
from lineside.runtime.gateway import GatewayState, Runtime, keep_open, run_together
from lineside.runtime.units import Units
from tests.support.memory_journal import MemoryJournal
from tests.support.stage import Counting, Lines, LoggedHub, LoggedLink
from tests.support.wait import until

FAST = BackoffSettings(first_s=0.01, cap_s=0.04, jitter=0)


@pytest.fixture(autouse=True)
def _every_level() -> Iterator[None]:
    """Other tests set the level that a terminal wants; here every word counts."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0), cache_logger_on_first_use=False)
    yield
    structlog.configure(**before)


class Yard:
    """A runtime whose line opens, or does not, as the test says."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.journal = MemoryJournal()
        self.log = self.journal.log
        self.reports: list[tuple[GatewayState, str, float | None]] = []
        self.links: list[LoggedLink] = []
        self.errors: list[Exception] = []
        self.on_opening: Callable[[], None] = lambda: None
        units, hub = Units(), LoggedHub(self.log)
        desk = Desk(units, self.journal, hub, self.clock)  # type: ignore[arg-type]
        self.runtime = Runtime(
            "g",
            self.clock,
            self.journal,  # type: ignore[arg-type]
            hub,
            desk,
            units,
            structlog.get_logger(),  # its level is that of the fixture below
            Path(),
            self._no_line,
            self._report,
            random.Random(1),
        )
        self.unit: Unit

    async def _no_line(self, line: str, settings: Any) -> Any:
        raise AssertionError("these tests open their links themselves")

    def _report(self, state: GatewayState, reason: str, next_attempt_s: float | None = None) -> None:
        self.reports.append((state, reason, next_attempt_s))

    async def open_link(self) -> LoggedLink:
        self.on_opening()
        if self.errors:
            raise self.errors.pop(0)
        link = LoggedLink(self.log)
        self.links.append(link)
        return link

    @asynccontextmanager
    async def kept(self, make_wire: Callable[[], Any] = Lines) -> AsyncIterator[asyncio.Task[None]]:
        self.unit = await self.runtime.make_unit("1", "test", Counting(self.clock.now()), ())
        keeping = asyncio.create_task(keep_open(self.unit, "line", self.open_link, make_wire, self.runtime, FAST))
        try:
            yield keeping
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})

    def waits(self) -> list[float | None]:
        return [wait_s for state, _, wait_s in self.reports if state is GatewayState.WAITING]


# ---------------------------------------------------------------------------------------------- units


async def test_unit_is_made_with_its_memory_and_made_known() -> None:
    yard = Yard()
    unit = await yard.runtime.make_unit("1", "test", Counting(yard.clock.now()), (), bank=asyncio.sleep)
    assert yard.runtime.units.find("g/1") is unit
    assert unit.on_report == yard.runtime.desk.on_report


async def test_unit_whose_stream_cannot_be_read_is_not_made_known() -> None:
    yard = Yard()
    yard.journal.unreadable = JournalError("the file cannot be opened")
    with pytest.raises(JournalError):
        await yard.runtime.make_unit("1", "test", Counting(yard.clock.now()), ())
    with pytest.raises(NoSuchUnit):
        yard.runtime.units.find("g/1")


# ---------------------------------------------------------------------------------------------- keep_open


async def test_link_that_cannot_be_opened_is_tried_for_ever_with_growing_waits() -> None:
    yard = Yard()
    yard.errors = [LinkError(f"no such device {n}") for n in range(5)]
    async with yard.kept():
        await until(lambda: yard.links)
    assert yard.waits() == [0.01, 0.02, 0.04, 0.04, 0.04]
    assert yard.reports[0][:2] == (GatewayState.WAITING, "no such device 0")
    assert yard.reports[-1] == (GatewayState.RUNNING, "test is open", None)
    assert ("g/1/closed", "no such device 4") in yard.log


async def test_lost_link_is_opened_again() -> None:
    yard = Yard()
    async with yard.kept():
        await until(lambda: yard.links)
        yard.links[0].close("unplugged")
        await until(lambda: len(yard.links) == 2)
        yard.links[1].receiver.on_data(b"live")
        await until(lambda: b"ok live\n" in yard.log)
    assert (GatewayState.WAITING, "unplugged", 0.01) in yard.reports


async def test_waits_begin_anew_after_a_link_has_held() -> None:
    yard = Yard()
    yard.errors = [LinkError("no such device")] * 3
    async with yard.kept():
        await until(lambda: yard.links)
        yard.clock.advance(60)
        yard.links[0].close("unplugged")
        await until(lambda: len(yard.links) == 2)
    assert yard.waits() == [0.01, 0.02, 0.04, 0.01]


async def test_attempt_that_takes_long_and_fails_does_not_count_as_held() -> None:
    yard = Yard()
    yard.on_opening = lambda: yard.clock.advance(60) and None
    yard.errors = [LinkError("host does not answer")] * 3
    async with yard.kept():
        await until(lambda: yard.links)
    assert yard.waits() == [0.01, 0.02, 0.04]


async def test_going_away_is_logged_once_and_again_after_coming_back() -> None:
    yard = Yard()
    yard.errors = [LinkError("unplugged")] * 3
    with capture_logs() as logged:
        async with yard.kept():
            for count in (1, 2):
                await until(lambda count=count: len(yard.links) == count)  # type: ignore[misc]
                yard.links[-1].close("unplugged")
            await until(lambda: len(yard.links) == 3)
    assert [entry["event"] for entry in logged if entry["log_level"] == "warning"] == ["link away"] * 3


async def test_every_link_error_is_a_reason_to_try_again() -> None:
    yard = Yard()
    yard.errors = [LinkBusy("another program holds the device")]
    async with yard.kept():
        await until(lambda: yard.links)
    assert yard.reports[0][1] == "another program holds the device"


async def test_name_that_is_no_line_is_raised() -> None:
    yard = Yard()
    yard.errors = [ConfigError("is no line", "line")]
    async with yard.kept() as keeping:
        with pytest.raises(ConfigError, match="is no line"):
            await keeping


async def test_link_is_closed_when_its_wire_cannot_be_made() -> None:
    yard = Yard()
    closed: list[str] = []

    def no_wire() -> Any:
        yard.links[0].close = closed.append  # type: ignore[method-assign]
        raise ConfigError("no such profile")

    async with yard.kept(no_wire) as keeping:
        with pytest.raises(ConfigError):
            await keeping
    assert closed == ["the gateway stops"]


async def test_link_is_closed_when_the_gateway_stops() -> None:
    yard = Yard()
    async with yard.kept():
        await until(lambda: yard.links)
    assert yard.links[0].receiver is None
    assert ("g/1/closed", "the gateway stops") in yard.log


# ---------------------------------------------------------------------------------------------- run_together


async def test_first_part_that_fails_ends_the_others_and_its_own_error_is_raised() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("other")

    async def wrong() -> None:
        await asyncio.sleep(0)
        raise ConfigError("is no line", "line")

    with pytest.raises(ConfigError):
        await run_together(other=endless(), line=wrong())
    assert ended == ["other"]


async def test_two_faults_at_once_are_both_told() -> None:
    async def wrong() -> None:
        raise ConfigError("is no line", "line")

    with pytest.raises(BaseExceptionGroup) as raised:
        await run_together(one=wrong(), two=wrong())
    assert len(raised.value.exceptions) == 2


async def test_cancelling_ends_all_parts() -> None:
    running = asyncio.create_task(run_together(one=asyncio.sleep(60), two=asyncio.sleep(60)))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled()
