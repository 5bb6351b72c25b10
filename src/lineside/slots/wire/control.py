"""Requests that tell a machine to do something, and the few that are answered with more than an ACK (§8.1)."""

from __future__ import annotations

import datetime
from enum import IntEnum
from typing import Annotated

import msgspec

from lineside.slots.wire.field import Bcd, Binary, Day, Hex, Many, Maybe, RestBytes, TimeOfDay
from lineside.slots.wire.layout import layout_of


class Control(IntEnum):
    """Polls that need no data, answered with an ACK."""

    LOCK_OUT = 0x01  # the game in play ends first; cash-out and attendant stay live
    ENABLE_PLAY = 0x02
    SOUND_OFF = 0x03
    SOUND_ON = 0x04
    GAME_SOUND_OFF = 0x05
    BILLS_ON = 0x06
    BILLS_OFF = 0x07
    MAINTENANCE_IN = 0x0A
    MAINTENANCE_OUT = 0x0B


class BillSettings(msgspec.Struct, frozen=True):
    """08: which bills are taken.

    Attributes:
        mask: bit 0 is $1, then $2 5 10 20 50 100 200 250 500 1k 2k 2.5k 5k 10k 20k 25k 50k 100k 200k 250k 500k 1M.
            The sheet names byte 0 as $1 $2 $5 $10 $20 $25 $50 $100: `tables.BILL_VALUES` has the order.
        action: bit 0 set keeps the acceptor enabled after each bill.
    """

    mask: Annotated[int, Binary(4)]
    action: Annotated[int, Binary(1)]


class GameSwitch(msgspec.Struct, frozen=True):
    """09: one game on or off. Which code means on is disputed: `WireProfile.game_on`."""

    game: Annotated[int, Bcd(2)]
    code: Annotated[int, Binary(1)]


class Switch(msgspec.Struct, frozen=True):
    """0E real-time events, AA automatic re-bet: 0 off, 1 on."""

    on: Annotated[int, Binary(1)]


class GameDelay(msgspec.Struct, frozen=True):
    """2E: more time between games, in steps of 100 ms. The order of its bytes is disputed: `WireProfile.delay_form`."""

    steps: Annotated[str, Hex(2)]


class ClockTime(msgspec.Struct, frozen=True):
    """7F sets it, 7E reads it: the machine's own wall clock, without a zone."""

    day: Annotated[datetime.date | None, Day()]
    time: Annotated[datetime.time, TimeOfDay()]


class LegacyBonus(msgspec.Struct, frozen=True):
    """8A: pay a bonus. Tax: 0 deductible, 1 non-deductible, 2 wager match."""

    amount_credits: Annotated[int, Bcd(4)]
    tax: Annotated[int, Binary(1)]


class Tournament(msgspec.Struct, frozen=True):
    """8C: start a tournament (K)."""

    game: Annotated[int, Bcd(2)]
    minutes: Annotated[int, Bcd(1)]
    seconds: Annotated[int, Bcd(1)]
    credits: Annotated[int, Bcd(4)]
    pulses: Annotated[int, Binary(1)]


class HandpayReset(msgspec.Struct, frozen=True):
    """94 answered: 0 reset, 1 it cannot, 2 no handpay."""

    code: Annotated[int, Binary(1)]


class HandpayMode(msgspec.Struct, frozen=True):
    """A8 asks: 0 standard handpay, 1 to the credit meter. Its answer (K): 0 set, 1 it cannot, 2 no handpay."""

    code: Annotated[int, Binary(1)]


class SignatureSeed(msgspec.Struct, frozen=True):
    """21: compute the signature of the ROM from a seed. An ACK now, a `RomSignature` to a later general poll."""

    seed: Annotated[int, Binary(2)]


class RomSignature(msgspec.Struct, frozen=True):
    """The answer to a general poll when the check that 21 asked for is done.

    Which byte comes first is not known (sheet §17.10): ``signature`` is read least significant first as other binary
    numbers are, `WireProfile.signature` reads it as the profile says.
    """

    signature: Annotated[int, Binary(2)]


class GameNumber(msgspec.Struct, frozen=True):
    """The request of most polls of type M: a game, 0 for the whole machine. 51 and 55 are answered with it too."""

    game: Annotated[int, Bcd(2)]


class ProgressiveLevel(msgspec.Struct, frozen=True):
    """One level of a progressive and its amount; within 86 and 87."""

    level: Annotated[int, Binary(1)]
    amount_cents: Annotated[int, Bcd(5)]


class Progressive(msgspec.Struct, frozen=True):
    """80 broadcasts one level; 84 and 85 are answered with it."""

    group: Annotated[int, Binary(1)]
    level: Annotated[int, Binary(1)]
    amount_cents: Annotated[int, Bcd(5)]


class Progressives(msgspec.Struct, frozen=True):
    """86: up to 32 levels of one group."""

    group: Annotated[int, Binary(1)]
    levels: Annotated[tuple[ProgressiveLevel, ...], Many(layout_of(ProgressiveLevel), counted=False)]


class ProgressiveWins(msgspec.Struct, frozen=True):
    """87 answered: levels hit, with their amounts (K)."""

    group: Annotated[int, Binary(1)]
    levels: Annotated[tuple[ProgressiveLevel, ...], Many(layout_of(ProgressiveLevel), counted=True)]


class Authentication(msgspec.Struct, frozen=True):
    """6E: authentication of components, both ways. The action; what follows it is not taken apart.

    Methods are bits: CRC-16 1, CRC-32 2, MD5 4, Kobetron I 8, II 10, SHA-1 20 (hex).
    """

    action: Annotated[int, Binary(1)]
    content: Annotated[bytes, RestBytes()]


class WagerQuestion(msgspec.Struct, frozen=True):
    """B4: a wager category of a game."""

    game: Annotated[int, Bcd(2)]
    category: Annotated[int, Bcd(2)]


class StatusFlag(msgspec.Struct, frozen=True):
    """The answer to 7C, 7D, 75 and 76: one byte, whose meaning is not known beyond 1 having been seen after 7D."""

    flag: Annotated[int, Binary(1)]


class HopperStatus(msgspec.Struct, frozen=True):
    """4F answered.

    Attributes:
        status: 0 ok, 1 flooded optics, 2 reverse coin, 3 coin too short, 4 jam, 5 runaway, 6 optics disconnected,
            7 empty, FF other.
        full_percent: FF when not known.
        level_coins: coins in the hopper; None when the machine does not tell.
    """

    status: Annotated[int, Binary(1)]
    full_percent: Annotated[int, Binary(1)]
    level_coins: Annotated[int | None, Maybe(Bcd(4))]
