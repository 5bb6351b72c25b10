"""The simulator as a command: a floor until its duration is over or a signal comes, with people at it if they like."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable
from enum import StrEnum

from lineside.slots.simulator.control import Control
from lineside.slots.simulator.floor import Floor, Say, running
from lineside.slots.simulator.report import SimulatorReport
from lineside.slots.simulator.settings import SimulatorSettings
from lineside.slots.simulator.station import OpenBurstFarEnd

LINES_SHOWN = 8
"""Above so many lines their names are no longer for people."""


class Keyboard(StrEnum):
    """What standard input is for."""

    NONE = "none"
    WORDS = "words"
    JSON = "json"


async def simulate(
    settings: SimulatorSettings,
    open_far_end: OpenBurstFarEnd,
    *,
    stop: asyncio.Event | None = None,
    on_ready: Callable[[Floor], None] | None = None,
) -> SimulatorReport:
    """Run a floor until its duration is over, ``stop`` is set, a line ends, or it is cancelled.

    Raises:
        ConfigError: the settings cannot be simulated, or a memory is damaged.
        LinkError: a line cannot be had.
    """
    async with running(settings, open_far_end) as floor:
        if on_ready is not None:
            on_ready(floor)
        ending = (stop or asyncio.Event()).wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ending, settings.duration_s or None)
    return floor.report


def run_simulator(
    settings: SimulatorSettings,
    open_far_end: OpenBurstFarEnd,
    *,
    keyboard: Keyboard = Keyboard.NONE,
    say: Say | None = None,
) -> SimulatorReport:
    """`simulate` for the command line: in a loop of its own, ended by SIGINT or SIGTERM; says its report at the end.

    Args:
        settings: what to simulate.
        open_far_end: `lineside.adapters.nine_far_end.open_burst_far_end`.
        keyboard: what standard input is for; its end ends the simulator.
        say: takes the lines for people; by default they go to standard error. JSON answers go to standard output.

    Raises:
        ConfigError: wrong usage; the command ends with 2.
        LinkError: a line cannot be had; the command ends with 1.
    """
    tell = say or _say_to_people
    report = asyncio.run(_run_until_signal(settings, open_far_end, keyboard, tell))
    tell(str(report))
    return report


async def _run_until_signal(
    settings: SimulatorSettings, open_far_end: OpenBurstFarEnd, keyboard: Keyboard, say: Say
) -> SimulatorReport:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def on_ready(floor: Floor) -> None:
        for line in introduction(floor):
            say(line)
        if keyboard is not Keyboard.NONE:
            listen(floor, keyboard, loop, stop)

    try:
        return await simulate(settings, open_far_end, stop=stop, on_ready=on_ready)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def introduction(floor: Floor) -> list[str]:
    """What is there, in lines for people."""
    names = list(floor)
    many = f"{len(names)} machines, {names[0]} to {names[-1]}" if len(names) > 1 else f"machine {names[0]}"
    where = floor.where[:LINES_SHOWN]
    more = [f"and {len(floor.where) - LINES_SHOWN} more lines"] if len(floor.where) > LINES_SHOWN else []
    return [f"{many} on {', '.join(where + more)}"]


def listen(floor: Floor, keyboard: Keyboard, loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Take lines from standard input in a thread of its own and answer each; at its end set ``stop``."""
    control = Control(floor, floor.report)

    def answer(line: str) -> None:
        told = control.json(line) if keyboard is Keyboard.JSON else control.words(line)
        print(told, flush=True)

    def read() -> None:
        for line in sys.stdin:
            if line.strip() or keyboard is Keyboard.WORDS:
                loop.call_soon_threadsafe(answer, line.strip())
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=read, name="keyboard", daemon=True).start()


def _say_to_people(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
