"""How fast a line is polled, how long is waited, and the ways of single makes of machine (their profiles).

Rows that the wire sheet tags K (one person's knowledge) or X (sources disagree) are fields here, never assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import msgspec

from lineside.slots.wire import AS_THE_SHEET, WireProfile

MACHINES_MAX = 127
"""Addresses 1 to 127 exist; 0 is nobody. Source: `wire/sas.md` §3."""

POLL_MS = 200
"""Not faster than this, unless the machine allows `FAST_POLL_MS`. Source: `wire/sas.md` §4."""

FAST_POLL_MS = 40
"""With A0 features3 bit 0; real-time events and ticketing need it. Source: `wire/sas.md` §4."""

STRICT_RESPONSE_S = 0.020
"""A machine must begin to answer within this time; the rest of `LineTiming.response_s` is for adapters (§4)."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ways of one make of machine, as far as the line must know them. Source: `wire/sas.md` §16.

    Attributes:
        prefix_nobody: put `80` before a long poll, as the seed did in even parity (§2.2). It is a general poll to
            nobody and acknowledges; a repeat goes without it, else it would be a new command.
        guard_ms: wait between a first byte and the rest, for the line's `BurstSettings.guard_s`; None: the default.
        silent_when_idle: with real-time events on, silence is the answer of a machine that has nothing to say (§9.8,
            tag K). An answer that is lost whole is then taken for nothing, and acknowledged by what follows.
        idle_codes: codes that mean "nothing" in a real-time event; seen as floods, and not recorded.
        sync: what asks nobody: `80`, or an address that no machine of the line has, as `8C` (§5.5, captured).
        echoes: the machine or its adapter sends every byte of the host back.
        aft_flags: flags that this make wants in transfers of money; None: as asked.
    """

    prefix_nobody: bool = False
    guard_ms: Annotated[float, msgspec.Meta(ge=0, le=5)] | None = None
    silent_when_idle: bool = False
    idle_codes: tuple[int, ...] = (0x00, 0x1F)
    sync: Annotated[int, msgspec.Meta(ge=0x80, le=0xFF)] = 0x80
    echoes: bool = False
    aft_flags: int | None = None


STANDARD = Profile()

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "standard": STANDARD,
        "seed": Profile(prefix_nobody=True),  # even parity and `80` before each long poll (§2.2)
        "novomatic": STANDARD,  # even parity works, mark/space is not used: line_mode = "even"
        "octavian": STANDARD,  # as Novomatic
        "interblock": Profile(guard_ms=3.0),
        "apex": Profile(aft_flags=0x03),  # 07 causes trouble; "game locked" is sometimes missing
        "egt": Profile(aft_flags=0x00),
        "merkur": STANDARD,  # answers LP 72 in two bytes, which the wire accepts from anyone
        "megajack": STANDARD,  # 95 in place of 81, 01 for success: `MEGAJACK_WIRE`
    }
)
"""Seen in the field by one source each (§16, tag 1): options to try, not facts about every cabinet of a maker."""


MEGAJACK_WIRE = WireProfile(full_transfer_statuses=frozenset({0x00, 0x01}), repeated_id_statuses=frozenset({0x95}))
"""How that line of machines reports transfers (§16, tag 1)."""


class MachinePolling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one machine of a line is polled.

    Attributes:
        address: 1 to 127, set by an attendant at the machine.
        profile: see `PROFILES`.
        wire: what the sources disagree about in the bytes.
        poll_ms: from poll to poll of this machine, of any kind; `Tune` changes it while the line runs.
        rte: real-time events are on.
        strict: wait `STRICT_RESPONSE_S` and no longer, for conformance tests.
    """

    address: Annotated[int, msgspec.Meta(ge=1, le=MACHINES_MAX)]
    profile: Profile = STANDARD
    wire: WireProfile = AS_THE_SHEET
    poll_ms: Annotated[int, msgspec.Meta(ge=FAST_POLL_MS, le=5_000)] = POLL_MS
    rte: bool = False
    strict: bool = False


class LineTiming(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Waits and limits of one line; seconds. Source, where none is given: `wire/sas.md` §4 and §5.

    Attributes:
        character_s: one character on the wire, for "when did the poll end"; take it from the link (`BurstLink`).
        response_s: until the first byte of an answer. A machine needs 20 ms at most, USB adapters jitter.
        gap_s: until an unfinished answer is given up. Inside a message 5 ms are allowed; USB delivers in pieces.
        settle_s: how long one byte must stand alone before it is an exception: it carries no CRC, and more bytes would
            make it the head of another answer. The longest gap inside a message.
        answer_s_max: an answer that does not end is noise: 259 bytes take 0.15 s at 19200 baud.
        quiet_s: silence on the line before the next poll after noise; longer than a gap inside a message.
        babble_s_max: a line that is never quiet is polled all the same after this time, so that it can be told so.
        nobody_s: between `80` and the next poll; seen in the field, 20 ms.
        sends_max: a poll leaves at most this often, back to back.
        busy_s: until a busy machine is asked again; long enough for a game to end.
        busy_max: attempts at a busy machine: with `busy_s` 15 s.
        nack_sends_max: a NACK may also be a disturbed CRC, so that one more attempt is worth it.
        events_max: real-time events in place of one answer; a flood ends the poll, not the line.
        down_s: without a valid answer for this long the link is down.
        down_shared_s: the same on a line with several machines: while one that was up is silent nobody else is polled,
            because a poll of a neighbour would acknowledge an answer that was lost, and machines want an address byte
            within 5 s.
        probe_s: from attempt to attempt at a machine that is down.
        queue_max: long polls waiting for one machine: more than the start-up conversation of a machine with 100 games.
        urgent_row_max: long polls in a row before a general poll, at urgent priority.
        measure_s: from TimingMeasured to TimingMeasured of a machine.
        trace: tell FrameSeen for each piece of traffic.
    """

    character_s: Annotated[float, msgspec.Meta(ge=0, le=0.25)] = 11 / 19_200
    response_s: Annotated[float, msgspec.Meta(gt=0, le=5)] = 0.100
    gap_s: Annotated[float, msgspec.Meta(ge=0.001, le=1)] = 0.020
    settle_s: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.005
    answer_s_max: Annotated[float, msgspec.Meta(gt=0, le=5)] = 0.5
    quiet_s: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.010
    babble_s_max: Annotated[float, msgspec.Meta(gt=0, le=10)] = 2.0
    nobody_s: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.020
    sends_max: Annotated[int, msgspec.Meta(ge=1, le=3)] = 3
    busy_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 0.5
    busy_max: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 30
    nack_sends_max: Annotated[int, msgspec.Meta(ge=1, le=5)] = 2
    events_max: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 20
    down_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 5.0
    down_shared_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 4.0
    probe_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 1.0
    queue_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 256
    urgent_row_max: Annotated[int, msgspec.Meta(ge=1, le=16)] = 3
    measure_s: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 10.0
    trace: bool = False
