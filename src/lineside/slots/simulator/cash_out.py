"""Cashing out: to the host, as a ticket, or by hand (LP 57 and 58, exceptions 66, 6A, 57)."""

from __future__ import annotations

from lineside.slots.simulator.handpay import Handpays
from lineside.slots.simulator.memory import CashOut
from lineside.slots.simulator.pack import Reader, bcd
from lineside.slots.simulator.validation import CASHABLE, ID_MISSING, RESTRICTED, Validations
from lineside.slots.simulator.works import Refused, Works

CASH_OUT_BUTTON, VALIDATION_WANTED, HOST_CASH_OUT = 0x66, 0x57, 0x6A
WAIT_S = 10.0
"""For LP 58 after 57 (§4), and for the host's transfer after 6A in soft mode (K)."""
PRINTER_BIT, RESTRICTED_BIT = 0x01, 0x08
"""Of the state of LP 7B: printer as cash-out device, restricted tickets."""
ENABLED_BIT, HARD_BIT = 0x02, 0x04
"""Of the host cash-out status of LP 74."""

OK, NOT_CASHING_OUT, REFUSED = 0x00, 0x80, 0x81
NONE_WAITING = 0x80


class CashOuts:
    """The way of a machine's credits to their owner."""

    def __init__(self, works: Works, validations: Validations, handpays: Handpays) -> None:
        self._works = works
        self._state = works.state
        self._validations = validations
        self._handpays = handpays

    def press(self) -> None:
        """The cash-out button."""
        state = self._state
        if trouble := self._works.trouble():
            raise Refused(trouble)
        if state.round is not None:
            raise Refused("a game runs")
        if state.cash_out is not None:
            raise Refused("a cash-out runs")
        if not state.credits:
            raise Refused("no credits")
        self._works.exceptions.put(CASH_OUT_BUTTON)
        if state.switches.host_cash_out & ENABLED_BIT:
            self._wait(is_host=True)
            self._works.exceptions.put(HOST_CASH_OUT)
        else:
            self._pay()

    def _pay(self) -> None:
        """By ticket where that is allowed, else by hand; restricted credits can only be printed."""
        if not self._prints():
            return self._pay_by_hand()
        if self._validations.style == "system":
            self._wait(is_host=False)
            self._works.exceptions.put(VALIDATION_WANTED)
        elif self._validations.can_number():
            kind, credits = self._next_ticket()
            self._print(kind, credits, self._validations.number(), 0)
        else:
            self._works.exceptions.put(ID_MISSING)
            self._pay_by_hand()
        return None

    def _prints(self) -> bool:
        return (
            self._works.settings.has_printer
            and self._validations.style != "none"
            and bool(self._state.switches.validation_state & PRINTER_BIT)
            and not self._validations.is_full()
            and self._next_ticket()[1] > 0
            and self._next_ticket()[1] * self._works.cents <= self._works.settings.ticket_limit_cents
        )

    def _pay_by_hand(self) -> None:
        credits = self._state.cashable + self._state.non_restricted
        if not credits:
            raise Refused("restricted credits alone cannot be paid by hand")
        self._handpays.begin(credits, is_cancelled=True)

    def _next_ticket(self) -> tuple[int, int]:
        """Type and credits: the player's own first, restricted ones on a ticket of their own."""
        state = self._state
        if state.cashable + state.non_restricted:
            return CASHABLE, state.cashable + state.non_restricted
        return RESTRICTED, state.restricted if state.switches.validation_state & RESTRICTED_BIT else 0

    def _wait(self, *, is_host: bool) -> None:
        kind, credits = self._next_ticket()
        self._state.cash_out = CashOut(kind, credits * self._works.cents, credits, self._works.after(WAIT_S), is_host)

    def _print(self, kind: int, credits: int, number: str, system: int) -> None:
        state = self._state
        cents = credits * self._works.cents
        self._validations.record(kind, cents, number, system, state.pool if kind == RESTRICTED else "0000")
        self._works.meters.add(0x2C if kind == CASHABLE else 0x2D, credits)
        if kind == CASHABLE:
            state.cashable = state.non_restricted = 0
        else:
            state.restricted = 0

    def on_time(self) -> None:
        """Give up on a host that does not come; in hard mode the host's transfer is waited for as long as it takes."""
        waiting = self._state.cash_out
        if waiting is None or not self._works.is_over(waiting.until):
            return
        if waiting.is_host and self._state.switches.host_cash_out & HARD_BIT:
            return
        self._state.cash_out = None
        if waiting.is_host:
            self._pay()
        else:
            self._pay_by_hand()

    def on_host_took(self) -> None:
        """The host's transfer came."""
        self._state.cash_out = None

    # -- LP 57, 58 -------------------------------------------------------------------------------------------------

    def answer_waiting(self) -> bytes:
        """LP 57."""
        waiting = self._state.cash_out
        if waiting is None or waiting.is_host:
            return bytes((NONE_WAITING,)) + bytes(5)
        return bytes((waiting.type,)) + bcd(waiting.cents, 5)

    def answer_number(self, asked: Reader) -> bytes:
        """LP 58: a number for the ticket that waits; system 00 refuses it."""
        system, number = asked.bcd(1), asked.bcd(8)
        asked.end()
        waiting = self._state.cash_out
        if waiting is None or waiting.is_host:
            return bytes((NOT_CASHING_OUT,))
        self._state.cash_out = None
        if system == 0:
            self._pay_by_hand()
            return bytes((REFUSED,))
        self._print(waiting.type, waiting.credits, f"{number:016d}", system)
        return bytes((OK,))
