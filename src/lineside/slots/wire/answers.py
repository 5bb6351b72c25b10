"""Answers that tell what a machine is and what it has counted (§8.2, §8.3, §9.1, §9.4, §9.5).

Names carry the unit: credits are those of the accounting denomination of `MachineInfo`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from lineside.slots.wire.field import Bcd, Binary, CountedText, Hex, Many, RestText, SizedBcd, Text
from lineside.slots.wire.layout import layout_of


class SingleMeter(msgspec.Struct, frozen=True, gc=False):
    """The answer to a poll of §8.2: one meter of 4 bytes; the unit stands in the row of the poll."""

    value: Annotated[int, Bcd(4)]


class GameMeter(msgspec.Struct, frozen=True, gc=False):
    """2D, 83, 95 to 98: one meter of one game; the unit stands in the row of the poll."""

    game: Annotated[int, Bcd(2)]
    value: Annotated[int, Bcd(4)]


class MetersWithCancelled(msgspec.Struct, frozen=True, gc=False):
    """0F."""

    cancelled_credits: Annotated[int, Bcd(4)]
    coin_in_credits: Annotated[int, Bcd(4)]
    coin_out_credits: Annotated[int, Bcd(4)]
    drop_credits: Annotated[int, Bcd(4)]
    jackpot_credits: Annotated[int, Bcd(4)]
    games_played: Annotated[int, Bcd(4)]


class GamesSince(msgspec.Struct, frozen=True, gc=False):
    """18: games since power-up and since the door was closed."""

    power_up_games: Annotated[int, Bcd(2)]
    door_close_games: Annotated[int, Bcd(2)]


class MainMeters(msgspec.Struct, frozen=True, gc=False):
    """19."""

    coin_in_credits: Annotated[int, Bcd(4)]
    coin_out_credits: Annotated[int, Bcd(4)]
    drop_credits: Annotated[int, Bcd(4)]
    jackpot_credits: Annotated[int, Bcd(4)]
    games_played: Annotated[int, Bcd(4)]


class MachineMeters(msgspec.Struct, frozen=True, gc=False):
    """1C."""

    coin_in_credits: Annotated[int, Bcd(4)]
    coin_out_credits: Annotated[int, Bcd(4)]
    drop_credits: Annotated[int, Bcd(4)]
    jackpot_credits: Annotated[int, Bcd(4)]
    games_played: Annotated[int, Bcd(4)]
    games_won: Annotated[int, Bcd(4)]
    door_openings: Annotated[int, Bcd(4)]
    power_resets: Annotated[int, Bcd(4)]


class GameMeters(msgspec.Struct, frozen=True, gc=False):
    """52."""

    game: Annotated[int, Bcd(2)]
    coin_in_credits: Annotated[int, Bcd(4)]
    coin_out_credits: Annotated[int, Bcd(4)]
    jackpot_credits: Annotated[int, Bcd(4)]
    games_played: Annotated[int, Bcd(4)]


class LegacyTransfers(msgspec.Struct, frozen=True, gc=False):
    """1D: totals of legacy electronic transfers."""

    promotional_in_credits: Annotated[int, Bcd(4)]
    non_cash_in_credits: Annotated[int, Bcd(4)]
    transferred_credits: Annotated[int, Bcd(4)]
    cashable_credits: Annotated[int, Bcd(4)]


class LegacyLog(msgspec.Struct, frozen=True, gc=False):
    """28: the last five legacy transfers, not taken apart."""

    content: Annotated[str, Hex(45)]


class BillCounts(msgspec.Struct, frozen=True, gc=False):
    """1E: bills accepted by value."""

    dollars_1: Annotated[int, Bcd(4)]
    dollars_5: Annotated[int, Bcd(4)]
    dollars_10: Annotated[int, Bcd(4)]
    dollars_20: Annotated[int, Bcd(4)]
    dollars_50: Annotated[int, Bcd(4)]
    dollars_100: Annotated[int, Bcd(4)]


class LastBill(msgspec.Struct, frozen=True, gc=False):
    """48: the last bill.

    Attributes:
        country: two digits, ``"37"`` is the USA.
        bill: code of `tables.BILL_CODES`.
        count: bills of that kind so far.
    """

    country: Annotated[str, Hex(1)]
    bill: Annotated[int, Binary(1)]
    count: Annotated[int, Bcd(4)]


class MachineInfo(msgspec.Struct, frozen=True, gc=False):
    """1F: what the machine is.

    Attributes:
        denomination: code of `tables.DENOMINATIONS`; credits of all meters are in it.
        max_bet: FF means 255 or more.
        progressive_group: 0 without one.
        payback: ``"9068"`` is 90.68 %.
    """

    game_id: Annotated[str, Text(2)]
    additional_id: Annotated[str, Text(3)]
    denomination: Annotated[int, Binary(1)]
    max_bet: Annotated[int, Binary(1)]
    progressive_group: Annotated[int, Binary(1)]
    options: Annotated[int, Binary(2)]
    paytable_id: Annotated[str, Text(6)]
    payback: Annotated[str, Text(4)]


class GameInfo(msgspec.Struct, frozen=True):
    """53: the same of one game. Of game 0 it must equal 1F."""

    game: Annotated[int, Bcd(2)]
    info: Annotated[MachineInfo, layout_of(MachineInfo)]


class GamesImplemented(msgspec.Struct, frozen=True, gc=False):
    """51: how many; 0 when the machine is not made for several."""

    count: Annotated[int, Bcd(2)]


class Version(msgspec.Struct, frozen=True, gc=False):
    """54: ``"602"`` and a serial number of 0 to 40 characters (a WMS 550 sends one)."""

    sas_version: Annotated[str, Text(3)]
    serial: Annotated[str, RestText()]


class EnabledGames(msgspec.Struct, frozen=True, gc=False):
    """56: the numbers of the games that can be played."""

    games: Annotated[tuple[int, ...], Many(Bcd(2), counted=True)]


class Handpay(msgspec.Struct, frozen=True, gc=False):
    """1B: the handpay that waits; all zeros when none does.

    Attributes:
        level: 00 non-progressive win, 01 to 20 progressive level, 40 non-progressive top win, 80 cancelled credits (K).
        partial_pay: already paid; its unit is disputed: `WireProfile.partial_pay_cents`.
        reset_id: 0 by the attendant alone, 1 to the credit meter is possible (D, K).
    """

    progressive_group: Annotated[int, Binary(1)]
    level: Annotated[int, Binary(1)]
    amount_cents: Annotated[int, Bcd(5)]
    partial_pay: Annotated[int, Bcd(2)]
    reset_id: Annotated[int, Binary(1)]
    unused: Annotated[str, Hex(10)] = "00" * 10

    @property
    def is_none(self) -> bool:
        """Whether nothing waits."""
        return self == NO_HANDPAY


NO_HANDPAY = Handpay(0, 0, 0, 0, 0)


class Features(msgspec.Struct, frozen=True, gc=False):
    """A0: what the machine can do. Bits whose meaning is disputed are read by `WireProfile`."""

    game: Annotated[int, Bcd(2)]
    features1: Annotated[int, Binary(1)]
    features2: Annotated[int, Binary(1)]
    features3: Annotated[int, Binary(1)]
    reserved: Annotated[str, Hex(3)] = "000000"

    @property
    def has_jackpot_multiplier(self) -> bool:
        """features1 bit 0."""
        return bool(self.features1 & 0x01)

    @property
    def has_aft_bonus(self) -> bool:
        """features1 bit 1."""
        return bool(self.features1 & 0x02)

    @property
    def has_legacy_bonus(self) -> bool:
        """features1 bit 2."""
        return bool(self.features1 & 0x04)

    @property
    def has_tournament(self) -> bool:
        """features1 bit 3."""
        return bool(self.features1 & 0x08)

    @property
    def has_validation_extensions(self) -> bool:
        """features1 bit 4."""
        return bool(self.features1 & 0x10)

    @property
    def has_ticket_redemption(self) -> bool:
        """features1 bit 7."""
        return bool(self.features1 & 0x80)

    @property
    def meter_model(self) -> int:
        """features2 bits 0 and 1, 0 to 3."""
        return self.features2 & 0x03

    @property
    def counts_tickets_in_drop(self) -> bool:
        """features2 bit 2: tickets are part of total drop and cancelled credits."""
        return bool(self.features2 & 0x04)

    @property
    def has_extended_meters(self) -> bool:
        """features2 bit 3: 6F and AF are answered."""
        return bool(self.features2 & 0x08)

    @property
    def has_authentication(self) -> bool:
        """features2 bit 4."""
        return bool(self.features2 & 0x10)

    @property
    def has_aft(self) -> bool:
        """features2 bit 6."""
        return bool(self.features2 & 0x40)

    @property
    def has_several_denominations(self) -> bool:
        """features2 bit 7."""
        return bool(self.features2 & 0x80)

    @property
    def can_be_polled_fast(self) -> bool:
        """features3 bit 0: every 40 ms and not every 200."""
        return bool(self.features3 & 0x01)


class CashOutLimit(msgspec.Struct, frozen=True, gc=False):
    """A4 (size K)."""

    game: Annotated[int, Bcd(2)]
    limit_credits: Annotated[int, Bcd(2)]


class Denomination(msgspec.Struct, frozen=True, gc=False):
    """B1, of the player, and B3, of the token: code of `tables.DENOMINATIONS`."""

    code: Annotated[int, Binary(1)]


class Denominations(msgspec.Struct, frozen=True, gc=False):
    """B2: every denomination that the player can choose."""

    codes: Annotated[tuple[int, ...], Many(Binary(1), counted=True)]


class WagerCategory(msgspec.Struct, frozen=True, gc=False):
    """B4: payback and coin-in of one wager category (K); the meter is (value, bytes)."""

    game: Annotated[int, Bcd(2)]
    category: Annotated[int, Bcd(2)]
    payback: Annotated[str, Text(4)]
    coin_in_credits: Annotated[tuple[int, int] | None, SizedBcd()]


class GameDetails(msgspec.Struct, frozen=True, gc=False):
    """B5."""

    game: Annotated[int, Bcd(2)]
    max_bet: Annotated[int, Bcd(2)]
    progressive_group: Annotated[int, Binary(1)]
    progressive_levels: Annotated[int, Binary(4)]
    name: Annotated[str, CountedText()]
    paytable: Annotated[str, CountedText()]
    wager_categories: Annotated[int, Bcd(2)]


class CardHand(msgspec.Struct, frozen=True, gc=False):
    """8E: the hand's type and its five cards, codes as hex."""

    hand: Annotated[int, Binary(1)]
    cards: Annotated[str, Hex(5)]


class ReelStops(msgspec.Struct, frozen=True, gc=False):
    """8F: the stop of each of nine reels as hex, FF for a reel that is not there."""

    stops: Annotated[str, Hex(9)]


class BonusPaid(msgspec.Struct, frozen=True, gc=False):
    """90, and the event 7C: the last legacy bonus; multiplier 0 without a multiplied jackpot."""

    multiplier: Annotated[int, Binary(1)]
    multiplied_win_credits: Annotated[int, Bcd(4)]
    tax: Annotated[int, Binary(1)]
    bonus_credits: Annotated[int, Bcd(4)]


class TournamentMeters(msgspec.Struct, frozen=True, gc=False):
    """99."""

    game: Annotated[int, Bcd(2)]
    games_played: Annotated[int, Bcd(4)]
    games_won: Annotated[int, Bcd(4)]
    wagered_credits: Annotated[int, Bcd(4)]
    won_credits: Annotated[int, Bcd(4)]


class LegacyBonusMeters(msgspec.Struct, frozen=True, gc=False):
    """9A: legacy bonuses by tax."""

    game: Annotated[int, Bcd(2)]
    deductible_credits: Annotated[int, Bcd(4)]
    non_deductible_credits: Annotated[int, Bcd(4)]
    wager_match_credits: Annotated[int, Bcd(4)]
