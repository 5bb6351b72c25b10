"""The controller's end of the serial link, as its A0 firmware behaves. Driven by ``now``; knows no loop and no line.

::

    bytes from the host ──► receive(data, now) ──► frames to send at once (ACKs)
    every 10 ms         ──► turn(now)          ──► frames to send

What the firmware does, from `wire/hev.md` §3:

- Three queues of five, for alarms, commands and data; a full one loses its *oldest*.
- Each pass of the main loop sends the head of a queue if enough time has passed: alarm 5 ms, command 50 ms, data 10 ms.
  It is the head again and again, for ever, until it is acknowledged.
- One N(S) for all three, stamped each time a frame leaves. An ACK counts if its N(R) is the head's N(S) + 1; then N(S)
  rises and the head goes. Any other ACK is ignored, and so is every NACK.
- Each frame with a good checksum is acknowledged; a bad one is met with silence. START and STOP are obeyed, all other
  commands ignored.

The sheet leaves open whether "since the last transmission" is one clock or one per queue. With one clock an alarm that
waits for its ACK would silence the samples, and a command would never go while samples flow; we take one per queue.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lineside.ventilator.simulator.alarms import AlarmMaker
from lineside.ventilator.simulator.report import SimulatorReport
from lineside.ventilator.wire.frame import (
    CLASS_ALARM,
    CLASS_COMMAND,
    CLASS_DATA,
    CLASS_MASK,
    CONTROL_ACK,
    CONTROL_NACK,
    SEQUENCE_COUNT,
    FrameReader,
    Noise,
    encode_ack,
    encode_information,
    encode_nack,
)
from lineside.ventilator.wire.message import AlarmFrame, CommandContent, UnusableReason
from lineside.ventilator.wire.profile import Profile

PRIORITY = (CLASS_ALARM, CLASS_COMMAND, CLASS_DATA)
_TOLERANCE_S = 1e-6  # passes lie on a grid of floating-point numbers


@dataclass(frozen=True, slots=True)
class Pace:
    """The firmware's times. ``>`` in its source is ``>=`` here: its own pass always takes a little over 10 ms.

    Attributes:
        loop_s: one pass of the main loop.
        alarm_s, command_s, data_s: least time between two sendings out of one queue.
        queue_max: frames per queue.
    """

    loop_s: float = 0.010
    alarm_s: float = 0.005
    command_s: float = 0.050
    data_s: float = 0.010
    queue_max: int = 5

    def spacing_s(self, kind: int) -> float:
        """The least time between two sendings of this class."""
        return {CLASS_ALARM: self.alarm_s, CLASS_COMMAND: self.command_s}.get(kind, self.data_s)


# From AA on samples come 10 ms apart with other payloads between them, so that loop was faster than A0's.
LATER_PACE = Pace(loop_s=0.005, data_s=0.005)


def pace_for(rate_hz: float) -> Pace:
    """The A0 firmware's pace up to 50 samples a second; above that a faster loop, as later firmware had."""
    if rate_hz <= 50:
        return Pace()
    return Pace(loop_s=0.5 / rate_hz, data_s=0.5 / rate_hz, alarm_s=min(0.005, 0.5 / rate_hz))


class Source(Protocol):
    """Where payloads come from: the lung, or a recording."""

    def payloads(self, now: float, has_room: Callable[[int], bool]) -> list[tuple[int, bytes]]:
        """(address, information field) of what is due now, in order.

        Args:
            has_room: whether the queue of this class takes one more without losing one. A recording waits for room; the
                lung does not.
        """
        ...

    def on_order(self, cmdtype: str, cmd: str) -> bool:
        """The host's command; False if it is one that the firmware ignores."""
        ...

    def timestamp_ms(self, now: float) -> int:
        """The machine's clock, for the alarms that we add."""
        ...


@dataclass(slots=True)
class _Entry:
    address: int
    info: bytes
    sequence: int = 0
    attempts: int = 0
    heard_at: float | None = None  # first sending with somebody at the other end


class VentilatorController:
    """One simulated controller.

    Args:
        profile: the protocol version it speaks.
        source: its payloads.
        report: its books.
        alarms: adds random alarms, if given.
        pace: its times.
        nack: chance that a good command is answered with a NACK and not obeyed.
        wrong_version_every: each so-many-th payload claims another version; 0 is never.
        chance: decides about ``nack``.
    """

    def __init__(
        self,
        profile: Profile,
        source: Source,
        report: SimulatorReport,
        *,
        alarms: AlarmMaker | None = None,
        pace: Pace | None = None,
        nack: float = 0.0,
        wrong_version_every: int = 0,
        chance: random.Random | None = None,
    ) -> None:
        self.profile = profile
        self.source = source
        self.report = report
        self.pace = pace or Pace()
        self._alarms = alarms
        self._nack = nack
        self._wrong_version_every = wrong_version_every
        self._chance = chance or random.Random(0)
        self._reader = FrameReader()
        self._queues: dict[int, deque[_Entry]] = {kind: deque() for kind in PRIORITY}
        self._sent_at = dict.fromkeys(PRIORITY, float("-inf"))
        self._sequence = 0
        self.is_attached = True  # somebody is at the other end, as far as the line can tell
        self.is_ending = False  # nothing new is queued: what waits is sent until it is acknowledged

    # -- hearing ---------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> list[bytes]:
        """Take any piece of the host's bytes; returns the answers to send at once, a frame each."""
        answers: list[bytes] = []
        for body in self._reader.receive(data):
            if isinstance(body, Noise):
                self.report.bad_frames += 1
            elif body[2] & 1:
                self._on_answer(body[0], body[1] >> 1, body[2], now)
            else:
                answers.append(self._on_information(body[0], body[2] >> 1, body[3:-2]))
        return answers

    def _on_answer(self, address: int, expected: int, control: int, now: float) -> None:
        if control == CONTROL_NACK:
            self.report.nacks_received += 1
            return
        queue = self._queues.get(address & CLASS_MASK)
        if control != CONTROL_ACK or queue is None:
            self.report.bad_frames += 1
            return
        head = queue[0] if queue else None
        if head is None or not head.attempts or expected != (head.sequence + 1) % SEQUENCE_COUNT:
            self.report.acks_ignored += 1
            return
        queue.popleft()
        self._sequence = (self._sequence + 1) % SEQUENCE_COUNT
        self.report.acked += 1
        if head.heard_at is not None:
            self.report.wait_s_max = max(self.report.wait_s_max, now - head.heard_at)

    def _on_information(self, address: int, sequence: int, info: bytes) -> bytes:
        content = self.profile.decode(address, info)
        if isinstance(content, UnusableReason):
            self.report.unusable_frames += 1  # acknowledged all the same: the firmware's NACK looks like an ACK
        elif isinstance(content, CommandContent):
            if self._nack and self._chance.random() < self._nack:
                self.report.orders_nacked += 1
                return encode_nack(address, sequence)
            self._obey(content)
        return encode_ack(address, sequence)

    def _obey(self, order: CommandContent) -> None:
        is_known = order.cmdtype is not None and order.cmd is not None
        if is_known and self.source.on_order(str(order.cmdtype), str(order.cmd)):
            self.report.count_order(str(order.cmd))
        else:
            self.report.count_order("other")

    # -- speaking --------------------------------------------------------------------------------------------------

    def turn(self, now: float) -> list[bytes]:
        """One pass of the main loop: queue what is due, send what may go; a frame each."""
        if not self.is_ending:
            self._queue_due(now)
        return [frame for kind in PRIORITY if (frame := self._send_head(kind, now))]

    def _queue_due(self, now: float) -> None:
        for address, info in self.source.payloads(now, self._has_room):
            self._put(address, info)
        for code in self._alarms.due(now) if self._alarms is not None else ():
            self._put(CLASS_ALARM, self.profile.encode_alarm(AlarmFrame(code, 0, self.source.timestamp_ms(now))))

    @property
    def waiting(self) -> int:
        """Payloads in the queues."""
        return sum(len(queue) for queue in self._queues.values())

    def finish(self) -> SimulatorReport:
        """Close the books: what is still in the queues was not acknowledged."""
        for queue in self._queues.values():
            while queue:
                self._give_up(queue)
        return self.report

    def _has_room(self, address: int) -> bool:
        return len(self._queues[address & CLASS_MASK]) < self.pace.queue_max

    def _put(self, address: int, info: bytes) -> None:
        queue = self._queues[address & CLASS_MASK]
        if len(queue) >= self.pace.queue_max:
            self._give_up(queue)
        self.report.payloads += 1
        if self._wrong_version_every and self.report.payloads % self._wrong_version_every == 0:
            info = bytes((info[0] ^ 0x01,)) + info[1:]
            self.report.count_fault("wrong version")
        queue.append(_Entry(address, info))

    def _give_up(self, queue: deque[_Entry]) -> None:
        if queue.popleft().heard_at is None:
            self.report.never_heard += 1
        else:
            self.report.never_acked += 1

    def _send_head(self, kind: int, now: float) -> bytes:
        queue = self._queues[kind]
        if not queue or now - self._sent_at[kind] < self.pace.spacing_s(kind) - _TOLERANCE_S:
            return b""
        head = queue[0]
        head.sequence = self._sequence
        if head.attempts:
            self.report.retransmitted += 1
        head.attempts += 1
        if head.heard_at is None and self.is_attached:
            head.heard_at = now
        self._sent_at[kind] = now
        self.report.frames_sent += 1
        return encode_information(head.address, head.sequence, head.info)
