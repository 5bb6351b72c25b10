"""The messages of the serial wire: what `DeviceWire.receive` gives and what `DeviceWire.send` takes.

All are frozen `msgspec.Struct`, cheap to make and usable in ``match``; they hold only bytes, numbers, text and tuples
of these, so the cycle collector need not watch them (``gc=False``). Both ends of the link are masters, so both use the
same set; a server sends `Acknowledge`, `Refuse` and `Order`, a machine also `DataFrame`, `AlarmFrame` and
`RawPayload`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lineside.ventilator.wire.frame import Noise, NoiseReason

__all__ = [
    "Acknowledge",
    "Alarm",
    "AlarmFrame",
    "CommandContent",
    "Content",
    "Data",
    "DataFrame",
    "Delivered",
    "Inbound",
    "Nacked",
    "Noise",
    "NoiseReason",
    "Order",
    "Other",
    "Outbound",
    "Payload",
    "Priority",
    "Queued",
    "RawPayload",
    "Refuse",
    "Undelivered",
    "Unusable",
    "UnusableReason",
    "Value",
]

Value = int | float | str
"""One field of a payload: an integer or float32 as on the wire, or bytes as Latin-1 text (LOGMSG)."""


class Priority(StrEnum):
    """How urgent an alarm is, as the machine's authors rank it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


# ------------------------------------------------------------------------------------------- contents of a payload


class Data(msgspec.Struct, frozen=True, gc=False):
    """One sample of all sensors.

    Attributes:
        fields: the sensors' names in wire order, shared by all samples of a layout; ``version`` and ``fsm_state`` are
            always the first two (17 names in A0).
        values: as many, in the same order, as they were on the wire: integers stay integers.
        timestamp_ms: the machine's own clock, 0..2**32-1; None where the version has no timestamp (A0).
    """

    fields: tuple[str, ...]
    values: tuple[int | float, ...]
    timestamp_ms: int | None = None

    def sensors(self) -> dict[str, int | float]:
        """Name to value, in wire order."""
        return dict(zip(self.fields, self.values, strict=True))

    @property
    def fsm_state(self) -> int:
        """The number of the breathing machine's state; `Profile.fsm_name` has its name."""
        return int(self.values[1])


class Alarm(msgspec.Struct, frozen=True, gc=False):
    """An alarm that the machine raised, or repeats while it lasts.

    Attributes:
        code: as on the wire.
        name: None if this version has no such code; the server then latches ARDUINO_FAIL.
        priority: as the frame says it (from AA on), else as the table ranks the code; None if neither knows.
        param: u32, or float32 from AA on.
        timestamp_ms: the machine's clock, or None (A0).
        level: the priority byte on the wire (A1 and later), 0 in A0.
    """

    code: int
    name: str | None
    priority: Priority | None
    param: int | float = 0
    timestamp_ms: int | None = None
    level: int = 0


class CommandContent(msgspec.Struct, frozen=True, gc=False):
    """A command, as the machine's side receives it (or the machine's echo of one).

    Attributes:
        cmdtype: name of the type; in A0, which has no type byte, always ``GENERAL``. None if the number is unknown.
        cmd: name of the command; None if unknown.
        cmdtype_code, cmd_code: as on the wire; the type is 1 in A0.
        param: u32, or float32 from AA on.
        timestamp_ms: the sender's clock, or None (A0).
    """

    cmdtype: str | None
    cmd: str | None
    cmdtype_code: int
    cmd_code: int
    param: int | float = 0
    timestamp_ms: int | None = None


class Other(msgspec.Struct, frozen=True, gc=False):
    """A payload of a kind that carries neither samples, alarms nor commands.

    Attributes:
        kind: ``READBACK``, ``CYCLE``, ``THRESHOLDS``, ``DEBUG``, ``IVT``, ``TARGET``, ``LOGMSG``, ``LOOP_STATUS`` …
        fields: names in wire order; numbered by position (``value_1``) where the sources name no fields.
        values: as many.
    """

    kind: str
    fields: tuple[str, ...]
    values: tuple[Value, ...]
    timestamp_ms: int | None = None

    def as_dict(self) -> dict[str, Value]:
        """Name to value, in wire order."""
        return dict(zip(self.fields, self.values, strict=True))


Content = Data | Alarm | CommandContent | Other


# ---------------------------------------------------------------------------------------------------------- inbound


class Payload(msgspec.Struct, frozen=True, gc=False):
    """An information frame whose content is understood. The receiver owes an `Acknowledge`.

    Attributes:
        address: to be echoed in the answer, spare bits included.
        sequence: N(S), 0..127.
        repeated: the frame is the previous information frame over again (same address, N(S) and payload, shortly after
            it): our ACK was lost. Acknowledge it again and do not act on it twice.
    """

    address: int
    sequence: int
    content: Content
    repeated: bool = False


class UnusableReason(StrEnum):
    """Why a frame with a good checksum says nothing to this profile."""

    NO_CLASS = "no class"  # address 00..3F: neither data, command nor alarm
    EMPTY = "empty"
    WRONG_VERSION = "wrong version"
    UNKNOWN_TYPE = "unknown type"
    WRONG_SIZE = "wrong size"


class Unusable(msgspec.Struct, frozen=True, gc=False):
    """An information frame with a good checksum and a content that cannot be used. The receiver owes a `Refuse`.

    Attributes:
        version: the version that the payload claims when that is the reason, else None.
        data: the whole information field.
        repeated: as in `Payload`.
    """

    address: int
    sequence: int
    reason: UnusableReason
    version: int | None
    data: bytes
    repeated: bool = False

    def __str__(self) -> str:
        version = "" if self.version is None else f" {self.version:02X}"
        return f"{self.reason}{version}, address {self.address:02x}, {len(self.data)} bytes: {self.data.hex(' ')}"


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """The peer acknowledged this message. (An A0 firmware's NACK looks the same: trust ``fsm_state`` for START, STOP.)

    Attributes:
        attempts: how often it was sent, 1 or more.
    """

    order: Queued
    attempts: int = 1


class Undelivered(msgspec.Struct, frozen=True, gc=False):
    """This message was given up: no ACK after the last attempt, no room in the queue, or the link was lost.

    Attributes:
        attempts: how often it was sent; 0 means that it surely never left.
        reason: for people.
    """

    order: Queued
    attempts: int
    reason: str


class Nacked(msgspec.Struct, frozen=True, gc=False):
    """The peer sent a NACK. Informative only: neither its N(R) nor the sender's queue draws a conclusion from it."""

    address: int
    sequence: int


# --------------------------------------------------------------------------------------------------------- outbound


class Acknowledge(msgspec.Struct, frozen=True, gc=False):
    """ACK of the information frame with this address and N(S). Goes at once, past every queue."""

    address: int
    sequence: int


class Refuse(msgspec.Struct, frozen=True, gc=False):
    """NACK of the information frame with this address and N(S). Goes at once, past every queue."""

    address: int
    sequence: int


class Order(msgspec.Struct, frozen=True, gc=False):
    """A command to the machine; ends in `Delivered` or `Undelivered` with the same ``id``.

    Attributes:
        id: the caller's own; not on the wire.
        cmdtype, cmd: exact names out of the profile's table: ``GENERAL``, ``START``.
        param: 0..2**32-1 in A0 and A1; what a float32 holds exactly from AA on.
    """

    id: str
    cmdtype: str
    cmd: str
    param: int | float = 0


class DataFrame(msgspec.Struct, frozen=True, gc=False):
    """A sample to send, as a machine does.

    Attributes:
        values: in wire order, as many as one of the profile's DATA layouts has: version, fsm_state, …
        timestamp_ms: modulo 2**32; ignored in A0.
    """

    values: tuple[int | float, ...]
    timestamp_ms: int = 0


class AlarmFrame(msgspec.Struct, frozen=True, gc=False):
    """An alarm to send, as a machine does.

    Attributes:
        level: the priority byte (A1 and later); None takes the table's rank of the code, high if it has none.
    """

    code: int
    param: int | float = 0
    timestamp_ms: int = 0
    level: int | None = None


class RawPayload(msgspec.Struct, frozen=True, gc=False):
    """An information field to send as it is, for instance a record of a dump file."""

    address: int
    info: bytes


Queued = Order | DataFrame | AlarmFrame | RawPayload
Inbound = Payload | Unusable | Noise | Delivered | Undelivered | Nacked
Outbound = Acknowledge | Refuse | Order | DataFrame | AlarmFrame | RawPayload
