"""Long polls about money: handpays, tickets, validation, AFT (§8.3, §9.4, §9.6, §9.7, §10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from lineside.slots.simulator.aft import Transfers
from lineside.slots.simulator.cabinet import Cabinet
from lineside.slots.simulator.cash_out import CashOuts
from lineside.slots.simulator.game import Game
from lineside.slots.simulator.handpay import Handpays
from lineside.slots.simulator.lock import Locks
from lineside.slots.simulator.pack import Invalid, Reader
from lineside.slots.simulator.registration import Registrations
from lineside.slots.simulator.reply import Data, Handler, Reply, reading
from lineside.slots.simulator.tickets import Tickets
from lineside.slots.simulator.validation import RECORDS_COUNT, Validations

READ_AND_MARK, LOOK_AHEAD = 0x00, 0xFF
"""Functions of LP 4D."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Money:
    """The parts of a machine that hold money."""

    cabinet: Cabinet
    game: Game
    handpays: Handpays
    validations: Validations
    cash_outs: CashOuts
    tickets: Tickets
    locks: Locks
    registrations: Registrations
    transfers: Transfers


class MoneyPolls:
    """Handlers by command."""

    def __init__(self, money: Money, *, has_aft: bool, has_validation: bool) -> None:
        self._money = money
        self._has_aft = has_aft
        self._has_validation = has_validation

    def handlers(self) -> Mapping[int, Handler]:
        """Those of what the machine can do."""
        money = self._money
        handlers: dict[int, Handler] = {
            0x1B: lambda asked: _marking(asked, money.handpays.answer_record, money.handpays.mark_read),
            0x3D: reading(money.validations.answer_standard),
            0x48: reading(money.cabinet.last_bill),
            0x90: reading(money.game.last_bonus),
        }
        if self._has_validation:
            handlers |= {
                0x4C: lambda asked: Data(money.validations.set_id(asked)),
                0x4D: self._record,
                0x50: lambda asked: Data(money.validations.answer_totals(asked)),
                0x57: reading(money.cash_outs.answer_waiting),
                0x58: lambda asked: Data(money.cash_outs.answer_number(asked)),
                0x70: reading(money.tickets.answer_escrow),
                0x71: lambda asked: _marked(money.tickets.answer_order(asked), money.tickets.clear),
            }
        if self._has_aft:
            handlers |= {
                0x72: lambda asked: _marked(money.transfers.answer(asked), money.transfers.mark_told),
                0x73: lambda asked: Data(money.registrations.answer(asked)),
                0x74: lambda asked: Data(money.locks.answer(asked)),
                0x75: self._take_texts,
                0x76: self._take_texts,
            }
        return handlers

    def _record(self, asked: Reader) -> Reply:
        """LP 4D: reading with 00 marks the record, as soon as it is acknowledged."""
        function = asked.byte()
        asked.end()
        validations = self._money.validations
        if function in (READ_AND_MARK, LOOK_AHEAD):
            record = validations.to_read()
        elif function <= RECORDS_COUNT:
            record = validations.at(function)
        else:
            raise Invalid(f"no function {function:02X}")
        answer = validations.answer_record(record)
        if record is None or function != READ_AND_MARK:
            return Data(answer)
        return Data(answer, lambda: setattr(record, "is_read", True))

    def _take_texts(self, asked: Reader) -> Reply:
        """LP 75, 76: layouts are K; any text is taken and none is printed."""
        asked.raw(asked.byte())
        asked.end()
        return Data(b"\x00")


def _marking(asked: Reader, read: Callable[[], tuple[bytes, T | None]], mark: Callable[[T], None]) -> Reply:
    asked.end()
    return _marked(read(), mark)


def _marked(answer: tuple[bytes, T | None], mark: Callable[[T], None]) -> Reply:
    """An answer whose acknowledgement marks what it told."""
    body, told = answer
    return Data(body) if told is None else Data(body, lambda: mark(told))
