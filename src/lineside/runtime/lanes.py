"""Which events of a sink may go now: lanes by order key, poison parked, and the cursor that follows. Pure.

::

    read in order of seq ──► offer ──► lane A  [7 9 12]  ──► take ──► batch ──► finish     done, the cursor moves
                                       lane B  [8]                          ├─► put_back   the target is away
                                       lane C  parked at 10                 └─► refuse     tried again, then parked

Events of one key go one after the other, a batch of them at a time; lanes do not wait for each other. An event that
the target refuses is tried ``tries_max`` times, alone, and then *parked*: its lane stands still, the others go on. The
events behind a parked one are not kept in memory; `unpark` and `skip` send the reader back to fetch them again.

The cursor is the lowest event not done (``low``) and the set done above it (``done``); every other number is derived.
An event that the target does not want (no order key) is nothing to be remembered: it is looked at again after a
restart and passed over again.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lineside.runtime.journal import Cursor, Parked, Recorded


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """Bounds of `Lanes`; each is a named limit of `SinkSettings`, where its reason stands."""

    window_events_max: int
    window_bytes_max: int
    parked_events_max: int
    done_events_max: int
    tries_max: int


@dataclass(slots=True)
class Lane:
    """The events of one order key that are in memory, oldest first.

    Attributes:
        busy: a batch of this lane is with the target.
        suspect: seq of an event that was refused; it goes alone, after those before it.
        single_until: up to this seq events go one by one, because a batch was refused and nobody said for which.
        tries: how often the suspect was refused.
        not_before: monotonic seconds of the next try.
    """

    key: str
    events: deque[Recorded] = field(default_factory=deque)
    busy: bool = False
    suspect: int = 0
    single_until: int = 0
    tries: int = 0
    not_before: float = 0.0

    def next_events(self, events_max: int) -> list[Recorded]:
        """What goes next: all up to the limit, or up to a suspect, or one alone."""
        head = self.events[0].seq
        if head == self.suspect or head <= self.single_until:
            return [self.events.popleft()]
        taken: list[Recorded] = []
        while self.events and len(taken) < events_max and self.events[0].seq != self.suspect:
            taken.append(self.events.popleft())
        return taken


@dataclass(slots=True)
class ParkedLane:
    """A lane that stands still behind an event which the target will not take.

    Attributes:
        counted_to: seq up to which followers were counted; reading again after an `unpark` does not count twice.
        behind_events, behind_bytes: what was read past since, and will be read again.
    """

    event: Parked
    counted_to: int
    size: int = 0
    at: datetime | None = None
    behind_events: int = 0
    behind_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that go to the target together; several lanes, each in order."""

    parts: tuple[tuple[Lane, tuple[Recorded, ...]], ...]

    @property
    def events(self) -> list[Recorded]:
        """All events, lane by lane."""
        return [event for _, events in self.parts for event in events]


class Lanes:
    """The state of one sink's queue.

    Attributes:
        position: everything up to this seq was read and is done, in memory, parked or passed over.
        moved: counts up with every change of the cursor.
    """

    def __init__(self, cursor: Cursor, parked: Iterable[Parked], limits: LaneLimits) -> None:
        self.limits = limits
        self.position = cursor.low - 1
        self.moved = 0
        self._low = cursor.low
        self._done = set(cursor.done)
        self._done_heap = sorted(self._done)
        self._lanes: dict[str, Lane] = {}
        self._ready: deque[Lane] = deque()
        self._held: dict[int, Recorded] = {}
        self._held_heap: list[int] = []
        self._held_bytes = 0
        self._parked: dict[str, ParkedLane] = {}
        self._parked_before = {event.seq: event for event in parked if self._is_open(event.seq)}

    def _is_open(self, seq: int) -> bool:
        return seq >= self._low and seq not in self._done

    # ---- what was read

    def has_room(self) -> bool:
        """Whether the reader may go on; false is back-pressure or, with `full_reason`, the end until a person acts."""
        if self.full_reason() or (self._held and len(self._done) >= self.limits.done_events_max):
            return False
        return len(self._held) < self.limits.window_events_max and self._held_bytes < self.limits.window_bytes_max

    def full_reason(self) -> str:
        """Why nothing more is read although the target would take it; empty when all is well."""
        parked = self.parked_seqs()
        if len(parked) >= self.limits.parked_events_max:
            return f"{len(parked)} events are parked: the target refuses too much"
        if parked and len(self._done) >= self.limits.done_events_max:
            return f"parked event {min(parked)} holds the cursor back by {len(self._done)} events"
        return ""

    def offer(self, recorded: Recorded, key: str | None) -> None:
        """Take the next event that was read; ``key`` None passes it over."""
        seq = recorded.seq
        self.position = max(self.position, seq)
        if key is None or seq in self._held or not self._is_open(seq):
            return
        if (parked := self._parked.get(key)) is not None:
            if seq > parked.counted_to:
                parked.counted_to = seq
                parked.behind_events += 1
                parked.behind_bytes += len(recorded.data)
            return
        if (before := self._parked_before.pop(seq, None)) is not None:
            self._parked[key] = ParkedLane(before, seq, len(recorded.data), recorded.at)
            return
        self._hold(recorded)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key)
        lane.events.append(recorded)
        if len(lane.events) == 1 and not lane.busy:
            self._ready.append(lane)

    def _hold(self, recorded: Recorded) -> None:
        self._held[recorded.seq] = recorded
        self._held_bytes += len(recorded.data)
        heapq.heappush(self._held_heap, recorded.seq)

    def _drop(self, recorded: Recorded) -> None:
        del self._held[recorded.seq]
        self._held_bytes -= len(recorded.data)

    # ---- what goes out

    def take(self, events_max: int, now: float) -> Batch | None:
        """The next batch, or None when no lane is ready. A lane in doubt goes alone."""
        parts: list[tuple[Lane, tuple[Recorded, ...]]] = []
        count = 0
        for _ in range(len(self._ready)):
            if count >= events_max:
                break
            lane = self._ready.popleft()
            doubted = bool(lane.suspect or lane.single_until)
            if lane.not_before > now or (doubted and parts):
                self._ready.append(lane)
                continue
            events = tuple(lane.next_events(events_max - count))
            lane.busy = True
            parts.append((lane, events))
            count += len(events)
            if doubted:
                break
        return Batch(tuple(parts)) if parts else None

    def next_due(self) -> float | None:
        """Monotonic seconds of the earliest try that waits for its time."""
        return min((lane.not_before for lane in self._ready), default=None)

    def finish(self, batch: Batch) -> None:
        """The target has acknowledged the whole batch."""
        for lane, events in batch.parts:
            for event in events:
                self._drop(event)
                self._mark_done(event.seq)
                if event.seq == lane.suspect:
                    lane.suspect, lane.tries, lane.not_before = 0, 0, 0.0
                if event.seq >= lane.single_until:
                    lane.single_until = 0
            self._release(lane)
        self._advance()

    def put_back(self, batch: Batch) -> None:
        """The target was away: the events wait in their old places."""
        for lane, events in batch.parts:
            lane.events.extendleft(reversed(events))
            self._release(lane)

    def _release(self, lane: Lane) -> None:
        lane.busy = False
        if lane.events:
            self._ready.append(lane)
        elif not lane.suspect and not lane.single_until:
            self._lanes.pop(lane.key, None)

    def refuse(self, batch: Batch, seq: int | None, retry_at: Callable[[int], float]) -> Lane | None:
        """The target refused the batch, for the event ``seq`` or for one that it did not name.

        Args:
            retry_at: monotonic seconds of the next try, from the number of tries so far.

        Returns:
            The lane whose head has been refused too often and is to be parked now (`park`), else None.
        """
        events = batch.events
        self.put_back(batch)
        if len(events) == 1:
            seq = events[0].seq
        lane = next((lane for lane, part in batch.parts if any(event.seq == seq for event in part)), None)
        if lane is None or seq is None:  # nobody was named: every event of the batch shows itself alone
            for doubted, part in batch.parts:
                doubted.single_until = max(doubted.single_until, part[-1].seq)
            return None
        if lane.suspect != seq:
            lane.suspect, lane.tries = seq, 0
        lane.tries += 1
        lane.not_before = retry_at(lane.tries)
        if lane.tries >= self.limits.tries_max and lane.events[0].seq == seq:
            return lane
        return None

    # ---- parked

    def park(self, lane: Lane, error: str, at: datetime) -> Parked:
        """Stop a lane at its head; what is behind leaves the memory and is read again later."""
        head = lane.events[0]
        event = Parked(head.seq, lane.key, error, lane.tries, at)
        parked = ParkedLane(event, self.position, len(head.data), head.at, behind_events=len(lane.events) - 1)
        for held in lane.events:
            self._drop(held)
            parked.behind_bytes += len(held.data)
        parked.behind_bytes -= parked.size
        self._ready.remove(lane)
        del self._lanes[lane.key]
        self._parked[lane.key] = parked
        return event

    def parked(self) -> list[Parked]:
        """Parked events, in order of seq."""
        events = [lane.event for lane in self._parked.values()] + list(self._parked_before.values())
        return sorted(events, key=lambda event: event.seq)

    def parked_seqs(self) -> list[int]:
        """Their numbers; an event that was parked before a restart counts from the start."""
        return [lane.event.seq for lane in self._parked.values()] + list(self._parked_before)

    def unpark(self, seq: int) -> bool:
        """Let a parked event be tried again. False: not parked. The reader goes on from `position`, which went back."""
        if seq in self._parked_before:
            del self._parked_before[seq]
        else:
            key = next((key for key, lane in self._parked.items() if lane.event.seq == seq), None)
            if key is None:
                return False
            del self._parked[key]
        self.position = min(self.position, seq - 1)
        return True

    def skip(self, seq: int) -> bool:
        """Give a parked event up: it counts as done, its lane goes on behind it. False: not parked."""
        if not self.unpark(seq):
            return False
        self._mark_done(seq)
        self._advance()
        return True

    # ---- the cursor and the numbers

    def _mark_done(self, seq: int) -> None:
        self._done.add(seq)
        heapq.heappush(self._done_heap, seq)
        self.moved += 1

    def _advance(self) -> None:
        low = self.position + 1
        while self._held_heap and self._held_heap[0] not in self._held:
            heapq.heappop(self._held_heap)
        if self._held_heap:
            low = min(low, self._held_heap[0])
        low = min([low, *self.parked_seqs()])
        if low > self._low:
            self._low = low
            self.moved += 1
        while self._done_heap and self._done_heap[0] < self._low:
            self._done.discard(heapq.heappop(self._done_heap))

    def cursor(self) -> Cursor:
        """The lowest event not done, and those done above it."""
        self._advance()
        return Cursor(self._low, frozenset(self._done))

    def waiting(self) -> tuple[int, int, datetime | None]:
        """Events and bytes that were read and are not done, and the time of the oldest."""
        self._advance()
        lanes = self._parked.values()
        events = len(self._held) + len(self.parked_seqs()) + sum(lane.behind_events for lane in lanes)
        size = self._held_bytes + sum(lane.size + lane.behind_bytes for lane in lanes)
        ages = [lane.at for lane in lanes if lane.at is not None]
        if self._held_heap:
            ages.append(self._held[self._held_heap[0]].at)
        return events, size, min(ages, default=None)
