"""What the parts of one machine share: its settings, its memory, the meters and exceptions in it, and the time."""

from __future__ import annotations

import datetime
import random

from lineside.runtime.step import Moment
from lineside.slots.simulator.exceptions import ExceptionQueue
from lineside.slots.simulator.memory import MachineState
from lineside.slots.simulator.meters import Meters
from lineside.slots.simulator.settings import MachineSettings
from lineside.slots.wire import DENOMINATIONS


class Refused(Exception):
    """A person at the machine asked for what it cannot do now; the text says why."""


class Works:
    """The middle of one machine.

    Args:
        settings: what it is.
        state: its memory.
        chance: of its games and numbers.
        now: its first moment; whoever drives the machine sets ``now`` before each call.
    """

    def __init__(self, settings: MachineSettings, state: MachineState, chance: random.Random, now: Moment) -> None:
        self.settings = settings
        self.profile = settings.profile
        self.state = state
        self.chance = chance
        self.now = now
        self.meters = Meters(state, self.profile.ignored_meters)
        self.exceptions = ExceptionQueue(state, self.profile.queued_priorities)

    @property
    def utc(self) -> datetime.datetime:
        """The true time, for what the machine waits for."""
        return self.now.utc

    @property
    def clock(self) -> datetime.datetime:
        """What the machine's own clock shows (LP 7E)."""
        return (self.now.utc + datetime.timedelta(seconds=self.state.clock_ahead_s)).replace(tzinfo=None)

    @property
    def cents(self) -> int:
        """Of one credit."""
        return int(DENOMINATIONS[self.state.denomination].cents)

    def after(self, seconds: float) -> datetime.datetime:
        """The moment so many seconds from now."""
        return self.now.utc + datetime.timedelta(seconds=seconds)

    def is_over(self, until: datetime.datetime | None) -> bool:
        """Whether a moment has come."""
        return until is not None and self.now.utc >= until

    def trouble(self) -> str:
        """Why nothing can be played, paid or transferred; empty when all is well."""
        state = self.state
        if state.open_doors:
            return f"{state.open_doors[0]} door open"
        if state.tilts:
            return f"tilt {state.tilts[0]:02X}"
        if state.menus:
            return f"{state.menus[0]} menu"
        if state.switches.in_maintenance:
            return "maintenance"
        return "handpay" if state.handpay is not None else ""
