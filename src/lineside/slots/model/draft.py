"""A decision while it is made: what will be recorded, what the line is asked, which commands end."""

from __future__ import annotations

from typing import Any

import msgspec

from lineside.runtime.step import End, Event, Outcome, OutcomeKind, Send, Show, Step, Unsure
from lineside.slots.line.messages import Order, Priority, Release, Want
from lineside.slots.wire import LongPoll, request_of

LINE = "line"
"""Name of the link of every machine: its place on the line."""


class Draft:
    """Collects the parts of a Step.

    Args:
        address: of the machine.
    """

    def __init__(self, address: int) -> None:
        self._address = address
        self._record: list[Event] = []
        self._orders: list[Order] = []
        self._ends: list[End | Unsure] = []
        self._sent: list[str] = []
        self._shows: list[Show] = []
        self._is_released = False

    def record(self, event: Event) -> None:
        """Record an event."""
        self._record.append(event)

    def want(
        self,
        command: int,
        message: msgspec.Struct | None = None,
        *,
        tag: str,
        priority: Priority = Priority.NORMAL,
        hold: bool = False,
    ) -> None:
        """Order a long poll with its data from the Struct that its row names."""
        self.want_poll(request_of(self._address, command, message), tag=tag, priority=priority, hold=hold)

    def want_poll(self, poll: LongPoll, *, tag: str, priority: Priority = Priority.NORMAL, hold: bool = False) -> None:
        """Order a long poll."""
        self._orders.append(Want(poll, priority, tag, hold))

    def order(self, order: Order) -> None:
        """Order something else of the line."""
        self._orders.append(order)

    def release(self) -> None:
        """Let the line go on, after this decision is on disk and its orders are given."""
        self._is_released = True

    def show(self, aspect: str, value: Any, *, feed: bool = False) -> None:
        """Show a value."""
        self._shows.append(Show(aspect, value, feed))

    def sent(self, command: str) -> None:
        """A command goes to the machine."""
        self._sent.append(command)

    def done(self, command: str, text: str, **evidence: Any) -> None:
        """A command has ended well."""
        self._ends.append(End(command, Outcome(OutcomeKind.DONE, text, "", evidence or None)))

    def refused(self, command: str, text: str, code: str, **evidence: Any) -> None:
        """A command ends without effect."""
        self._ends.append(End(command, Outcome(OutcomeKind.REFUSED, text, code, evidence or None)))

    def unsure(self, command: str, reason: str) -> None:
        """Whether a command took effect is not known."""
        self._ends.append(Unsure(command, reason))

    def step(self) -> Step:
        """What was collected; the Release is the last order."""
        orders = (*self._orders, Release()) if self._is_released else tuple(self._orders)
        return Step(
            record=tuple(self._record),
            send=tuple(Send(order, LINE) for order in orders),
            sent=tuple(self._sent),
            end=tuple(self._ends),
            show=tuple(self._shows),
        )
