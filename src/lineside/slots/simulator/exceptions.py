"""The machine's exceptions: a queue of 20, oldest lost and 70 told when it is full, and slots for those with priority.

An exception stays where it is until it was acknowledged by what the host sends next (§5.2): `next` looks, `acknowledge`
takes away. Each has a number, so that an overflow between the two takes nothing else away.
"""

from __future__ import annotations

from lineside.slots.simulator.memory import MachineState, Raised
from lineside.slots.wire import EXCEPTIONS

QUEUE_COUNT = 20
"""§12: at least so many; a machine that keeps no more shows a slow host first."""

OVERFLOW = 0x70


class ExceptionQueue:
    """The exceptions within a machine's memory.

    Args:
        state: the memory.
        queued_priorities: codes with priority that this machine puts into its queue all the same.
    """

    def __init__(self, state: MachineState, queued_priorities: tuple[int, ...] = ()) -> None:
        self._state = state
        self._queued = frozenset(queued_priorities)
        self._dropped: set[int] = set()  # since the last acknowledgement; the host may have heard one of them

    def put(self, code: int, data: bytes = b"") -> Raised:
        """Raise an exception; ``data`` are told in real-time mode. One with priority that waits already stays one."""
        state = self._state
        spec = EXCEPTIONS.get(code)
        if spec is not None and spec.is_priority and code not in self._queued:
            for waiting in state.priority:
                if waiting.code == code:
                    waiting.data = data
                    return waiting
            state.priority.append(raised := self._numbered(code, data))
            return raised
        if len(state.queue) >= QUEUE_COUNT:
            self._dropped.add(state.queue.pop(0).number)
            state.lost_count += 1
            self.put(OVERFLOW)
        state.queue.append(raised := self._numbered(code, data))
        return raised

    def next(self) -> Raised | None:
        """What is told next: the oldest with priority, else the oldest."""
        waiting = self._state.priority or self._state.queue
        return waiting[0] if waiting else None

    def find(self, code: int) -> Raised | None:
        """The oldest of one code that waits."""
        return next((raised for raised in (*self._state.priority, *self._state.queue) if raised.code == code), None)

    def acknowledge(self, number: int) -> bool:
        """Take away what the host has heard; False if an overflow had taken it before."""
        self._state.told_count += 1
        for waiting in (self._state.priority, self._state.queue):
            for index, raised in enumerate(waiting):
                if raised.number == number:
                    del waiting[index]
                    self._dropped.clear()
                    return True
        self._state.lost_count -= number in self._dropped  # it fell out of the queue after it was told
        self._dropped.clear()
        return False

    def withdraw(self, code: int) -> None:
        """Take away one that no longer holds (with priority alone: 51 after a reset, 6F after an unlock)."""
        self._state.priority[:] = [raised for raised in self._state.priority if raised.code != code]

    def __len__(self) -> int:
        return len(self._state.priority) + len(self._state.queue)

    def _numbered(self, code: int, data: bytes) -> Raised:
        self._state.raised_count += 1
        return Raised(self._state.raised_count, code, data)
