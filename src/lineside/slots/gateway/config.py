"""Settings of a slots gateway, ``[gateways.NAME]`` with ``kind = "slots"``: one line, or many below ``lines``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.burst import BurstSettings, LineMode
from lineside.slots.line import MACHINES_MAX, MEGAJACK_WIRE, PROFILES, LineTiming, MachinePolling, Profile
from lineside.slots.line.settings import FAST_POLL_MS, POLL_MS
from lineside.slots.model import METERS_READ, MachineSettings, MeterSource
from lineside.slots.wire import AS_THE_SHEET, WireProfile

Address = Annotated[int, Meta(ge=1, le=MACHINES_MAX)]
LineName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_~-]{1,32}$(?!\n)", description="name of a line")]
PollMs = Annotated[int, Meta(ge=FAST_POLL_MS, le=5_000)]
Seconds = Annotated[float, Meta(gt=0, le=3_600)]


class Events(StrEnum):
    """What is done about real-time events at each start."""

    OFF = "off"
    ON = "on"
    LEAVE = "leave"  # as the machine has it


_WIRES = {"megajack": MEGAJACK_WIRE}


class LineConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line and its machines. What the sources disagree about (rows K and X of the sheet) stands in ``wire``."""

    line: Annotated[
        str, Meta(description="device, pty:PATH, nine://host:port, socket://host:port or rfc2217://host:port")
    ] = ""
    line_mode: Annotated[LineMode, Meta(description="how the wake-up bit is made: mark_space | even | none")] = (
        LineMode.MARK_SPACE
    )
    machines: Annotated[tuple[Address, ...], Meta(min_length=1, description="addresses on this line")] = (1,)
    labels: Annotated[dict[str, str], Meta(description="what people call a machine, by its address")] = {}
    poll_ms: Annotated[PollMs | None, Meta(description="from poll to poll; unset: 40 if the machine allows it")] = None
    profile: Annotated[str, Meta(description="make of the machines: " + ", ".join(PROFILES))] = "standard"
    profile_options: Annotated[Profile | None, Meta(description="the profile's options one by one")] = None
    wire: Annotated[WireProfile | None, Meta(description="what the sources disagree about")] = None
    events: Annotated[Events, Meta(description="real-time events at each start: off | on | leave")] = Events.OFF
    strict: Annotated[bool, Meta(description="wait for an answer as long as the protocol says, not longer")] = False
    meters: Annotated[tuple[Annotated[int, Meta(ge=0, le=0xFFFF)], ...], Meta(description="codes that are read")] = (
        METERS_READ
    )
    meter_source: Annotated[MeterSource, Meta(description="auto | extended | short | totals")] = MeterSource.AUTO
    meters_s: Annotated[Seconds, Meta(description="between two rounds of all meters")] = 5.0
    set_clock: Annotated[bool, Meta(description="set the machine's clock when it is wrong")] = True
    denomination_rescales: Annotated[bool, Meta(description="a new denomination restates the credit meters (K)")] = (
        False
    )
    handpay_repeats: Annotated[bool, Meta(description="1B tells the same handpay until it is reset (K)")] = False
    serial: BurstSettings = BurstSettings()
    timing: LineTiming = LineTiming(trace=True)

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ValueError(f"no profile {self.profile!r}; known: {', '.join(PROFILES)}")
        if len(set(self.machines)) != len(self.machines):
            raise ValueError("each address of a line once")

    @property
    def line_profile(self) -> Profile:
        """The ways of the make."""
        return self.profile_options or PROFILES[self.profile]

    @property
    def wire_profile(self) -> WireProfile:
        """What the bytes are read with."""
        return self.wire or _WIRES.get(self.profile, AS_THE_SHEET)

    def polling(self) -> list[MachinePolling]:
        """How each machine is polled."""
        return [
            MachinePolling(
                address=address,
                profile=self.line_profile,
                wire=self.wire_profile,
                poll_ms=self.poll_ms or POLL_MS,
                rte=self.events is Events.ON,
                strict=self.strict,
            )
            for address in self.machines
        ]

    def machine_settings(self, address: int) -> MachineSettings:
        """What one machine is decided with."""
        return MachineSettings(
            address=address,
            label=self.labels.get(str(address), ""),
            meters=self.meters,
            meter_source=self.meter_source,
            meters_s=self.meters_s,
            rte={Events.OFF: False, Events.ON: True, Events.LEAVE: None}[self.events],
            tune=self.poll_ms is None,
            set_clock=self.set_clock,
            denomination_rescales=self.denomination_rescales,
            handpay_repeats=self.handpay_repeats,
            wire=self.wire_profile,
        )

    def burst_settings(self) -> BurstSettings:
        """How the line is opened; a make's pause after the first byte takes the place of the default."""
        guard_ms = self.line_profile.guard_ms
        return self.serial if guard_ms is None else msgspec.structs.replace(self.serial, guard_s=guard_ms / 1000)

    def line_timing(self) -> LineTiming:
        """Waits of the line; bytes on a pseudo-terminal or in TCP take no time."""
        has_no_speed = self.line.startswith(("nine://", "socket://", "pty:"))
        character_s = 0.0 if has_no_speed else self.serial.character_s
        return msgspec.structs.replace(self.timing, character_s=character_s)


class LineEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[gateways.NAME.lines.LINE]``: what is not written is as the gateway has it."""

    line: str
    line_mode: LineMode | None = None
    machines: Annotated[tuple[Address, ...], Meta(min_length=1)] = (1,)
    labels: dict[str, str] = {}
    poll_ms: PollMs | None = None
    profile: str | None = None
    profile_options: Profile | None = None
    wire: WireProfile | None = None
    events: Events | None = None
    meters: tuple[Annotated[int, Meta(ge=0, le=0xFFFF)], ...] | None = None
    meter_source: MeterSource | None = None
    serial: BurstSettings | None = None
    timing: LineTiming | None = None

    def __post_init__(self) -> None:
        if self.profile is not None and self.profile not in PROFILES:
            raise ValueError(f"no profile {self.profile!r}; known: {', '.join(PROFILES)}")


class Config(LineConfig, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a slots gateway. ``line`` for one line, or ``lines`` for many; units are named after both."""

    kind: Literal["slots"] = "slots"
    lines: Annotated[dict[LineName, LineEntry], Meta(description="many lines, by name")] = {}
    simulated: Annotated[bool, Meta(description="mark the machines as played by a simulator")] = False
    reopen: BackoffSettings = BackoffSettings()

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.line) == bool(self.lines):
            raise ValueError("either line or lines")
        devices = [entry.line for entry in self.lines.values()]
        if len(set(devices)) != len(devices):
            raise ValueError("two lines cannot share one device")

    def all_lines(self) -> dict[str, LineConfig]:
        """Line name ("" of the one) to its settings, whole."""
        common = {name: getattr(self, name) for name in LineConfig.__struct_fields__}
        if self.line:
            return {"": LineConfig(**common)}
        return {name: LineConfig(**(common | _written(entry))) for name, entry in self.lines.items()}


def _written(entry: LineEntry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in LineEntry.__struct_fields__}
    return {name: value for name, value in values.items() if value is not None}


def unit_name(line: str, address: int) -> str:
    """``1`` on the one line, ``a12.1`` on line a12."""
    return f"{line}.{address}" if line else str(address)
