"""What may be asked of a board.

``set_code``, ``revoke_code``, ``block`` and ``unblock`` wait for as long as it takes: the board asks, we only answer,
and nobody knows its period. They are done when a later message of the board shows it. Who wants it otherwise meanwhile
(a second ``set_code`` for the cell, an ``unblock`` before the block was confirmed) ends the first one as refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.runtime.command import Command, CommandClass, CommandSpec, NoParams
from lineside.runtime.step import Secret

REBOOT_S = 600.0
"""Seconds until the order of a reboot ends: decided in the sheet (§7), with at most five replies."""

# A line on a card of a cell.
Label = Annotated[str, Meta(max_length=64)]


class SetCodeParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code for a cell.

    Attributes:
        cell: number, from 1.
        minutes: how long, 1..65535; or ``until``, one of the two.
        code: digits, as many as the settings say; None lets one be drawn that no other cell of the board has.
        label: for whom, on pages.
        once: it ends with its first opening, as soon as the board has told of it.
        until: the end as a date with time zone, at most 65535 minutes from now.
    """

    cell: int
    minutes: int | None = None
    code: Secret | None = None
    label: Label = ""
    once: bool = False
    until: Annotated[datetime, Meta(tz=True)] | None = None


class CellParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``cell``: number, from 1."""

    cell: int


_DURABLE = CommandClass.DURABLE

COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec("set_code", "Give a cell a code; done when the board lists it as engaged.", SetCodeParams, _DURABLE),
    CommandSpec("revoke_code", "Take a cell's code; done when the board lists it no more.", CellParams, _DURABLE),
    CommandSpec("block", "Block access; done when the board reports it.", NoParams, _DURABLE),
    CommandSpec("unblock", "End the block; done when the board reports it no more.", NoParams, _DURABLE),
    CommandSpec("reboot", "Reboot the board: at most 5 replies say so.", NoParams, CommandClass.EXPIRING, REBOOT_S),
    CommandSpec("approve", "Let a board that waits have replies: our list replaces the codes that it has."),
)


def set_code_params(command: Command) -> SetCodeParams:
    """The parameters of ``set_code``.

    Raises:
        msgspec.ValidationError: they are none; whoever asked through the desk has been told already.
    """
    return msgspec.convert(command.params, SetCodeParams, dec_hook=keep_secret)


def keep_secret(wanted: type, value: Any) -> Any:
    """For `msgspec.convert`: a secret passes as it is, and text becomes one."""
    if wanted is Secret and isinstance(value, Secret | str):
        return value if isinstance(value, Secret) else Secret(value)
    raise TypeError(f"{type(value).__name__} where {wanted.__name__} is wanted")
