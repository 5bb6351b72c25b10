"""Payloads out of the breathing machine, at a steady rate."""

from __future__ import annotations

from collections.abc import Callable

from lineside.ventilator.simulator.breathing import BreathingMachine
from lineside.ventilator.wire.frame import CLASS_DATA
from lineside.ventilator.wire.message import DataFrame
from lineside.ventilator.wire.profile import Profile


class Breather:
    """Samples a `BreathingMachine` at ``rate_hz``; a `controller.Source`.

    What it gives depends on the machine's seed and the number of the sample, not on when exactly it is asked.
    """

    def __init__(self, machine: BreathingMachine, profile: Profile, rate_hz: float) -> None:
        assert rate_hz > 0
        self.machine = machine
        self._profile = profile
        self._period_s = 1 / rate_hz
        self._began_at: float | None = None
        self._count = 0

    def payloads(self, now: float, has_room: Callable[[int], bool]) -> list[tuple[int, bytes]]:
        """The samples that are due; the lung waits for nobody, so a full queue loses its oldest."""
        if self._began_at is None:
            self._began_at = now
        found: list[tuple[int, bytes]] = []
        while self._began_at + self._count * self._period_s <= now + 1e-9:
            if self._count:
                self.machine.advance(self._period_s)
            self._count += 1
            values = self.machine.sample()
            found.append((CLASS_DATA, self._profile.encode_data(DataFrame(values))))
        return found

    def on_order(self, cmdtype: str, cmd: str) -> bool:
        """START and STOP."""
        match cmdtype, cmd:
            case "GENERAL", "START":
                self.machine.start()
            case "GENERAL", "STOP":
                self.machine.stop()
            case _:
                return False
        return True

    def timestamp_ms(self, now: float) -> int:
        """Milliseconds since the first sample."""
        return 0 if self._began_at is None else round((now - self._began_at) * 1000)
