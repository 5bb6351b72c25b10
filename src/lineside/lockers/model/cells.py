"""What a cell is to have, and what is known of it. All of it is lasting and changes by events alone.

::

    CodeSet ─► pending ─► sent ─► confirmed ─┬─► CodeRevoked, CodeExpired, CodeUsed ─► revoking ─► RevocationConfirmed
                                             └─► CellTimedOut (by the board's own clock)
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from lineside.runtime.step import Secret

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Phase(StrEnum):
    """Where a code stands on its way to the board."""

    PENDING = "pending"  # no reply had it yet
    SENT = "sent"  # a reply had it; whether it arrived, a later message tells
    CONFIRMED = "confirmed"  # the board lists the cell as engaged


class CellPhase(StrEnum):
    """What a page shows of a cell."""

    FREE = "free"
    PENDING = "pending"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REVOKING = "revoking"  # it had a code, and the board has not told yet that it is gone
    TIMED_OUT = "timed_out"  # by the board's clock
    FOREIGN = "foreign"  # engaged, with a code that was not set here


class Assignment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The code that a cell is to have; fields as in `CodeSet`.

    Attributes:
        set_at: when, by the journal.
        sent: SEND of the first reply that had it; "" while pending.
    """

    cell: int
    code: Secret
    minutes: int
    set_at: datetime
    expires_at: datetime | None = None
    until: bool = False
    once: bool = False
    label: str = ""
    by: str = ""
    command: str = ""
    adrift: bool = False
    phase: Phase = Phase.PENDING
    sent: str = ""

    @property
    def expires_us(self) -> int | None:
        """``expires_at`` in microseconds since 1970."""
        return None if self.expires_at is None else us_of(self.expires_at)


class Revocation(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cell whose code is to be gone from the board.

    Attributes:
        command: that waits for it; "" when a code ended by itself.
        sent: SEND of the first reply without the code.
    """

    cell: int
    command: str = ""
    sent: str = ""


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last thing that happened to a cell, and when it was opened last."""

    last_event: str
    opened_at: datetime | None = None


class Block(msgspec.Struct, frozen=True, omit_defaults=True):
    """The level of ``STATE`` in replies.

    Attributes:
        wanted: blocked, or not.
        is_sent: a reply has said so since it was wanted.
        is_open: no message has confirmed it yet.
        command: that waits for it.
        unwanted: messages in a row that reported a block which nobody wants.
    """

    wanted: bool = False
    is_sent: bool = True
    is_open: bool = False
    command: str = ""
    unwanted: int = 0


class Reboot(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order to reboot; ``replies`` have said so."""

    command: str
    replies: int = 0


def us_of(utc: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    delta = utc - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
