"""What an AFT transfer does to credits and meters when it happens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lineside.slots.simulator.handpay import Handpays
from lineside.slots.simulator.memory import Transfer
from lineside.slots.simulator.validation import CASHABLE, RESTRICTED, Validations
from lineside.slots.simulator.works import Works

IN_HOUSE, BONUS, BONUS_JACKPOT, TO_TICKET, DEBIT, DEBIT_TICKET, TO_HOST, WIN_TO_HOST = (
    *(0x00, 0x10, 0x11, 0x20),
    *(0x40, 0x60, 0x80, 0x90),
)
TYPES = frozenset({IN_HOUSE, BONUS, BONUS_JACKPOT, TO_TICKET, DEBIT, DEBIT_TICKET, TO_HOST, WIN_TO_HOST})
TO_HOST_TYPES = frozenset({TO_HOST, WIN_TO_HOST})
BONUS_TYPES = frozenset({BONUS, BONUS_JACKPOT})
TICKET_TYPES = frozenset({TO_TICKET, DEBIT_TICKET})
DEBIT_TYPES = frozenset({DEBIT, DEBIT_TICKET})


class MetersOf(NamedTuple):
    """Codes of a type's meters, cashable, restricted, non-restricted; 0 where there is none. The counts follow each."""

    cents: tuple[int, int, int]
    credits: tuple[int, int, int] = (0, 0, 0)


METERS_OF: dict[int, MetersOf] = {
    IN_HOUSE: MetersOf((0xA0, 0xA2, 0xA4), (0x2E, 0x2F, 0x30)),
    BONUS: MetersOf((0xAE, 0, 0xB0)),
    BONUS_JACKPOT: MetersOf((0xAE, 0, 0xB0)),
    TO_TICKET: MetersOf((0xA8, 0xAA, 0)),
    DEBIT: MetersOf((0xA6, 0, 0), (0x31, 0, 0)),
    DEBIT_TICKET: MetersOf((0xAC, 0, 0)),
    TO_HOST: MetersOf((0xB8, 0xBA, 0xBC), (0x32, 0x33, 0x34)),
    WIN_TO_HOST: MetersOf((0xB8, 0xBA, 0xBC), (0x32, 0x33, 0x34)),
}

Amounts = tuple[int, int, int]


class AftMoney:
    """Moves the amounts of accepted transfers."""

    def __init__(self, works: Works, validations: Validations, handpays: Handpays) -> None:
        self._works = works
        self._state = works.state
        self._validations = validations
        self._handpays = handpays

    def movable(self, transfer: Transfer, room_cents: int) -> Amounts:
        """How much of what was asked can move now; cents."""
        asked = transfer.asked_cents
        if transfer.type in TO_HOST_TYPES:
            cents = self._works.cents
            state = self._state
            cashable = state.won_credits if transfer.type == WIN_TO_HOST else state.cashable
            held = (min(cashable, state.cashable), state.restricted, state.non_restricted)
            return _three(min(want, have * cents) for want, have in zip(asked, held, strict=True))
        if transfer.type in BONUS_TYPES or transfer.type in TICKET_TYPES:
            return asked
        moved = []
        for want in asked:
            moved.append(part := min(want, room_cents) // self._works.cents * self._works.cents)
            room_cents -= part
        return _three(moved)

    def move(self, transfer: Transfer, moved: Amounts) -> None:
        """Do it: credits, meters, tickets."""
        credits = _three(cents // self._works.cents for cents in moved)
        table = METERS_OF[transfer.type]
        for index, cents in enumerate(moved):
            if cents and table.cents[index]:
                self._works.meters.add(table.cents[index], cents)
                self._works.meters.add(table.cents[index] + 1, 1)
            if table.credits[index]:
                self._works.meters.add(table.credits[index], credits[index])
        if transfer.type in TO_HOST_TYPES:
            self._change_credits(credits, -1)
            self._state.won_credits = 0
        elif transfer.type in TICKET_TYPES:
            self._print(transfer, moved)
        elif transfer.type == BONUS_JACKPOT:
            self._handpays.begin(sum(credits), is_bonus=True)
        else:
            self._take(transfer, credits)

    def totals(self, transfer: Transfer) -> Amounts:
        """The cumulative meters of the transfer's type, cents."""
        return _three(self._works.meters.value(code) if code else 0 for code in METERS_OF[transfer.type].cents)

    def _take(self, transfer: Transfer, credits: Amounts) -> None:
        self._change_credits(credits, 1)
        if transfer.type == BONUS:
            self._works.meters.add(0x01, sum(credits))
            self._works.meters.add(0x1E, sum(credits))
        if credits[1]:
            self._state.pool = transfer.pool
            self._state.restricted_expiration = transfer.expiration

    def _change_credits(self, credits: Amounts, sign: int) -> None:
        state = self._state
        state.cashable += sign * credits[0]
        state.restricted += sign * credits[1]
        state.non_restricted += sign * credits[2]

    def _print(self, transfer: Transfer, moved: Amounts) -> None:
        number = self._validations.number() if self._validations.can_number() else f"{self._state.ticket_number:016d}"
        kind = RESTRICTED if moved[1] else CASHABLE
        if transfer.type == DEBIT_TICKET:
            kind = 0x04
        self._validations.record(kind, sum(moved), number, 0, transfer.pool)


def _three(values: Iterable[int]) -> Amounts:
    first, second, third = values
    return first, second, third
