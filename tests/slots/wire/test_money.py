"""Denominations and bills against §13."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lineside.slots.wire import BILL_CODES, BILL_VALUES, COUNTRIES, DENOMINATIONS, Trust, denomination_cents


@pytest.mark.parametrize(
    ("code", "cents"),
    [
        *((0x01, 1), (0x02, 5), (0x03, 10), (0x06, 100), (0x0A, 10_000), (0x0B, 20), (0x0E, 2_500), (0x10, 20_000)),
        *((0x16, 500_000), (0x17, 2), (0x18, 3), (0x1A, 40), (0x1B, Fraction(1, 2)), (0x1F, Fraction(1, 20))),
        *((0x00, None), (0x20, None)),
    ],
)
def test_code_has_the_cents_of_the_sheet(code: int, cents: Fraction | None) -> None:
    assert denomination_cents(code) == cents


def test_last_five_codes_have_one_source() -> None:
    assert [code for code, spec in DENOMINATIONS.items() if spec.tag is Trust.ONE] == [*range(0x1B, 0x20)]
    assert len(DENOMINATIONS) == 0x1F


def test_bills_stand_in_the_order_of_their_meters() -> None:
    assert len(BILL_VALUES) == 24
    assert tuple(sorted(BILL_VALUES)) == BILL_VALUES
    assert BILL_CODES[0x04] == (20, Trust.AUTHOR)
    assert BILL_CODES[0x0A] == (500, Trust.ONE)
    assert COUNTRIES["37"] == "USA"
