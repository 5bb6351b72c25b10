"""A ticket in the acceptor: 67, LP 70, LP 71, 68, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping

from lineside.slots.simulator.memory import Escrow
from lineside.slots.simulator.pack import Reader, bcd, counted
from lineside.slots.simulator.validation import Validations
from lineside.slots.simulator.works import Refused, Works

INSERTED, COMPLETE = 0x67, 0x68
REDEMPTION_BIT = 0x20
"""Of the state of LP 7B."""
WAIT_S = 30.0
"""For LP 71. K: no source tells how long a machine holds a ticket; longer than any host needs."""
WAITING, PENDING, NOTHING, QUESTION = 0x20, 0x40, 0xFF, 0xFF
KINDS: Mapping[int, tuple[str, int, int]] = {
    0x00: ("cashable", 0x80, 0x29),
    0x01: ("restricted", 0x81, 0x2A),
    0x02: ("non_restricted", 0x82, 0x2B),
}
"""Transfer code of LP 71: where the credits go, the type in LP 50, the meter in credits."""


class Tickets:
    """The ticket acceptor of one machine."""

    def __init__(self, works: Works, validations: Validations) -> None:
        self._works = works
        self._state = works.state
        self._validations = validations

    def insert(self, validation: str, cents: int = 0) -> None:
        """Insert a ticket of 18 digits; ``cents`` 0 is an amount that the machine cannot read off it."""
        if len(validation) != 18 or not validation.isdecimal():
            raise Refused("a ticket has 18 digits: two of the system, sixteen of the ticket")
        if trouble := self._works.trouble():
            raise Refused(trouble)
        state = self._state
        if self._holds_ticket():
            raise Refused("a ticket is in the acceptor")
        if not state.switches.validation_state & REDEMPTION_BIT or not state.switches.is_enabled:
            raise Refused("ticket redemption is off")
        state.escrow = Escrow(validation, cents, self._works.after(WAIT_S))
        self._works.exceptions.put(INSERTED)

    def _holds_ticket(self) -> bool:
        return self._state.escrow is not None and self._state.escrow.status in (WAITING, PENDING)

    def on_time(self) -> None:
        """Stack what was granted, give back what nobody answers for."""
        escrow = self._state.escrow
        if escrow is None or not self._works.is_over(escrow.until):
            return
        if escrow.status == WAITING:
            self._end(escrow, 0x88)
        elif escrow.status == PENDING:
            self._redeem(escrow)

    def on_link_down(self) -> None:
        """Without a host no ticket is worth anything."""
        if (escrow := self._state.escrow) is not None and escrow.status == WAITING:
            self._end(escrow, 0x89)

    def _redeem(self, escrow: Escrow) -> None:
        owner, total, meter = KINDS[escrow.kind]
        credits = escrow.granted_cents // self._works.cents
        setattr(self._state, owner, getattr(self._state, owner) + credits)
        self._validations.count(total, escrow.granted_cents)
        self._works.meters.add(meter, credits)
        self._end(escrow, escrow.kind)

    def _end(self, escrow: Escrow, status: int) -> None:
        escrow.status = status
        self._works.exceptions.put(COMPLETE)

    # -- LP 70, 71 -------------------------------------------------------------------------------------------------

    def answer_escrow(self) -> bytes:
        """LP 70."""
        escrow = self._state.escrow
        if escrow is None or escrow.status != WAITING:
            return counted(bytes((NOTHING,)))
        return counted(b"\x00" + _ticket(escrow, escrow.cents))

    def answer_order(self, asked: Reader) -> tuple[bytes, Escrow | None]:
        """LP 71's data, and the ticket whose end its acknowledgement clears away."""
        body = asked.counted()
        code = body.byte()
        escrow = self._state.escrow
        if code == QUESTION:
            body.end()
            ended = escrow if escrow is not None and escrow.status not in (WAITING, PENDING) else None
            return self._told(), ended
        cents, parsing, validation = body.bcd(5), body.byte(), body.raw(9).hex()
        if body.left():
            body.bcd(4)
            body.raw(2)
        body.end()
        if escrow is None or escrow.status != WAITING:
            return counted(bytes((0xC0,))), None
        self._decide(escrow, code, cents, parsing, validation)
        return self._told(), None

    def _decide(self, escrow: Escrow, code: int, cents: int, parsing: int, validation: str) -> None:
        if code >= 0x80:
            return self._end(escrow, 0x80)
        if status := self._refusal(escrow, code, cents, validation):
            return self._end(escrow, status)
        escrow.status, escrow.kind, escrow.granted_cents, escrow.parsing = PENDING, code, cents, parsing
        escrow.until = self._works.after(self._works.settings.ticket_s)
        return None

    def _refusal(self, escrow: Escrow, code: int, cents: int, validation: str) -> int:
        works = self._works
        if code not in KINDS:
            return 0x82
        if validation != escrow.validation:
            return 0x81
        if not cents:
            return 0x83
        if escrow.cents and cents != escrow.cents:
            return 0x86
        if cents % works.cents:
            return 0x85
        if self._state.credits * works.cents + cents > works.settings.aft_limit_cents:
            return 0x84
        return 0x87 if works.trouble() else 0

    def clear(self, escrow: Escrow) -> None:
        """The host has heard the end."""
        if self._state.escrow is not None and self._state.escrow.validation == escrow.validation:
            self._state.escrow = None

    def _told(self) -> bytes:
        escrow = self._state.escrow
        if escrow is None:
            return counted(bytes((NOTHING,)))
        return counted(bytes((escrow.status,)) + _ticket(escrow, escrow.granted_cents or escrow.cents))


def _ticket(escrow: Escrow, cents: int) -> bytes:
    return bcd(cents, 5) + bytes((escrow.parsing,)) + bytes.fromhex(escrow.validation)
