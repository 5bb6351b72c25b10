"""Denominations, bills and countries (§13)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import msgspec

from lineside.slots.wire.trust import Trust


class DenominationSpec(msgspec.Struct, frozen=True):
    """One code of an accounting or player denomination; cents as an exact fraction, 1/20 to 500000."""

    code: int
    cents: Fraction
    tag: Trust


def _denominations() -> dict[int, DenominationSpec]:
    # 01 to 1F in the order of the codes. The last five are of one source.
    text = (
        "1 5 10 25 50 100 500 1000 2000 10000 20 200 250 2500 5000 20000 25000 50000 100000 200000 250000 500000"
        " 2 3 15 40 1/2 1/4 1/5 1/10 1/20"
    )
    return {
        code: DenominationSpec(code, Fraction(cents), Trust.ONE if code > 0x1A else Trust.TWO)
        for code, cents in enumerate(text.split(), 1)
    }


DENOMINATIONS: Mapping[int, DenominationSpec] = _denominations()
"""Code to denomination. 00 is none."""


def denomination_cents(code: int) -> Fraction | None:
    """Cents of one credit, or None for 00 and for codes that no source names."""
    spec = DENOMINATIONS.get(code)
    return None if spec is None else spec.cents


BILL_VALUES: tuple[int, ...] = (
    *(1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1_000, 2_000, 2_500, 5_000, 10_000),
    *(20_000, 25_000, 50_000, 100_000, 200_000, 250_000, 500_000, 1_000_000),
)
"""Dollars (or units of the country's currency) in the order of meters 40 to 57 and of the bits of poll 08."""

# 00, 06 and 0A are told by a source, the others follow from the order.
BILL_CODES: Mapping[int, tuple[int, Trust]] = {
    code: (value, Trust.ONE if code in (0x00, 0x06, 0x0A) else Trust.AUTHOR) for code, value in enumerate(BILL_VALUES)
}
"""Code of poll 48 and event 4F to (value, trust)."""

COUNTRIES: Mapping[str, str] = {"37": "USA", "01": "Argentina"}
"""Country codes that a source names, as two digits."""
