"""How the bytes of one kind of payload are laid out, both ways. All fields little-endian and packed.

::

    A0        version u8, …                                                    no type byte: the address tells the class
    A1        version u8, u8, pad u16, timestamp u32, …                        the same
    AA to B6  version u8, timestamp u32, type u8, …

The layout of a payload is found by version, type *and* length: December 2020 changed B6 DATA without a new version.

Source: wire/hev.md sections 4 and 9, checked against every record of the recordings there.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct
from typing import Protocol

from lineside.errors import Malformed
from lineside.ventilator.wire import tables
from lineside.ventilator.wire.message import Alarm, CommandContent, Content, Data, Other, Priority, Value

TIMESTAMP_COUNT = 1 << 32
HEAD_BYTES = 6  # version, timestamp and type of a typed payload
OPAQUE = ("bytes",)  # the one field of a payload of which only the length is known


class PayloadType(IntEnum):
    """The type byte at offset 5, from A3 on; here also the kind of the payloads of A0 and A1, which carry none."""

    DATA = 1
    READBACK = 2
    CYCLE = 3
    THRESHOLDS = 4
    CMD = 5
    ALARM = 6
    DEBUG = 7
    IVT = 8
    LOGMSG = 9
    TARGET = 10
    BATTERY = 11
    LOOP_STATUS = 12
    PERSONAL = 13
    ALARM_MUTE = 14
    BAD_THRESHOLD = 15


def pack(form: Struct, what: str, *values: Value | bytes) -> bytes:
    """``form.pack`` whose refusal is a `Malformed` that says what could not be expressed."""
    try:
        return form.pack(*values)
    except (struct.error, OverflowError, TypeError) as error:
        raise Malformed(f"{what} cannot be expressed: {error}") from None


class Layout(Protocol):
    """One kind of payload of one version and one length."""

    @property
    def size(self) -> int:
        """Bytes of the information field."""
        ...

    def decode(self, info: bytes) -> Content:
        """Read an information field of exactly ``size`` bytes whose version and type were looked at."""
        ...


class Head(IntEnum):
    """What stands before the values."""

    PLAIN = 0  # A0: the version alone
    PADDED = 1  # A1: after version and fsm_state two pad bytes and the timestamp
    TYPED = 2  # AA and later: version, timestamp, type


@dataclass(frozen=True, slots=True)
class DataLayout:
    """DATA: a sample of all sensors, version and fsm_state first.

    Attributes:
        form: struct codes of the values after ``fsm_state``, without byte order.
    """

    head: Head
    form: str
    sensors: tuple[tables.Field, ...]
    big_endian: bool = False
    names: tuple[str, ...] = field(init=False)
    _struct: Struct = field(init=False)
    _timestamp_at: int = field(init=False)  # its place among the unpacked values, 0 if there is none

    def __post_init__(self) -> None:
        object.__setattr__(self, "_timestamp_at", {Head.PLAIN: 0, Head.PADDED: 2, Head.TYPED: 1}[self.head])
        start = {Head.PLAIN: "BB", Head.PADDED: "BB2xI", Head.TYPED: "BIBB"}[self.head]
        object.__setattr__(self, "names", tuple(sensor.name for sensor in self.sensors))
        object.__setattr__(self, "_struct", Struct((">" if self.big_endian else "<") + start + self.form))

    @property
    def size(self) -> int:
        """Bytes of the information field."""
        return self._struct.size

    def decode(self, info: bytes) -> Data:
        """Read a sample of exactly ``size`` bytes."""
        values = self._struct.unpack(info)
        at = self._timestamp_at
        if not at:
            return Data(self.names, values)
        return Data(self.names, values[:at] + values[3:], values[at])

    def encode(self, values: tuple[int | float, ...], timestamp_ms: int) -> bytes:
        """The information field of a sample; `Malformed` if a value does not fit its field."""
        stamp = timestamp_ms % TIMESTAMP_COUNT
        match self.head:
            case Head.PLAIN:
                packed = values
            case Head.TYPED:
                packed = (*values[:1], stamp, PayloadType.DATA, *values[1:])
            case _:
                packed = (*values[:2], stamp, *values[2:])
        return pack(self._struct, f"the sample {values}", *packed)


@dataclass(frozen=True, slots=True)
class AlarmLayout:
    """ALARM: code and parameter, from A1 on with a priority byte.

    Attributes:
        padded: the eight bytes that a 32-bit board sends in A0, where its compiler aligns the parameter.
    """

    head: Head
    version: int
    kinds: dict[int, tables.AlarmKind]
    padded: bool = False

    @property
    def _struct(self) -> Struct:
        return _ALARM_PADDED if self.padded else _CODE_STRUCTS[self.head]

    @property
    def size(self) -> int:
        """Bytes of the information field."""
        return self._struct.size

    def decode(self, info: bytes) -> Alarm:
        """Read an alarm of exactly ``size`` bytes; a code without a name is an alarm too."""
        stamp: int | None = None
        level = 0
        match self.head:
            case Head.PLAIN:
                _, code, param = self._struct.unpack(info)
            case Head.TYPED:
                _, stamp, _, level, code, param = self._struct.unpack(info)
            case _:
                _, stamp, level, code, param = self._struct.unpack(info)
        kind = self.kinds.get(code)
        name, ranked = (kind.name, kind.priority) if kind else (None, None)
        return Alarm(code, name, tables.PRIORITY_OF_LEVEL.get(level, ranked), param, stamp, level)

    def encode(self, code: int, param: int | float, timestamp_ms: int, level: int | None) -> bytes:
        """The information field of an alarm; ``level`` None takes the table's rank."""
        if level is None:
            kind = self.kinds.get(code)
            level = tables.LEVEL_OF_PRIORITY[(kind.priority if kind else None) or Priority.HIGH]
        return _pack_code(self.head, self.version, PayloadType.ALARM, (level, code), param, timestamp_ms)


@dataclass(frozen=True, slots=True)
class CommandLayout:
    """CMD: type, code and parameter; A0 has no type byte and knows GENERAL alone."""

    head: Head
    version: int
    commands: dict[str, dict[str, int]]
    _names: dict[tuple[int, int], tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        names = {
            (tables.COMMAND_TYPES[cmdtype], code): (cmdtype, cmd)
            for cmdtype, codes in self.commands.items()
            for cmd, code in codes.items()
        }
        object.__setattr__(self, "_names", names)

    @property
    def size(self) -> int:
        """Bytes of the information field."""
        return _CODE_STRUCTS[self.head].size

    def decode(self, info: bytes) -> CommandContent:
        """Read a command of exactly ``size`` bytes; one without a name is a command too."""
        stamp: int | None = None
        cmdtype_code = tables.COMMAND_TYPES["GENERAL"]
        match self.head:
            case Head.PLAIN:
                _, code, param = _CODE_STRUCTS[self.head].unpack(info)
            case Head.TYPED:
                _, stamp, _, cmdtype_code, code, param = _CODE_STRUCTS[self.head].unpack(info)
            case _:
                _, stamp, cmdtype_code, code, param = _CODE_STRUCTS[self.head].unpack(info)
        cmdtype, cmd = self._names.get((cmdtype_code, code), (None, None))
        return CommandContent(cmdtype, cmd, cmdtype_code, code, param, stamp)

    def encode(self, codes: tuple[int, int], param: int | float, timestamp_ms: int = 0) -> bytes:
        """The information field of a command, ``codes`` being those of type and command."""
        return _pack_code(self.head, self.version, PayloadType.CMD, codes, param, timestamp_ms)


# Alarms and commands share their shape: two codes (A0 has room for the second alone) and a parameter.
_CODE_STRUCTS = {Head.PLAIN: Struct("<BBI"), Head.PADDED: Struct("<B3xIBB2xI"), Head.TYPED: Struct("<BIBBBf")}
_ALARM_PADDED = Struct("<BB2xI")


def _pack_code(
    head: Head,
    version: int,
    kind: PayloadType,
    codes: tuple[int, int],
    param: int | float,
    timestamp_ms: int,
) -> bytes:
    form = _CODE_STRUCTS[head]
    what = f"{kind.name} {codes} with param {param!r}"
    stamp = timestamp_ms % TIMESTAMP_COUNT
    if head == Head.PLAIN:
        return pack(form, what, version, codes[1], param)
    if head == Head.PADDED:
        return pack(form, what, version, stamp, *codes, param)
    info = pack(form, what, version, stamp, kind, *codes, param)
    if form.unpack(info)[-1] != param:
        raise Malformed(f"{what} cannot be expressed: a float32 does not hold the param exactly")
    return info


@dataclass(frozen=True, slots=True)
class OtherLayout:
    """Any other kind, version AA and later.

    Attributes:
        form: struct codes of the values after the type byte; their names are not in the sources, so they are numbered.
        names: the fields' names; numbered by position where none are given.
    """

    version: int
    kind: PayloadType
    form: str
    names: tuple[str, ...] = ()
    _struct: Struct = field(init=False)

    def __post_init__(self) -> None:
        form = Struct("<BIB" + self.form)
        count = len(form.unpack(bytes(form.size))) - 3
        object.__setattr__(self, "_struct", form)
        if not self.names:
            object.__setattr__(self, "names", tuple(f"value_{number}" for number in range(1, count + 1)))
        assert len(self.names) == count

    @property
    def size(self) -> int:
        """Bytes of the information field."""
        return self._struct.size

    def fits(self, kind: str, values: tuple[Value, ...]) -> bool:
        """Whether values of this kind are of this layout: as many, and bytes without names as long."""
        if (kind, len(values)) != (self.kind.name, len(self.names)):
            return False
        return self.names != OPAQUE or len(str(values[0])) == self.size - HEAD_BYTES

    def decode(self, info: bytes) -> Other:
        """Read a payload of exactly ``size`` bytes."""
        _, stamp, _, *values = self._struct.unpack(info)
        return Other(self.kind.name, self.names, tuple(_text(value) for value in values), stamp)

    def encode(self, values: tuple[Value, ...], timestamp_ms: int) -> bytes:
        """The information field; `Malformed` if a value does not fit its field."""
        packed = [value.encode("latin-1") if isinstance(value, str) else value for value in values]
        what = f"{self.kind.name} {values}"
        return pack(self._struct, what, self.version, timestamp_ms % TIMESTAMP_COUNT, self.kind, *packed)


def _text(value: int | float | bytes) -> Value:
    """Bytes as Latin-1 text, which maps each byte to one character and back."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
