"""What becomes of orders to the controller: taken or refused, and ended by evidence (`docs/decisions/0006`).

::

    asked ─► sent ─► a later sample shows the state asked for        done
               ├───► expiry, fresh samples of the other state        refused (not_in_effect)
               ├───► its frame was acknowledged, and no sample can prove it   done
               └───► silence, or never acknowledged                  unknown
    unknown ─► a later sample shows the state asked for              done
           └─► a sample after the expiry shows the other state       refused (not_in_effect)

Before the expiry the other state says nothing, also of an unknown order: its frame may have arrived and only the ACKs
be lost, and STOP takes effect at the end of a breath.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lineside.errors import WireError
from lineside.runtime.command import Command
from lineside.runtime.step import NOTHING, End, Outcome, OutcomeKind, Send, Step, Unsure
from lineside.ventilator.model.commands import (
    ORDERS_MAX,
    PARAM_MAX,
    UNKNOWN_MAX,
    Pending,
    PendingOrders,
    order_of,
    proof_of,
)
from lineside.ventilator.wire import Data, Order, Profile, Undelivered

LINE = "line"
"""Name of the unit's one link."""


class Orders:
    """Decides about orders; what is open is in ``pending`` and changes by events alone."""

    def __init__(self, profile: Profile) -> None:
        self.pending = PendingOrders()
        self._profile = profile

    def ask(self, command: Command) -> Step:
        """Send the order that a command means, or refuse it by name. The controller is known to be connected."""
        cmdtype, cmd, param = order_of(command)
        refusal = self._refusal_of(command, cmdtype, cmd, param)
        if refusal is not None:
            return refusal
        return Step(send=(Send(Order(command.id, cmdtype, cmd, param), LINE),), sent=(command.id,))

    def _refusal_of(self, command: Command, cmdtype: str, cmd: str, param: int) -> Step | None:
        if self.pending.on_the_way >= ORDERS_MAX:
            return refused(command.id, f"{ORDERS_MAX} orders have not ended yet", "busy")
        if proof_of(command) is None and self.pending.unproven >= UNKNOWN_MAX:
            return refused(command.id, f"nobody knows the end of {UNKNOWN_MAX} orders before it", "busy")
        if not self._profile.has_command(cmdtype, cmd):
            return refused(command.id, f"version {self._profile.version:#x} has no {cmdtype}/{cmd}", "bad_params")
        if not 0 <= param <= PARAM_MAX:
            return refused(command.id, f"param {param}: accepted are 0 to {PARAM_MAX}", "bad_params")
        try:
            self._profile.encode_command(cmdtype, cmd, param)
        except WireError as error:
            return refused(command.id, str(error), "bad_params")
        return None

    def on_delivered(self, order: Any) -> Step:
        """The controller acknowledged the frame: all the proof there is of an order that no sample can prove."""
        pending = self._pending_of(order)
        if pending is None or pending.breathing is not None:
            return NOTHING
        return _end(pending, OutcomeKind.DONE, "the controller acknowledged the frame")

    def on_undelivered(self, message: Undelivered, text: str) -> Step:
        """The wire gave an order up. One that never left is refused; of the others nobody knows."""
        pending = self._pending_of(message.order)
        if pending is None:
            return NOTHING
        if message.attempts == 0:
            return refused(pending.command.id, f"it never left: {message.reason}", "busy")
        return NOTHING if pending.is_unknown else Step(end=(Unsure(pending.command.id, text),))

    def on_expiry(self, command: Command, sample: Data, came: float, at: datetime) -> Step:
        """Its time is over and samples are fresh: they say how it ended, if they came after it was sent.

        Args:
            sample: the latest.
            came: when it came, monotonic seconds; ``at`` is the same moment in UTC.
        """
        pending = self.pending.get(command.id)
        if pending is None or pending.breathing is None or not self.pending.is_before(pending, came):
            return NOTHING
        return self._end_by(pending, sample, at)

    def settle(self, sample: Data, came: float, at: datetime) -> Step:
        """End the orders that a fresh sample proves or, unknown and past their expiry, disproves; as `on_expiry`."""
        breathing = self._profile.is_breathing(sample.fsm_state)
        step = NOTHING
        for one in self.pending.proven_at(came):
            if one.breathing is breathing or (one.is_unknown and _is_past(one.command.expires_at, at)):
                step += self._end_by(one, sample, at)
        return step

    def _end_by(self, one: Pending, sample: Data, at: datetime) -> Step:
        name = self._profile.fsm_name(sample.fsm_state)
        evidence = {"fsm_state": sample.fsm_state, "fsm_name": name, "sample_at": at.isoformat()}
        if self._profile.is_breathing(sample.fsm_state) is one.breathing:
            return _end(one, OutcomeKind.DONE, f"the controller says {name}", evidence=evidence)
        text = f"not in effect: the controller says {name}"
        return _end(one, OutcomeKind.REFUSED, text, "not_in_effect", evidence)

    def _pending_of(self, order: Any) -> Pending | None:
        return self.pending.get(order.id) if isinstance(order, Order) else None


def refused(command_id: str, text: str, code: str) -> Step:
    """The Step that refuses a command."""
    return Step(end=(End(command_id, Outcome(OutcomeKind.REFUSED, text, code)),))


def _is_past(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is None or expires_at <= at


def _end(one: Pending, kind: OutcomeKind, text: str, code: str = "", evidence: dict[str, Any] | None = None) -> Step:
    return Step(end=(End(one.command.id, Outcome(kind, text, code, evidence)),))
