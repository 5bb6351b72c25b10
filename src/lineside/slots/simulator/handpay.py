"""Handpays: the one that locks the machine, and the records that the host has not read (LP 1B, 94, A8)."""

from __future__ import annotations

from lineside.slots.simulator.memory import HandpayRecord
from lineside.slots.simulator.pack import bcd
from lineside.slots.simulator.validation import CANCELLED_WITHOUT, JACKPOT_WITHOUT, Validations
from lineside.slots.simulator.works import Refused, Works

PENDING, RESET, CANCELLED_BY_PLAYER = 0x51, 0x52, 0x55
REPEAT_S = 15.0
"""51 again until LP 1B was read (§4)."""
RECORDS_COUNT = 5
"""§16.1: five or more; the oldest is lost beyond."""
CANCELLED_LEVEL, WIN_LEVEL = 0x80, 0x00

DONE, CANNOT, NO_HANDPAY = 0x00, 0x01, 0x02
"""Answers of 94 and A8."""


class Handpays:
    """The handpays of one machine."""

    def __init__(self, works: Works, validations: Validations) -> None:
        self._works = works
        self._state = works.state
        self._validations = validations

    def begin(
        self, credits: int, *, level: int = WIN_LEVEL, is_cancelled: bool = False, is_bonus: bool = False
    ) -> None:
        """Lock the machine until somebody resets it; the host is told by 51.

        Args:
            credits: to be paid by hand.
            level: as LP 1B tells it: 00 a win, 01 to 20 a progressive level, 40 a top win.
            is_cancelled: the player's own credits, which leave the credit meter with the reset.
            is_bonus: a win that the host awarded.
        """
        if self._state.handpay is not None:
            raise Refused("a handpay is pending")
        self._state.handpay_count += 1
        record = HandpayRecord(
            self._state.handpay_count,
            credits * self._works.cents,
            credits,
            CANCELLED_LEVEL if is_cancelled else level,
            is_cancelled,
            group=self._works.settings.progressive_group if 0 < level <= 0x20 else 0,
            can_credit=self._works.settings.remote_reset and not is_cancelled,
            is_bonus=is_bonus,
        )
        self._state.handpay = record
        self._state.handpays = [*self._state.handpays, record][-RECORDS_COUNT:]
        self._tell()

    def reset(self, *, to_credits: bool | None = None) -> None:
        """An attendant's key, or LP 94: pay it, count it, unlock."""
        record = self._state.handpay
        if record is None:
            raise Refused("no handpay is pending")
        if to_credits is None:
            to_credits = record.to_credits
        self._state.handpay = None
        self._works.exceptions.withdraw(PENDING)
        if record.is_cancelled:
            self._take_credits(record.credits)
        else:
            self._count_win(record, to_credits)
        if self._state.switches.validation_state & 0x04 and not self._validations.is_full():
            kind = CANCELLED_WITHOUT if record.is_cancelled else JACKPOT_WITHOUT
            number = self._validations.number() if self._validations.can_number() else "0" * 16
            self._validations.record(kind, record.cents, number)
        self._works.exceptions.put(RESET)

    def cancel(self) -> None:
        """The player wants to play on: cancelled credits stay on the meter."""
        if self._state.handpay is None or not self._state.handpay.is_cancelled:
            raise Refused("no cancelled credits are waiting to be paid")
        self._state.handpay = None
        self._works.exceptions.withdraw(PENDING)
        self._works.exceptions.put(CANCELLED_BY_PLAYER)

    def on_time(self) -> None:
        """51 again while its record is not read."""
        told_at = self._state.handpay_told_at
        if self._unread() is None or self._state.handpay is None or told_at is None:
            return
        if (self._works.utc - told_at).total_seconds() >= REPEAT_S:
            self._tell()

    # -- LP 1B, 94, A8 ---------------------------------------------------------------------------------------------

    def answer_record(self) -> tuple[bytes, HandpayRecord | None]:
        """LP 1B's data, and the record that its acknowledgement marks as read; zeros when there is none."""
        record = self._unread()
        if record is None:
            return bytes(20), None
        data = (
            bytes((record.group, record.level))
            + bcd(record.cents, 5)
            + bcd(record.partial_cents, 2)
            + bytes((int(record.can_credit),))
            + bytes(10)
        )
        return data, record

    def mark_read(self, record: HandpayRecord) -> None:
        """The host has the record: 51 is not repeated for it."""
        self._state.handpays = [kept for kept in self._state.handpays if kept.number != record.number]
        if self._unread() is None:
            self._works.exceptions.withdraw(PENDING)

    def answer_reset(self) -> int:
        """LP 94."""
        if self._state.handpay is None:
            return NO_HANDPAY
        if not self._works.settings.remote_reset or self._state.open_doors:
            return CANNOT
        self.reset()
        return DONE

    def answer_method(self, method: int) -> int:
        """LP A8: 00 a standard handpay, 01 to the credit meter."""
        record = self._state.handpay
        if record is None:
            return NO_HANDPAY
        if method > 1 or (method == 1 and not record.can_credit):
            return CANNOT
        record.to_credits = method == 1
        return DONE

    # --------------------------------------------------------------------------------------------------------------

    def _unread(self) -> HandpayRecord | None:
        return self._state.handpays[0] if self._state.handpays else None

    def _tell(self) -> None:
        self._works.exceptions.put(PENDING)
        self._state.handpay_told_at = self._works.utc

    def _take_credits(self, credits: int) -> None:
        state = self._state
        state.cashable -= (cashable := min(credits, state.cashable))
        state.non_restricted -= min(credits - cashable, state.non_restricted)
        self._works.meters.add(0x03, credits)

    def _count_win(self, record: HandpayRecord, to_credits: bool) -> None:
        """A win is counted as it was paid: by hand (jackpot) or, credited, by the machine (coin out)."""
        kind = 2 if record.is_bonus else int(0 < record.level <= 0x20)  # 0 paytable, 1 progressive, 2 bonus
        game = self._state.selected_game
        self._works.meters.add((0x1C if to_credits else 0x1F) + kind, record.credits, game)
        self._works.meters.add(0x01 if to_credits else 0x02, record.credits, game)
        if to_credits:
            self._state.cashable += record.credits
