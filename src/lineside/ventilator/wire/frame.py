"""The envelope of the serial link: HDLC-like frames found in any stream of bytes, and made.

::

    7E | address | control0 | control1 | information (n bytes) | FCS low | FCS high | 7E
          class     N(R)<<1    N(S)<<1        the payload

``control1`` tells the kind of frame: bit 0 clear is an information frame with its N(S); 01 is an ACK and 05 a NACK,
both without information and with N(R) in ``control0``. Between the flags each 7D and 7E is sent as 7D and the byte
XOR 20. The FCS is CRC-16/IBM-SDLC (X.25) over the unescaped bytes from address to information, low byte first.

What may go wrong on a real cable, and what happens here: every 7E ends one frame and may begin the next, so shared and
repeated flags cost nothing and a stray flag or a cut frame costs at most the piece that it falls in. A piece that is
not a frame becomes one `Noise`. The originals lose the link for ever at the first stray flag.

Source: wire/hev.md sections 2, 3 and 6.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from fastcrc.crc16 import ibm_sdlc as crc16

FLAG = b"\x7e"
ESCAPE = 0x7D
ESCAPE_XOR = 0x20

CLASS_MASK = 0xC0  # the two top bits; the spare bits below are echoed and never judged
CLASS_DATA = 0x40
CLASS_COMMAND = 0x80
CLASS_ALARM = 0xC0

CONTROL_ACK = 0x01
CONTROL_NACK = 0x05

SEQUENCE_COUNT = 128  # N(S) and N(R) have seven bits

# Address, two control bytes and two of FCS: nothing shorter between flags can be a frame.
BODY_BYTES_MIN = 5

# The CRC over covered bytes *and* their FCS is always this, which saves cutting the FCS off before checking.
RESIDUE = 0x0F47

# Room for the longest payload known (81 bytes) with every byte escaped, and what the later firmware's buffer holds.
FRAME_BYTES_MAX = 256

# Short junk is told when a frame-sized piece follows or when this much has gathered, whatever comes first.
JUNK_BYTES_MAX = 256


class NoiseReason(StrEnum):
    """Why a piece between two flags is not a frame."""

    BAD_CHECKSUM = "bad checksum"  # frame-sized, and the FCS does not match: a flipped byte or a cut frame
    JUNK = "junk"  # too short to be a frame; neighbours are merged
    OVERLONG = "overlong"  # passed the limit before its flag came
    BAD_ESCAPE = "bad escape"  # ends within an escape
    BAD_CONTROL = "bad control"  # the checksum is good and control1 is neither information, ACK nor NACK


class Noise(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are no frame. Nothing is answered: the peer's retransmission recovers what was lost.

    Attributes:
        data: the bytes as they came (still escaped), at most the frame limit; of an overlong piece its beginning.
        wanted: the FCS that these bytes need, where a frame's could be computed, else None.
        got: the FCS that came, or None.
    """

    reason: NoiseReason
    data: bytes
    wanted: int | None = None
    got: int | None = None

    def __str__(self) -> str:
        crc = "" if self.wanted is None or self.got is None else f" crc {self.got:04x} wanted {self.wanted:04x}"
        return f"{self.reason}{crc} in {self.data.hex(' ')}"


def escape(body: bytes) -> bytes:
    """The bytes between two flags for an unescaped ``body``."""
    return body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")


def unescape(raw: bytes) -> bytes | None:
    """The body of the bytes ``raw`` between two flags, or None if they end within an escape.

    Any byte may be escaped, as in HDLC; the two that must be are undone at C speed.
    """
    body = raw.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
    if len(raw) - len(body) == raw.count(b"\x7d"):
        return body
    return _unescape_any(raw)


def _unescape_any(raw: bytes) -> bytes | None:
    body = bytearray()
    flip = 0
    for byte in raw:
        if byte == ESCAPE and not flip:
            flip = ESCAPE_XOR
        else:
            body.append(byte ^ flip)
            flip = 0
    return None if flip else bytes(body)


def encode_frame(address: int, control0: int, control1: int, information: bytes = b"") -> bytes:
    """One whole frame with its own start and stop flag, as every original sends it.

    Args:
        address: 0..255.
        control0: 0..255, N(R) << 1.
        control1: 0..255, N(S) << 1, `CONTROL_ACK` or `CONTROL_NACK`.
    """
    covered = bytes((address, control0, control1)) + information
    return FLAG + escape(covered + crc16(covered).to_bytes(2, "little")) + FLAG


def encode_information(address: int, sequence: int, information: bytes) -> bytes:
    """An information frame with N(S) = ``sequence`` (0..127); N(R) is 0, as the originals send it."""
    return encode_frame(address, 0, sequence << 1, information)


def _encode_answer(address: int, sequence: int, control1: int) -> bytes:
    return encode_frame(address, (sequence + 1) % SEQUENCE_COUNT << 1, control1)


# The answers for the three classes without spare bits, made once: they are half of all frames that we send.
_ACKS = {
    (address, sequence): _encode_answer(address, sequence, CONTROL_ACK)
    for address in (CLASS_DATA, CLASS_COMMAND, CLASS_ALARM)
    for sequence in range(SEQUENCE_COUNT)
}


def encode_ack(address: int, sequence: int) -> bytes:
    """The ACK for the information frame with this address and N(S): the address echoed, N(R) = N(S) + 1."""
    return _ACKS.get((address, sequence)) or _encode_answer(address, sequence, CONTROL_ACK)


def encode_nack(address: int, sequence: int) -> bytes:
    """The NACK for the information frame with this address and N(S): its checksum was good, its content no use."""
    return _encode_answer(address, sequence, CONTROL_NACK)


class FrameReader:
    """Finds the frames in a stream of bytes. Work is bounded per byte, memory by two frames.

    What it returns depends on the bytes alone and never on how they were split.
    """

    __slots__ = ("_frame_bytes_max", "_held", "_junk", "_skipping")

    def __init__(self, frame_bytes_max: int = FRAME_BYTES_MAX) -> None:
        assert frame_bytes_max >= BODY_BYTES_MIN
        self._frame_bytes_max = frame_bytes_max
        self._held = bytearray()  # what came after the last flag
        self._junk = bytearray()  # short pieces, not told yet
        self._skipping = False  # the piece now arriving was told as overlong

    def reset(self) -> None:
        """Forget what is unfinished: the link was lost."""
        self._held.clear()
        self._junk.clear()
        self._skipping = False

    def receive(self, data: bytes) -> list[bytes | Noise]:
        """Take any piece of the stream.

        Returns:
            In order: unescaped frames whose checksum is good (address to FCS, 5 bytes or more) as `bytes`, and `Noise`.
        """
        found: list[bytes | Noise] = []
        pieces = data.split(FLAG)
        rest = pieces.pop()
        if pieces:
            if self._skipping:
                self._skipping = False
                pieces[0] = b""
            elif self._held:
                pieces[0] = bytes(self._held) + pieces[0]
                self._held.clear()
            for raw in pieces:
                if raw:
                    self._judge(raw, found)
        if rest and not self._skipping:
            self._hold(rest, found)
        return found

    def _hold(self, rest: bytes, found: list[bytes | Noise]) -> None:
        self._held += rest
        if len(self._held) > self._frame_bytes_max:
            raw = bytes(self._held)
            self._held.clear()
            self._skipping = True
            self._judge(raw, found)

    def _judge(self, raw: bytes, found: list[bytes | Noise]) -> None:
        size = len(raw)
        if size < BODY_BYTES_MIN:
            self._gather_junk(raw, found)
            return
        if self._junk:
            self._tell_junk(found)
        if size > self._frame_bytes_max:
            found.append(Noise(NoiseReason.OVERLONG, raw[: self._frame_bytes_max]))
            return
        body = unescape(raw) if ESCAPE in raw else raw
        if body is None:
            found.append(Noise(NoiseReason.BAD_ESCAPE, raw))
        elif crc16(body) == RESIDUE and len(body) >= BODY_BYTES_MIN:
            found.append(body)
        else:
            got = int.from_bytes(body[-2:], "little")
            found.append(Noise(NoiseReason.BAD_CHECKSUM, raw, crc16(body[:-2]), got))

    def _gather_junk(self, raw: bytes, found: list[bytes | Noise]) -> None:
        self._junk += raw
        if len(self._junk) >= JUNK_BYTES_MAX:
            self._tell_junk(found)

    def _tell_junk(self, found: list[bytes | Noise]) -> None:
        found.append(Noise(NoiseReason.JUNK, bytes(self._junk)))
        self._junk.clear()
