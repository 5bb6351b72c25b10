"""What a simulated machine is asked to be, and to do wrong."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.errors import ConfigError
from lineside.runtime.burst import BurstSettings
from lineside.slots.simulator.profile import PROFILES, Profile
from lineside.slots.wire import DENOMINATIONS

Chance = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]
Code = Annotated[int, Meta(ge=0, le=255)]

VALIDATIONS = ("none", "standard", "system", "enhanced")
MACHINES_MAX = 127  # addresses of one line, §3
CHARACTER_S = 11 / 19_200  # §1


class FaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong on request; chances are per answer, 0 is never. Source: `wire/sas.md` §16.1.

    Attributes:
        drop: the answer is lost; the machine holds it.
        late: it begins after ``late_s``, more than the 20 ms that a machine may take.
        gap: it pauses for ``gap_s`` in the middle, more than the 5 ms that a message may.
        flip: one bit of it is turned. Nothing protects an answer of one byte: a host records another exception then.
        crc: its check value is high byte first; answers with a check value alone.
        doubled: it arrives twice.
        busy: a long poll is answered "busy" and not executed.
        nack: a long poll is answered NACK and not executed.
        echo: the host's own bytes come back before it.
        chirp: a loop-break chirp precedes it.
        rte: an event takes its place; the long poll is not executed. In real-time mode alone.
        late_s, gap_s: see ``late`` and ``gap``.
        power_every_s: power is cut and comes back so often; 0 is never.
        unplug_every_s, unplug_for_s: the cable is out so often, so long.
    """

    drop: Chance = 0.0
    late: Chance = 0.0
    gap: Chance = 0.0
    flip: Chance = 0.0
    crc: Chance = 0.0
    doubled: Chance = 0.0
    busy: Chance = 0.0
    nack: Chance = 0.0
    echo: Chance = 0.0
    chirp: Chance = 0.0
    rte: Chance = 0.0
    late_s: Seconds = 0.05
    gap_s: Seconds = 0.03
    power_every_s: Seconds = 0.0
    unplug_every_s: Seconds = 0.0
    unplug_for_s: Seconds = 7.0

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.unplug_every_s and self.unplug_for_s >= self.unplug_every_s:
            raise ConfigError(f"{self.unplug_for_s} s is not shorter than unplug_every_s", "unplug_for_s")


class MachineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one machine is: its nameplate, its limits, its pace. The defaults are those of the captured frames (§14.1).

    Attributes:
        version, serial: LP 54.
        game, additional, paytable, payback: LP 1F; payback 9068 is 90.68 %.
        denomination: accounting denomination code (§13), of whole cents; 01 is one cent.
        denominations: codes that the player may choose, LP B2.
        games: implemented ones, LP 51; each of them is called ``name`` and its number.
        name: of the games, LP B5.
        max_bet: LP 1F; FF is 255 and more.
        progressive_group: 0 is none; 53 is raised when its amounts stay away.
        asset: asset number; AFT refuses every other, and itself when it is 0.
        country: of bills, LP 48; 37 is the USA.
        validation: none, standard, system or enhanced.
        has_printer: pays by ticket where the validation allows.
        fast: polls every 40 ms, A0 features3 bit 0.
        aft: knows LP 72 to 74.
        aft_limit_cents: most of one transfer, and of the credit meter.
        handpay_credits: a win of so much is paid by hand: 1 200 dollars in cents, the limit of US tax law.
        ticket_limit_cents: a cash-out of more is paid by hand.
        remote_reset: LP 94 may reset a handpay, and credit it.
        game_s: a game takes so long; 0 ends it with its start.
        aft_s, ticket_s, print_s: a transfer, a ticket's way into the stacker, printing.
        signature_s: the ROM check of LP 21.
        rom: text whose bytes are the program; its signature is computed over it.
        profile: see `Profile`.
    """

    version: str = "602"
    serial: Annotated[str, Meta(max_length=40)] = "000001"
    game: str = "AT"
    additional: str = "000"
    paytable: str = "63928"
    payback: Annotated[int, Meta(ge=0, le=9999)] = 9068
    denomination: Annotated[int, Meta(ge=1, le=0x1F)] = 0x01
    denominations: tuple[Code, ...] = (0x01,)
    games: Annotated[int, Meta(ge=1, le=99)] = 6
    name: Annotated[str, Meta(max_length=20)] = "Lucky Line"
    max_bet: Annotated[int, Meta(ge=1, le=0xFF)] = 0xFF
    progressive_group: Code = 0
    asset: Annotated[int, Meta(ge=0, le=0xFFFFFFFF)] = 1
    country: Code = 0x37
    validation: str = "enhanced"
    has_printer: bool = True
    fast: bool = True
    aft: bool = True
    aft_limit_cents: Annotated[int, Meta(ge=0)] = 2_989_800
    handpay_credits: Annotated[int, Meta(ge=1)] = 120_000
    ticket_limit_cents: Annotated[int, Meta(ge=0)] = 300_000
    remote_reset: bool = True
    game_s: Seconds = 2.0
    aft_s: Seconds = 0.3
    ticket_s: Seconds = 0.5
    print_s: Seconds = 0.5
    signature_s: Seconds = 2.0
    rom: str = "lineside simulated machine 1"
    profile: Profile = Profile()

    def __post_init__(self) -> None:
        """Refuse what no machine is."""
        if self.validation not in VALIDATIONS:
            raise ConfigError(f"{self.validation!r}; accepted are {', '.join(VALIDATIONS)}", "validation")
        for code in (self.denomination, *self.denominations):
            if code not in DENOMINATIONS or DENOMINATIONS[code].cents.denominator != 1:
                raise ConfigError(f"{code:02X} is no denomination of whole cents", "denomination")

    @property
    def cents(self) -> int:
        """Of one credit, as delivered; an operator may change it."""
        return int(DENOMINATIONS[self.denomination].cents)


class SimulatorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One process of simulated machines.

    Attributes:
        lines: ``pty:PATH``, ``nine://host:port``, ``socket://host:port`` (it listens there) or a device, for each line.
        machines: on each line, at the addresses from ``address`` on.
        address: of the first.
        state_dir: folder of their memories; empty keeps them in this process alone.
        synced: wait for the disk at each change: for cuts of this computer's own power.
        play: a player plays by itself, each machine about so many games a minute; 0 is nobody.
        seed: of every random choice; the same seed repeats them.
        duration_s: end by itself after so long; 0 is never.
        profile_name: one of `PROFILES`; ``machine.profile`` is used when it is empty.
        tolerance_s: polls may come so much sooner than §4 allows: a loaded computer delays one poll and not the next.
        gap_s: a partial frame is dropped after so long without a byte. §2.3: 20 ms or more without a ninth bit.
        machine: what each of them is; serial and asset numbers count on.
        serial: baud rate and the rest, for a real device.
        paced: answers take the time that 19200 baud need, also where the line itself is faster.
        faults: what goes wrong.
    """

    lines: tuple[str, ...] = ("pty:var/slots",)
    machines: Annotated[int, Meta(ge=1, le=MACHINES_MAX)] = 1
    address: Annotated[int, Meta(ge=1, le=MACHINES_MAX)] = 1
    state_dir: str = ""
    synced: bool = False
    play: Annotated[float, Meta(ge=0, le=600)] = 0.0
    seed: int = 1
    duration_s: Seconds = 0.0
    profile_name: str = ""
    tolerance_s: Seconds = 0.01
    gap_s: Annotated[float, Meta(gt=0)] = 0.05
    machine: MachineSettings = MachineSettings()
    serial: BurstSettings = BurstSettings()
    paced: bool = False
    faults: FaultSettings = FaultSettings()

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.address + self.machines - 1 > MACHINES_MAX:
            raise ConfigError(
                f"{self.machines} machines from address {self.address} go beyond {MACHINES_MAX}", "machines"
            )
        if self.profile_name and self.profile_name not in PROFILES:
            raise ConfigError(f"{self.profile_name!r}; accepted are {', '.join(PROFILES)}", "profile_name")

    def machine_at(self, index: int) -> MachineSettings:
        """What the machine of this index (from 0, over all lines) is: serial and asset number count on."""
        machine = self.machine
        changes: dict[str, Any] = {"asset": machine.asset + index if machine.asset else 0}
        if machine.serial.isdecimal():
            changes["serial"] = f"{int(machine.serial) + index:0{len(machine.serial)}d}"
        if self.profile_name:
            changes["profile"] = PROFILES[self.profile_name]
        return msgspec.structs.replace(machine, **changes)


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
