"""What the sources disagree about, as settings: each row tagged K or X that changes how bytes are read or made.

The defaults follow the sheet's own choice; none of them has been checked against a licensed specification. Vendor
habits of timing and turn-taking are settings of the line and not of this profile. Source: wire/sas.md §16, §17.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from lineside.errors import Malformed
from lineside.slots.wire.answers import Features, Handpay
from lineside.slots.wire.control import GameDelay, RomSignature


class DelayForm(StrEnum):
    """How 2E carries its steps of 100 ms; traffic shows 00 00 alone."""

    BINARY_LOW_FIRST = "binary_low_first"  # the sheet's choice (K)
    BINARY_HIGH_FIRST = "binary_high_first"
    DECIMAL_DIGITS = "decimal_digits"  # one source packs the digits as BCD


class PartialPayUnit(StrEnum):
    """The unit of the partial pay in 1B."""

    CENTS = "cents"  # K
    HUNDREDTHS = "hundredths"  # one operator's code divides by 100: hundredths of a cent


class ByteOrder(StrEnum):
    """Which byte of a ROM signature comes first."""

    LOW_FIRST = "low_first"  # as other binary numbers (K)
    HIGH_FIRST = "high_first"


class ValidationStyle(StrEnum):
    """How a machine's tickets get their numbers."""

    STANDARD = "standard"
    SYSTEM = "system"
    SECURE_ENHANCED = "secure_enhanced"
    UNKNOWN = "unknown"  # both bits: no source names it


class WireProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one machine reads and writes the rows that are disputed.

    Attributes:
        game_on: the code with which 09 enables a game. 1 by most, 0 by one source (X).
        delay_form: how 2E carries its number (X).
        partial_pay_unit: of 1B (X).
        system_style: the value of the two style bits of A0 that means system validation; the other one means secure
            enhanced. 1 by the sheet's author, 2 by one source (X).
        several_wins_bit: the bit of A0's features3 for several SAS progressive wins. 1 (K) or 2 (X).
        signature_order: of the answer that 21 leads to (K).
        meter_bytes: meter code to its BCD bytes in a 2F answer, for machines that differ from the table (X: 28, 2A and
            2B have 5 in one source; 25, 26 and 7F are not known).
        high_address_is_ack: whether 80 + address is a success, as one source treats it, and not a NACK (X).
        full_transfer_statuses: AFT statuses that mean a full transfer; one family of machines has 01 too (X).
        repeated_id_statuses: AFT statuses that mean an id that was used; one family has 95 and not 81 (X).
        newest_history_index: the relative index of the newest AFT record (K).
    """

    game_on: Literal[0, 1] = 1
    delay_form: DelayForm = DelayForm.BINARY_LOW_FIRST
    partial_pay_unit: PartialPayUnit = PartialPayUnit.CENTS
    system_style: Literal[1, 2] = 1
    several_wins_bit: Literal[1, 2] = 1
    signature_order: ByteOrder = ByteOrder.LOW_FIRST
    meter_bytes: Mapping[int, Annotated[int, Meta(ge=1, le=9)]] = {}
    high_address_is_ack: bool = False
    full_transfer_statuses: frozenset[int] = frozenset({0x00})
    repeated_id_statuses: frozenset[int] = frozenset({0x81})
    newest_history_index: Annotated[int, Meta(ge=0x81, le=0xFF)] = 0xFF

    def delay(self, steps: int) -> GameDelay:
        """The data of 2E for a number of 100 ms steps; Malformed beyond two bytes (or four digits)."""
        is_decimal = self.delay_form is DelayForm.DECIMAL_DIGITS
        if not 0 <= steps <= (9999 if is_decimal else 0xFFFF):
            raise Malformed(f"delay of {steps} steps of 100 ms does not fit {self.delay_form}")
        if is_decimal:
            return GameDelay(f"{steps:04d}")
        order: Literal["little", "big"] = "big" if self.delay_form is DelayForm.BINARY_HIGH_FIRST else "little"
        return GameDelay(steps.to_bytes(2, order).hex())

    def delay_steps(self, delay: GameDelay) -> int:
        """The number that 2E carries; Malformed when it must be digits and is none."""
        raw = bytes.fromhex(delay.steps)
        if self.delay_form is not DelayForm.DECIMAL_DIGITS:
            return int.from_bytes(raw, "big" if self.delay_form is DelayForm.BINARY_HIGH_FIRST else "little")
        if not delay.steps.isdecimal():
            raise Malformed(f"delay {delay.steps} wanted four digits")
        return int(delay.steps)

    def partial_pay_cents(self, handpay: Handpay) -> float:
        """What was already paid of a handpay, in cents."""
        return handpay.partial_pay if self.partial_pay_unit is PartialPayUnit.CENTS else handpay.partial_pay / 100

    def validation_style(self, features: Features) -> ValidationStyle:
        """How the machine validates."""
        bits = features.features1 >> 5 & 3
        if bits in (0, 3):
            return ValidationStyle.UNKNOWN if bits else ValidationStyle.STANDARD
        return ValidationStyle.SYSTEM if bits == self.system_style else ValidationStyle.SECURE_ENHANCED

    def has_several_wins(self, features: Features) -> bool:
        """Whether the machine tells several SAS progressive wins."""
        return bool(features.features3 >> self.several_wins_bit & 1)

    def signature(self, answer: RomSignature) -> int:
        """The signature as a number."""
        raw = answer.signature.to_bytes(2, "little")
        return int.from_bytes(raw, "little" if self.signature_order is ByteOrder.LOW_FIRST else "big")


AS_THE_SHEET = WireProfile()
"""The sheet's own choices."""
