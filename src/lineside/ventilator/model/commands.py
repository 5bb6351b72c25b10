"""What may be asked of a ventilator, and which evidence ends it.

START and STOP are done when a sample that came after the order shows the state asked for: the controller's ACK is no
proof (`wire/hev.md` §3: one firmware's NACK looks like an ACK). Other orders of later profiles have no such
evidence and are done when the controller has acknowledged their frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import msgspec
from msgspec import Meta

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
"""The parameter is an unsigned 32-bit number on the wire (`wire/hev.md` §4.2)."""


Param = Annotated[int, Meta(ge=0, le=PARAM_MAX)]
# The longest name of any profile has 30 characters.
Name = Annotated[str, Meta(min_length=1, max_length=64)]


class OrderParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``param``: 0..2^32-1, sent to the controller with the order; 0 when it has no meaning."""

    param: Param = 0


class SendParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any order of the profile's table by name, for example ``SET_MODE`` / ``HEV_MODE_PRVC``."""

    cmdtype: Name
    cmd: Name
    param: Param = 0


class AlarmParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alarm``: a name that is in the list now."""

    alarm: Name


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
"""Orders on their way: as many as the wire's queue holds, so that an accepted order always has a place there."""

UNKNOWN_MAX = 256
"""Orders whose end nobody knows and no sample can prove: kept for a person to look at, far more than one looks at."""

_PROOF = {"START": True, "STOP": False}


def order_of(command: Command) -> tuple[str, str, int]:
    """Type, name and parameter of the order that a command means."""
    params = command.params
    return params.get("cmdtype", "GENERAL"), params.get("cmd", command.name), params["param"]


def proof_of(command: Command) -> bool | None:
    """Whether the controller breathes once the order is in effect; None when no sample can prove it.

    START and STOP are the same order whether they came by their own name or through SEND.
    """
    if command.name == "ACK_ALARM":
        return None
    cmdtype, cmd, _ = order_of(command)
    return _PROOF.get(cmd) if cmdtype == "GENERAL" else None


@dataclass(frozen=True, slots=True)
class Pending:
    """An order that has not ended.

    Attributes:
        breathing: the state that proves it, or None when no sample can.
        is_sent: it went to the controller.
        is_unknown: no evidence came in time.
    """

    command: Command
    breathing: bool | None
    is_sent: bool = False
    is_unknown: bool = False


class PendingOrders:
    """Open orders by id; changes by events alone.

    Attributes:
        provable: how many were sent and wait for a sample to end them.
    """

    def __init__(self) -> None:
        self.provable = 0
        self._orders: dict[str, Pending] = {}
        # Not lasting: when they were sent, in monotonic seconds. What an earlier process sent was before any sample.
        self._sent_at: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._orders)

    @property
    def on_the_way(self) -> int:
        """Orders that wait for the controller; unknown ones do not keep a place from others."""
        return sum(not one.is_unknown for one in self._orders.values())

    @property
    def unproven(self) -> int:
        """Unknown orders that no sample will end."""
        return sum(one.is_unknown and one.breathing is None for one in self._orders.values())

    def get(self, command_id: str) -> Pending | None:
        """The open order of that id, or None."""
        return self._orders.get(command_id)

    def is_before(self, one: Pending, mono: float) -> bool:
        """Whether the order had been sent when a sample came at ``mono``: only then is the sample evidence."""
        return one.is_sent and self._sent_at.get(one.command.id, float("-inf")) < mono

    def proven_at(self, mono: float) -> list[Pending]:
        """Orders that a sample which came at ``mono`` may end, oldest first."""
        return [one for one in self._orders.values() if one.breathing is not None and self.is_before(one, mono)]

    def note_sent(self, events: tuple[Event, ...], mono: float) -> None:
        """The messages of these events have just left."""
        for event in events:
            if isinstance(event, CommandSent) and event.id in self._orders:
                self._sent_at[event.id] = mono

    def apply(self, event: Event) -> None:
        """Take one event; those about other things change nothing."""
        match event:
            case CommandAccepted(command=command):
                self._orders[command.id] = Pending(command, proof_of(command))
            case CommandSent(id=command_id) if command_id in self._orders:
                self._orders[command_id] = replace(self._orders[command_id], is_sent=True)
            case CommandUnknown(id=command_id) if command_id in self._orders:
                self._orders[command_id] = replace(self._orders[command_id], is_unknown=True)
            case CommandEnded(id=command_id):
                self._orders.pop(command_id, None)
                self._sent_at.pop(command_id, None)
            case _:
                return
        self._count()

    def restore(self, states: list[OpenCommandState]) -> None:
        """Take the unit's open commands from a `Carried` event."""
        for one in states:
            is_unknown = one.state is CommandState.UNKNOWN
            is_sent = is_unknown or one.state is CommandState.SENT
            self._orders[one.command.id] = Pending(one.command, proof_of(one.command), is_sent, is_unknown)
        self._count()

    def _count(self) -> None:
        self.provable = sum(one.is_sent and one.breathing is not None for one in self._orders.values())
