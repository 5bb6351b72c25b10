"""The frames of account-based transfers: 72 transfer, 73 registration, 74 lock and status (§10). They move no money.

What is sent, when, and what a lost answer means belongs to the one who moves money; this takes frames apart and makes
them. Status codes and types stay numbers here: `tables.AFT_STATUSES` and its neighbours name those that are known.
"""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from lineside.runtime.step import Secret
from lineside.slots.wire.field import (
    Bcd,
    Binary,
    CountedText,
    Day,
    Digits,
    Hex,
    Key,
    Limited,
    Maybe,
    SizedBcd,
    TimeOfDay,
)
from lineside.slots.wire.layout import layout_of

NOT_LOCKED = 0xFF
"""Lock status of a machine that is not locked; 00 is locked and 40 pending."""


class RegistrationOrder(msgspec.Struct, frozen=True):
    """73: 00 start, 01 register, 40 ask the operator, 80 unregister; FF alone reads."""

    code: Annotated[int, Binary(1)]
    asset: Annotated[int | None, Maybe(Binary(4))] = None
    key: Annotated[Secret | None, Maybe(Key(20))] = None
    pos_id: Annotated[int | None, Maybe(Binary(4))] = None


class Registration(msgspec.Struct, frozen=True):
    """73 answered: 00 ready, 01 registered, 40 pending operator, 80 not registered. The key is never shown."""

    status: Annotated[int, Binary(1)]
    asset: Annotated[int, Binary(4)]
    key: Annotated[Secret, Key(20)]
    pos_id: Annotated[int, Binary(4)]


class LockOrder(msgspec.Struct, frozen=True):
    """74: 00 lock, 80 cancel, FF status only.

    Attributes:
        condition: which transfers the lock is for: bit 0 to the machine, 1 from it, 2 to its printer, 3 win to host
            (K), 4 bonus to it.
        timeout_hundredths: how long it stays locked, in 1/100 s.
    """

    code: Annotated[int, Binary(1)]
    condition: Annotated[int, Binary(1)]
    timeout_hundredths: Annotated[int, Bcd(2)]


class AftState(msgspec.Struct, frozen=True):
    """74 answered.

    Attributes:
        lock: 00 locked, 40 pending, FF not locked.
        available: bits of `tables.AFT_AVAILABLE`; undefined ones do occur.
        host_cash_out: bits of `tables.AFT_HOST_CASH_OUT`.
        abilities: bits of `tables.AFT_ABILITIES`.
        restricted_expiration: 8 digits, MMDDYYYY.
        restricted_pool_id: two bytes as they came, hex.
    """

    asset: Annotated[int, Binary(4)]
    lock: Annotated[int, Binary(1)]
    available: Annotated[int, Binary(1)]
    host_cash_out: Annotated[int, Binary(1)]
    abilities: Annotated[int, Binary(1)]
    history_index_max: Annotated[int, Binary(1)]
    cashable_cents: Annotated[int, Bcd(5)]
    restricted_cents: Annotated[int, Bcd(5)]
    non_restricted_cents: Annotated[int, Bcd(5)]
    limit_cents: Annotated[int, Bcd(5)]
    restricted_expiration: Annotated[str, Digits(4)]
    restricted_pool_id: Annotated[str, Hex(2)]

    @property
    def is_registered(self) -> bool:
        """Bit 3 of the abilities."""
        return bool(self.abilities & 0x08)


class AftRequest(msgspec.Struct, frozen=True):
    """The body of a new transfer in 72.

    Attributes:
        type: code of `tables.AFT_TYPES`.
        flags: bits of `tables.AFT_FLAGS` (K).
        transaction_id: 1 to 20 printable characters.
        expiration: 8 digits, MMDDYYYY, or 0000 and days (K); zeros when unused.
        pool_id: two bytes as they are sent, hex; of restricted credits alone.
        receipt: receipt data, {field 1, length 1, data}… as they are (K); empty for none.
        lock_timeout_hundredths: only together with flag bit 4.
    """

    type: Annotated[int, Binary(1)]
    cashable_cents: Annotated[int, Bcd(5)]
    restricted_cents: Annotated[int, Bcd(5)]
    non_restricted_cents: Annotated[int, Bcd(5)]
    flags: Annotated[int, Binary(1)]
    asset: Annotated[int, Binary(4)]
    key: Annotated[Secret, Key(20)]
    transaction_id: Annotated[str, CountedText()]
    expiration: Annotated[str, Digits(4)]
    pool_id: Annotated[str, Hex(2)]
    receipt: Annotated[str, CountedText()]
    lock_timeout_hundredths: Annotated[int | None, Maybe(Bcd(2))] = None


class AftOrder(msgspec.Struct, frozen=True):
    """72: 00 full only, 01 partial allowed, 80 cancel, FE interrogate status only (K), FF interrogate.

    Attributes:
        index: 00 for a new transfer or the current one, 01 to 7F a place in the history, 81 to FF relative, FF the
            newest (K). A cancel has none.
        transfer: the body of a new transfer.
    """

    code: Annotated[int, Binary(1)]
    index: Annotated[int | None, Maybe(Binary(1))] = None
    transfer: Annotated[AftRequest | None, Maybe(layout_of(AftRequest))] = None


class AftMoved(msgspec.Struct, frozen=True):
    """What a transfer really moved.

    Attributes:
        receipt_status: 00 printed, 20 printing, 40 pending, FF none.
        day: of completion; None while pending.
        cumulative_cashable_cents: the machine's own sum for this type as (cents, bytes); None when not available.
    """

    receipt_status: Annotated[int, Binary(1)]
    type: Annotated[int, Binary(1)]
    cashable_cents: Annotated[int, Bcd(5)]
    restricted_cents: Annotated[int, Bcd(5)]
    non_restricted_cents: Annotated[int, Bcd(5)]
    flags: Annotated[int, Binary(1)]
    asset: Annotated[int, Binary(4)]
    transaction_id: Annotated[str, CountedText()]
    day: Annotated[datetime.date | None, Day()]
    time: Annotated[datetime.time, TimeOfDay()]
    expiration: Annotated[str, Digits(4)]
    pool_id: Annotated[str, Hex(2)]
    cumulative_cashable_cents: Annotated[tuple[int, int] | None, SizedBcd()]
    cumulative_restricted_cents: Annotated[tuple[int, int] | None, SizedBcd()]
    cumulative_non_restricted_cents: Annotated[tuple[int, int] | None, SizedBcd()]


class AftTransfer(msgspec.Struct, frozen=True):
    """72 answered.

    Attributes:
        index: 00 while it is not in the history (pending or failed), else its place there, up to 7F. So the echo of
            ``72 02 FF 00`` is never taken for a full transfer.
        status: code of `tables.AFT_STATUSES`.
        moved: None in a short answer (nothing known, C0, and some machines' refusals).
    """

    index: Annotated[int, Limited(1, 0x7F)]
    status: Annotated[int, Binary(1)]
    moved: Annotated[AftMoved | None, Maybe(layout_of(AftMoved))] = None


class AftFamily(StrEnum):
    """What a status says at large, by its top bits (§10.4)."""

    DONE = "done"  # 000x xxxx
    PENDING = "pending"  # 010x xxxx
    FAILED = "failed"  # 100x xxxx
    INCOMPATIBLE = "incompatible"  # 110x xxxx
    NO_INFORMATION = "no information"  # 111x xxxx
    UNKNOWN = "unknown"  # 001 and 011, which no source names


_FAMILIES = {
    0: AftFamily.DONE,
    2: AftFamily.PENDING,
    4: AftFamily.FAILED,
    6: AftFamily.INCOMPATIBLE,
    7: AftFamily.NO_INFORMATION,
}


def aft_family(status: int) -> AftFamily:
    """The family of a status."""
    return _FAMILIES.get(status >> 5, AftFamily.UNKNOWN)
