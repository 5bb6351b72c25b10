"""AFT transfers (LP 72): one at a time, the current one kept until it is told, 127 in the history.

::

    72 new ──► refused (80…9F)                                the current buffer tells it
           └─► pending (40) ──idle, and its time──► done (00, 01), history, exception 69 ──72 02 FF 00──► told

Money moves with the change of state, in one memory: a power cut leaves a transfer done or pending, never half.
Source: `wire/sas.md` §10.3 to §10.6.
"""

from __future__ import annotations

import msgspec

from lineside.slots.simulator.aft_money import BONUS_TYPES, DEBIT_TYPES, TICKET_TYPES, TO_HOST_TYPES, TYPES, AftMoney
from lineside.slots.simulator.cash_out import CashOuts
from lineside.slots.simulator.lock import HISTORY_COUNT, Locks
from lineside.slots.simulator.memory import Transfer
from lineside.slots.simulator.pack import Reader, bcd, counted, day_and_time, low_first
from lineside.slots.simulator.works import Works

COMPLETE = 0x69
REPEAT_S = 15.0
"""69 again until the transfer was interrogated. K: the sheet gives no interval (§17); taken from the handpay's."""
FULL, PARTIAL, CANCEL, STATUS_ONLY, INTERROGATE = 0x00, 0x01, 0x80, 0xFE, 0xFF
PENDING, NOTHING, INCOMPATIBLE, NO_SUCH_CODE = 0x40, 0xFF, 0xC0, 0xC1
ID_BYTES_MAX = 20  # §10.3
HOST_SETTINGS, HOST_ENABLE, HOST_HARD, LOCK_AFTER, ONLY_LOCKED, RECEIPT = 0x01, 0x02, 0x04, 0x10, 0x40, 0x80


class Transfers:
    """The transfers of one machine.

    Attributes:
        pending_polls: the next transfer stays pending for so many interrogations (a fault of §16.1).
        refuse_with: the next one is refused with this status; None is no fault.
        halves: the next one moves half of what was asked.
        loses_answer: the first answer after the next completion is lost.
    """

    def __init__(self, works: Works, money: AftMoney, locks: Locks, cash_outs: CashOuts) -> None:
        self._works = works
        self._state = works.state
        self._money = money
        self._locks = locks
        self._cash_outs = cash_outs
        self.pending_polls = 0
        self.refuse_with: int | None = None
        self.halves = False
        self.loses_answer = False
        self._due_at = works.utc

    # -- LP 72 -----------------------------------------------------------------------------------------------------

    def answer(self, asked: Reader) -> tuple[bytes, Transfer | None]:
        """LP 72's data, and the finished transfer that its acknowledgement marks as told."""
        body = asked.counted()
        code = body.byte()
        if code == CANCEL:
            self._cancel()
            return self._told(self._state.transfer), None
        if code in (INTERROGATE, STATUS_ONLY):
            return self._interrogated(code, body.byte())
        if code not in (FULL, PARTIAL):
            return counted(bytes((0, NO_SUCH_CODE))), None
        return self._begin(self._read(code, body)), None

    def _read(self, code: int, body: Reader) -> tuple[Transfer, str, int]:
        """The transfer that is asked for, its key and its lock's time-out in 1/100 s."""
        index, kind = body.byte(), body.byte()
        raw = [body.raw(5).hex() for _ in range(3)]
        flags, asset, key = body.byte(), body.low_first(4), body.raw(20).hex()
        transaction = body.raw(min(body.byte(), ID_BYTES_MAX + 1)).decode("latin-1")
        expiration, pool = body.raw(4).hex(), body.raw(2).hex()
        body.raw(body.byte())  # receipt data: this machine prints none
        hundredths = body.bcd(2) if body.left() else 0
        body.end()
        if not all(text.isdecimal() for text in (*raw, expiration)):
            asked, status = (0, 0, 0), 0x83
        else:
            asked, status = (int(raw[0]), int(raw[1]), int(raw[2])), PENDING
        transfer = Transfer(transaction, code, kind, asked, flags, asset, expiration, pool, status)
        if index:
            transfer.status = 0x82
        return transfer, key, hundredths

    def _begin(self, read: tuple[Transfer, str, int]) -> bytes:
        transfer, key, hundredths = read
        current = self._state.transfer
        if current is not None and current.status == PENDING:
            if current.content() == transfer.content():
                return self._told(current)
            return counted(bytes((0, INCOMPATIBLE)))
        transfer.status = self._refusal(transfer, key)
        if transfer.status == PENDING:
            self._accept(transfer, hundredths)
        self._state.transfer = transfer
        return self._told(transfer)

    def _accept(self, transfer: Transfer, hundredths: int) -> None:
        self._due_at = self._works.after(self._works.settings.aft_s)
        transfer.polls, self.pending_polls = self.pending_polls, 0
        if transfer.flags & HOST_SETTINGS:
            self._state.switches.host_cash_out = transfer.flags & (HOST_ENABLE | HOST_HARD)
        if transfer.flags & LOCK_AFTER and hundredths:
            self._state.lock.duration_s = hundredths / 100

    def _refusal(self, transfer: Transfer, key: str) -> int:
        """Status of a new request: 40, or why not. In the order of the table in §10.4."""
        refused, self.refuse_with = self.refuse_with, None
        last = self._state.history[-1] if self._state.history else None
        if refused is not None:
            return refused
        if transfer.status != PENDING:
            return transfer.status
        if self._works.profile.ids_checked and last is not None and last.transaction == transfer.transaction:
            return 0x95 if self._works.profile.same_id_95 else 0x81
        return (
            self._wrong_request(transfer)
            or self._wrong_registration(transfer, key)
            or self._wrong_amount(transfer)
            or PENDING
        )

    def _wrong_request(self, transfer: Transfer) -> int:
        name = transfer.transaction
        if not 1 <= len(name) <= ID_BYTES_MAX or not all(" " <= letter <= "~" for letter in name):
            return 0x95
        if transfer.type not in TYPES:
            return 0x82
        if not transfer.asset or transfer.asset != self._works.settings.asset:
            return 0x93
        if transfer.flags & ONLY_LOCKED and self._state.lock.status != 0:
            return 0x94
        if transfer.flags & RECEIPT:
            return 0x90
        if self._works.trouble() or not self._state.switches.is_enabled:
            return 0x87
        waiting = self._state.cash_out
        return 0x87 if waiting is not None and not waiting.is_host else 0

    def _wrong_registration(self, transfer: Transfer, key: str) -> int:
        mine = self._state.registration
        if any(bytes.fromhex(key)) and key != mine.key:
            return 0x89
        if transfer.type in DEBIT_TYPES:
            if mine.status != 0x01:
                return 0x88
            return 0 if mine.pos else 0x8A
        return 0

    def _wrong_amount(self, transfer: Transfer) -> int:
        asked = transfer.asked_cents
        if any(cents % self._works.cents for cents in asked):
            return 0x85
        if transfer.type in TICKET_TYPES:
            if not self._locks.available() & 0x04:
                return 0x8E
            return 0x82 if sum(cents > 0 for cents in asked) != 1 else 0
        if transfer.type == 0x90 and not self._state.won_credits:
            return 0x8B
        if (
            asked[1]
            and transfer.type not in TO_HOST_TYPES
            and self._state.restricted
            and transfer.pool != self._state.pool
        ):
            return 0x8F
        if transfer.type in BONUS_TYPES:
            return 0x82 if asked[1] else 0
        if transfer.code == FULL and self._money.movable(transfer, self._locks.room_cents()) != asked:
            return 0x83 if transfer.type in TO_HOST_TYPES else 0x84
        return 0

    def _cancel(self) -> None:
        current = self._state.transfer
        if current is not None and current.status == PENDING:
            current.status = 0x80

    # -- completion ------------------------------------------------------------------------------------------------

    def on_time(self) -> None:
        """Finish the pending transfer when the machine is idle; tell it again while nobody asks."""
        current = self._state.transfer
        if current is None:
            return
        if current.status == PENDING:
            if not current.polls and self._state.round is None and self._works.is_over(self._due_at):
                self._finish(current)
        elif current.status <= 0x01 and not current.is_told:
            told_at = self._state.transfer_told_at
            if told_at is None or (self._works.utc - told_at).total_seconds() >= REPEAT_S:
                self._tell()

    def _finish(self, transfer: Transfer) -> None:
        if self._works.trouble():
            transfer.status = 0x87
            return self._tell()
        moved = self._money.movable(transfer, self._locks.room_cents())
        if self.halves:
            self.halves = False
            cents = self._works.cents
            moved = (moved[0] // 2 // cents * cents, moved[1] // 2 // cents * cents, moved[2] // 2 // cents * cents)
        transfer.moved_cents = moved
        self._money.move(transfer, moved)
        transfer.totals = self._money.totals(transfer)
        transfer.at = self._works.clock
        is_full = moved == transfer.asked_cents and not self._works.profile.success_01
        transfer.status = 0x00 if is_full else 0x01
        if transfer.type in TO_HOST_TYPES and self._state.cash_out is not None:
            self._cash_outs.on_host_took()
        if transfer.type in BONUS_TYPES or any(moved):
            self._log(transfer)
        if self._state.lock.status == 0 and not transfer.flags & LOCK_AFTER:
            self._locks.release()
        return self._tell()

    def _log(self, transfer: Transfer) -> None:
        state = self._state
        state.history_position = transfer.position = state.history_position % HISTORY_COUNT + 1
        state.history = [*state.history, msgspec.structs.replace(transfer)][-HISTORY_COUNT:]

    def _tell(self) -> None:
        self._works.exceptions.put(COMPLETE)
        self._state.transfer_told_at = self._works.utc

    def mark_told(self, transfer: Transfer) -> None:
        """The host has heard the end of it."""
        current = self._state.transfer
        if current is not None and current.transaction == transfer.transaction:
            current.is_told = True
            self._works.exceptions.withdraw(COMPLETE)

    # -- answers ---------------------------------------------------------------------------------------------------

    def _interrogated(self, code: int, index: int) -> tuple[bytes, Transfer | None]:
        current = self._state.transfer
        found = current if index == 0 else self._in_history(index)
        if found is None:
            return counted(bytes((0, NOTHING))), None
        if index == 0 and found.status == PENDING and found.polls:
            found.polls -= 1
        finished = found if index == 0 and found.status != PENDING else None
        if code == STATUS_ONLY:
            return counted(bytes((found.position, found.status))), finished
        return self._told(found), finished

    def _in_history(self, index: int) -> Transfer | None:
        """A record by its position (01 to 7F), or from the newest backwards (FF, FE …; K)."""
        history = self._state.history
        if index > HISTORY_COUNT:
            back = 0x100 - index
            return history[-back] if back <= len(history) else None
        return next((transfer for transfer in history if transfer.position == index), None)

    def _told(self, transfer: Transfer | None) -> bytes:
        if transfer is None:
            return counted(bytes((0, NOTHING)))
        short = bytes((transfer.position, transfer.status))
        if self._works.profile.short_72:
            return counted(short)
        # No cumulative meters while nothing has moved: a naive host reads 82 bytes and no more (§10.4).
        amounts = transfer.asked_cents if transfer.status == PENDING else transfer.moved_cents
        totals = transfer.totals
        name = transfer.transaction.encode("latin-1")[:ID_BYTES_MAX]
        return counted(
            short
            + bytes((0xFF, transfer.type))
            + b"".join(bcd(cents, 5) for cents in amounts)
            + bytes((transfer.flags,))
            + low_first(transfer.asset, 4)
            + counted(name)
            + day_and_time(transfer.at)
            + bytes.fromhex(transfer.expiration)
            + bytes.fromhex(transfer.pool)
            + (bytes(3) if totals is None else b"".join(b"\x09" + bcd(total, 9) for total in totals))
        )
