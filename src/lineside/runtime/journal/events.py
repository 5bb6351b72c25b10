"""Events that the journal itself records: what was carried, what was lost, and when an era began."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.step import Event

STREAM = "lineside/journal"
"""The journal's own stream."""


class Gap(msgspec.Struct, frozen=True):
    """Versions of one stream that are gone, with what verification needs to step over them.

    Attributes:
        first: lowest version of the gap.
        last: highest version of the gap.
        last_hash: hex SHA-256 of the event at ``last``: the next event's hash is made from it.
        last_seq: ``seq`` of the event at ``last``; 0 where it is not known.
    """

    first: int
    last: int
    last_hash: str
    last_seq: int = 0


class Carried(Event, frozen=True):
    """The state of a stream, written before older events of it are pruned. Replay starts from the newest one.

    Attributes:
        version: the stream's version that ``state`` contains; the Carried itself has the next one.
        state: whatever the unit's model carries, opening balances included; JSON types and secrets.
        gaps: versions that this pruning takes away. Gaps of an earlier Carried hold on as long as it is kept.
    """

    version: int
    state: Any
    gaps: tuple[Gap, ...] = ()


class HistoryLost(Event, frozen=True):
    """Repair could not save some events of this stream: what depended on them has to be asked anew.

    Attributes:
        gaps: the versions that are gone.
        reason: why, for people.
    """

    gaps: tuple[Gap, ...]
    reason: str


class EraOpened(Event, frozen=True):
    """The journal was repaired or restored: from here on ``seq`` lies above every number used before.

    Attributes:
        era: counted from 1.
        by: ``repair`` or ``restore``.
        lost_events: events that were there once and are not any more, where that is known.
        at: UTC.
    """

    era: int
    by: str
    reason: str
    lost_events: int
    at: datetime


class PersonErased(Event, frozen=True):
    """The key of one person was deleted: what was sealed with it cannot be opened by anybody any more."""

    person: str


EVENTS: tuple[type[Event], ...] = (Carried, HistoryLost, EraOpened, PersonErased)
