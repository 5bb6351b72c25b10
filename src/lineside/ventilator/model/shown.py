"""What a ventilator shows: the values of its topics, the packet for its sockets, and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.step import UnitStatus
from lineside.ventilator.wire import Profile


class ModelSettings(msgspec.Struct, frozen=True):
    """What the model takes from the gateway's settings; times in seconds.

    Attributes:
        line: the path to the controller as the settings name it, for the journal.
        period_s: between broadcasts; 0 = one for each sample.
        stale_s: without a sample for this long, ARDUINO_FAIL is latched and nothing is shown as live.
        start_grace_s: the same after a start, before the first sample: a controller takes its time to boot.
        simulated: whether a simulator is known to play the machine (shown on the page).
    """

    period_s: float = 0.2
    stale_s: float = 2.0
    start_grace_s: float = 10.0
    simulated: bool = False
    line: str = "line"


class Counters(msgspec.Struct, frozen=True):
    """What came and went on the line since the start."""

    samples: int = 0
    alarms: int = 0
    other: int = 0
    repeated: int = 0
    refused: int = 0
    noise: int = 0
    undelivered: int = 0


class VentilatorStatus(UnitStatus, frozen=True):
    """The topic ``gateway/unit/status``: the generic part and what is the ventilator's own."""

    version: int = 0
    fsm_state: int | None = None
    fsm_name: str | None = None
    breathing: bool = False
    simulated: bool = False
    counters: Counters = Counters()


class Packet(msgspec.Struct, frozen=True):
    """One broadcast for the sockets of `wire/hev.md` §7.2; ``sensors`` is None before the first sample."""

    sensors: dict[str, Any] | None
    alarms: list[str]


class Sensors(msgspec.Struct, frozen=True):
    """The topic ``gateway/unit/sensors``."""

    sensors: dict[str, Any]
    at: datetime
    stale: bool


@dataclass(slots=True)
class Tally:
    """Counters while they count; `Counters` is the frozen picture."""

    samples: int = 0
    alarms: int = 0
    other: int = 0
    repeated: int = 0
    refused: int = 0
    noise: int = 0
    undelivered: int = 0

    def frozen(self) -> Counters:
        """The picture of this moment."""
        return Counters(
            self.samples, self.alarms, self.other, self.repeated, self.refused, self.noise, self.undelivered
        )


def profile_value(profile: Profile) -> dict[str, Any]:
    """The topic ``gateway/unit/profile``: the protocol version, and name and unit of each sensor in wire order."""
    fields = [{"name": name, "unit": unit} for name, unit in profile.sensor_fields]
    return {"version": profile.version, "fields": fields}
