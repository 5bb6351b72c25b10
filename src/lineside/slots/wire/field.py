"""Kinds of fields: how one value lies on the wire.

BCD and text are sent most significant byte first, binary numbers least significant byte first. Dates are MM DD YY YY
and times HH MM SS, both BCD. Source: wire/sas.md §7.
"""

from __future__ import annotations

import datetime
from typing import Any, Protocol

from lineside.runtime.step import Secret


class Kind(Protocol):
    """How one field lies on the wire.

    ``read`` and ``write`` raise ValueError or IndexError for what does not fit; the layout names the field.
    """

    size: int | None
    """Bytes, or None when that depends on the content."""

    def read(self, data: bytes, at: int) -> tuple[Any, int]:
        """The value at ``at``, and where the next field begins (beyond the end when the field is cut short)."""
        ...

    def write(self, value: Any) -> bytes:
        """The bytes of a value."""
        ...


class Fixed:
    """A field of a fixed number of bytes; its kind says what a piece of that size means."""

    def __init__(self, size: int) -> None:
        self.size: int | None = size
        self._size = size

    def read(self, data: bytes, at: int) -> tuple[Any, int]:
        """The value at ``at``, and where the next field begins."""
        end = at + self._size
        return self.value_of(data[at:end]), end

    def write(self, value: Any) -> bytes:
        """The bytes of a value; ValueError when they are not ``size`` many."""
        piece = self.bytes_of(value)
        if len(piece) != self._size:
            raise ValueError(f"{len(piece)} bytes, wanted {self._size}")
        return piece

    def value_of(self, piece: bytes) -> Any:
        """What the bytes of a field mean; ValueError when they mean nothing."""
        raise NotImplementedError

    def bytes_of(self, value: Any) -> bytes:
        """The bytes of a value; ValueError when they cannot hold it."""
        raise NotImplementedError


class Bcd(Fixed):
    """A decimal number of two digits per byte."""

    def value_of(self, piece: bytes) -> int:
        """The number; ValueError when a nibble is no digit."""
        return int(piece.hex())

    def bytes_of(self, value: int) -> bytes:
        """The digits with leading zeros; ValueError beyond them."""
        if not 0 <= value < 100**self._size:
            raise ValueError(f"wanted 0 to {100**self._size - 1}")
        return bytes.fromhex(f"{value:0{2 * self._size}d}")


class Binary(Fixed):
    """An unsigned binary number, least significant byte first."""

    def value_of(self, piece: bytes) -> int:
        """The number."""
        return int.from_bytes(piece, "little")

    def bytes_of(self, value: int) -> bytes:
        """The number's bytes; ValueError beyond them."""
        try:
            return value.to_bytes(self._size, "little")
        except OverflowError:
            raise ValueError(f"wanted 0 to {256**self._size - 1}") from None


class Limited(Binary):
    """A binary number that the protocol bounds below what its bytes hold."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(size)
        self._most = most

    def value_of(self, piece: bytes) -> int:
        """The number; ValueError beyond the bound."""
        value = super().value_of(piece)
        if value > self._most:
            raise ValueError(f"{value}, wanted 0 to {self._most}")
        return value

    def bytes_of(self, value: int) -> bytes:
        """The number's bytes; ValueError beyond the bound."""
        if value > self._most:
            raise ValueError(f"wanted 0 to {self._most}")
        return super().bytes_of(value)


class Digits(Fixed):
    """Decimal digits of a number that is a name (leading zeros count), two per byte."""

    def value_of(self, piece: bytes) -> str:
        """All digits; ValueError when a nibble is none."""
        int(piece.hex())
        return piece.hex()

    def bytes_of(self, value: str) -> bytes:
        """The digits."""
        if not value.isdecimal():
            raise ValueError("wanted digits")
        return bytes.fromhex(value)


class Text(Fixed):
    """Characters, one per byte. Latin-1, so that a machine that sends more than ASCII is read and repeated as it is."""

    def value_of(self, piece: bytes) -> str:
        """The characters, spaces kept."""
        return piece.decode("latin-1")

    def bytes_of(self, value: str) -> bytes:
        """The bytes of the characters."""
        return value.encode("latin-1")


class Hex(Fixed):
    """Bytes whose inner order is not known, or of no meaning, as hex text: ``"0030"``."""

    def value_of(self, piece: bytes) -> str:
        """Two digits per byte, lower case."""
        return piece.hex()

    def bytes_of(self, value: str) -> bytes:
        """The bytes of hex text."""
        return bytes.fromhex(value)


class Key(Fixed):
    """Bytes that are never shown, as a `Secret` of hex text."""

    def value_of(self, piece: bytes) -> Secret:
        """The hex text, sealed."""
        return Secret(piece.hex())

    def bytes_of(self, value: Secret) -> bytes:
        """The bytes of the sealed hex text; an error about them shows none."""
        try:
            return bytes.fromhex(value.reveal())
        except ValueError:
            raise ValueError(f"no {2 * self._size} hex digits") from None


class Day(Fixed):
    """A date, MM DD YY YY; all zeros mean none."""

    def __init__(self) -> None:
        super().__init__(4)

    def value_of(self, piece: bytes) -> datetime.date | None:
        """The date, or None; ValueError for a day that no calendar has."""
        if not any(piece) and len(piece) == self._size:
            return None
        digits = f"{int(piece.hex()):08d}"
        return datetime.date(int(digits[4:]), int(digits[:2]), int(digits[2:4]))

    def bytes_of(self, value: datetime.date | None) -> bytes:
        """The date, or zeros."""
        return bytes(4) if value is None else bytes.fromhex(f"{value.month:02d}{value.day:02d}{value.year:04d}")


class TimeOfDay(Fixed):
    """A time of 24 hours, HH MM SS."""

    def __init__(self) -> None:
        super().__init__(3)

    def value_of(self, piece: bytes) -> datetime.time:
        """The time; ValueError for one that no clock shows."""
        digits = f"{int(piece.hex()):06d}"
        return datetime.time(int(digits[:2]), int(digits[2:4]), int(digits[4:]))

    def bytes_of(self, value: datetime.time) -> bytes:
        """The time."""
        return bytes.fromhex(f"{value:%H%M%S}")


class CountedText:
    """Characters behind one byte that counts them."""

    size: int | None = None

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """The characters; cut short when the count is too high."""
        end = at + 1 + data[at]
        return data[at + 1 : end].decode("latin-1"), end

    def write(self, value: str) -> bytes:
        """The count and the characters."""
        return bytes([len(value)]) + value.encode("latin-1")


class RestText:
    """Characters to the end of the message."""

    size: int | None = None

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        """All that is left; may be empty."""
        return data[at:].decode("latin-1"), max(at, len(data))

    def write(self, value: str) -> bytes:
        """The characters."""
        return value.encode("latin-1")


class RestBytes:
    """Bytes to the end of the message, as they are."""

    size: int | None = None

    def read(self, data: bytes, at: int) -> tuple[bytes, int]:
        """All that is left; may be empty."""
        return data[at:], max(at, len(data))

    def write(self, value: bytes) -> bytes:
        """The bytes."""
        return b"" + value  # a TypeError for what is no bytes


class Maybe:
    """A field at the end that may be absent: None."""

    size: int | None = None

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def read(self, data: bytes, at: int) -> tuple[Any, int]:
        """The value, or None when nothing is left."""
        return (None, at) if at >= len(data) else self._kind.read(data, at)

    def write(self, value: Any) -> bytes:
        """The value's bytes, or none."""
        return b"" if value is None else self._kind.write(value)


class Many:
    """Fields of one kind: behind a count of one byte, or to the end of the message. A tuple."""

    size: int | None = None

    def __init__(self, kind: Kind, *, counted: bool) -> None:
        self._kind = kind
        self._counted = counted

    def read(self, data: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        """The values in wire order; may be empty."""
        values = []
        left, at = (data[at], at + 1) if self._counted else (len(data), at)
        while left and (self._counted or at < len(data)):
            value, at = self._kind.read(data, at)
            values.append(value)
            left -= 1
            if at > len(data):
                break
        return tuple(values), at

    def write(self, value: tuple[Any, ...]) -> bytes:
        """The count, where there is one, and the values."""
        count = bytes([len(value)]) if self._counted else b""
        return count + b"".join(map(self._kind.write, value))


class SizedBcd:
    """A BCD number behind one byte that tells its bytes; 0 bytes mean that the machine does not have it: None.

    Values are ``(number, size)`` pairs, so that the same bytes are made again.
    """

    size: int | None = None

    def read(self, data: bytes, at: int) -> tuple[tuple[int, int] | None, int]:
        """Number and size, or None."""
        size = data[at]
        end = at + 1 + size
        return (None if size == 0 else (int(data[at + 1 : end].hex()), size)), end

    def write(self, value: tuple[int, int] | None) -> bytes:
        """The size and the number."""
        if value is None:
            return b"\x00"
        number, size = value
        return bytes([size]) + Bcd(size).write(number)
