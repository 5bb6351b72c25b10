"""The meters that 2F, 6F and AF read (§11). 2F takes the code's low byte, 6F and AF two bytes, low byte first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from lineside.slots.wire.money import BILL_VALUES
from lineside.slots.wire.trust import Trust


class MeterUnit(StrEnum):
    """What a meter counts."""

    CREDITS = "credits"  # of the accounting denomination
    CENTS = "cents"
    COUNT = "count"
    DOLLARS = "dollars"  # poll 20 alone
    COINS = "coins"  # true coin meters, polls 2A to 2C
    HUNDREDTHS_PERCENT = "hundredths of a percent"
    UNKNOWN = "unknown"  # the sheet names the meter and not its unit


class MeterSpec(msgspec.Struct, frozen=True):
    """One meter.

    Attributes:
        code: as 2F knows it.
        name: in words, for people.
        unit: what it counts.
        bytes: BCD bytes in a 2F answer, the least in a 6F answer. The value wraps at 10^(2·bytes) there.
        tag: trust in code and name.
        bytes_tag: trust in the number of bytes.
    """

    code: int
    name: str
    unit: MeterUnit
    bytes: int
    tag: Trust
    bytes_tag: Trust

    @property
    def key(self) -> str:
        """The name as programs write it: ``coin_in``."""
        return "".join(c if c.isalnum() else "_" for c in self.name.lower()).replace("__", "_").strip("_")


_C, _E, _N = MeterUnit.CREDITS, MeterUnit.CENTS, MeterUnit.COUNT

_NAMED: tuple[tuple[int, MeterUnit, str], ...] = (
    (0x00, _C, "coin in; coin out; jackpot; hand-paid cancelled credits; total cancelled credits"),
    (0x05, _N, "games played; games won; games lost"),
    (0x08, _C, "coins from acceptor; coins paid by hopper; coins to drop; bills accepted; current credits"),
    (0x0D, _E, "cashable tickets in with non-restricted; cashable tickets out with debit"),
    (0x0F, _E, "restricted tickets in; restricted tickets out"),
    (0x11, _N, "count of cashable tickets in with non-restricted; count of cashable tickets out with debit"),
    (0x13, _N, "count of restricted tickets in; count of restricted tickets out"),
    (0x15, _C, "all tickets in; all tickets out; electronic to machine; electronic to host"),
    (0x19, _C, "restricted played; non-restricted played; current restricted credits"),
    (0x1C, _C, "machine paid paytable; machine paid progressive; machine paid external bonus"),
    (0x1F, _C, "attendant paid paytable; attendant paid progressive; attendant paid external bonus"),
    (0x22, _C, "total won; total hand paid; total drop"),
    (0x25, _N, "games since power reset; games since door close"),
    (0x27, _C, "coins from external acceptor; tickets in cashable with non-restricted; tickets in regular cashable"),
    (0x2A, _C, "tickets in restricted; tickets in non-restricted; tickets out cashable with debit"),
    (0x2D, _C, "tickets out restricted; electronic to machine regular cashable; electronic to machine restricted"),
    (0x30, _C, "electronic to machine non-restricted; electronic to machine debit"),
    (0x32, _C, "electronic to host regular cashable; electronic to host restricted; electronic to host non-restricted"),
    (0x35, _N, "count of regular cashable tickets in; count of restricted tickets in alone"),
    (
        0x37,
        _N,
        "count of non-restricted tickets in; count of cashable tickets out; count of restricted tickets out alone",
    ),
    (0x3E, _N, "bills in stacker"),
    (0x3F, _C, "value of bills in stacker"),
    (0x58, _C, "bills to drop"),
    (0x63, _C, "bills diverted to hopper"),
    (0x6E, _C, "bills dispensed from hopper"),
    (0x7F, MeterUnit.HUNDREDTHS_PERCENT, "weighted average theoretical payback"),
    (0xFA, _C, "keyed on cashable; keyed on restricted; keyed on non-restricted"),
    (0xFD, _C, "keyed off cashable; keyed off restricted; keyed off non-restricted"),
)
_LATER: tuple[tuple[int, MeterUnit, str], ...] = (  # of 6.03: code, unit, name
    (0x79, MeterUnit.UNKNOWN, "sessions"),
    (0x7A, MeterUnit.UNKNOWN, "tips"),
    (0x7B, _E, "foreign bills"),
    (0x7C, _N, "count of foreign bills"),
)
# An amount in cents at each of these codes, its count at the next.
_PAIRS: dict[int, str] = {
    0x80: "tickets in regular cashable amount",
    0x82: "tickets in restricted amount",
    0x84: "tickets in non-restricted amount",
    0x86: "tickets out regular cashable amount",
    0x88: "tickets out restricted amount",
    0x8A: "tickets out debit amount",
    0x8C: "validated cancelled handpay with receipt",
    0x8E: "validated jackpot handpay with receipt",
    0x90: "validated cancelled handpay without receipt",
    0x92: "validated jackpot handpay without receipt",
    0xA0: "aft to machine in-house cashable",
    0xA2: "aft to machine in-house restricted",
    0xA4: "aft to machine in-house non-restricted",
    0xA6: "aft to machine debit",
    0xA8: "aft to ticket in-house cashable",
    0xAA: "aft to ticket in-house restricted",
    0xAC: "aft to ticket debit",
    0xAE: "aft bonus to machine cashable",
    0xB0: "aft bonus to machine non-restricted",
    0xB8: "aft to host cashable",
    0xBA: "aft to host restricted",
    0xBC: "aft to host non-restricted",
}
_TO_DROP = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
_BILLS: tuple[tuple[int, str, tuple[int, ...]], ...] = (
    (0x40, "bills accepted of", BILL_VALUES),
    (0x59, "bills to drop of", _TO_DROP),
    (0x64, "bills diverted to hopper of", _TO_DROP),
    (0x6F, "bills dispensed from hopper of", _TO_DROP),
)
_SIZE_SEEN = frozenset({0x00, 0x01, 0x02, 0x03, 0x0B, 0x0C, 0x1E, 0xA0, 0xA2, 0xB8, 0xBA})
_SIZE_DISPUTED = frozenset({0x25, 0x26, 0x28, 0x2A, 0x2B})
# Up to 0078 two sources have the same names; above it one has, or the second has the code as reserved.
_NAMES_AGREE_MAX = 0x78


def _named() -> Iterator[tuple[int, MeterUnit, str]]:
    for first, unit, names in _NAMED + _LATER:
        for code, name in enumerate(names.split("; "), first):
            yield code, unit, name
    for code, name in _PAIRS.items():
        yield code, _E, name
        yield code + 1, _N, f"count of {name}"
    for first, name, values in _BILLS:
        for code, value in enumerate(values, first):
            yield code, _N, f"{name} {value}"


def _spec(code: int, unit: MeterUnit, name: str) -> MeterSpec:
    tag = Trust.TWO if code <= _NAMES_AGREE_MAX else Trust.ONE
    seen = Trust.DISPUTED if code in _SIZE_DISPUTED else Trust.AUTHOR
    return MeterSpec(code, name, unit, 5 if unit is _E else 4, tag, Trust.TRAFFIC if code in _SIZE_SEEN else seen)


METERS: Mapping[int, MeterSpec] = {
    spec.code: spec for spec in sorted((_spec(*row) for row in _named()), key=lambda s: s.code)
}
"""Code to meter. Reserved codes are absent; a machine that tells one in 6F is read all the same, by its size byte."""

METER_OF_FIELD: Mapping[str, int] = {
    "cancelled_credits": 0x04,
    "coin_in_credits": 0x00,
    "coin_out_credits": 0x01,
    "drop_credits": 0x24,
    "jackpot_credits": 0x02,
    "games_played": 0x05,
    "games_won": 0x06,
}
"""Fields of 0F, 19, 1C and 52 to meter codes. K: the sheet uses the three polls as each other's fall-back (§15)."""

METER_OF_POLL: Mapping[int, int] = {
    0x10: 0x04,
    0x11: 0x00,
    0x12: 0x01,
    0x13: 0x24,
    0x14: 0x02,
    0x15: 0x05,
    0x16: 0x06,
    0x17: 0x07,
    0x1A: 0x0C,
    0x46: 0x0B,
    0x47: 0x27,
    0x49: 0x3E,
    0x4A: 0x3F,
}
"""Polls of §8.2 to the meter codes of the same name. K, as above."""
