"""The commands of one unit that have not ended: a table made of events alone, live and on replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandEnded,
    CommandReport,
    CommandSent,
    CommandState,
    CommandUnknown,
)
from lineside.runtime.step import Event, Outcome, OutcomeKind

_STATE_OF_OUTCOME = {
    OutcomeKind.DONE: CommandState.DONE,
    OutcomeKind.REFUSED: CommandState.REFUSED,
    OutcomeKind.EXPIRED: CommandState.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class OpenCommand:
    """A command and where it stands.

    Attributes:
        at: when that state was recorded, UTC.
        note: why it is unknown.
    """

    command: Command
    state: CommandState
    at: datetime
    note: str = ""

    @property
    def expires_at(self) -> datetime | None:
        """When its expiry is looked at; None for a durable command and for one whose end is unknown already."""
        return None if self.state is CommandState.UNKNOWN else self.command.expires_at

    def is_due(self, now: datetime) -> bool:
        """Whether its expiry has come."""
        expires_at = self.expires_at
        return expires_at is not None and expires_at <= now


class OpenCommandState(msgspec.Struct, frozen=True):
    """An `OpenCommand` as it travels in a `Carried` event."""

    command: Command
    state: CommandState
    at: datetime
    note: str = ""


def report_of(command: Command, state: CommandState, outcome: Outcome | None = None, note: str = "") -> CommandReport:
    """The face of a command that the API shows."""
    return CommandReport(
        command.id, command.unit, command.name, state, command.actor, command.reason, outcome=outcome, note=note
    )


_MOVING = frozenset({CommandAccepted, CommandSent, CommandUnknown, CommandEnded})


class OpenCommands:
    """Open commands by id, in order of acceptance."""

    def __init__(self) -> None:
        self._next_expiry: datetime | None = None  # kept, because it is asked for at every message
        self._open: dict[str, OpenCommand] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[OpenCommand]:
        return iter(self._open.values())

    def get(self, command_id: str) -> OpenCommand | None:
        """The open command of that id, or None."""
        return self._open.get(command_id)

    def apply(self, event: Event, at: datetime) -> CommandReport | None:
        """Take one event; return the report of the command that it moved, or None when it is not about one."""
        if event.__class__ not in _MOVING:
            return None
        match event:
            case CommandAccepted(command=command):
                return self._put(OpenCommand(command, CommandState.ACCEPTED, at))
            case CommandSent(id=command_id):
                return self._move(command_id, CommandState.SENT, at)
            case CommandUnknown(id=command_id, reason=reason):
                return self._move(command_id, CommandState.UNKNOWN, at, reason)
            case CommandEnded(id=command_id, outcome=outcome):
                ended = self._open.pop(command_id, None)
                self._find_next()
                return report_of(ended.command, _STATE_OF_OUTCOME[outcome.kind], outcome) if ended else None
        return None

    def due(self, now: datetime) -> list[OpenCommand]:
        """Accepted or sent commands whose expiry has come."""
        return [one for one in self._open.values() if one.is_due(now)]

    def next_expiry(self) -> datetime | None:
        """The earliest expiry of a command that still waits, or None."""
        return self._next_expiry

    def carry(self) -> list[OpenCommandState]:
        """All of them, for a `Carried` event."""
        return [OpenCommandState(one.command, one.state, one.at, one.note) for one in self._open.values()]

    def restore(self, states: list[OpenCommandState]) -> None:
        """Take what `carry` gave."""
        self._open = {s.command.id: OpenCommand(s.command, s.state, s.at, s.note) for s in states}
        self._find_next()

    def _move(self, command_id: str, state: CommandState, at: datetime, note: str = "") -> CommandReport | None:
        one = self._open.get(command_id)
        return None if one is None else self._put(OpenCommand(one.command, state, at, note))

    def _put(self, one: OpenCommand) -> CommandReport:
        self._open[one.command.id] = one
        self._find_next()
        return report_of(one.command, one.state, note=one.note)

    def _find_next(self) -> None:
        expiries = (one.expires_at for one in self._open.values())
        self._next_expiry = min((at for at in expiries if at is not None), default=None)
