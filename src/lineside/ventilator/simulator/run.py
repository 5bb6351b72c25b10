"""The simulator on a real line: opens its end, turns the controller's main loop, pulls the cable when asked."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import Callable

from lineside.errors import ConfigError, LinkError
from lineside.runtime.line import FarEnd, OpenFarEnd
from lineside.ventilator.simulator.alarms import AlarmMaker
from lineside.ventilator.simulator.breather import Breather
from lineside.ventilator.simulator.breathing import VERSION, BreathingMachine
from lineside.ventilator.simulator.controller import LATER_PACE, VentilatorController, pace_for
from lineside.ventilator.simulator.faults import BadCable, Spells
from lineside.ventilator.simulator.player import Player, load_recording, profile_from
from lineside.ventilator.simulator.report import SimulatorReport
from lineside.ventilator.simulator.settings import RATE_HZ_BREATHING, SimulatorSettings
from lineside.ventilator.wire.profile import Profile, profile_of

Say = Callable[[str], None]

# At the end what is under way may still be acknowledged, so that the books of a good run close without a remainder.
LAST_WORDS_S = 0.25


def make_controller(settings: SimulatorSettings) -> VentilatorController:
    """The controller that the settings describe; nothing is opened.

    Raises:
        ConfigError: the recording cannot be played, is of another version than the profile, or the lung cannot speak
            the profile.
    """
    report = SimulatorReport()
    faults = settings.faults
    source: Player | Breather
    if settings.file:
        recording = load_recording(settings.file, settings.profile, settings.rate_hz)
        profile, source = recording.profile, Player(recording, report)
        pace = pace_for(settings.rate_hz) if settings.rate_hz or profile.version == VERSION else LATER_PACE
    else:
        profile = _lung_profile(settings.profile)
        rate_hz = settings.rate_hz or RATE_HZ_BREATHING
        machine = BreathingMachine(_chance(settings, "lung"), breathing=settings.breathing)
        source, pace = Breather(machine, profile, rate_hz), pace_for(rate_hz)
    alarms = None
    if settings.alarm_every_s:
        alarms = AlarmMaker(
            _chance(settings, "alarms"), settings.alarm_every_s, settings.alarm_for_s, settings.alarm_repeat_s
        )
    return VentilatorController(
        profile,
        source,
        report,
        alarms=alarms,
        pace=pace,
        nack=faults.nack,
        wrong_version_every=faults.wrong_version_every,
        chance=_chance(settings, "nack"),
    )


def _lung_profile(text: str) -> Profile:
    if not text or profile_from(text).version == VERSION:
        return profile_of(VERSION)
    name = profile_from(text).name
    raise ConfigError(f"the breathing lung speaks A0 alone; give a recording (--file) for {name}", "profile")


def _chance(settings: SimulatorSettings, what: str) -> random.Random:
    """One source of randomness per concern, so that one more alarm does not change a breath."""
    return random.Random(f"{settings.seed} {what}")


class Simulator:
    """A controller, its cable and its spells of silence, driven by ``now``. `turn` and `on_data` do everything.

    Args:
        settings: what to simulate.
        controller: made by `make_controller` of the same settings.
        far_end: its end of the line; `Simulator` is its receiver.
        now: monotonic seconds; spells are counted from here.
        say: told what a person should know, a line each.
    """

    def __init__(
        self,
        settings: SimulatorSettings,
        controller: VentilatorController,
        far_end: FarEnd,
        now: Callable[[], float],
        say: Say,
    ) -> None:
        self.controller = controller
        self.report = controller.report
        self._far_end = far_end
        self._now = now
        self._say = say
        began_at = now()
        faults = settings.faults
        self._outgoing = BadCable(faults, _chance(settings, "outgoing"), self.report)
        self._incoming = BadCable(faults, _chance(settings, "incoming"), self.report)
        self._unplugged = Spells(faults.unplug_every_s, faults.unplug_for_s, began_at)
        self._silent = Spells(faults.silence_every_s, faults.silence_for_s, began_at)
        self._is_out = False
        self._is_silent = False
        self._is_attached = False
        self._told = ""
        self.closed = ""

    # -- Receiver --------------------------------------------------------------------------------------------------

    def on_data(self, data: bytes) -> None:
        """Bytes from the host."""
        if self._is_silent:
            return
        now = self._now()
        for piece in self._incoming.damage(data):
            self._send(self.controller.receive(piece, now), now)

    def on_closed(self, reason: str) -> None:
        """The far end was closed."""
        self.closed = reason

    # --------------------------------------------------------------------------------------------------------------

    def turn(self, now: float) -> None:
        """One pass of the main loop and of what happens to its cable."""
        self._plug(now)
        self._fall_silent(now)
        self._look_at_host()
        self._send([] if self._is_silent else self.controller.turn(now), now)

    @property
    def where(self) -> str:
        """What the host opens."""
        return self._far_end.where

    def finish(self) -> SimulatorReport:
        """Close the line and the books."""
        self._far_end.close("the simulator ends")
        self.report.bytes_dropped = self._far_end.dropped_bytes
        return self.controller.finish()

    def _send(self, frames: list[bytes], now: float) -> None:
        for frame in frames:
            self._outgoing.put(frame, now)
        if data := self._outgoing.take(now):
            self._far_end.send(data)

    def _plug(self, now: float) -> None:
        is_out = self._unplugged.is_on(now)
        if is_out == self._is_out:
            return
        if is_out:
            self._far_end.unplug()
            self.report.count_fault("unplugged")
            self._say("cable pulled")
        else:
            try:
                self._far_end.replug()
            except LinkError as error:  # its name is taken for the moment: the next turn tries again
                if self._told != str(error):
                    self._told = str(error)
                    self._say(f"cannot plug in: {error}")
                return
            self._say("cable back")
        self._is_out = is_out

    def _fall_silent(self, now: float) -> None:
        is_silent = self._silent.is_on(now)
        if is_silent and not self._is_silent:
            self.report.count_fault("silence")
        if is_silent != self._is_silent:
            self._say("controller hangs" if is_silent else "controller runs again")
        self._is_silent = is_silent

    def _look_at_host(self) -> None:
        is_attached = self._far_end.is_attached()
        if is_attached != self._is_attached:
            self._say("host attached" if is_attached else "host gone")
        self._is_attached = self.controller.is_attached = is_attached


async def simulate(
    settings: SimulatorSettings,
    open_far_end: OpenFarEnd,
    *,
    stop: asyncio.Event | None = None,
    say: Say | None = None,
    on_ready: Callable[[Simulator], None] | None = None,
) -> SimulatorReport:
    """Run one simulator on a real line until its duration is over, ``stop`` is set, or it is cancelled.

    Args:
        settings: what to simulate.
        open_far_end: `lineside.adapters.far_end.open_far_end`, or a test's own.
        stop: ends it when set.
        say: told a line each when the host comes and goes and when a fault begins and ends.
        on_ready: called once, when the line can be opened by the host.

    Returns:
        The books of the run. (On cancellation the line is closed, and nothing returned.)

    Raises:
        ConfigError: the settings cannot be simulated; raised before anything is opened.
        LinkError: the line cannot be had.
    """
    controller = make_controller(settings)
    far_end = await open_far_end(settings.where, settings.serial)
    loop = asyncio.get_running_loop()
    simulator = Simulator(settings, controller, far_end, loop.time, say or _say_nothing)
    far_end.start(simulator)
    try:
        if on_ready is not None:
            on_ready(simulator)
        await _turn_until_stopped(simulator, controller.pace.loop_s, settings.duration_s, stop or asyncio.Event())
        controller.is_ending = True
        await _turn_until_acknowledged(simulator, controller.pace.loop_s)
    finally:
        report = simulator.finish()
    return report


async def _turn_until_stopped(simulator: Simulator, loop_s: float, duration_s: float, stop: asyncio.Event) -> None:
    """Passes on a grid of ``loop_s``; a pass that was missed is not made up for, as in firmware."""
    loop = asyncio.get_running_loop()
    began_at = at = loop.time()
    while not stop.is_set() and not simulator.closed:
        simulator.turn(at)
        now = loop.time()
        if duration_s and now - began_at >= duration_s:
            return
        at = max(at + loop_s, now - (now - at) % loop_s)
        await asyncio.sleep(max(0.0, at - loop.time()))


async def _turn_until_acknowledged(simulator: Simulator, loop_s: float) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + LAST_WORDS_S
    while simulator.controller.waiting and loop.time() < end and not simulator.closed:
        simulator.turn(loop.time())
        await asyncio.sleep(loop_s)


def _say_nothing(_: str) -> None:
    """For callers that want to hear nothing."""


def run_simulator(settings: SimulatorSettings, open_far_end: OpenFarEnd, *, say: Say | None = None) -> SimulatorReport:
    """`simulate` for the command line: in a loop of its own, ended by SIGINT or SIGTERM; says its report at the end.

    Args:
        settings: what to simulate.
        open_far_end: `lineside.adapters.far_end.open_far_end`.
        say: takes the lines for people; by default they go to standard error.

    Raises:
        ConfigError: wrong usage; the command ends with 2.
        LinkError: the line cannot be had; the command ends with 1.
    """
    tell = say or _say_to_people
    report = asyncio.run(_run_until_signal(settings, open_far_end, tell))
    tell(str(report))
    return report


async def _run_until_signal(settings: SimulatorSettings, open_far_end: OpenFarEnd, say: Say) -> SimulatorReport:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def on_ready(simulator: Simulator) -> None:
        what = settings.file or "a breathing lung"
        say(f"ventilator {simulator.controller.profile.name} on {simulator.where}: {what}")

    try:
        return await simulate(settings, open_far_end, stop=stop, say=say, on_ready=on_ready)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _say_to_people(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
