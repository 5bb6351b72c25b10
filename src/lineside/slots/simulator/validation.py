"""Tickets and handpays that got a validation number: a buffer of 31 records, read by LP 4D, and totals for LP 50."""

from __future__ import annotations

from lineside.slots.simulator.memory import ValidationRecord
from lineside.slots.simulator.pack import Reader, bcd, day_and_time, low_first
from lineside.slots.simulator.works import Works
from lineside.slots.wire import crc16

RECORDS_COUNT = 31
"""Indexes 01 to 1F of LP 4D."""

CASHABLE, RESTRICTED = 0x00, 0x01
CANCELLED_WITH, JACKPOT_WITH, CANCELLED_WITHOUT, JACKPOT_WITHOUT = 0x10, 0x20, 0x40, 0x60
TICKET_PRINTED, HANDPAY_VALIDATED, ID_MISSING = 0x3D, 0x3E, 0x3F

_METERS = {
    CASHABLE: 0x86,
    RESTRICTED: 0x88,
    0x04: 0x8A,
    CANCELLED_WITH: 0x8C,
    JACKPOT_WITH: 0x8E,
    CANCELLED_WITHOUT: 0x90,
    JACKPOT_WITHOUT: 0x92,
    0x80: 0x80,
    0x81: 0x82,
    0x82: 0x84,
}


def enhanced_number(validation_id: int, sequence: int) -> str:
    """The secure-enhanced number of 18 digits, "00" first (§9.6; no official vector was found).

    Args:
        validation_id: as LP 4C gave it, 24 bits.
        sequence: of this ticket, 24 bits.
    """
    s, i = low_first(sequence & 0xFFFFFF, 3), low_first(validation_id & 0xFFFFFF, 3)
    mixed = bytes((s[0], s[1], s[2] ^ s[0], i[0] ^ s[1], i[1] ^ s[0], i[2] ^ s[1]))
    sums = b"".join(low_first(crc16(mixed[at : at + 2]), 2) for at in (0, 2, 4))
    return "00" + _half(sums[3:]) + _half(sums[:3])


def _half(three: bytes) -> str:
    digits = f"{int.from_bytes(three, 'little'):08d}"
    return f"{int(digits[0]) | 2 * (sum(map(int, digits)) % 5)}{digits[1:]}"


class Validations:
    """The validation buffer of one machine."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._state = works.state

    @property
    def style(self) -> str:
        """none, standard, system or enhanced."""
        return self._works.settings.validation

    def is_full(self) -> bool:
        """31 records that the host has not read: nothing more can be validated."""
        return sum(not record.is_read for record in self._state.records) >= RECORDS_COUNT

    def can_number(self) -> bool:
        """A number can be made here, without the host."""
        return self.style == "standard" or (self.style == "enhanced" and self._state.validation_id != 0)

    def number(self) -> str:
        """The next number of 16 digits.

        Standard validation has 8 digits by an algorithm that no open source describes: ours counts.
        """
        self._state.sequence += 1
        if self.style == "enhanced":
            return enhanced_number(self._state.validation_id, self._state.sequence)[2:]
        return f"{self._state.sequence * 7919 % 10**8:016d}"

    def record(self, kind: int, cents: int, validation: str, system: int = 0, pool: str = "0000") -> None:
        """Put a ticket or a handpay into the buffer, the totals and the meters, and raise 3D or 3E."""
        state = self._state
        state.ticket_number += 1
        state.record_index = state.record_index % RECORDS_COUNT + 1
        state.records = [record for record in state.records if record.index != state.record_index]
        days = state.switches.cash_days if kind == CASHABLE else state.switches.restricted_days
        state.records.append(
            ValidationRecord(
                kind,
                state.record_index,
                self._works.clock,
                validation,
                cents,
                state.ticket_number % 9999 + 1,
                system,
                days,
                int.from_bytes(bytes.fromhex(pool), "little"),
            )
        )
        self.count(kind, cents)
        self._works.exceptions.put(TICKET_PRINTED if kind < CANCELLED_WITH else HANDPAY_VALIDATED)

    def count(self, kind: int, cents: int) -> None:
        """Count into the totals of LP 50 and the meters."""
        count, total = self._state.totals.get(kind, (0, 0))
        self._state.totals[kind] = (count + 1, total + cents)
        if kind in _METERS:
            self._works.meters.add(_METERS[kind], cents)
            self._works.meters.add(_METERS[kind] + 1, 1)

    # -- LP 4D, 4C, 50, 3D -----------------------------------------------------------------------------------------

    def to_read(self) -> ValidationRecord | None:
        """The oldest record that the host has not read."""
        return next((record for record in self._state.records if not record.is_read), None)

    def at(self, index: int) -> ValidationRecord | None:
        """The record of an index from 1 to 31."""
        return next((record for record in self._state.records if record.index == index), None)

    def answer_record(self, record: ValidationRecord | None) -> bytes:
        """LP 4D's data; zeros for nothing."""
        if record is None:
            return bytes(31)
        return (
            bytes((record.type, record.index))
            + day_and_time(record.at)
            + bcd(int(record.validation), 8)
            + bcd(record.cents, 5)
            + low_first(record.ticket, 2)
            + bcd(record.system, 1)
            + bcd(record.expiration, 4)
            + low_first(record.pool, 2)
        )

    def set_id(self, asked: Reader) -> bytes:
        """LP 4C: an id that is not 0 becomes the machine's; answers what holds now."""
        validation_id, sequence = asked.low_first(3), asked.low_first(3)
        asked.end()
        if validation_id:
            self._state.validation_id, self._state.sequence = validation_id, sequence
        return low_first(self._state.validation_id, 3) + low_first(self._state.sequence & 0xFFFFFF, 3)

    def answer_totals(self, asked: Reader) -> bytes:
        """LP 50."""
        kind = asked.byte()
        asked.end()
        count, cents = self._state.totals.get(kind, (0, 0))
        return bytes((kind,)) + bcd(count, 4) + bcd(cents, 5)

    def answer_standard(self) -> bytes:
        """LP 3D: the newest ticket; zeros unless the validation is standard."""
        newest = self._state.records[-1] if self._state.records and self.style == "standard" else None
        return bytes(9) if newest is None else bcd(int(newest.validation), 4) + bcd(newest.cents, 5)
