"""The machine's reader: polls found in the bytes of a host. For simulators, and for tests of the host.

With the 9th bit, a byte that has it begins a message, always: what was being received is dropped. Without it, messages
are found by content: at the beginning a byte of 80 or more is a whole general poll, any other is the address of a long
poll whose length comes from its command; a silence drops what is incomplete.

A machine follows every message on its line, not only its own: a poll to another address acknowledges its answer.

Source: wire/sas.md §2, §2.3, §3, §5.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.errors import Malformed
from lineside.slots.wire.crc import CRC_BYTES, WrongCRC
from lineside.slots.wire.decode import decode_request
from lineside.slots.wire.host_side import FRAME_BYTES_MAX, NOISE_BYTES_MAX
from lineside.slots.wire.long_polls import LONG_POLLS, PollType
from lineside.slots.wire.poll import GENERAL, LongPoll, Poll, hide_key


class BadReason(StrEnum):
    """Why bytes of a host are no poll."""

    BAD_CRC = "bad crc"  # a machine answers with a NACK
    MALFORMED = "malformed"  # the check value is good, the data are not: a NACK too
    TRUNCATED = "truncated"  # silence, or the next message, came before its end
    NO_WAKEUP = "no wake-up bit"  # bytes outside of any message


class PollSeen(msgspec.Struct, frozen=True):
    """A whole poll, to whatever address.

    Attributes:
        message: its data as the Struct that the poll's row names, or None.
        frame: its bytes.
    """

    poll: Poll
    message: Any
    frame: bytes


class BadFrame(msgspec.Struct, frozen=True):
    """Bytes that are no poll.

    Attributes:
        address: whom they were meant for; None when that cannot be told.
        text: names the fault.
    """

    address: int | None
    data: bytes
    reason: BadReason
    text: str

    def __repr__(self) -> str:
        """As usual; the key of a registration is not shown."""
        return f"BadFrame({self.address!r}, {hide_key(self.data)!r}, {self.reason.value!r}, {self.text!r})"


class MachineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a machine listens."""

    # A silence within a message drops it: 5 ms by the protocol, 20 or more where a pty or a network holds bytes back.
    gap_s: Annotated[float, Meta(ge=0.001, le=1.0)] = 0.020


class MachineSide:
    """Reads the host's side of one line. Pure: ``now`` is monotonic seconds, never asked for."""

    def __init__(self, settings: MachineSettings | None = None) -> None:
        self._settings = settings or MachineSettings()
        self._buffer = bytearray()
        self._stray = bytearray()
        self._size = 0
        self._last_at = 0.0

    @property
    def deadline(self) -> float | None:
        """When silence ends what is being received (monotonic seconds), or None."""
        return self._last_at + self._settings.gap_s if self._buffer or self._stray else None

    def receive(self, data: bytes, wakeups: frozenset[int] | None, now: float) -> list[PollSeen | BadFrame]:
        """Take any piece of the host's bytes; return what is now whole, in order.

        Args:
            data: any split or merge.
            wakeups: offsets of bytes with the 9th bit set; None when the transport cannot tell.
            now: monotonic seconds.
        """
        seen = self.on_time(now)
        self._last_at = now if data else self._last_at
        for offset, byte in enumerate(data):
            is_first = not self._buffer if wakeups is None else offset in wakeups
            if is_first:
                self._end(seen)
            elif not self._buffer:
                self._stray.append(byte)
                if len(self._stray) >= NOISE_BYTES_MAX:
                    self._end(seen)
                continue
            self._take(byte, seen)
        return seen

    def on_time(self, now: float) -> list[PollSeen | BadFrame]:
        """What silence has ended; nothing before ``deadline``."""
        seen: list[PollSeen | BadFrame] = []
        deadline = self.deadline
        if deadline is not None and now >= deadline:
            self._end(seen)
        return seen

    def _take(self, byte: int, seen: list[PollSeen | BadFrame]) -> None:
        self._buffer.append(byte)
        if len(self._buffer) <= 3:
            self._size = self._size_so_far()
        if len(self._buffer) >= self._size:
            self._tell(bytes(self._buffer), seen)

    def _size_so_far(self) -> int:
        """How long the message is, or how long it must be to tell."""
        buffer = self._buffer
        if buffer[0] & GENERAL:
            return 1
        if len(buffer) == 1:
            return 2
        spec = LONG_POLLS.get(buffer[1])
        if spec is None:
            return FRAME_BYTES_MAX  # nobody knows its length: it ends with the next message or a silence
        if spec.type is PollType.READ:
            return 2
        if spec.counts_request:
            return 3 if len(buffer) == 2 else 3 + CRC_BYTES + buffer[2]
        return 2 + CRC_BYTES + (0 if spec.request is None else spec.request.size or 0)

    def _end(self, seen: list[PollSeen | BadFrame]) -> None:
        """End what is being received: a poll of unknown length is whole now, all else is cut short."""
        frame, stray = bytes(self._buffer), bytes(self._stray)
        self._stray.clear()
        if stray:
            seen.append(BadFrame(None, stray, BadReason.NO_WAKEUP, f"{len(stray)} bytes without a beginning"))
        if len(frame) > 1 and frame[1] not in LONG_POLLS:
            self._tell(frame, seen)
        elif frame:
            self._buffer.clear()
            text = f"{len(frame)} bytes, wanted {self._size}"
            seen.append(BadFrame(frame[0], frame, BadReason.TRUNCATED, text))

    def _tell(self, frame: bytes, seen: list[PollSeen | BadFrame]) -> None:
        self._buffer.clear()
        try:
            poll, message = decode_request(frame)
        except WrongCRC as error:
            seen.append(BadFrame(frame[0], frame, BadReason.BAD_CRC, str(error)))
        except Malformed as error:
            seen.append(BadFrame(frame[0], frame, BadReason.MALFORMED, str(error)))
        else:
            seen.append(PollSeen(poll, message, frame))


def acknowledgement(address: int) -> bytes:
    """An ACK: the machine's own address."""
    return bytes([address])


def refusal(address: int) -> bytes:
    """A NACK."""
    return bytes([GENERAL | address])


def busy(address: int) -> bytes:
    """The two bytes that mean: ask later."""
    return bytes([address, 0])


def is_for(poll: Poll, address: int) -> bool:
    """Whether a machine has to act on a poll: its own, or one to every machine."""
    return poll.address == address or (isinstance(poll, LongPoll) and poll.address == 0)
