"""What passes between a line and the models of its machines: orders in, events out. Types only.

Machines never send to a line by themselves; they order, and the line takes turns. The one duty of a machine::

    every ExceptionHeard, every AckSent, and every PollDone of a poll ordered with ``hold``
        is answered by exactly one Release, sent after the record of it is on disk

Until then the line polls nobody: any poll, of a neighbour too, would acknowledge (`wire/sas.md` §5.1, §15).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

import msgspec

from lineside.slots.wire import LongPoll, hide_key


class Priority(IntEnum):
    """Who goes first in a machine's queue; within one priority polls keep their order."""

    URGENT = 0  # a person waits, or money: may follow another long poll at once
    NORMAL = 1  # what an exception asks for, the start-up conversation
    BACKGROUND = 2  # meters read in between


class LinkState(StrEnum):
    """How a machine is reached."""

    WAITING = "waiting"  # not heard since the line was opened
    UP = "up"
    FAILING = "failing"  # the last polls failed; not yet long enough to call it down
    DOWN = "down"  # nothing valid for `LineTiming.down_s`; looked for again and again
    CLOSED = "closed"  # the line itself is not open


class FailReason(StrEnum):
    """Why a long poll has no answer."""

    SILENCE = "silence"  # nothing came: the machine does not know this poll, or is not there
    BAD_ANSWER = "bad_answer"  # bytes came and no valid answer in them
    NACK = "nack"  # the machine refused the data, or read a bad CRC
    BUSY = "busy"  # it cannot now, also after several attempts
    EVENTS_ONLY = "events_only"  # real-time events came instead, every time
    LINK_DOWN = "link_down"
    LINE_LOST = "line_lost"  # the line closed while the poll was out
    QUEUE_FULL = "queue_full"
    CANCELLED = "cancelled"


class Want(msgspec.Struct, frozen=True):
    """Order: send this long poll when its turn comes; ended by one PollDone or PollFailed with the same tag.

    Attributes:
        tag: the machine's own name for it; unique among those waiting.
        hold: what the answer says is gone from the machine once acknowledged (a validation record): hold the line
            until the Release that follows the record.
        once: never repeat it, also not back-to-back (`wire/sas.md` §5.7); for money of a machine that is not known to
            keep rule 2.
    """

    poll: LongPoll
    priority: Priority
    tag: str
    hold: bool = False
    once: bool = False


class Cancel(msgspec.Struct, frozen=True):
    """Order: forget a poll that has not left yet; PollFailed(cancelled) follows. One that is out is not called back."""

    tag: str


class Release(msgspec.Struct, frozen=True):
    """Order: the record is on disk; go on."""


class Tune(msgspec.Struct, frozen=True):
    """Order: from now on poll this often; None leaves a value as it is.

    Attributes:
        poll_ms: 200, or 40 when A0 features3 bit 0 allows it.
        rte: real-time events are on: any long poll may be answered by an event.
    """

    poll_ms: int | None = None
    rte: bool | None = None


class OweAck(msgspec.Struct, frozen=True):
    """Order, at a start: the last fact on disk is this exception and no AckSent; send `80` before anything else.

    Attributes:
        number: told again in AckSent, so that the machine knows which exception it was.
    """

    number: int = 0


Order = Want | Cancel | Release | Tune | OweAck


class ExceptionHeard(msgspec.Struct, frozen=True):
    """A machine told an exception, by a general poll or as a real-time event. Answer with a Release.

    Attributes:
        fields: of a real-time event (`wire/sas.md` §9.8); None for the one byte of a general poll.
        number: counts this machine's exceptions since the line began, from 1.
    """

    address: int
    code: int
    fields: Any | None
    number: int


class AckSent(msgspec.Struct, frozen=True):
    """`80` has left: the machine's exceptions up to ``number`` are acknowledged. Answer with a Release."""

    address: int
    number: int


class PollDone(msgspec.Struct, frozen=True):
    """A long poll was answered.

    Attributes:
        answer: decoded by the wire: an Ack or the typed data.
        frame: the answer's bytes, address to CRC.
        sends: how often the poll left, all attempts together; 0 for a ROM signature, which nobody asked for just now
            (`hearing.SIGNATURE_TAG`).
    """

    address: int
    tag: str
    poll: LongPoll
    answer: Any
    frame: bytes
    sends: int

    def __repr__(self) -> str:
        """As usual; the key of a registration is not shown."""
        return f"PollDone({self.address}, {self.tag!r}, {self.poll!r}, {self.answer!r}, {hide_key(self.frame)!r})"


class PollFailed(msgspec.Struct, frozen=True):
    """A long poll ended without an answer.

    Attributes:
        sends: how often it left; 0: the machine cannot have heard it.
        text: for people.
    """

    address: int
    tag: str
    poll: LongPoll
    reason: FailReason
    sends: int
    text: str


class LinkMoved(msgspec.Struct, frozen=True):
    """How a machine is reached has changed, and why, in words a technician can act on."""

    address: int
    state: LinkState
    reason: str


class FrameSeen(msgspec.Struct, frozen=True):
    """One piece of traffic, for the raw tail of a page; told only while `LineTiming.trace` is on.

    Attributes:
        outgoing: the host sent it.
        note: what it was taken for: ``poll``, ``repeat``, ``ack`` (an `80`), ``answer``, ``nothing``, ``bad crc``, …
    """

    address: int
    outgoing: bool
    data: bytes
    note: str

    def __repr__(self) -> str:
        """As usual; the key of a registration is not shown."""
        return f"FrameSeen({self.address}, {self.outgoing}, {hide_key(self.data)!r}, {self.note!r})"


class TimingMeasured(msgspec.Struct, frozen=True):
    """How a machine's polls went since the last of these, every `LineTiming.measure_s`.

    Seconds in all four; each histogram has one count per bound of `timing.BOUNDS_S` and one for what is beyond.

    Attributes:
        turn_around: from the end of a poll on the wire to the first byte of its answer.
        lateness: from when a poll was due, or from the release it waited for if that is later, to when it left.
        held: how long releases were waited for (the append).
        late_max_s: the longest lateness.
        turn_around_max_s: the longest turn-around.
        counts: ``polls``, ``repeats``, ``silences``, ``bad``, ``busy``, ``nacks``, ``events``, ``strays``.
    """

    address: int
    turn_around: tuple[int, ...]
    lateness: tuple[int, ...]
    held: tuple[int, ...]
    turn_around_max_s: float
    late_max_s: float
    counts: dict[str, int]


LineEvent = ExceptionHeard | AckSent | PollDone | PollFailed | LinkMoved | FrameSeen | TimingMeasured
