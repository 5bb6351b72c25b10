"""Validation records and tickets: 3D, 4C, 4D, 50, 57, 58, 70, 71, 7B, 7C, 7D (§8.3, §9.6, §9.7). Frames alone.

Ticket out, system validation: exception 57 → 57 → 58 → print → exception 3D → 4D 00.
Ticket in: exception 67 → 70 → 71 → status 40 → exception 68 → 71 FF → the final status.
"""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec

from lineside.slots.wire.crc import crc16
from lineside.slots.wire.field import Bcd, Binary, CountedText, Day, Digits, Many, Maybe, TimeOfDay
from lineside.slots.wire.layout import layout_of

NOTHING_IN_ESCROW = 0xFF


class StandardValidation(msgspec.Struct, frozen=True):
    """3D: number and amount of the last ticket; zeros when the machine does not validate the standard way."""

    number: Annotated[str, Digits(4)]
    amount_cents: Annotated[int, Bcd(5)]


class ValidationId(msgspec.Struct, frozen=True):
    """4C, both ways: the machine's validation id and sequence. An id of 0 only reads them."""

    id: Annotated[int, Binary(3)]
    sequence: Annotated[int, Binary(3)]


class RecordQuestion(msgspec.Struct, frozen=True):
    """4D: 00 reads and marks the current record, 01 to 1F one by index, FF looks ahead."""

    function: Annotated[int, Binary(1)]


class ValidationRecord(msgspec.Struct, frozen=True):
    """4D answered; all zeros when there is nothing to read.

    Attributes:
        type: code of `tables.VALIDATION_TYPES`.
        number: 16 digits.
        expiration: 8 digits, MMDDYYYY, or 0000 and days.
    """

    type: Annotated[int, Binary(1)]
    index: Annotated[int, Binary(1)]
    day: Annotated[datetime.date | None, Day()]
    time: Annotated[datetime.time, TimeOfDay()]
    number: Annotated[str, Digits(8)]
    amount_cents: Annotated[int, Bcd(5)]
    ticket_number: Annotated[int, Binary(2)]
    system_id: Annotated[int, Bcd(1)]
    expiration: Annotated[str, Digits(4)]
    pool_id: Annotated[int, Binary(2)]

    @property
    def is_none(self) -> bool:
        """Whether nothing waits to be read."""
        return self.day is None and self.amount_cents == 0 and not self.number.strip("0")


class ValidationType(msgspec.Struct, frozen=True):
    """50: a type of `tables.VALIDATION_TYPES`."""

    type: Annotated[int, Binary(1)]


class ValidationMeters(msgspec.Struct, frozen=True):
    """50 answered: how many of a type, and their sum."""

    type: Annotated[int, Binary(1)]
    count: Annotated[int, Bcd(4)]
    amount_cents: Annotated[int, Bcd(5)]


class CashOutWaiting(msgspec.Struct, frozen=True):
    """57: a cash-out that waits for a validation number: 00 cashable, 01 restricted, 80 none."""

    type: Annotated[int, Binary(1)]
    amount_cents: Annotated[int, Bcd(5)]


class ValidationNumber(msgspec.Struct, frozen=True):
    """58: the number for that cash-out; system id 0 refuses."""

    system_id: Annotated[int, Bcd(1)]
    number: Annotated[str, Digits(8)]


class ValidationAccepted(msgspec.Struct, frozen=True):
    """58 answered: 00 ok, 80 not in cash-out, 81 improper or refused."""

    status: Annotated[int, Binary(1)]


class EscrowTicket(msgspec.Struct, frozen=True):
    """70: the ticket in the bill acceptor.

    Attributes:
        status: 00 in escrow, FF none; the rest is None then.
        amount_cents: 0 when the machine does not know.
        parsing: parsing code, 0.
        number: 18 digits: system id 2, number 16.
    """

    status: Annotated[int, Binary(1)]
    amount_cents: Annotated[int | None, Maybe(Bcd(5))] = None
    parsing: Annotated[int | None, Maybe(Binary(1))] = None
    number: Annotated[str | None, Maybe(Digits(9))] = None


class TicketOrder(msgspec.Struct, frozen=True):
    """71: what to do with the ticket in escrow.

    Attributes:
        code: of `tables.TICKET_CODES`; FF alone asks for the final status.
        expiration: of restricted credits, 8 digits.
    """

    code: Annotated[int, Binary(1)]
    amount_cents: Annotated[int | None, Maybe(Bcd(5))] = None
    parsing: Annotated[int | None, Maybe(Binary(1))] = None
    number: Annotated[str | None, Maybe(Digits(9))] = None
    expiration: Annotated[str | None, Maybe(Digits(4))] = None
    pool_id: Annotated[int | None, Maybe(Binary(2))] = None


class TicketState(msgspec.Struct, frozen=True):
    """71 answered: status of `tables.TICKET_STATUSES`; the rest is None when there is nothing to tell."""

    status: Annotated[int, Binary(1)]
    amount_cents: Annotated[int | None, Maybe(Bcd(5))] = None
    parsing: Annotated[int | None, Maybe(Binary(1))] = None
    number: Annotated[str | None, Maybe(Digits(9))] = None


class ValidationControl(msgspec.Struct, frozen=True):
    """7B: which of the bits of `tables.VALIDATION_BITS` to change, and to what. Mask 0 only reads.

    Days of 0 leave what the machine has.
    """

    mask: Annotated[int, Binary(2)]
    state: Annotated[int, Binary(2)]
    cashable_days: Annotated[int, Bcd(2)]
    restricted_days: Annotated[int, Bcd(2)]


class ValidationState(msgspec.Struct, frozen=True):
    """7B answered."""

    asset: Annotated[int, Binary(4)]
    state: Annotated[int, Binary(2)]
    cashable_days: Annotated[int, Bcd(2)]
    restricted_days: Annotated[int, Bcd(2)]


class CodedText(msgspec.Struct, frozen=True):
    """A text with its code: 00 location, 01 and 02 address, 10 and 20 titles (K)."""

    code: Annotated[int, Binary(1)]
    text: Annotated[str, CountedText()]


class TicketTexts(msgspec.Struct, frozen=True):
    """7C (tickets), 75 (receipts) and 76 (custom tickets): texts that the machine prints. Codes are K."""

    texts: Annotated[tuple[CodedText, ...], Many(layout_of(CodedText), counted=False)]


class TicketHost(msgspec.Struct, frozen=True):
    """7D: host id, days until tickets expire, then location, address 1 and address 2."""

    host_id: Annotated[int, Binary(2)]
    expiry_days: Annotated[int, Binary(1)]
    texts: Annotated[tuple[str, ...], Many(CountedText(), counted=False)]


def secure_enhanced_number(validation_id: int, sequence: int) -> str:
    """The 18 digits of a secure-enhanced ticket.

    Unverified: one source, no official vector (§9.6, §17.9). Meant for the simulator; a host reads numbers and makes
    none of this style.
    """
    i, s = validation_id.to_bytes(3, "little"), sequence.to_bytes(3, "little")
    mixed = bytes([s[0], s[1], s[2] ^ s[0], i[0] ^ s[1], i[1] ^ s[0], i[2] ^ s[1]])
    sums = b"".join(crc16(mixed[at : at + 2]).to_bytes(2, "little") for at in (0, 2, 4))
    return "00" + _half(sums[3:]) + _half(sums[:3])


def _half(piece: bytes) -> str:
    digits = f"{int.from_bytes(piece, 'little'):08d}"
    return str(int(digits[0]) | 2 * (sum(map(int, digits)) % 5)) + digits[1:]
