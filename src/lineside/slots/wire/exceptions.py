"""The exception codes (§12): what a general poll is answered with, and what a real-time event carries."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from lineside.slots.wire.event import EVENT_LAYOUTS
from lineside.slots.wire.trust import Trust

NOTHING = 0x00
"""A machine's answer when it has nothing to tell."""


class ExceptionSpec(msgspec.Struct, frozen=True):
    """One exception.

    Attributes:
        code: 00 to 9B.
        text: in words, for people.
        is_priority: told before those that queue, and not twice in the queue.
        may_queue: a source has it as queued too (set-ups without validation).
        is_event_only: told in real-time mode alone.
        tag: trust in the row.
        event: the Struct of the event's data, by name; empty when it has none.
    """

    code: int
    text: str
    is_priority: bool
    may_queue: bool
    is_event_only: bool
    tag: Trust
    event: str


_TEXTS = """
00 nothing
11 slot door open | 12 slot door closed | 13 drop door open | 14 drop door closed
15 card cage open | 16 card cage closed | 17 AC power on | 18 AC power lost
19 cash-box door open | 1A cash-box door closed | 1B cash box removed | 1C cash box installed
1D belly door open | 1E belly door closed | 1F idle, waiting for player (obsolete)
20 general tilt | 21 coin-in tilt | 22 coin-out tilt | 23 hopper empty | 24 extra coin paid
25 diverter fault | 27 cash box full | 28 bill jam | 29 bill acceptor failed | 2A reverse bill
2B bill rejected | 2C counterfeit bill | 2D reverse coin | 2E cash box near full
31 CMOS RAM error, data recovered | 32 CMOS RAM error, data lost | 33 CMOS RAM bad
34 EEPROM data error | 35 EEPROM device error | 36 EPROM version changed | 37 EPROM bad checksum
38 partitioned EPROM version changed | 39 partitioned EPROM bad checksum | 3A memory error reset | 3B battery low
3C operator changed options | 3D ticket printed | 3E handpay validated | 3F validation id missing
40 reel tilt | 41 reel 1 tilt | 42 reel 2 tilt | 43 reel 3 tilt | 44 reel 4 tilt | 45 reel 5 tilt
46 reel disconnected | 47 bill $1 | 48 bill $5 | 49 bill $10 | 4A bill $20 | 4B bill $50 | 4C bill $100
4D bill $2 | 4E bill $500 | 4F bill accepted | 50 bill $200 | 51 handpay pending | 52 handpay reset
53 no progressive data for 5 s | 54 progressive win paid by machine | 55 player cancelled handpay request
56 SAS progressive hit | 57 system validation wanted | 60 printer communication error | 61 printer paper out
66 cash-out button | 67 ticket inserted | 68 ticket transfer complete | 69 AFT complete
6A AFT host cash-out request | 6B AFT host cash-out request for a win | 6C AFT registration requested
6D AFT registration acknowledged | 6E AFT registration cancelled | 6F game locked | 70 exception buffer overflow
71 change lamp on | 72 change lamp off | 74 printer paper low | 75 printer power off | 76 printer power on
77 printer ribbon | 78 printer carriage jam | 79 coin accepted while locked out | 7A soft meters reset
7B bill period totals reset | 7C legacy bonus or multiplied jackpot paid | 7E game start | 7F game end
80 hopper full | 81 hopper low | 82 attendant menu in | 83 attendant menu out | 84 operator menu in
85 operator menu out | 86 out of service | 87 draw cards | 88 reel stopped | 89 credit wagered
8A game recall shown | 8B card held | 8C game selected | 8E component list changed
8F authentication complete | 98 power-off access: card cage | 99 power-off access: slot door
9A power-off access: cash box | 9B power-off access: drop door
"""
_PRIORITY = frozenset(
    [0x3D, 0x3E, 0x3F, 0x51, 0x52, 0x56, 0x57, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D, 0x6F, 0x70, 0x8F]
)
_MAY_QUEUE = frozenset({0x3D, 0x3E, 0x51, 0x52, 0x55})
_EVENT_ONLY = frozenset({0x87, 0x88, 0x89})


def _specs() -> dict[int, ExceptionSpec]:
    rows = [row.strip() for line in _TEXTS.strip().splitlines() for row in line.split(" | ")]
    return {code: _spec(code, row[3:]) for row in rows if (code := int(row[:2], 16)) >= 0}


def _spec(code: int, text: str) -> ExceptionSpec:
    layout = EVENT_LAYOUTS.get(code)
    return ExceptionSpec(
        code,
        text,
        is_priority=code in _PRIORITY,
        may_queue=code in _MAY_QUEUE,
        is_event_only=code in _EVENT_ONLY,
        tag=Trust.TWO,
        event="" if layout is None else layout.message.__name__,
    )


EXCEPTIONS: Mapping[int, ExceptionSpec] = _specs()
"""Code to exception. Codes that are absent do occur: they are recorded with the text of `exception_text`."""


def exception_text(code: int) -> str:
    """What an exception says, also of a code that no source names."""
    spec = EXCEPTIONS.get(code)
    return f"unknown exception {code:02X}" if spec is None else spec.text
