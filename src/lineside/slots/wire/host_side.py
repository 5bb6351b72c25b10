"""The host's reader: what comes back to one poll at a time, found in any stream of bytes.

::

    general poll out    xx                            an exception; 00 is nothing
                        addr FF exc [data] crc crc    an event (real-time mode)
                        addr 21 sig sig crc crc       the ROM signature that was asked for before
    long poll out       addr cmd [len] data crc crc   data
                        addr  ·  80|addr  ·  addr 00  ACK, NACK, busy
                        addr FF exc [data] crc crc    an event: the poll was not executed
    nothing out         addr                          a chirp (wake-up bit 1, where the transport tells it)

There is no flag byte: an answer ends where its length says, and the check value says whether it was one. Answers with
a check value, and 00, count at once. An answer of one other byte counts when the line then stays silent, since an
exception 01, an ACK of address 1, the first byte of its frames and the echo of a poll look alike.

A frame whose check value is wrong is told at the next silence, since it may be a good one that is longer than the table
knows (many sizes have one source): then it is a `BadAnswer`, or an event with `EventData`.

What goes wrong on real lines, and what happens here: bytes before an answer (echoes ``80 81``, ``81 01``, ``01 01``;
an ACK before an event) are skipped and told as `Noise`; two events glued together are both told, the second as late; a
frame cut short is given up at the next silence, and until the next poll no single byte counts, since it may be the rest
of what was torn; noise that looks like the beginning of a long frame hides what follows until then, and never longer.
Every byte is looked at once, and once more per frame that begins before it.

A host's own echo can be a perfect frame. Where the answer to a poll can look the same (4C, 71, 73, A8) it is taken for
an answer unless the settings say that the machine echoes.

Source: wire/sas.md §2.3, §3, §9.8, §16.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from lineside.errors import Malformed
from lineside.slots.wire.crc import CRC_BYTES, crc16
from lineside.slots.wire.decode import FRAME_BYTES_MIN, SIGNATURE, unpack_answer, unpack_signature
from lineside.slots.wire.event import EVENT, EventData, event_bytes, unpack_event
from lineside.slots.wire.exceptions import EXCEPTIONS, NOTHING
from lineside.slots.wire.heard import (
    Ack,
    BadAnswer,
    Busy,
    Chirp,
    DataAnswer,
    Exception_,
    Heard,
    Nack,
    Noise,
    NoiseReason,
    RealTimeEvent,
    WrongAddress,
)
from lineside.slots.wire.long_polls import LONG_POLLS, PollSpec, PollType
from lineside.slots.wire.poll import ADDRESS_MAX, GENERAL, GeneralPoll, LongPoll, Poll, encode
from lineside.slots.wire.profile import AS_THE_SHEET, WireProfile

# Address, command, a length byte, what it can count, and the check value: no frame is longer.
FRAME_BYTES_MAX = 3 + 255 + CRC_BYTES

# Noise is told in pieces of this size, so that a line that never falls silent costs no memory.
NOISE_BYTES_MAX = 256


class HostSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a host listens to one machine.

    Attributes:
        profile: settles what the sources disagree about.
        echoes: the machine or its adapter sends every byte of the host back.
    """

    profile: WireProfile = AS_THE_SHEET
    echoes: bool = False
    # A silence within a frame ends it. The protocol says 5 ms; ptys and USB adapters hold bytes back for up to 16.
    gap_s: Annotated[float, Meta(ge=0.001, le=1.0)] = 0.020
    # A silence after one byte makes it an answer. As long as the protocol allows between two bytes of one message.
    settle_s: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.005


class HostSide:
    """Reads one line. Pure: ``now`` is monotonic seconds, never asked for.

    Usage: ``expect`` with each poll as it leaves; ``receive`` with each piece of bytes; ``on_time`` at ``deadline``.
    """

    def __init__(self, settings: HostSettings | None = None) -> None:
        self._settings = settings or HostSettings()
        self._poll: Poll | None = None
        self._spec: PollSpec | None = None
        self._sent = b""
        self._echoes: tuple[bytes, ...] = ()
        self._buffer = bytearray()
        self._junk = bytearray()
        self._reason: NoiseReason | None = None
        self._is_spoiled = False
        self._heard: list[Heard] = []
        self._last_at = 0.0
        self._tells_wakeups = False

    @property
    def poll(self) -> Poll | None:
        """The poll that is out, until its answer or ``forget``."""
        return self._poll

    @property
    def is_receiving(self) -> bool:
        """Whether bytes came that have not become anything yet: an answer may be on its way."""
        return bool(self._buffer)

    @property
    def deadline(self) -> float | None:
        """When silence will say something (monotonic seconds), or None when no byte waits."""
        if not self._buffer and not self._junk:
            return None
        is_lone = len(self._buffer) == 1 and not self._may_be_own_echo()
        return self._last_at + (self._settings.settle_s if is_lone else self._settings.gap_s)

    def expect(self, poll: Poll, now: float, sent: bytes = b"") -> None:
        """Say that a poll leaves now. Bytes that wait become noise, told by the next call.

        Args:
            poll: what is asked; polls to address 0 are never answered.
            now: monotonic seconds.
            sent: its bytes when they are not those of ``encode`` (a leading ``80``).
        """
        unseen = self._echoes[0] if self._echoes and not self._buffer else b""
        if self._buffer or self._junk:
            self._give_up(NoiseReason.STALE)
        self._is_spoiled = False
        self._poll = poll if poll.address else None
        self._spec = LONG_POLLS.get(poll.command) if isinstance(poll, LongPoll) else None
        self._last_at = now
        self._sent = sent or b"".join(encode(poll))
        is_read = self._spec is not None and self._spec.type is PollType.READ
        if self._settings.echoes and not is_read:
            self._echoes = ((unseen + self._sent)[-FRAME_BYTES_MAX:], self._sent)
        else:  # An answer of data begins as a poll of type R does, and an ACK as its poll: the check value tells those.
            self._echoes = (self._sent,) if self._spec is not None and self._spec.is_acknowledged else ()

    def forget(self) -> None:
        """Say that the answer is no longer waited for."""
        self._poll = None
        self._spec = None

    def receive(self, data: bytes, now: float, wakeups: frozenset[int] | None = None) -> list[Heard]:
        """Take any piece of the line's bytes; return what is now whole, in order.

        Args:
            data: any split or merge.
            now: monotonic seconds; a gap since the last piece gives up a frame that was cut short.
            wakeups: offsets of bytes with the 9th bit set; None when the transport cannot tell.
        """
        if self._buffer or self._junk:
            self._on_silence(now)
        self._tells_wakeups = wakeups is not None
        if data:
            self._last_at = now
        for start in range(0, len(data), FRAME_BYTES_MAX):
            piece = data if len(data) <= FRAME_BYTES_MAX else data[start : start + FRAME_BYTES_MAX]
            if wakeups:
                self._take_marked(piece, frozenset(i - start for i in wakeups))
            else:
                self._buffer += piece
                self._scan()
        return self._taken()

    def on_time(self, now: float) -> list[Heard]:
        """What silence has made of the bytes that wait; nothing before ``deadline``."""
        self._on_silence(now)
        return self._taken()

    def _taken(self) -> list[Heard]:
        heard, self._heard = self._heard, []
        return heard

    def _take_marked(self, piece: bytes, marked: frozenset[int]) -> None:
        """Bytes of which some have the wake-up bit: a machine sends it with its chirp alone."""
        for offset, byte in enumerate(piece):
            if offset not in marked:
                self._buffer.append(byte)
                self._scan()
            elif 0 < byte <= ADDRESS_MAX:
                self._heard.append(Chirp(byte))
            else:
                self._heard.append(Noise(bytes([byte]), NoiseReason.JUNK))

    # ------------------------------------------------------------------------------------------------------- scanning

    def _scan(self) -> None:
        """Take from the front of the buffer whatever its bytes alone decide."""
        buffer = self._buffer
        while buffer and not (self._echoes and self._awaits_echo()):
            if self._took_short():
                continue
            if len(buffer) == 1 and not (self._is_spoiled and self._begins_nothing(buffer[0])):
                return
            size = self._frame_size() if len(buffer) > 1 else None
            if size is None:
                self._skip(None)
            elif len(buffer) < size:
                return
            elif not self._took_frame(bytes(buffer[:size])):
                self._skip(NoiseReason.BAD_CRC)

    def _awaits_echo(self) -> bool:
        """Drop the host's own bytes; True while more of them may come, and when nothing else is left."""
        buffer = self._buffer
        self._echoes = tuple(echo for echo in self._echoes if echo.startswith(buffer[: len(echo)]))
        whole = [echo for echo in self._echoes if len(echo) <= len(buffer)]
        if not whole:
            return bool(self._echoes)
        del buffer[: max(map(len, whole))]
        self._echoes = ()
        return not buffer

    def _begins_nothing(self, byte: int) -> bool:
        return not 0 < byte <= ADDRESS_MAX if self._poll is None else byte != self._poll.address

    def _took_short(self) -> bool:
        """Take an answer without a check value that its bytes alone decide: 00, and busy."""
        poll, buffer = self._poll, self._buffer
        if isinstance(poll, GeneralPoll):
            if buffer[0] != NOTHING or self._is_spoiled:
                return False
            self._answered(Exception_(poll.address, NOTHING), 1)
            return True
        if poll is None or self._is_spoiled or len(buffer) < 2 or buffer[0] != poll.address or buffer[1]:
            return False
        self._answered(Busy(poll.address), 2)
        return True

    def _frame_size(self) -> int | None:
        """How long the frame at the front is, or how long it must be to tell; None when the front begins none."""
        poll, buffer = self._poll, self._buffer
        if self._begins_nothing(buffer[0]):
            return None
        if buffer[1] == EVENT:
            return event_bytes(buffer[2]) if len(buffer) > 2 else 3
        if poll is None:
            return None
        if isinstance(poll, GeneralPoll):
            return 6 if buffer[1] == SIGNATURE else None
        if buffer[1] != poll.command:
            return None
        if self._spec is None:
            return FRAME_BYTES_MAX  # a command of no table: silence tells its length
        if self._spec.counts_answer:
            return 3 + CRC_BYTES + buffer[2] if len(buffer) > 2 else 3
        layout = self._spec.answer
        return None if layout is None else 2 + CRC_BYTES + (layout.size or 0)

    def _took_frame(self, frame: bytes) -> bool:
        """Take a frame whose check value is good."""
        if crc16(frame):
            return False
        self._answered(self._read(frame), len(frame))
        return True

    def _read(self, frame: bytes) -> Heard:
        poll = self._poll
        try:
            if frame[1] == EVENT:
                fields = unpack_event(frame[2], frame[3:-CRC_BYTES])
                return RealTimeEvent(frame[0], frame[2], fields, frame, is_late=poll is None)
            if isinstance(poll, GeneralPoll):
                return DataAnswer(frame[0], frame[1], frame, unpack_signature(frame))
            decoded = None if self._spec is None else unpack_answer(self._spec, frame, self._settings.profile)
            return DataAnswer(frame[0], frame[1], frame, decoded)
        except Malformed as error:
            if frame == self._sent:
                return Noise(frame, NoiseReason.ECHO)
            return BadAnswer(frame[0], frame[1], frame, str(error))

    def _answered(self, heard: Heard, size: int) -> None:
        """Take ``size`` bytes as an answer; all but echoes, chirps and another machine's end the poll."""
        del self._buffer[:size]
        if self._junk:
            self._tell_junk()
        self._heard.append(heard)
        if not isinstance(heard, Noise | Chirp | WrongAddress):
            self.forget()
        self._is_spoiled = False

    # ---------------------------------------------------------------------------------------------- silence and noise

    def _on_silence(self, now: float) -> None:
        deadline = self.deadline
        if deadline is not None and now >= deadline:
            self._give_up(None)

    def _give_up(self, reason: NoiseReason | None) -> None:
        """End what began: one byte is an answer, a whole frame of another shape is told, all else is noise."""
        buffer = self._buffer
        whole = bytes(self._junk + buffer)
        if reason is None and len(buffer) == 1 and not self._is_spoiled and not self._may_be_own_echo():
            lone = self._lone(buffer[0])
            if lone is not None:
                self._answered(lone, 1)
        elif reason is None and len(whole) >= FRAME_BYTES_MIN and not crc16(whole):
            self._junk.clear()
            self._answered(self._odd(whole), len(buffer))
        self._echoes = ()
        while buffer:
            self._skip(reason or NoiseReason.TRUNCATED)
            if reason is None:
                self._scan()
        self._tell_junk()
        if self._poll is None:  # else a byte that follows may be the rest of what was torn: only a frame counts now
            self._is_spoiled = False

    def _may_be_own_echo(self) -> bool:
        return bool(self._echoes) and self._settings.echoes

    def _lone(self, byte: int) -> Heard | None:
        """What one byte and silence mean."""
        poll = self._poll
        if poll is None:
            return Chirp(byte) if 0 < byte <= ADDRESS_MAX else None
        if isinstance(poll, GeneralPoll):
            is_own = byte == poll.address and not self._tells_wakeups
            is_unknown = byte not in EXCEPTIONS
            return Chirp(byte) if is_own and is_unknown else Exception_(poll.address, byte, may_be_chirp=is_own)
        if byte == poll.address:
            is_ack = self._spec is None or self._spec.is_acknowledged or self._tells_wakeups
            return Ack(byte) if is_ack else Chirp(byte)
        if byte == poll.address | GENERAL:
            return Ack(poll.address) if self._settings.profile.high_address_is_ack else Nack(poll.address)
        return WrongAddress(byte, poll.address, bytes([byte])) if 0 < byte <= ADDRESS_MAX else None

    def _odd(self, frame: bytes) -> Heard:
        """What a frame of good check value means that is none of those wanted."""
        poll = self._poll
        if poll is None or not 0 < frame[0] <= ADDRESS_MAX:
            return Noise(frame, NoiseReason.UNASKED if poll is None else NoiseReason.JUNK)
        if frame[0] != poll.address:
            return WrongAddress(frame[0], poll.address, frame)
        if frame[1] == EVENT:
            return RealTimeEvent(frame[0], frame[2], EventData(frame[3:-CRC_BYTES]), frame)
        if isinstance(poll, LongPoll) and frame[1] == poll.command:
            if self._spec is None:
                return DataAnswer(frame[0], frame[1], frame, None)
            if frame != self._sent:
                return BadAnswer(frame[0], frame[1], frame, f"{len(frame)} bytes where the poll is answered otherwise")
        return Noise(frame, NoiseReason.ECHO if frame == self._sent else NoiseReason.JUNK)

    def _skip(self, reason: NoiseReason | None) -> None:
        """Give up the first byte. Echoes and acknowledgements before an answer spoil nothing; other bytes do."""
        byte = self._buffer.pop(0)
        self._junk.append(byte)
        address = 0 if self._poll is None else self._poll.address
        is_own = byte in (address, GENERAL, GENERAL | address)
        if reason is not None:
            self._reason = reason if self._reason is not NoiseReason.BAD_CRC else NoiseReason.BAD_CRC
        elif self._reason is None and not is_own:
            self._reason = NoiseReason.JUNK
        self._is_spoiled = self._is_spoiled or reason is not None or not is_own
        if len(self._junk) >= NOISE_BYTES_MAX:
            self._tell_junk()

    def _tell_junk(self) -> None:
        if self._junk:
            is_own = self._reason is None or (len(self._sent) > 1 and self._junk.endswith(self._sent))
            reason = NoiseReason.ECHO if is_own or self._reason is None else self._reason
            is_unasked = self._poll is None and reason is not NoiseReason.STALE
            self._heard.append(Noise(bytes(self._junk), NoiseReason.UNASKED if is_unasked else reason))
        self._junk.clear()
        self._reason = None
