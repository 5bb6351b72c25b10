"""One machine of a line as the turn-taking sees it: when it is due, what it wants, how it is reached, how it went."""

from __future__ import annotations

from collections import Counter
from math import inf

from lineside.slots.line.messages import LinkState, Priority, TimingMeasured
from lineside.slots.line.queue import PollQueue, Waiting
from lineside.slots.line.settings import STRICT_RESPONSE_S, LineTiming, MachinePolling
from lineside.slots.line.timing import Histogram
from lineside.slots.wire import HostSettings, HostSide

GENERAL = None
"""In place of a command: the general poll."""

Key = tuple[int, int | None]
"""What makes two polls the same to a machine: address and command."""


class Turn:
    """The state of one machine; changed by the line alone.

    Attributes:
        polling: its settings.
        reader: finds its answers in the line's bytes.
        period_s: from poll to poll.
        rte: real-time events are on.
        state, reason: as last told in LinkMoved.
        due_at: monotonic seconds; no poll before.
        tried_at: when the first of the polls left that have had no answer since; None while it answers.
        good_at: when it last answered.
        holds: it may hold an answer to a general poll that was never read: until it answers or is down, nothing else
            is polled on the line.
        was_general: its last poll was a general poll: a long poll may follow.
        urgent_row: long polls since the last general poll.
        number: exceptions heard.
        chirped: it was heard to chirp since it last answered.
        event_frame, event_sends: the last real-time event, and how often the poll left that it answered.
    """

    def __init__(self, polling: MachinePolling, timing: LineTiming) -> None:
        self.polling = polling
        self.address = polling.address
        self.reader = HostSide(
            HostSettings(
                profile=polling.wire, echoes=polling.profile.echoes, gap_s=timing.gap_s, settle_s=timing.settle_s
            )
        )
        self.queue = PollQueue(timing.queue_max)
        self.period_s = polling.poll_ms / 1000
        self.response_s = STRICT_RESPONSE_S if polling.strict else timing.response_s
        self.rte = polling.rte
        self.state = LinkState.CLOSED
        self.reason = "not opened yet"
        self.due_at = -inf
        self.tried_at: float | None = None
        self.good_at = -inf
        self.holds = False
        self.was_general = False
        self.urgent_row = 0
        self.number = 0
        self.chirped = False
        self.event_frame = b""
        self.event_sends = 0
        self.counts: Counter[str] = Counter()
        self.turn_around = Histogram()
        self.lateness = Histogram()
        self.held = Histogram()
        self._measured_at = -inf

    def is_down(self) -> bool:
        """Looked for, and nothing of it is trusted."""
        return self.state in (LinkState.DOWN, LinkState.CLOSED)

    def next_want(self, now: float, urgent_row_max: int) -> Waiting | None:
        """The long poll that its turn is for; None when it is a general poll's."""
        waiting = self.queue.first(now) if self.state is LinkState.UP else None
        if waiting is None or self.was_general:
            return waiting
        is_urgent = waiting.want.priority is Priority.URGENT
        return waiting if is_urgent and self.urgent_row < urgent_row_max else None

    def note_sent(self, now: float, command: int | None) -> None:
        """A poll of any kind left now."""
        self.due_at = now + self.period_s
        self.was_general = command is GENERAL
        self.urgent_row = 0 if command is GENERAL else self.urgent_row + 1
        if self.tried_at is None:
            self.tried_at = now
        self.event_sends = 0
        self.counts["polls"] += 1

    def measured(self, now: float, every_s: float) -> TimingMeasured | None:
        """What was measured, when it is time to tell it; begins anew."""
        if self._measured_at == -inf:
            self._measured_at = now
        if now - self._measured_at < every_s:
            return None
        self._measured_at = now
        told = TimingMeasured(
            self.address,
            tuple(self.turn_around.counts),
            tuple(self.lateness.counts),
            tuple(self.held.counts),
            self.turn_around.max_s,
            self.lateness.max_s,
            dict(self.counts),
        )
        self.counts = Counter()
        self.turn_around, self.lateness, self.held = Histogram(), Histogram(), Histogram()
        return told
