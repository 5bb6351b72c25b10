"""How one machine is read. Rows that the wire sheet tags K or X are fields here, never assumptions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from lineside.slots.wire import ADDRESS_MAX, AS_THE_SHEET, METERS, WireProfile


class MeterSource(StrEnum):
    """Which polls read the meters. Source: `wire/sas.md` §15: 6F and AF, else 2F, else 0F, 19, 1C."""

    AUTO = "auto"  # by the machine's features, and by what it answers
    EXTENDED = "extended"  # 6F and AF in turn
    SHORT = "short"  # 2F
    TOTALS = "totals"  # 0F, 1C (or 19) and 1A


def _codes(*spans: tuple[int, int]) -> tuple[int, ...]:
    return tuple(code for first, last in spans for code in range(first, last + 1) if code in METERS)


METERS_READ = _codes(
    (0x0C, 0x0C),  # credits first: people look at them
    (0x00, 0x07),
    (0x08, 0x0B),
    (0x0D, 0x24),
    (0x3E, 0x57),
    (0x80, 0x93),
    (0xA0, 0xBD),
)
"""Asked for when the settings name none. A code that a machine has not is told absent, and asked for no more."""

CodeList = tuple[Annotated[int, Meta(ge=0, le=0xFFFF)], ...]


class MachineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one machine is decided with.

    Attributes:
        address: 1 to 127, set by an attendant at the machine.
        label: what people call it.
        meters: codes in the order in which they are read.
        meter_source: see `MeterSource`.
        meters_s: from the end of one round of meters to the next. Exceptions that move meters do not wait for it.
        rte: real-time events on or off at each start; None leaves the machine as it is.
        tune: poll every 40 ms when the machine allows it (A0), and every 200 otherwise.
        set_clock: set the machine's clock when it is off by more than ``clock_tolerance_s``.
        clock_tolerance_s: a machine tells whole seconds, and some round.
        games_max: games that are asked for one by one; a machine that claims 9999 must not take an hour.
        silent_max: meter polls without an answer before another kind of poll is tried.
        rollover_share: a meter that fell has rolled over when it went on by at most one in so many of its range.
            Larger gaps are a reset: nobody plays a tenth of 10^8 credits between two reads.
        denomination_rescales: a new denomination makes the machine restate its credit meters (K): the first reading
            after it is then a new beginning, without a change.
        handpay_repeats: 1B tells the same handpay until it is reset (K), and not once.
        wire: what the sources disagree about.
    """

    address: Annotated[int, Meta(ge=1, le=ADDRESS_MAX)]
    label: str = ""
    meters: CodeList = METERS_READ
    meter_source: MeterSource = MeterSource.AUTO
    meters_s: Annotated[float, Meta(gt=0, le=3_600)] = 5.0
    rte: bool | None = False
    tune: bool = True
    set_clock: bool = True
    clock_tolerance_s: Annotated[float, Meta(gt=0, le=3_600)] = 5.0
    games_max: Annotated[int, Meta(ge=0, le=9_999)] = 100
    silent_max: Annotated[int, Meta(ge=1, le=100)] = 2
    rollover_share: Annotated[int, Meta(ge=2, le=1_000)] = 10
    denomination_rescales: bool = False
    handpay_repeats: bool = False
    wire: WireProfile = AS_THE_SHEET
