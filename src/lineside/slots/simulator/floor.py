"""A floor of simulated machines in one process: on the command line, or within a test's own loop::

async with running(SimulatorSettings(lines=("nine://127.0.0.1:0",)), open_burst_far_end) as floor:
    floor["1"].do("bill", dollars=20)
    floor.where  # what a host opens, for each line
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from lineside.errors import LinkError
from lineside.runtime.step import Moment
from lineside.slots.simulator.player import Player
from lineside.slots.simulator.report import SimulatorReport
from lineside.slots.simulator.seat import Seat
from lineside.slots.simulator.settings import CHARACTER_S, SimulatorSettings
from lineside.slots.simulator.station import OpenBurstFarEnd, Station
from lineside.slots.simulator.store import Store

Say = Callable[[str], None]

LIFE_S = 0.1
"""How often players and accidents are looked after: far below a game's length."""


def moment_now() -> Moment:
    """Both clocks of this computer."""
    return Moment(time.monotonic(), datetime.now(UTC))


class Floor(Mapping[str, Seat]):
    """All machines of one run by name: ``1`` is the address; with several lines ``2.1`` is address 1 on the second.

    Attributes:
        settings: as given.
        report: their common books.
        stations: one for each line, once it is open.
    """

    def __init__(self, settings: SimulatorSettings, *, moment: Callable[[], Moment] = moment_now) -> None:
        self.settings = settings
        self.report = SimulatorReport()
        self.stations: list[Station] = []
        self._moment = moment
        self._by_line = [self._seats_of(index) for index in range(len(settings.lines))]
        self._seats = {seat.name: seat for seats in self._by_line for seat in seats.values()}
        play = settings.play
        self._players = [Player(seat, self._chance(f"player {seat.name}"), play) for seat in self.values() if play]
        self._accidents = Accidents(self, self._chance("accidents"))

    def _seats_of(self, line: int) -> dict[int, Seat]:
        return {
            address: self._seat(line, address)
            for address in range(self.settings.address, self.settings.address + self.settings.machines)
        }

    def _seat(self, line: int, address: int) -> Seat:
        settings = self.settings
        name = str(address) if len(settings.lines) == 1 else f"{line + 1}.{address}"
        store = None
        if settings.state_dir:
            store = Store(Path(settings.state_dir) / f"machine-{name}.json", synced=settings.synced)
        return Seat(
            name,
            address,
            settings.machine_at(line * settings.machines + address - settings.address),
            moment=self._moment,
            report=self.report,
            faults=settings.faults,
            store=store,
            seed=f"{settings.seed} {name}",
            tolerance_s=settings.tolerance_s,
            character_s=CHARACTER_S if settings.paced or settings.lines[line].startswith("/") else 0.0,
        )

    def _chance(self, what: str) -> random.Random:
        return random.Random(f"{self.settings.seed} {what}")

    def __getitem__(self, name: str) -> Seat:
        return self._seats[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._seats)

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def where(self) -> list[str]:
        """What a host opens, line by line."""
        return [station.far_end.where for station in self.stations]

    async def open(self, open_far_end: OpenBurstFarEnd) -> None:
        """Open all lines.

        Raises:
            ConfigError, LinkError: one of them cannot be had; those before are closed again.
        """
        settings = self.settings
        try:
            for line, seats in zip(settings.lines, self._by_line, strict=True):
                far_end = await open_far_end(line, settings.serial)
                pace = CHARACTER_S if settings.paced else 0.0
                station = Station(
                    far_end, seats, self.report, moment=self._moment, gap_s=settings.gap_s, character_s=pace
                )
                self.stations.append(station)
                station.start()
        except BaseException:
            self.close()
            raise

    async def live(self) -> None:
        """Let players play and accidents happen, until cancelled."""
        while True:
            now = self._moment().mono
            for player in self._players:
                player.on_time(now)
            self._accidents.on_time(now)
            await asyncio.sleep(LIFE_S)

    def close(self) -> SimulatorReport:
        """Close the lines and the books."""
        for station in self.stations:
            station.close("the simulator ends")
        for seat in self._seats.values():
            seat.close()
        return self.report


class Accidents:
    """Power cuts and pulled cables, as the settings ask."""

    def __init__(self, floor: Floor, chance: random.Random) -> None:
        self._floor = floor
        self._chance = chance
        self._power_at: float | None = None
        self._began_at: float | None = None
        self._is_out = False

    def on_time(self, now: float) -> None:
        """Let happen what is due."""
        if self._began_at is None:
            self._began_at = now
        faults = self._floor.settings.faults
        if faults.power_every_s:
            self._cut_power(now, faults.power_every_s)
        if faults.unplug_every_s:
            passed = (now - self._began_at) - faults.unplug_every_s
            self._plug(passed >= 0 and passed % faults.unplug_every_s < faults.unplug_for_s)

    def _cut_power(self, now: float, every_s: float) -> None:
        if self._power_at is not None and now >= self._power_at:
            self._chance.choice(list(self._floor.values())).cut_power()
            self._floor.report.count_fault("power cut")
            self._power_at = None
        if self._power_at is None:
            self._power_at = now + self._chance.uniform(0.5, 1.5) * every_s

    def _plug(self, is_out: bool) -> None:
        if is_out == self._is_out:
            return
        for station in self._floor.stations:
            try:
                station.far_end.unplug() if is_out else station.far_end.replug()
            except LinkError:  # its name is taken for the moment: the next turn tries again
                return
        if is_out:
            self._floor.report.count_fault("unplugged")
        self._is_out = is_out


@asynccontextmanager
async def running(settings: SimulatorSettings, open_far_end: OpenBurstFarEnd) -> AsyncIterator[Floor]:
    """A floor that lives within the block.

    Args:
        settings: what to simulate.
        open_far_end: `lineside.adapters.nine_far_end.open_burst_far_end`, or a test's own.

    Raises:
        ConfigError: the settings cannot be simulated, or a memory is damaged.
        LinkError: a line cannot be had.
    """
    floor = Floor(settings)
    await floor.open(open_far_end)
    living = asyncio.create_task(floor.live(), name="floor of machines")
    try:
        yield floor
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        floor.close()
