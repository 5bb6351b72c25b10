"""Commands: what may be asked of a unit, and the events that tell how it ended. Types only; the desk is `desk.py`.

States::

    accepted ──► sent ──► done | refused | expired
        │          └────► unknown ──► done | refused      (evidence ends it, never a second sending)
        └───────────────► refused | expired

Every arrow is an event in the unit's own stream, with actor and reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from lineside.runtime.step import Event, Outcome


class CommandClass(StrEnum):
    """How long a command waits for its machine."""

    LIVE = "live"  # only if connected now
    EXPIRING = "expiring"  # until its expiry, 30 s by default
    DURABLE = "durable"  # until done; chosen per command in code, never money


class CommandState(StrEnum):
    """Where a command stands."""

    ACCEPTED = "accepted"
    SENT = "sent"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class Role(StrEnum):
    """What an actor may do: see, steer, or change settings and access. Each includes those before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class NoParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of a command that takes none."""


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command that a kind of unit knows; a house lists its own in ``COMMANDS``.

    Attributes:
        name: as people and programs write it: ``START``, ``set_code``.
        does: one sentence for help and pages.
        params: a frozen msgspec Struct with ``forbid_unknown_fields``; secret fields typed `Secret`.
        waits: the class.
        expires_s: seconds from acceptance to expiry (live, expiring); ignored for durable.
        role: the least role that may ask for it.
    """

    name: str
    does: str
    params: type[msgspec.Struct] = NoParams
    waits: CommandClass = CommandClass.EXPIRING
    expires_s: float = 30.0
    role: Role = Role.OPERATOR


class Command(msgspec.Struct, frozen=True):
    """A request to one unit, as the desk accepted it.

    Attributes:
        id: 1..64 characters ``[A-Za-z0-9_.~-]``; chosen by the asker or made by the desk. Remembered durably.
        unit: ``gateway/unit``.
        params: as decoded by the spec, back in JSON types (secrets stay `Secret`).
        actor: who, in words: ``operator anna``, ``tcp 127.0.0.1:40112``.
        expires_at: UTC instant, or None for a durable command.
    """

    id: str
    unit: str
    name: str
    params: dict[str, Any]
    actor: str
    reason: str
    waits: CommandClass
    expires_at: datetime | None = None


class CommandAccepted(Event, frozen=True):
    """A command was accepted; in the same append its id is claimed as ``command/<id>``."""

    command: Command


class CommandSent(Event, frozen=True):
    """The command goes to the machine after this record. From here on its end may be unknown."""

    id: str


class CommandUnknown(Event, frozen=True):
    """No evidence came in time; the command may or may not have happened."""

    id: str
    reason: str


class CommandEnded(Event, frozen=True):
    """The one end of a command; claims ``command-end/<id>``."""

    id: str
    outcome: Outcome


EVENTS: tuple[type[Event], ...] = (CommandAccepted, CommandSent, CommandUnknown, CommandEnded)


class CommandReport(msgspec.Struct, frozen=True):
    """Where a command stands, as ``GET /api/commands/{id}`` answers."""

    id: str
    unit: str
    name: str
    state: CommandState
    actor: str
    reason: str
    outcome: Outcome | None = None
    note: str = ""
