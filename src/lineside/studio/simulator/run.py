"""Simulated tables against a real server: makes the PCs of each table, lets their stories happen, keeps the books."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import sys
from collections.abc import Callable
from typing import Any

from lineside.studio.connection import OpenSocket
from lineside.studio.simulator.report import SimulatorReport
from lineside.studio.simulator.reporter import Reporter
from lineside.studio.simulator.settings import SimulatorSettings
from lineside.studio.simulator.story import Scene, Story
from lineside.studio.wire.reporter import ReporterSide
from lineside.studio.wire.vocabulary import Dialect

Say = Callable[[str], None]

DEVICES = ("dealerPC", "cameraPC", "wheelPC", "scannerPC")
"""Who reports, by number; with fewer PCs the first one takes the rest."""

_SHARES = {"zcam": 1, "roulette": 2, "shaker": 2, "barcode_scanner": 3, "nfc_scanner": 3}
_VENDOR_TABLE = re.compile(r"[A-Z]{3}-[0-9]{3}")


class SimulatedTable:
    """One table with its PCs and its story.

    Attributes:
        name: of the table.
        reporters: its PCs.
        confirmed: name of a field → the last value that the server has confirmed; custom fields too.
    """

    def __init__(
        self, name: str, index: int, settings: SimulatorSettings, open_socket: OpenSocket, report: SimulatorReport
    ) -> None:
        self.name = name
        self.confirmed: dict[str, Any] = {}
        self._story = Story(name, settings, _chance(settings, f"story {name}"))
        first = index * settings.reporters
        self.reporters = [
            Reporter(
                _side(name, device, settings.dialect_of(first + number), settings.token),
                settings,
                open_socket,
                _chance(settings, f"{device} of {name}"),
                report,
                self.confirmed,
                is_flaky=_is_flaky(first + number, settings.faults.flaky),
            )
            for number, device in enumerate(DEVICES[: settings.reporters])
        ]

    @property
    def has_told_all(self) -> bool:
        """Whether everything that happened so far is confirmed."""
        return all(reporter.has_told_all for reporter in self.reporters)

    async def live(self) -> None:
        """Let the story happen until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            for scene in self._story.due(loop.time()):
                self.tell(scene)
            await asyncio.sleep(max(0.0, self._story.next_at() - loop.time()))

    def tell(self, scene: Scene) -> None:
        """Something happens at the table: each PC reports its own share of it."""
        if scene.signal is not None:
            self.reporters[0].tell(scene)
        shares: dict[int, dict[str, Any]] = {}
        for name, value in scene.fields.items():
            number = _SHARES.get(name, 0)
            shares.setdefault(number if number < len(self.reporters) else 0, {})[name] = value
        for number, fields in shares.items():
            self.reporters[number].tell(Scene(scene.pause, fields))


class Simulator:
    """All tables.

    Attributes:
        tables: by name.
        report: the books.
    """

    def __init__(self, settings: SimulatorSettings, open_socket: OpenSocket) -> None:
        self.settings = settings
        self.report = SimulatorReport()
        self.tables = {
            name: SimulatedTable(name, index, settings, open_socket, self.report)
            for index, name in enumerate(settings.table_names)
        }

    @property
    def connected(self) -> int:
        """PCs that are connected now."""
        return sum(reporter.is_connected for table in self.tables.values() for reporter in table.reporters)

    async def run(self, *, live: bool = True) -> None:
        """Report until cancelled; without ``live`` nothing happens at the tables but what is told."""
        async with asyncio.TaskGroup() as group:
            for table in self.tables.values():
                for reporter in table.reporters:
                    group.create_task(reporter.run(), name=f"{reporter.side.device} of {table.name}")
                if live:
                    group.create_task(table.live(), name=f"story of {table.name}")


async def simulate(
    settings: SimulatorSettings,
    open_socket: OpenSocket,
    *,
    stop: asyncio.Event | None = None,
    on_ready: Callable[[Simulator], None] | None = None,
) -> SimulatorReport:
    """Run simulated tables until their duration is over, ``stop`` is set, or it is cancelled.

    Args:
        settings: what to simulate. A server that is away is waited for.
        open_socket: `lineside.adapters.web_socket_client.open_web_socket`, or a test's own.
        stop: ends it when set.
        on_ready: called once, with the handle of everything.

    Returns:
        The books of the run.

    Raises:
        ConfigError: the URL is none.
    """
    simulator = Simulator(settings, open_socket)
    if on_ready is not None:
        on_ready(simulator)
    running = asyncio.create_task(simulator.run(), name="simulated tables")
    stopping = asyncio.create_task((stop or asyncio.Event()).wait(), name="stop")
    try:
        await asyncio.wait(
            (running, stopping), timeout=settings.duration_s or None, return_when=asyncio.FIRST_COMPLETED
        )
        if running.done():
            _raise_first(running)
    finally:
        for task in (running, stopping):
            task.cancel()
        await asyncio.gather(running, stopping, return_exceptions=True)
    return simulator.report


def _raise_first(running: asyncio.Task[None]) -> None:
    """A wrong URL ends every PC; one of them tells why."""
    error = running.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is not None:
        raise error


def run_simulator(settings: SimulatorSettings, open_socket: OpenSocket, *, say: Say | None = None) -> SimulatorReport:
    """`simulate` for the command line: in a loop of its own, ended by SIGINT or SIGTERM; says its report at the end.

    Args:
        settings: what to simulate.
        open_socket: `lineside.adapters.web_socket_client.open_web_socket`.
        say: takes the lines for people; by default they go to standard error.

    Raises:
        ConfigError: wrong usage; the command ends with 2.
    """
    tell = say or _say_to_people
    report = asyncio.run(_run_until_signal(settings, open_socket, tell))
    tell(str(report))
    return report


async def _run_until_signal(settings: SimulatorSettings, open_socket: OpenSocket, say: Say) -> SimulatorReport:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def on_ready(simulator: Simulator) -> None:
        tables = simulator.tables
        pcs = sum(len(table.reporters) for table in tables.values())
        names = ", ".join(list(tables)[:3]) + (", …" if len(tables) > 3 else "")
        say(f"{len(tables)} tables ({names}) with {pcs} reporters at {settings.where.partition('?')[0]}")

    try:
        return await simulate(settings, open_socket, stop=stop, on_ready=on_ready)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _side(table: str, device: str, dialect: Dialect, token: str) -> ReporterSide:
    if dialect is not Dialect.D:
        return ReporterSide(dialect, table, device, token)
    if _VENDOR_TABLE.fullmatch(table):  # D has no table of its own; it stands in the device's id
        return ReporterSide(dialect, table, f"{table}-{device}", token)
    return ReporterSide(Dialect.A, table, device, token)


def _is_flaky(number: int, part: float) -> bool:
    """Every tenth for 0.1: spread evenly, and as many as were asked for."""
    return int((number + 1) * part) > int(number * part)


def _chance(settings: SimulatorSettings, what: str) -> random.Random:
    """One source of randomness per concern, so that one more table does not change the story of another."""
    return random.Random(f"{settings.seed} {what}")


def _say_to_people(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
