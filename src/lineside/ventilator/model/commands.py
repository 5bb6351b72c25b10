"""What may be asked of a ventilator, and which evidence ends it.

START and STOP are done when a sample that was taken after the order shows the state asked for: the controller's ACK is
no proof (`wire/hev.md` §3: one firmware's NACK looks like an ACK). Other orders of later profiles have no such
evidence and are done when the controller has acknowledged their frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandClass,
    CommandEnded,
    CommandSent,
    CommandSpec,
    CommandState,
    CommandUnknown,
)
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import Event

PARAM_MAX = 2**32 - 1


class OrderParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``param``: 0..2^32-1, sent to the controller with the order; 0 when it has no meaning."""

    param: int = 0


class SendParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any order of the profile's table by name, for example ``SET_MODE`` / ``HEV_MODE_PRVC``."""

    cmdtype: str
    cmd: str
    param: int = 0


class AlarmParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alarm``: a name that is in the list now."""

    alarm: str


CONFIRM_S = 15.0
"""Seconds until START or STOP expires: STOP takes effect at the end of a breath, and a breath is below 10 s."""

_LIVE = CommandClass.LIVE

COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec("START", "Begin to breathe; done when fsm_state leaves idle.", OrderParams, _LIVE, CONFIRM_S),
    CommandSpec("STOP", "Stop breathing; done when fsm_state is idle.", OrderParams, _LIVE, CONFIRM_S),
    CommandSpec("ACK_ALARM", "Take an alarm off the list, for all clients.", AlarmParams),
    CommandSpec("SEND", "Send another order of the profile; done when its frame is acknowledged.", SendParams, _LIVE),
)

ORDERS_MAX = 16
"""Open orders of one unit: as many as the wire's queue holds, so that an accepted order always has a place there."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An order that has not ended.

    Attributes:
        breathing: the state that proves it, or None when no sample can.
        sent_at: UTC; None while it was not sent.
    """

    command: Command
    breathing: bool | None
    sent_at: datetime | None = None
    unknown: bool = False


_PROOF = {"START": True, "STOP": False}


class PendingOrders:
    """Open orders by id; changes by events alone."""

    def __init__(self) -> None:
        self._orders: dict[str, Pending] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def __bool__(self) -> bool:
        return bool(self._orders)

    def get(self, command_id: str) -> Pending | None:
        """The open order of that id, or None."""
        return self._orders.get(command_id)

    def sent(self) -> list[Pending]:
        """Orders that went to the controller and whose end a sample can prove."""
        return [one for one in self._orders.values() if one.sent_at is not None and one.breathing is not None]

    def apply(self, event: Event, at: datetime) -> None:
        """Take one event; those about other things change nothing."""
        match event:
            case CommandAccepted(command=command):
                self._orders[command.id] = Pending(command, _PROOF.get(command.name))
            case CommandSent(id=command_id) if command_id in self._orders:
                self._orders[command_id] = replace(self._orders[command_id], sent_at=at)
            case CommandUnknown(id=command_id) if command_id in self._orders:
                self._orders[command_id] = replace(self._orders[command_id], unknown=True)
            case CommandEnded(id=command_id):
                self._orders.pop(command_id, None)

    def restore(self, states: list[OpenCommandState]) -> None:
        """Take the unit's open commands from a `Carried` event."""
        for one in states:
            sent = one.state in (CommandState.SENT, CommandState.UNKNOWN)
            self._orders[one.command.id] = Pending(
                one.command, _PROOF.get(one.command.name), one.at if sent else None, one.state is CommandState.UNKNOWN
            )
