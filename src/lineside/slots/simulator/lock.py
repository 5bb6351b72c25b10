"""The AFT lock and what LP 74 tells of the machine's money."""

from __future__ import annotations

import msgspec

from lineside.slots.simulator.memory import Lock
from lineside.slots.simulator.pack import Invalid, Reader, bcd, counted, low_first
from lineside.slots.simulator.works import Works

LOCKED, PENDING, FREE = 0x00, 0x40, 0xFF
REQUEST, CANCEL, READ = 0x00, 0x80, 0xFF
GAME_LOCKED = 0x6F
REPEAT_S = 5.0
"""6F again while locked (§4)."""
TO_MACHINE, FROM_MACHINE, TO_PRINTER, WIN_TO_HOST, BONUS = 0x01, 0x02, 0x04, 0x08, 0x10
HISTORY_COUNT = 127
"""Records of LP 72 (§16.1)."""
ANY_AFT, BONUS_ON, IN_HOUSE_ON, REGISTERED, PARTIAL_TO_HOST, DEBIT_ON = 0x80, 0x20, 0x10, 0x08, 0x02, 0x40


class Locks:
    """The lock of one machine.

    Attributes:
        refuses: the next request for a lock is refused (a fault of §16.1).
    """

    def __init__(self, works: Works) -> None:
        self._works = works
        self._state = works.state
        self.refuses = False

    def answer(self, asked: Reader) -> bytes:
        """LP 74."""
        code, condition, hundredths = asked.byte(), asked.byte(), asked.bcd(2)
        asked.end()
        if code == REQUEST:
            self._request(condition, hundredths / 100)
        elif code == CANCEL:
            self.release()
        elif code != READ:
            raise Invalid(f"no lock code {code:02X}")
        return counted(self._told())

    def _request(self, condition: int, seconds: float) -> None:
        refuses, self.refuses = self.refuses, False
        if refuses or condition & ~self.available() or not seconds:
            return self.release()
        self._state.lock = Lock(PENDING, condition, seconds)
        return self.on_time()

    def release(self) -> None:
        """Play goes on."""
        self._state.lock = Lock()
        self._works.exceptions.withdraw(GAME_LOCKED)

    def on_time(self) -> None:
        """Lock when the machine is idle, tell it every 5 s, and let go when the time is over."""
        lock = self._state.lock
        if lock.status == PENDING and self._state.round is None:
            self._state.lock = lock = msgspec.structs.replace(
                lock, status=LOCKED, until=self._works.after(lock.duration_s)
            )
            self._tell(lock)
        elif lock.status == LOCKED:
            if self._works.is_over(lock.until):
                self.release()
            elif lock.told_at is None or (self._works.utc - lock.told_at).total_seconds() >= REPEAT_S:
                self._tell(lock)

    def _tell(self, lock: Lock) -> None:
        lock.told_at = self._works.utc
        if self._works.profile.locked_told:
            self._works.exceptions.put(GAME_LOCKED)

    def available(self) -> int:
        """Transfers that are possible now, as bits of LP 74."""
        works, state = self._works, self._state
        if works.trouble() or not state.switches.is_enabled or not works.settings.asset:
            return 0
        bits = TO_MACHINE | BONUS
        bits |= FROM_MACHINE if state.credits else 0
        bits |= TO_PRINTER if works.settings.has_printer and works.settings.validation != "none" else 0
        waiting = state.cash_out
        return bits | (WIN_TO_HOST if waiting is not None and waiting.is_host and state.won_credits else 0)

    def _abilities(self) -> int:
        bits = ANY_AFT | BONUS_ON | IN_HOUSE_ON | PARTIAL_TO_HOST
        registration = self._state.registration
        if registration.status == 0x01:
            bits |= REGISTERED
            bits |= DEBIT_ON if any(bytes.fromhex(registration.key)) and registration.pos else 0
        return bits

    def _told(self) -> bytes:
        works, state = self._works, self._state
        amounts = (state.cashable, state.restricted, state.non_restricted)
        return (
            low_first(works.settings.asset, 4)
            + bytes((state.lock.status, self.available(), 0x01 | state.switches.host_cash_out, self._abilities()))
            + bytes((HISTORY_COUNT,))
            + b"".join(bcd(credits * works.cents, 5) for credits in amounts)
            + bcd(self.room_cents(), 5)
            + bytes.fromhex(state.restricted_expiration)
            + bytes.fromhex(state.pool)
        )

    def room_cents(self) -> int:
        """What may still come onto the credit meter."""
        return max(0, self._works.settings.aft_limit_cents - self._state.credits * self._works.cents)
