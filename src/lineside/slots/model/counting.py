"""What a new reading of a meter means: it went on, it rolled over, or it fell.

A meter of n BCD bytes wraps at 10^(2n). The same meter may be told in 4 bytes (2F, single polls) and in up to 9 (6F):
then both values are compared at the smaller size. Source: `wire/sas.md` §7, §9.2, §9.3, §16.1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from lineside.slots.wire import METERS, MeterReading, MeterUnit

GAUGES = frozenset({0x0C, 0x1B, 0x25, 0x26, 0x3E, 0x3F, 0x7F, *range(0x58, 0x6E)})
"""Meters that go both ways: credits now, games since, what is in the stacker or to drop, and the payback."""


class Course(StrEnum):
    """How a meter went from one reading to the next."""

    SAME = "same"
    MOVED = "moved"
    ROLLED = "rolled"  # past its end, and on from 0
    FELL = "fell"  # nothing that a meter does by itself


class Judged(NamedTuple):
    """The course of a meter and what it counted; 0 when it fell."""

    course: Course
    change: int


def judge(code: int, old: int, old_bytes: int, reading: MeterReading, share: int) -> Judged:
    """Compare a reading with the one before.

    Args:
        share: a rollover is believed when the way across the end is at most one in so many of the meter's range.
    """
    if reading.value == old:
        return Judged(Course.SAME, 0)
    if code in GAUGES:
        return Judged(Course.MOVED, reading.value - old)
    if reading.bytes == old_bytes and reading.value > old:
        return Judged(Course.MOVED, reading.value - old)
    wrap = 10 ** (2 * min(old_bytes, reading.bytes))
    change = (reading.value - old) % wrap
    if reading.value % wrap >= old % wrap:
        return Judged(Course.MOVED, change)
    if change <= wrap // share:
        return Judged(Course.ROLLED, change)
    return Judged(Course.FELL, 0)


def is_credits(code: int) -> bool:
    """Whether the meter counts credits of the accounting denomination."""
    spec = METERS.get(code)
    return spec is not None and spec.unit is MeterUnit.CREDITS


def meter_name(code: int) -> str:
    """The name as programs write it."""
    spec = METERS.get(code)
    return f"meter_{code:02X}" if spec is None else spec.key


def meter_unit(code: int) -> str:
    """The unit as events write it."""
    spec = METERS.get(code)
    return (MeterUnit.UNKNOWN if spec is None else spec.unit).value
