"""One slot machine: what it answers to each poll, and what time does to it. Pure; every entrance takes the moment.

::

    poll ──► LinkRules ──new──► handler ──► answer, held until the host's next message acknowledges it
                 └──repeat──► the held answer again; nothing is executed twice

Written from `wire/sas.md`, never from the host's code; it shares the frame tables and `MachineSide` with it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from lineside.runtime.step import Moment
from lineside.slots.simulator.aft import Transfers
from lineside.slots.simulator.aft_money import AftMoney
from lineside.slots.simulator.cabinet import Cabinet
from lineside.slots.simulator.cash_out import CashOuts
from lineside.slots.simulator.control_polls import ControlPolls
from lineside.slots.simulator.game import Game
from lineside.slots.simulator.handpay import Handpays
from lineside.slots.simulator.identity_polls import IdentityPolls
from lineside.slots.simulator.link import LinkRules, Turn
from lineside.slots.simulator.lock import Locks
from lineside.slots.simulator.memory import MachineState, Raised
from lineside.slots.simulator.meter_polls import MeterPolls
from lineside.slots.simulator.money_polls import Money, MoneyPolls
from lineside.slots.simulator.pack import Invalid, Reader, counted, low_first
from lineside.slots.simulator.profile import RteIdle
from lineside.slots.simulator.registration import Registrations
from lineside.slots.simulator.reply import Data, Handler, Reply, Short
from lineside.slots.simulator.settings import MachineSettings
from lineside.slots.simulator.tickets import Tickets
from lineside.slots.simulator.validation import Validations
from lineside.slots.simulator.works import Works
from lineside.slots.wire import EXCEPTIONS, crc16

NOBODY = 0
EVENT, SIGNATURE, MULTI_DENOMINATION = 0xFF, 0x21, 0xB0
GENERAL_POLL_BIT = 0x80
IDLE_EXCEPTION = 0x1F
TICK_S = 0.05
"""While something in the machine waits for its time: short against a game, long against a poll."""
DENOMINATION_BASES = frozenset({0x1F, 0x2F, 0x52, 0x53, 0x56, 0x6F, 0xA0, 0xA4, 0xAF, 0xB4, 0xB5})
"""Polls that B0 may carry here: those of games and meters (§9.9)."""
GLOBALS = frozenset({0x7B, 0x7C, 0x7D, 0x7F, 0x80, 0x86})
"""Long polls of type G (§8)."""
NO_SUCH_DENOMINATION, NO_SUCH_BASE = 0x01, 0x02
"""Error codes of B0. K: no source names any."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One whole poll with a good check value.

    Attributes:
        address: 0 for a poll to nobody or to all.
        command: None for a general poll.
        frame: all its bytes.
        data: between command and check value, a length byte included.
    """

    address: int
    command: int | None
    frame: bytes
    data: bytes = b""


class Instead(Enum):
    """What a fault puts in the place of an answer."""

    BUSY = "busy"
    NACK = "nack"
    EVENT = "rte"


class Machine:
    """One machine at one address.

    Args:
        address: 1 to 127.
        settings: what it is.
        state: its memory; a fresh one for a machine that never ran.
        now: when its power comes on.
        chance: of its games.
        opened: doors that were opened while the power was off.

    Attributes:
        told: exceptions that were acknowledged since somebody last took them away.
        executed: polls that were obeyed, by command; None counts general polls.
    """

    def __init__(
        self,
        address: int,
        settings: MachineSettings,
        state: MachineState,
        now: Moment,
        chance: random.Random,
        opened: tuple[str, ...] = (),
    ) -> None:
        self.address = address
        self.settings = settings
        self.state = state
        self.told: list[Raised] = []
        self.executed: dict[int | None, int] = {}
        self.link = LinkRules(settings.profile, now.mono)
        self.works = works = Works(settings, state, chance, now)
        if state.ran_at is None:
            state.denomination = settings.denomination
        self.cabinet = Cabinet(works)
        self.validations = Validations(works)
        self.handpays = Handpays(works, self.validations)
        self.game = Game(works, self.handpays)
        self.cash_outs = CashOuts(works, self.validations, self.handpays)
        self.tickets = Tickets(works, self.validations)
        self.locks = Locks(works)
        self.registrations = Registrations(works)
        money = AftMoney(works, self.validations, self.handpays)
        self.transfers = Transfers(works, money, self.locks, self.cash_outs)
        self._controls = ControlPolls(works, self.game, self.handpays)
        self._handlers = self._all_handlers()
        self.cabinet.power_up(opened)

    def _all_handlers(self) -> dict[int, Handler]:
        money = Money(
            self.cabinet,
            self.game,
            self.handpays,
            self.validations,
            self.cash_outs,
            self.tickets,
            self.locks,
            self.registrations,
            self.transfers,
        )
        money_polls = MoneyPolls(money, has_aft=self.settings.aft, has_validation=self.settings.validation != "none")
        handlers: dict[int, Handler] = {
            **self._controls.handlers(),
            **MeterPolls(self.works).handlers(),
            **IdentityPolls(self.works).handlers(),
            **money_polls.handlers(),
            MULTI_DENOMINATION: self._multi_denomination,
        }
        return {poll: handle for poll, handle in handlers.items() if poll not in self.settings.profile.ignored_polls}

    # -- entrances -------------------------------------------------------------------------------------------------

    def on_poll(self, asked: Asked, now: Moment, instead: Instead | None = None) -> bytes:
        """One poll on the line, to whomever; the answer, empty for silence.

        Args:
            instead: what a fault puts in the answer's place; a repeated poll is answered as before all the same.
        """
        self._settle(now)
        if asked.address != self.address:
            self.link.on_other(now.mono)
            if asked.address == NOBODY and asked.command is not None:
                self._obey_global(asked)
            return b""
        match self.link.on_own(asked.command, asked.frame, now.mono):
            case Turn.IGNORE:
                return b""
            case Turn.REPEAT:
                assert self.link.held is not None
                return self.link.held.answer
        answer, on_ack = self._answer(asked, instead)
        if answer and (answer != b"\x00" or self.settings.profile.holds_nothing):
            self.link.hold(asked.command, asked.frame, answer, now.mono, on_ack)
        return answer

    def on_bad_poll(self, now: Moment, *, is_ours: bool) -> bytes:
        """A poll whose check value is wrong: NACK if it is for us. It acknowledges nothing."""
        self._settle(now)
        self.link.on_address(now.mono)
        return self._nack if is_ours and self.link.is_in_sync else b""

    def on_time(self, now: Moment) -> bool:
        """Let time pass; True when a chirp is to be sent."""
        self._settle(now)
        return self.link.takes_chirp(now.mono)

    def act(self, now: Moment) -> None:
        """Tell the time before a hand touches the machine."""
        self._settle(now)

    def deadline(self, now: float) -> float:
        """When `on_time` is wanted next, monotonic seconds."""
        deadline = self.link.deadline()
        return min(deadline, now + TICK_S) if self._waits() else deadline

    def _waits(self) -> bool:
        state = self.state
        transfer = state.transfer
        return (
            state.round is not None
            or bool(state.handpays)
            or state.cash_out is not None
            or state.escrow is not None
            or state.lock.status != 0xFF
            or (transfer is not None and not transfer.is_told)
        )

    def _settle(self, now: Moment) -> None:
        self.works.now = now
        self.game.on_time()
        self.handpays.on_time()
        self.cash_outs.on_time()
        self.tickets.on_time()
        self.locks.on_time()
        self.transfers.on_time()
        self._controls.on_time()
        if self.link.on_time(now.mono):
            self.tickets.on_link_down()

    # -- answers ---------------------------------------------------------------------------------------------------

    @property
    def _ack(self) -> bytes:
        return bytes((self.address,))

    @property
    def _nack(self) -> bytes:
        return bytes((self.address | GENERAL_POLL_BIT,))

    def _answer(self, asked: Asked, instead: Instead | None) -> tuple[bytes, Callable[[], None] | None]:
        if asked.command is None:
            self._count(None)
            return self._general()
        rte = self.state.switches.rte
        waiting = self._next_exception() if rte else None
        if waiting is not None and (self.settings.profile.rte_preempts or instead is Instead.EVENT):
            return self._event(waiting)
        if instead is Instead.EVENT and rte:
            return self._frame(EVENT, b"\x00"), None
        if instead is Instead.BUSY:
            return bytes((self.address, 0)), None
        if instead is Instead.NACK:
            return self._nack, None
        handler = self._handlers.get(asked.command)
        if handler is None:
            return b"", None
        self._count(asked.command)
        return self._packed(asked.command, self._handled(handler, asked.data))

    def _handled(self, handler: Handler, data: bytes) -> Reply:
        try:
            return handler(Reader(data))
        except Invalid:
            return Short.NACK

    def _packed(self, command: int, reply: Reply) -> tuple[bytes, Callable[[], None] | None]:
        match reply:
            case Data(body, on_ack):
                return self._frame(command, body), on_ack
            case Short.ACK:
                return self._ack, None
            case Short.NACK:
                return self._nack, None
            case Short.BUSY:
                return bytes((self.address, 0)), None
        return b"", None

    def _obey_global(self, asked: Asked) -> None:
        handler = self._handlers.get(asked.command or 0)
        if handler is not None and asked.command in GLOBALS:
            self._count(asked.command)
            self._handled(handler, asked.data)

    def _general(self) -> tuple[bytes, Callable[[], None] | None]:
        if self.state.signature is not None and self.works.is_over(self.state.signature_due):
            return self._frame(SIGNATURE, low_first(self.state.signature, 2)), self._forget_signature
        rte = self.state.switches.rte
        raised = self._next_exception()
        if raised is not None:
            if rte:
                return self._event(raised)
            return bytes((raised.code,)), lambda: self._acknowledge(raised)
        if not rte:
            return b"\x00", None
        match self.settings.profile.rte_idle:
            case RteIdle.EVENT_00:
                return self._frame(EVENT, b"\x00"), None
            case RteIdle.EVENT_1F:
                return self._frame(EVENT, bytes((IDLE_EXCEPTION,))), None
            case RteIdle.SINGLE_00:
                return b"\x00", None
        return b"", None

    def _next_exception(self) -> Raised | None:
        """What is told next. Those of real-time mode alone are dropped when it has been turned off."""
        while (raised := self.works.exceptions.next()) is not None:
            spec = EXCEPTIONS.get(raised.code)
            if self.state.switches.rte or spec is None or not spec.is_event_only:
                return raised
            self.state.queue.remove(raised)
        return None

    def _event(self, raised: Raised) -> tuple[bytes, Callable[[], None]]:
        return self._frame(EVENT, bytes((raised.code,)) + raised.data), lambda: self._acknowledge(raised)

    def _acknowledge(self, raised: Raised) -> None:
        self.works.exceptions.acknowledge(raised.number)
        self.told.append(raised)

    def _forget_signature(self) -> None:
        self.state.signature = self.state.signature_due = None

    def _frame(self, command: int, body: bytes) -> bytes:
        frame = bytes((self.address, command)) + body
        return frame + low_first(crc16(frame), 2)

    def _count(self, command: int | None) -> None:
        self.executed[command] = self.executed.get(command, 0) + 1

    def _multi_denomination(self, asked: Reader) -> Reply:
        """LP B0: another poll, for one denomination; its answer inside, its own length byte included."""
        body = asked.counted()
        denomination, base = body.byte(), body.byte()
        data = body.raw(body.left())
        handler = self._handlers.get(base)
        if denomination not in {self.state.denomination, *self.settings.denominations}:
            return Data(counted(bytes((denomination, 0, NO_SUCH_DENOMINATION))))
        if handler is None or base not in DENOMINATION_BASES:
            return Data(counted(bytes((denomination, 0, NO_SUCH_BASE))))
        reply = self._handled(handler, data)
        if not isinstance(reply, Data):
            return reply
        return Data(counted(bytes((denomination, base)) + reply.body), reply.on_ack)
