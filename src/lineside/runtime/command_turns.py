"""The turns of a command that are the same in every house: accepted in time, and what its expiry means."""

from __future__ import annotations

from datetime import datetime

from lineside.runtime.command import Command, CommandState
from lineside.runtime.model import Model
from lineside.runtime.open_commands import OpenCommands
from lineside.runtime.step import NOTHING, End, Moment, Outcome, OutcomeKind, Step, Unsure


def decide_command(model: Model, utc_floor: datetime, command: Command, now: Moment) -> Step:
    """A command's turn has come: the model decides, unless it waited here until its time was over.

    Args:
        utc_floor: a wall clock before it says nothing about expiries.
    """
    is_late = command.expires_at is not None and utc_floor <= now.utc and command.expires_at <= now.utc
    return (
        _expired(command.id, "its time was over before it could be recorded")
        if is_late
        else model.on_command(command, now)
    )


def decide_expiry(model: Model, commands: OpenCommands, command_id: str, now: Moment) -> Step:
    """A command's expiry has come: without a sending it has expired; after one only evidence tells.

    Nothing happens when it has ended, or become unknown, since it was put into the mailbox.
    """
    one = commands.get(command_id)
    if one is None or not one.is_due(now.utc):
        return NOTHING
    if one.state is CommandState.ACCEPTED:
        return _expired(command_id, "it was never sent")
    step = model.on_expiry(one.command, now)
    if any(end.command_id == command_id for end in step.end):
        return step
    return step + Step(end=(Unsure(command_id, "no evidence came before its expiry"),))


def _expired(command_id: str, text: str) -> Step:
    return Step(end=(End(command_id, Outcome(OutcomeKind.EXPIRED, text, "expired")),))
