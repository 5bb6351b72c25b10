"""A hall of simulated boards in one process: run from the command line, or within a test's own loop::

async with running(SimulatorSettings(server="127.0.0.1:5000", period_s=0.05)) as hall:
    board = hall["1953"]
    await until(lambda: board.codes)
    board.open(2)
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress

from lineside.errors import ConfigError
from lineside.lockers.simulator.board import Say, SimulatedBoard
from lineside.lockers.simulator.report import SimulatorReport
from lineside.lockers.simulator.settings import SimulatorSettings
from lineside.runtime.listener import parse_address

# Above so many boards the lines of each are not for people any more; the report at the end is.
TELLING_BOARDS_MAX = 24


class Hall(Mapping[str, SimulatedBoard]):
    """All boards of one run, by ``ID``.

    Raises:
        ConfigError: the settings cannot be simulated.

    Attributes:
        settings: as given.
        report: their common books.
    """

    def __init__(self, settings: SimulatorSettings, say: Say | None = None) -> None:
        parse_address(settings.server)
        names = settings.names()
        cells = settings.columns * settings.rows
        if not all(1 <= cell <= cells for cell in settings.missing):
            raise ConfigError(f"{settings.missing}; accepted are cells 1 to {cells} of this cabinet", "missing")
        self.settings = settings
        self.report = SimulatorReport()
        tell = say if say is not None and settings.boards <= TELLING_BOARDS_MAX else _say_nothing
        chance = random.Random(f"{settings.seed} order")
        self._boards = {
            name: SimulatedBoard(name, settings, self.report, tell, index and chance.uniform(0, settings.period_s))
            for index, name in enumerate(names)
        }

    def __getitem__(self, name: str) -> SimulatedBoard:
        return self._boards[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._boards)

    def __len__(self) -> int:
        return len(self._boards)

    async def run(self) -> None:
        """Let all of them live, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, board in self._boards.items():
                group.create_task(board.run(), name=f"board {name}")


async def run_boards(
    settings: SimulatorSettings,
    *,
    stop: asyncio.Event | None = None,
    say: Say | None = None,
    on_ready: Callable[[Hall], None] | None = None,
) -> SimulatorReport:
    """Run a hall until its duration is over, ``stop`` is set, or it is cancelled.

    Args:
        settings: what to simulate.
        stop: ends it when set.
        say: told a line for each thing that a person would see; nothing when there are many boards, never a code.
        on_ready: called once, with the boards.

    Raises:
        ConfigError: the settings cannot be simulated. A server that is away is no error: the boards try for ever.
    """
    hall = Hall(settings, say)
    living = asyncio.create_task(hall.run(), name="hall of boards")
    if on_ready is not None:
        on_ready(hall)
    ending = asyncio.create_task((stop or asyncio.Event()).wait(), name="stop of the hall")
    try:
        await asyncio.wait({living, ending}, timeout=settings.duration_s or None, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ending.cancel()
        await _end(living)
    return hall.report


@asynccontextmanager
async def running(settings: SimulatorSettings, say: Say | None = None) -> AsyncIterator[Hall]:
    """The boards, alive within the block; a fault in one of them is raised at its end."""
    hall = Hall(settings, say)
    living = asyncio.create_task(hall.run(), name="hall of boards")
    try:
        yield hall
    finally:
        await _end(living)


async def _end(living: asyncio.Task[None]) -> None:
    """Cancel the boards and wait for them; a fault of theirs that came first is raised."""
    living.cancel()
    with suppress(asyncio.CancelledError):
        await living


def run_simulator(settings: SimulatorSettings, *, say: Say | None = None) -> SimulatorReport:
    """`run_boards` for the command line: in a loop of its own, ended by SIGINT or SIGTERM; says its report at the end.

    Args:
        settings: what to simulate.
        say: takes the lines for people; by default they go to standard error.

    Raises:
        ConfigError: wrong usage; the command ends with 2.
    """
    tell = say or _say_to_people
    report = asyncio.run(_run_until_signal(settings, tell))
    tell(str(report))
    return report


async def _run_until_signal(settings: SimulatorSettings, say: Say) -> SimulatorReport:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def on_ready(hall: Hall) -> None:
        names = list(hall)
        many = f"{len(names)} boards, {names[0]} to {names[-1]}" if len(names) > 1 else f"board {names[0]}"
        say(f"{many}, {settings.columns} x {settings.rows} cells, for {settings.server}")

    try:
        return await run_boards(settings, stop=stop, say=say, on_ready=on_ready)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _say_nothing(_: str) -> None:
    """For callers that want to hear nothing."""


def _say_to_people(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
