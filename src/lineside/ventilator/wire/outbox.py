"""The sending half of the serial link: three queues, one frame in flight, retransmission until it is acknowledged.

What is asked for goes into the queue of its class: alarms before commands before data. One counter N(S) serves all
classes and is stamped on a frame each time it goes out. The frame in flight is repeated every ``retransmit_s``; while
it stays unacknowledged and other classes wait, it shares the line with them turn by turn, as the firmware does, so that
an alarm whose ACK waits for a disk does not stop the waveform.

An ACK is final only for the frame in flight: same class, and N(R) = N(S) + 1. After ``attempts_max`` sendings a frame
is given up and its N(S) used up with it, so that an ACK that comes too late can never confirm another frame.

Source: wire/hev.md section 3.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from lineside.ventilator.wire.frame import (
    CLASS_ALARM,
    CLASS_COMMAND,
    CLASS_DATA,
    CLASS_MASK,
    SEQUENCE_COUNT,
    encode_information,
)
from lineside.ventilator.wire.message import Delivered, Order, Queued, Undelivered

RETRANSMIT_S = 0.05  # the commands' spacing of the originals
ATTEMPTS_MAX = 20  # one second of silence at that spacing; a live machine answers within milliseconds
QUEUE_MAX = 16  # frames per class, as the originals' later queues

_PRIORITY = (CLASS_ALARM, CLASS_COMMAND, CLASS_DATA)


@dataclass(slots=True)
class _Entry:
    message: Queued
    address: int
    info: bytes
    attempts: int = 0


class Outbox:
    """Frames to be delivered, at most one in flight. Takes time as ``now``, tells when it wants to be called.

    Frames are made by `outgoing`; `first` makes one without a clock, and its timer starts at the next call that has
    one, which `deadline` asks for at once.
    """

    def __init__(self, retransmit_s: float, attempts_max: int, queue_max: int) -> None:
        assert retransmit_s > 0
        assert attempts_max >= 1
        assert queue_max >= 1
        self._retransmit_s = retransmit_s
        self._attempts_max = attempts_max
        self._queue_max = queue_max
        self._queues: dict[int, deque[_Entry]] = {address: deque() for address in _PRIORITY}
        self._in_flight: _Entry | None = None
        self._sent_at: float | None = None  # None: sent by `first`, its timer not started
        self._sequence = 0
        self._now = 0.0
        self._notices: list[Undelivered] = []

    @property
    def waiting(self) -> int:
        """Frames that are neither acknowledged nor given up, the one in flight included."""
        return sum(map(len, self._queues.values())) + (self._in_flight is not None)

    def has_room(self, address: int) -> bool:
        """Whether one more frame of this address' class would find room."""
        return len(self._queues[address & CLASS_MASK]) < self._queue_max

    def put(self, message: Queued, address: int, info: bytes) -> None:
        """Queue one frame. Without room a new order is refused and of the other kinds the oldest is discarded."""
        entry = _Entry(message, address, info)
        queue = self._queues[address & CLASS_MASK]
        if len(queue) >= self._queue_max:
            refused = entry if isinstance(message, Order) else queue.popleft()
            self._notices.append(Undelivered(refused.message, refused.attempts, "the queue is full"))
            if refused.attempts:
                self._count()  # its number was on the line: an ACK for it must not confirm the next frame
            if refused is entry:
                return
        queue.append(entry)

    def first(self) -> bytes:
        """The next frame if the line is free, else nothing."""
        if self._in_flight is not None:
            return b""
        return self._send(self._next())

    def outgoing(self, now: float) -> bytes:
        """The frame that is due now: a first sending, a repetition, or nothing."""
        self.tick(now)
        entry = self._in_flight
        if entry is None:
            return self._send(self._next(), now)
        if not self._is_due(now):
            return b""
        return self._send(self._yield_line(entry), now)

    def tick(self, now: float) -> None:
        """Take the time: start a timer that waits for it, give up what was sent often enough."""
        self._now = now
        entry = self._in_flight
        if entry is None:
            return
        if self._sent_at is None:
            self._sent_at = now
        if self._is_due(now) and entry.attempts >= self._attempts_max:
            self._in_flight = None
            self._count()
            reason = f"not acknowledged in {entry.attempts} attempts"
            self._notices.append(Undelivered(entry.message, entry.attempts, reason))

    def take_notices(self) -> list[Undelivered]:
        """What was given up since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def on_ack(self, address: int, expected: int) -> Delivered | None:
        """An ACK came with N(R) = ``expected``; tells what it delivered, if it is for the frame in flight."""
        entry = self._in_flight
        if entry is None or (address ^ entry.address) & CLASS_MASK:
            return None
        if expected != (self._sequence + 1) % SEQUENCE_COUNT:
            return None
        self._in_flight = None
        self._count()
        return Delivered(entry.message, entry.attempts)

    def deadline(self) -> float | None:
        """When `outgoing` or `take_notices` has something to do; a time in the past means now."""
        if self._notices:
            return self._now
        if self._in_flight is not None:
            return self._now if self._sent_at is None else self._sent_at + self._retransmit_s
        return self._now if any(self._queues.values()) else None

    def reset(self, reason: str) -> list[Undelivered]:
        """Empty everything: the link was lost. N(S) goes on, so that no old ACK or repeat is mistaken for a new one."""
        undelivered = self.take_notices()
        entries = [] if self._in_flight is None else [self._in_flight]
        for queue in self._queues.values():
            entries += queue
            queue.clear()
        if self._in_flight is not None:
            self._in_flight = None
            self._count()
        return undelivered + [Undelivered(entry.message, entry.attempts, reason) for entry in entries]

    def _is_due(self, now: float) -> bool:
        return self._sent_at is not None and now >= self._sent_at + self._retransmit_s

    def _next(self) -> _Entry | None:
        for queue in self._queues.values():
            if queue:
                return queue.popleft()
        return None

    def _yield_line(self, entry: _Entry) -> _Entry:
        """Whose turn it is after ``entry`` went unacknowledged: the next class in the round that waits, or it again."""
        own = entry.address & CLASS_MASK
        turn = _PRIORITY.index(own)
        for address in _PRIORITY[turn + 1 :] + _PRIORITY[:turn]:
            if self._queues[address]:
                self._queues[own].appendleft(entry)
                return self._queues[address].popleft()
        return entry

    def _send(self, entry: _Entry | None, now: float | None = None) -> bytes:
        self._in_flight, self._sent_at = entry, now
        if entry is None:
            return b""
        entry.attempts += 1
        return encode_information(entry.address, self._sequence, entry.info)

    def _count(self) -> None:
        self._sequence = (self._sequence + 1) % SEQUENCE_COUNT
