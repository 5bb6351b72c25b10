"""Lists of meters: 2F with one-byte codes and implied sizes, 6F and AF with two-byte codes and told sizes.

::

    2F asked     [game 2 BCD] {code 1}…                 at most 10 codes
    2F answered  [game 2 BCD] {code 1, value}…          4 bytes, or 5 for cents: the code implies it
    6F, AF asked     [game 2 BCD] {code 2 LSB first}…   at most 12 codes
    6F, AF answered  [game 2 BCD] {code 2, size 1, value BCD}…

Codes that a machine does not have may be missing from an answer, or have size 0 (K): answers are read by code, never
by position. 6F and AF are twins so that two reads in a row have different commands.

Source: wire/sas.md §9.2, §9.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from lineside.errors import Malformed
from lineside.slots.wire.field import Bcd, Binary, Many
from lineside.slots.wire.layout import Layout, layout_of
from lineside.slots.wire.meters import METERS

# Both are what the polls are made for; the length byte would take more.
SHORT_CODES_MAX = 10
LONG_CODES_MAX = 12

# 18 digits: the widest meter of 6F.
METER_BYTES_MAX = 9


class MeterReading(msgspec.Struct, frozen=True, gc=False):
    """One meter as a machine told it.

    Attributes:
        code: of `METERS`, or one that no source names.
        game: 0 for the whole machine.
        value: in the unit of the meter.
        bytes: BCD bytes that carried it; it wraps at 10^(2·bytes).
    """

    code: int
    game: int
    value: int
    bytes: int


class MeterReadings(msgspec.Struct, frozen=True, gc=False):
    """2F, 6F and AF answered.

    Attributes:
        readings: in wire order; may be empty.
        absent: codes that the machine named and has not (size 0).
    """

    game: int
    readings: tuple[MeterReading, ...]
    absent: tuple[int, ...] = ()


class ShortQuestion(msgspec.Struct, frozen=True):
    """2F asked."""

    game: Annotated[int, Bcd(2)]
    codes: Annotated[tuple[int, ...], Many(Binary(1), counted=False)]


class LongQuestion(msgspec.Struct, frozen=True):
    """6F and AF asked."""

    game: Annotated[int, Bcd(2)]
    codes: Annotated[tuple[int, ...], Many(Binary(2), counted=False)]


class ShortReadings(Layout[MeterReadings]):
    """The layout of a 2F answer.

    Args:
        sizes: bytes of meters that differ from the table's (a profile's; the table has disputed rows).
    """

    def __init__(self, sizes: Mapping[int, int] | None = None) -> None:
        super().__init__(MeterReadings, ())
        self.size = None
        self._sizes = {code: spec.bytes for code, spec in METERS.items()} | dict(sizes or {})

    def read(self, data: bytes, at: int) -> tuple[MeterReadings, int]:
        """Read the rest of ``data``; Malformed for a code whose size nobody knows, and for a value that is none."""
        game, at = _game(data, at), at + 2
        readings = []
        while at < len(data):
            code = data[at]
            size = self._sizes.get(code)
            if size is None:
                raise Malformed(f"MeterReadings: the size of meter {code:02x} at {at} is not known")
            readings.append(MeterReading(code, game, _value(data, at + 1, size, code), size))
            at += 1 + size
        return MeterReadings(game, tuple(readings)), at

    def pack(self, value: MeterReadings) -> bytes:
        """The bytes of an answer; absent codes are left out."""
        pieces = [_packed(value.game, 2, "game")]
        for one in value.readings:
            if self._sizes.get(one.code) != one.bytes:
                raise Malformed(
                    f"meter {one.code:02x} cannot have {one.bytes} bytes, wanted {self._sizes.get(one.code)}"
                )
            pieces.append(bytes([one.code]) + _packed(one.value, one.bytes, f"meter {one.code:02x}"))
        return b"".join(pieces)

    def write(self, value: Any) -> bytes:
        """The same as ``pack``."""
        return self.pack(value)


class LongReadings(Layout[MeterReadings]):
    """The layout of a 6F or AF answer."""

    def __init__(self) -> None:
        super().__init__(MeterReadings, ())
        self.size = None

    def read(self, data: bytes, at: int) -> tuple[MeterReadings, int]:
        """Read the rest of ``data``; Malformed for a value that is none or is cut short."""
        game, at = _game(data, at), at + 2
        readings = []
        absent = []
        while at + 3 <= len(data):
            code, size = data[at] | data[at + 1] << 8, data[at + 2]
            if size:
                readings.append(MeterReading(code, game, _value(data, at + 3, size, code), size))
            else:
                absent.append(code)
            at += 3 + size
        if at != len(data):
            raise Malformed(f"MeterReadings is cut short at {at}")
        return MeterReadings(game, tuple(readings), tuple(absent)), at

    def pack(self, value: MeterReadings) -> bytes:
        """The bytes of an answer; absent codes come last, with size 0."""
        pieces = [_packed(value.game, 2, "game")]
        for one in value.readings:
            head = one.code.to_bytes(2, "little") + bytes([one.bytes])
            pieces.append(head + _packed(one.value, one.bytes, f"meter {one.code:04x}"))
        pieces += [code.to_bytes(2, "little") + b"\0" for code in value.absent]
        return b"".join(pieces)

    def write(self, value: Any) -> bytes:
        """The same as ``pack``."""
        return self.pack(value)


def _game(data: bytes, at: int) -> int:
    piece = data[at : at + 2]
    if len(piece) < 2:
        raise Malformed(f"MeterReadings.game is cut short at {at}")
    try:
        return int(piece.hex())
    except ValueError:
        raise Malformed(f"MeterReadings.game is {piece.hex(' ')} at {at}: no Bcd") from None


def _value(data: bytes, at: int, size: int, code: int) -> int:
    piece = data[at : at + size]
    if len(piece) < size:
        raise Malformed(f"meter {code:02x} is cut short at {at}: {len(piece)} bytes, wanted {size}")
    try:
        return int(piece.hex())
    except ValueError:
        raise Malformed(f"meter {code:02x} is {piece.hex(' ')} at {at}: no Bcd") from None


def _packed(value: int, size: int, name: str) -> bytes:
    try:
        return Bcd(size).bytes_of(value)
    except ValueError as error:
        raise Malformed(f"{name} cannot be {value}: {error}") from None


SHORT_QUESTION = layout_of(ShortQuestion)
LONG_QUESTION = layout_of(LongQuestion)
SHORT_READINGS = ShortReadings()
LONG_READINGS = LongReadings()
