"""The commands of one unit that have not ended: a table made of events alone, live and on replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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


class OpenCommands:
    """Open commands by id, in order of acceptance."""

    def __init__(self) -> None:
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
        match event:
            case CommandAccepted(command=command):
                self._open[command.id] = OpenCommand(command, CommandState.ACCEPTED, at)
                return report_of(command, CommandState.ACCEPTED)
            case CommandSent(id=command_id):
                return self._move(command_id, CommandState.SENT, at)
            case CommandUnknown(id=command_id, reason=reason):
                return self._move(command_id, CommandState.UNKNOWN, at, reason)
            case CommandEnded(id=command_id, outcome=outcome):
                ended = self._open.pop(command_id, None)
                return report_of(ended.command, _STATE_OF_OUTCOME[outcome.kind], outcome) if ended else None
        return None

    def due(self, now: datetime) -> list[OpenCommand]:
        """Accepted or sent commands whose expiry has come."""
        return [one for one in self._open.values() if _waits(one) and _expiry(one) <= now]

    def next_expiry(self) -> datetime | None:
        """The earliest expiry of a command that still waits, or None."""
        return min((_expiry(one) for one in self._open.values() if _waits(one)), default=None)

    def carry(self) -> list[OpenCommandState]:
        """All of them, for a `Carried` event."""
        return [OpenCommandState(one.command, one.state, one.at, one.note) for one in self._open.values()]

    def restore(self, states: list[OpenCommandState]) -> None:
        """Take what `carry` gave."""
        self._open = {s.command.id: OpenCommand(s.command, s.state, s.at, s.note) for s in states}

    def _move(self, command_id: str, state: CommandState, at: datetime, note: str = "") -> CommandReport | None:
        one = self._open.get(command_id)
        if one is None:
            return None
        self._open[command_id] = replace(one, state=state, at=at, note=note)
        return report_of(one.command, state, note=note)


def _waits(one: OpenCommand) -> bool:
    return one.command.expires_at is not None and one.state is not CommandState.UNKNOWN


def _expiry(one: OpenCommand) -> datetime:
    assert one.command.expires_at is not None
    return one.command.expires_at
