"""What a simulated ventilator is asked to be and to do wrong."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.errors import ConfigError
from lineside.runtime.line import LineSettings

Chance = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]

RATE_HZ_MAX = 340.0  # a 115200 baud line carries 349 A0 frames a second; see `wire/hev.md` §1
RATE_HZ_BREATHING = 50.0  # smooth to the eye; the A0 firmware itself gave 5
RATE_HZ_BINARY = 1.0  # how the originals played a binary A0 dump


class FaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong on request. Chances are per frame sent and per piece of bytes received; 0 is never.

    Attributes:
        lost: it disappears.
        cut: only its beginning arrives.
        doubled: it arrives twice.
        late: it waits up to ``late_s_max``, and everything behind it, as on a wire.
        flipped: one bit of it is turned.
        late_s_max: the longest of those waits.
        unplug_every_s, unplug_for_s: the cable is pulled that often, for so long; 0 is never.
        silence_every_s, silence_for_s: the controller neither sends nor hears, as one that hangs.
        wrong_version_every: each so-many-th payload claims the wrong protocol version; 0 is never.
        nack: chance that a good command frame is answered with a NACK and not obeyed.
    """

    lost: Chance = 0.0
    cut: Chance = 0.0
    doubled: Chance = 0.0
    late: Chance = 0.0
    flipped: Chance = 0.0
    late_s_max: Seconds = 0.25
    unplug_every_s: Seconds = 0.0
    unplug_for_s: Seconds = 2.0
    silence_every_s: Seconds = 0.0
    silence_for_s: Seconds = 5.0
    wrong_version_every: Annotated[int, Meta(ge=0)] = 0
    nack: Chance = 0.0

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        for every, lasting, name in (
            (self.unplug_every_s, self.unplug_for_s, "unplug"),
            (self.silence_every_s, self.silence_for_s, "silence"),
        ):
            if every and lasting >= every:
                raise ConfigError(f"{lasting} s is not shorter than {name}_every_s, {every} s", f"{name}_for_s")


class SimulatorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One simulated ventilator.

    Attributes:
        line: ``pty:PATH``, ``socket://host:port`` (it listens there) or a device; empty is ``pty:`` + data_dir +
            ``/ttyEMU0``, where ``lineside run --use-dump-data`` looks for it.
        data_dir: for the default of ``line`` alone.
        file: a recording to play, over and over; empty means our own breathing lung.
        profile: protocol version, ``A0``; empty takes the file's, or A0. A file of another version is refused.
        rate_hz: samples per second; 0 keeps the file's own pace (a binary A0 dump has none: 1 Hz), 50 for the lung.
        breathing: the lung breathes from the beginning, without START.
        alarm_every_s: a random alarm begins that often; 0 is never.
        alarm_for_s: how long it lasts; meanwhile it is repeated every ``alarm_repeat_s``, as real controllers do.
        alarm_repeat_s: 334 to 500 ms in the recordings.
        seed: of every random choice: the same seed repeats the run.
        duration_s: end by itself after so long; 0 is never.
        serial: baud rate and the rest, for a real device.
        faults: what goes wrong.
    """

    line: str = ""
    data_dir: str = "var"
    file: str = ""
    profile: str = ""
    rate_hz: Annotated[float, Meta(ge=0, le=RATE_HZ_MAX)] = 0.0
    breathing: bool = False
    alarm_every_s: Seconds = 0.0
    alarm_for_s: Seconds = 2.0
    alarm_repeat_s: Annotated[float, Meta(ge=0.02)] = 0.4
    seed: int = 1
    duration_s: Seconds = 0.0
    serial: LineSettings = LineSettings()
    faults: FaultSettings = FaultSettings()

    @property
    def where(self) -> str:
        """The line, with its default."""
        return self.line or default_line(self.data_dir)


def default_line(data_dir: str) -> str:
    """The line that the emulator makes, and ``--use-dump-data`` opens, when none is named."""
    return f"pty:{data_dir}/ttyEMU0"


def settings_from(values: dict[str, Any]) -> SimulatorSettings:
    """Settings of plain values, as the command line has them; unknown keys and wrong values are refused.

    Raises:
        ConfigError: names the key and what is accepted.
    """
    try:
        return msgspec.convert(values, SimulatorSettings)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$.")
        raise ConfigError(text, place.rstrip("`")) from error
