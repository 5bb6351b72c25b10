"""Which polls read a list of meters, and their answers as readings."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from lineside.slots.model.settings import MeterSource
from lineside.slots.wire import (
    LONG_CODES_MAX,
    METER_OF_FIELD,
    METER_OF_POLL,
    SHORT_CODES_MAX,
    LongQuestion,
    MeterReading,
    MeterReadings,
    ShortQuestion,
    SingleMeter,
)

EXTENDED_POLLS = (0x6F, 0xAF)
"""Twins, used in turn, so that two reads one after the other are two different polls (§5.4)."""
SHORT_POLL = 0x2F
TOTALS = (0x0F, 0x1C, 0x19, 0x1A)
"""Read when a machine knows neither list: 19 only where 1C is not known."""
FIELD_BYTES = 4
"""BCD bytes of every meter outside of the lists (§8.2, §8.3)."""


class MeterPoll(NamedTuple):
    """One poll of a round; ``command`` 0 is one of `EXTENDED_POLLS`, chosen when it is asked."""

    command: int
    codes: tuple[int, ...] = ()


def polls_for(source: MeterSource, codes: tuple[int, ...], silent: frozenset[int]) -> list[MeterPoll]:
    """The polls of one round.

    Args:
        codes: wanted, in order; those that are too large for 2F are left out there.
        silent: totals that the machine does not answer.
    """
    if source is MeterSource.TOTALS:
        wanted = (0x0F, 0x19 if 0x1C in silent else 0x1C, 0x1A)
        return [MeterPoll(command) for command in wanted if command not in silent]
    if source is MeterSource.SHORT:
        short = tuple(code for code in codes if code <= 0xFF)
        return [MeterPoll(SHORT_POLL, part) for part in _parts(short, SHORT_CODES_MAX)]
    return [MeterPoll(0, part) for part in _parts(codes, LONG_CODES_MAX)]


def _parts(codes: tuple[int, ...], size: int) -> list[tuple[int, ...]]:
    return [codes[at : at + size] for at in range(0, len(codes), size)]


def request(poll: MeterPoll, turn: int) -> tuple[int, msgspec.Struct | None]:
    """The command and its data.

    Args:
        turn: counts polls, so that the twins alternate.
    """
    if poll.command == SHORT_POLL:
        return poll.command, ShortQuestion(0, poll.codes)
    if poll.command:
        return poll.command, None
    return EXTENDED_POLLS[turn % 2], LongQuestion(0, poll.codes)


def readings_of(command: int, answer: Any) -> tuple[MeterReading, ...]:
    """The meters in an answer, of the whole machine."""
    if isinstance(answer, MeterReadings):
        return answer.readings if answer.game == 0 else ()
    if isinstance(answer, SingleMeter):
        code = METER_OF_POLL.get(command)
        return () if code is None else (MeterReading(code, 0, answer.value, FIELD_BYTES),)
    fields = (name for name in answer.__struct_fields__ if name in METER_OF_FIELD)
    return tuple(MeterReading(METER_OF_FIELD[name], 0, getattr(answer, name), FIELD_BYTES) for name in fields)
