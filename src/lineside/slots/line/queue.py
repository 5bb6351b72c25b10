"""The long polls that wait for one machine, in the order of their priority."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field

from lineside.slots.line.messages import Want


@dataclass(order=True, slots=True)
class Waiting:
    """One wanted poll and what has happened to it so far.

    Attributes:
        rank: priority, then the order of arrival; kept when the poll must be sent again.
        sends: how often it left, all attempts together.
        busy: answers "busy" so far.
        nacks: NACKs so far.
        events: real-time events that came in its place.
        not_before: monotonic seconds; a busy machine is left alone until then.
    """

    rank: tuple[int, int]
    want: Want = field(compare=False)
    sends: int = field(default=0, compare=False)
    busy: int = field(default=0, compare=False)
    nacks: int = field(default=0, compare=False)
    events: int = field(default=0, compare=False)
    not_before: float = field(default=0.0, compare=False)


class PollQueue:
    """Waiting polls of one machine, bounded.

    Args:
        size_max: more than this are refused.
    """

    def __init__(self, size_max: int) -> None:
        self._size_max = size_max
        self._waiting: list[Waiting] = []
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, want: Want) -> bool:
        """Put a poll behind those of its priority; False when the queue is full."""
        if len(self._waiting) >= self._size_max:
            return False
        self._arrivals += 1
        insort(self._waiting, Waiting((int(want.priority), self._arrivals), want))
        return True

    def put_back(self, waiting: Waiting) -> None:
        """A poll that was taken must go again: it keeps its place. One more than the limit at most."""
        insort(self._waiting, waiting)

    def first(self, now: float) -> Waiting | None:
        """The next poll that may leave now, left in its place."""
        return next((waiting for waiting in self._waiting if waiting.not_before <= now), None)

    def remove(self, waiting: Waiting) -> None:
        """It leaves now."""
        self._waiting.remove(waiting)

    def cancel(self, tag: str) -> Waiting | None:
        """Take the first poll of this tag out; None when there is none."""
        found = next((waiting for waiting in self._waiting if waiting.want.tag == tag), None)
        if found is not None:
            self._waiting.remove(found)
        return found

    def clear(self) -> list[Waiting]:
        """Take all out, in order."""
        waiting, self._waiting = self._waiting, []
        return waiting
