"""What the sources disagree about: each setting changes what it says, and the defaults are the sheet's."""

from __future__ import annotations

import msgspec
import pytest

from lineside.errors import Malformed
from lineside.slots.wire import (
    AS_THE_SHEET,
    ByteOrder,
    DelayForm,
    Features,
    GameDelay,
    Handpay,
    PartialPayUnit,
    RomSignature,
    ValidationStyle,
    WireProfile,
)


@pytest.mark.parametrize(
    ("form", "steps", "sent"),
    [
        (DelayForm.BINARY_LOW_FIRST, 300, "2c01"),
        (DelayForm.BINARY_HIGH_FIRST, 300, "012c"),
        (DelayForm.DECIMAL_DIGITS, 300, "0300"),
    ],
)
def test_delay_is_written_as_the_profile_says(form: DelayForm, steps: int, sent: str) -> None:
    profile = WireProfile(delay_form=form)
    assert profile.delay(steps) == GameDelay(sent)
    assert profile.delay_steps(GameDelay(sent)) == steps
    for beyond in (-1, 65536):
        with pytest.raises(Malformed, match="does not fit"):
            profile.delay(beyond)


def test_delay_of_digits_must_be_digits() -> None:
    profile = WireProfile(delay_form=DelayForm.DECIMAL_DIGITS)
    with pytest.raises(Malformed, match="wanted four digits"):
        profile.delay_steps(GameDelay("00a0"))
    with pytest.raises(Malformed, match="delay of 10000"):
        profile.delay(10000)


def test_partial_pay_is_read_as_the_profile_says() -> None:
    handpay = Handpay(0, 0, 500000, 1250, 1)
    assert AS_THE_SHEET.partial_pay_cents(handpay) == 1250
    assert WireProfile(partial_pay_unit=PartialPayUnit.HUNDREDTHS).partial_pay_cents(handpay) == 12.5


@pytest.mark.parametrize(
    ("bits", "sheet", "other"),
    [
        (0, ValidationStyle.STANDARD, ValidationStyle.STANDARD),
        (1, ValidationStyle.SYSTEM, ValidationStyle.SECURE_ENHANCED),
        (2, ValidationStyle.SECURE_ENHANCED, ValidationStyle.SYSTEM),
        (3, ValidationStyle.UNKNOWN, ValidationStyle.UNKNOWN),
    ],
)
def test_validation_style_is_read_as_the_profile_says(
    bits: int, sheet: ValidationStyle, other: ValidationStyle
) -> None:
    features = Features(0, bits << 5, 0, 0)
    assert AS_THE_SHEET.validation_style(features) is sheet
    assert WireProfile(system_style=2).validation_style(features) is other


def test_bit_for_several_wins_is_the_profiles() -> None:
    features = Features(0, 0, 0, 0b10)
    assert AS_THE_SHEET.has_several_wins(features)
    assert not WireProfile(several_wins_bit=2).has_several_wins(features)


def test_signature_is_read_in_the_profiles_order() -> None:
    assert AS_THE_SHEET.signature(RomSignature(0x1234)) == 0x1234
    assert WireProfile(signature_order=ByteOrder.HIGH_FIRST).signature(RomSignature(0x1234)) == 0x3412


def test_profile_is_read_from_settings_and_refuses_what_it_does_not_know() -> None:
    profile = msgspec.convert({"meter_bytes": {0x28: 5}, "full_transfer_statuses": [0, 1]}, WireProfile)
    assert profile.meter_bytes == {0x28: 5}
    assert profile.full_transfer_statuses == frozenset({0, 1})
    for wrong in ({"nonsense": 1}, {"meter_bytes": {0x28: 12}}, {"game_on": 2}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, WireProfile)
