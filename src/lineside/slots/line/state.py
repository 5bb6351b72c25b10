"""What a line knows at one moment: its machines, the poll that is out, what is waited for, what is to be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from lineside.slots.line.messages import (
    ExceptionHeard,
    FailReason,
    FrameSeen,
    LineEvent,
    LinkMoved,
    LinkState,
    PollFailed,
    Priority,
    Want,
)
from lineside.slots.line.queue import Waiting
from lineside.slots.line.settings import LineTiming
from lineside.slots.line.turn import Key, Turn
from lineside.slots.wire import LongPoll, Poll

ARE_YOU_THERE = "\x00there"
"""Tag of a poll that the line sends by itself: to a machine whose silence is an answer, and after a restart. Nobody is
told its end."""

VERSION = 0x54
"""LP 54, version and serial: every machine knows it (tag T)."""


@dataclass(slots=True)
class Out:
    """The poll that is out: from its first sending to its answer or its end.

    Attributes:
        waiting: of a long poll; None of a general poll.
        again: its bytes when it is repeated: without the seed's prefix.
        sends: how often it left, back to back.
        sent_end: when the last byte is on the wire (monotonic seconds).
        until: nothing heard until then: the attempt has failed.
        limit: an answer that has not ended by then never will.
        repeat_at: when it leaves again; None while an answer may come. An answer that comes later still counts.
        first_at: when the first byte came after this sending.
        bad: what came in place of an answer; empty when nothing did.
    """

    turn: Turn
    poll: Poll
    waiting: Waiting | None
    again: tuple[bytes, bytes]
    sends: int = 0
    sent_end: float = 0.0
    until: float = 0.0
    limit: float = 0.0
    repeat_at: float | None = None
    first_at: float | None = None
    bad: str = ""


class LineState:
    """The state of one line.

    Attributes:
        turns: its machines by address, in the order of the settings.
        out: the poll that is out.
        held: releases that are waited for, by address; while there is one nobody is polled.
        owing: machines whose exceptions are on disk or soon will be, and not acknowledged, with the exception's number.
        needs_nobody: `80` is due, to end a long poll that failed.
        last_key: the last poll on the line; None: unknown, or the line was opened since.
        listening: whose answers are read now.
        free_at: no poll before (monotonic seconds).
        released_at: when the last release came.
        stray_since: since when bytes come that nobody asked for, without a poll in between.
        strays: pieces of them since a machine last answered.
        others: addresses heard that are not on this line.
        events: not taken yet.
    """

    def __init__(self, turns: Mapping[int, Turn], timing: LineTiming) -> None:
        self.turns = turns
        self.timing = timing
        self.is_open = False
        self.out: Out | None = None
        self.held: Counter[int] = Counter()
        self.owing: dict[int, int] = {}
        self.needs_nobody = False
        self.last_key: Key | None = None
        self.listening = next(iter(turns.values()))
        self.free_at = -inf
        self.released_at = -inf
        self.stray_since: float | None = None
        self.strays = 0
        self.others: set[int] = set()
        self.events: list[LineEvent] = []
        self._held_since: dict[int, float] = {}

    def hold(self, turn: Turn, now: float) -> None:
        """One more release of this machine is waited for."""
        self.held[turn.address] += 1
        self._held_since.setdefault(turn.address, now)

    def release(self, turn: Turn, now: float) -> None:
        """One release came; more than are waited for mean nothing."""
        if not self.held[turn.address]:
            del self.held[turn.address]
            return
        self.held[turn.address] -= 1
        if not self.held[turn.address]:
            del self.held[turn.address]
            turn.held.note(now - self._held_since.pop(turn.address))
        self.released_at = now

    def raise_exception(self, turn: Turn, code: int, fields: object, now: float) -> None:
        """Tell an exception; the line stands still until it is on disk, then acknowledges it."""
        turn.number += 1
        self.events.append(ExceptionHeard(turn.address, code, fields, turn.number))
        self.owing[turn.address] = turn.number
        self.hold(turn, now)

    def fail(self, turn: Turn, waiting: Waiting, reason: FailReason, text: str) -> None:
        """Tell the end of a poll without an answer."""
        want = waiting.want
        if want.tag != ARE_YOU_THERE:
            self.events.append(PollFailed(turn.address, want.tag, want.poll, reason, waiting.sends, text))

    def refuse_all(self, turn: Turn, why: str) -> None:
        """Tell the end of every poll that waits for this machine."""
        for waiting in turn.queue.clear():
            self.fail(turn, waiting, FailReason.LINK_DOWN, why)

    def move(self, turn: Turn, state: LinkState, reason: str) -> None:
        """Tell how a machine is reached, when that has changed."""
        if turn.state is not state or (state is LinkState.CLOSED and turn.reason != reason):
            turn.state, turn.reason = state, reason
            self.events.append(LinkMoved(turn.address, state, reason))

    def ask_whether_there(self, turn: Turn) -> None:
        """Queue a poll that every machine answers."""
        turn.queue.add(Want(LongPoll(turn.address, VERSION), Priority.URGENT, ARE_YOU_THERE))

    def note_bytes(self, now: float) -> None:
        """Bytes came: the beginning of an answer, or strays that the next poll must wait for."""
        out, timing = self.out, self.timing
        if out is not None and out.repeat_at is None:
            if out.first_at is None:
                out.first_at = now
            return
        if self.stray_since is None:
            self.stray_since = now
        self.free_at = max(self.free_at, min(now + timing.quiet_s, self.stray_since + timing.babble_s_max))

    def trace(self, address: int, outgoing: bool, data: bytes, note: str) -> None:
        """Tell one piece of traffic, if anybody wants to see it."""
        if self.timing.trace:
            self.events.append(FrameSeen(address, outgoing, data, note))
