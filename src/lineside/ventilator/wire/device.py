"""The serial link's wire: bytes in, messages out, and back. The same at both ends, which are both masters.

Who may speak: either end at any time. What acknowledges what: each information frame with a good checksum is owed an
`Acknowledge` or a `Refuse`, which the *model* sends, an alarm's after its record is on disk. What may be lost:
anything; a bad checksum is met with silence and the sender repeats. A repetition is marked, never swallowed.

A caller does three things with it::

    messages = wire.receive(data, now)      on bytes
    messages = wire.on_time(now)            at wire.deadline()
    link.send(wire.outgoing(now))           after each of these, and after `send`

Source: wire/hev.md sections 2 to 4.
"""

from __future__ import annotations

from typing import Any

from lineside.errors import Malformed
from lineside.ventilator.wire.frame import (
    CLASS_ALARM,
    CLASS_COMMAND,
    CLASS_DATA,
    CLASS_MASK,
    CONTROL_ACK,
    CONTROL_NACK,
    FRAME_BYTES_MAX,
    FrameReader,
    Noise,
    NoiseReason,
    encode_ack,
    encode_nack,
    escape,
)
from lineside.ventilator.wire.message import (
    Acknowledge,
    AlarmFrame,
    Content,
    DataFrame,
    Inbound,
    Nacked,
    Order,
    Payload,
    RawPayload,
    Refuse,
    Undelivered,
    Unusable,
    UnusableReason,
)
from lineside.ventilator.wire.outbox import ATTEMPTS_MAX, QUEUE_MAX, RETRANSMIT_S, Outbox
from lineside.ventilator.wire.profile import Profile

# A sender repeats within 200 ms. Beyond this, the same bytes are a restarted peer's first frame, not a repetition.
REPEAT_S_MAX = 1.0

# An information frame without information: address, two control bytes and the FCS.
_BARE_BYTES = 5


class DeviceWire:
    """One end of the serial link.

    Args:
        profile: the protocol version spoken.
        retransmit_s: seconds until an unacknowledged frame is sent again.
        attempts_max: sendings until it is given up.
        frame_bytes_max: raw bytes between two flags; a longer piece is noise.
        queue_max: frames that wait, per class.
        repeat_s_max: how long after a frame the same frame counts as its repetition.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        retransmit_s: float = RETRANSMIT_S,
        attempts_max: int = ATTEMPTS_MAX,
        frame_bytes_max: int = FRAME_BYTES_MAX,
        queue_max: int = QUEUE_MAX,
        repeat_s_max: float = REPEAT_S_MAX,
    ) -> None:
        self._profile = profile
        self._reader = FrameReader(frame_bytes_max)
        self._outbox = Outbox(retransmit_s, attempts_max, queue_max)
        self._repeat_s_max = repeat_s_max
        # The previous information frame. Its control0 (N(R)), and with it the FCS, may differ between two sendings.
        self._last_address = 0
        self._last_part = b""  # N(S) and information
        self._last_content: Content | UnusableReason = UnusableReason.EMPTY
        self._last_at = 0.0

    @property
    def profile(self) -> Profile:
        """The protocol version spoken."""
        return self._profile

    # ----------------------------------------------------------------------------------------------------- receiving

    def receive(self, data: bytes, now: float) -> list[Inbound]:
        """Take any piece of the byte stream.

        Args:
            data: any split or merge of the peer's bytes.
            now: monotonic seconds.

        Returns:
            `Payload`, `Unusable`, `Noise`, `Delivered` and `Nacked` in the order of the bytes. ACKs that are not for
            the frame in flight are dropped.
        """
        messages: list[Inbound] = []
        self._outbox.tick(now)
        for body in self._reader.receive(data):
            if isinstance(body, Noise):
                messages.append(body)
            elif body[2] & 1:
                self._on_answer(body, messages)
            else:
                messages.append(self._on_information(body, now))
        return messages

    def _on_information(self, body: bytes, now: float) -> Payload | Unusable:
        address, part = body[0], body[2:-2]
        is_recent = now - self._last_at <= self._repeat_s_max
        repeated = part == self._last_part and address == self._last_address and is_recent
        self._last_at = now
        if not repeated:
            self._last_address, self._last_part = address, part
            self._last_content = self._profile.decode(address, body[3:-2])
        content = self._last_content
        if isinstance(content, UnusableReason):
            return _unusable(address, part, content, repeated)
        return Payload(address, part[0] >> 1, content, repeated)

    def _on_answer(self, body: bytes, messages: list[Inbound]) -> None:
        address, expected, control = body[0], body[1] >> 1, body[2]
        if len(body) > _BARE_BYTES or control not in (CONTROL_ACK, CONTROL_NACK):
            messages.append(Noise(NoiseReason.BAD_CONTROL, escape(body)))
        elif control == CONTROL_NACK:
            messages.append(Nacked(address, expected))
        elif (delivered := self._outbox.on_ack(address, expected)) is not None:
            messages.append(delivered)

    # ------------------------------------------------------------------------------------------------------- sending

    def send(self, message: Any) -> bytes:
        """Take one message for the peer.

        Returns:
            Bytes to write now: of `Acknowledge` and `Refuse` always their frame; of the others their frame if the line
            is free, else nothing, and `outgoing` gives it when its turn comes.

        Raises:
            WireError: the protocol version cannot express the message, or it is none of this wire's.
        """
        match message:
            case Acknowledge(address=address, sequence=sequence):
                return encode_ack(address, sequence)
            case Refuse(address=address, sequence=sequence):
                return encode_nack(address, sequence)
            case Order(cmdtype=cmdtype, cmd=cmd, param=param):
                self._put(message, CLASS_COMMAND, self._profile.encode_command(cmdtype, cmd, param))
            case DataFrame():
                self._put(message, CLASS_DATA, self._profile.encode_data(message))
            case AlarmFrame():
                self._put(message, CLASS_ALARM, self._profile.encode_alarm(message))
            case RawPayload(address=address, info=info):
                self._put(message, _checked(address, info), info)
            case _:
                raise Malformed(f"{type(message).__name__} is no message of this wire")
        return self._outbox.first()

    def _put(self, message: Order | DataFrame | AlarmFrame | RawPayload, address: int, info: bytes) -> None:
        self._outbox.put(message, address, info)

    def outgoing(self, now: float) -> bytes:
        """Further bytes that are due: the next queued frame when the line is free, or a retransmission."""
        return self._outbox.outgoing(now)

    def on_time(self, now: float) -> list[Inbound]:
        """What time brought: `Undelivered` for orders that were given up. Call `outgoing` after it."""
        self._outbox.tick(now)
        return [*self._outbox.take_notices()]

    def deadline(self) -> float | None:
        """Monotonic seconds at which `on_time` and `outgoing` want to be called (the past means now), or None."""
        return self._outbox.deadline()

    @property
    def waiting(self) -> int:
        """Frames sent or queued that are neither acknowledged nor given up."""
        return self._outbox.waiting

    def has_room(self, address: int = CLASS_COMMAND) -> bool:
        """Whether `send` would find room for one more frame of this class; without it an order is `Undelivered`."""
        return self._outbox.has_room(address)

    def reset(self, reason: str = "the link was lost") -> list[Undelivered]:
        """Forget what is unfinished in both directions; returns what was in flight or queued."""
        self._reader.reset()
        self._last_part = b""
        return self._outbox.reset(reason)


def _unusable(address: int, part: bytes, reason: UnusableReason, repeated: bool) -> Unusable:
    version = part[1] if reason is UnusableReason.WRONG_VERSION else None
    return Unusable(address, part[0] >> 1, reason, version, part[1:], repeated)


# What A0 and A1 firmware take is 57 bytes, B6's longest payload has 81; more than this no receiver here would accept.
INFORMATION_BYTES_MAX = 250


def _checked(address: int, info: bytes) -> int:
    if not 0 <= address <= 0xFF or not address & CLASS_MASK:
        raise Malformed(f"address {address:#x} has no class; its two top bits are 01, 10 or 11")
    if len(info) > INFORMATION_BYTES_MAX:
        raise Malformed(f"an information field of {len(info)} bytes; at most {INFORMATION_BYTES_MAX}", info[:32])
    return address
