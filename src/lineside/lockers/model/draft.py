"""A decision while it is made: what will be recorded, which commands end, and which codes end with it."""

from __future__ import annotations

from typing import Any

from lineside.runtime.step import End, Event, Outcome, OutcomeKind, Send, Show, Step

SUPERSEDED = "superseded"
"""Code of a command that ends because somebody wanted it otherwise before it was confirmed."""


class Draft:
    """Collects the parts of a Step.

    Attributes:
        gone: cells whose code ends with this decision; its reply leaves them out.
        leaving: those of them that the board may hold, so that a later message has to confirm it.
    """

    __slots__ = ("_ends", "_record", "_sent", "gone", "leaving")

    def __init__(self) -> None:
        self._record: list[Event] = []
        self._ends: list[End] = []
        self._sent: list[str] = []
        self.gone: set[int] = set()
        self.leaving: set[int] = set()

    def record(self, event: Event) -> None:
        """Record an event."""
        self._record.append(event)

    def sent(self, command: str) -> None:
        """A command's order is in the reply for the first time; "" is none."""
        if command:
            self._sent.append(command)

    def done(self, command: str, text: str, **evidence: Any) -> None:
        """A command has ended well; "" is none."""
        self._end(command, OutcomeKind.DONE, text, "", evidence or None)

    def refused(self, command: str, text: str, code: str) -> None:
        """A command ends without effect; "" is none."""
        self._end(command, OutcomeKind.REFUSED, text, code, None)

    def expired(self, command: str, text: str, code: str = "expired") -> None:
        """A command's time, or what it acts on, is over; "" is none."""
        self._end(command, OutcomeKind.EXPIRED, text, code, None)

    def _end(self, command: str, kind: OutcomeKind, text: str, code: str, evidence: dict[str, Any] | None) -> None:
        if command and all(end.command_id != command for end in self._ends):  # a command ends once, the first way
            self._ends.append(End(command, Outcome(kind, text, code, evidence)))

    def step(self, send: tuple[Send, ...] = (), show: tuple[Show, ...] = ()) -> Step:
        """What was collected."""
        ended = {end.command_id for end in self._ends}
        sent = tuple([command for command in self._sent if command not in ended])
        return Step(record=tuple(self._record), send=send, sent=sent, end=tuple(self._ends), show=show)


def refusal(command: str, text: str, code: str = "bad_params") -> Step:
    """The Step that refuses a command."""
    draft = Draft()
    draft.refused(command, text, code)
    return draft.step()
