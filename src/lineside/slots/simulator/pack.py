"""The machine's own bytes: BCD with the high digits first, binary with the low byte first; and a reader of requests.

Written from `wire/sas.md` §7 and not shared with the host's codec, so that the two check each other.
"""

from __future__ import annotations

import datetime


class Invalid(Exception):
    """A request with good check value whose data is not valid: the machine answers NACK."""


def bcd(value: int, size: int) -> bytes:
    """The lowest ``2 * size`` digits of a number, high digits first: a field too small shows the meter wrapped."""
    return bytes.fromhex(f"{value % 100**size:0{2 * size}d}")


def low_first(value: int, size: int) -> bytes:
    """A binary number, low byte first."""
    return value.to_bytes(size, "little")


def counted(body: bytes) -> bytes:
    """A body behind one byte that counts it."""
    return bytes((len(body),)) + body


def text(characters: str, size: int) -> bytes:
    """ASCII text, filled with spaces on the right or cut to ``size`` bytes."""
    return characters.encode("ascii", "replace").ljust(size)[:size]


def day(date: datetime.date | None) -> bytes:
    """MM DD YY YY in BCD; zeros for none."""
    return bytes(4) if date is None else bytes.fromhex(f"{date:%m%d}{date.year:04d}")


def day_and_time(at: datetime.datetime | None) -> bytes:
    """MM DD YY YY HH MM SS in BCD; zeros for none."""
    return bytes(7) if at is None else day(at.date()) + bytes.fromhex(f"{at:%H%M%S}")


class Reader:
    """Takes fields off the data of a request, one after another.

    Every method raises `Invalid` when the data is too short or no BCD.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def raw(self, size: int) -> bytes:
        """The next bytes as they are."""
        piece = self._data[self._at : self._at + size]
        if len(piece) != size:
            raise Invalid(f"{size} bytes wanted at {self._at}")
        self._at += size
        return piece

    def byte(self) -> int:
        """The next byte."""
        return self.raw(1)[0]

    def bcd(self, size: int) -> int:
        """The next BCD number."""
        piece = self.raw(size).hex()
        if not piece.isdecimal():
            raise Invalid(f"{piece} is no BCD")
        return int(piece)

    def low_first(self, size: int) -> int:
        """The next binary number."""
        return int.from_bytes(self.raw(size), "little")

    def left(self) -> int:
        """Bytes that remain."""
        return len(self._data) - self._at

    def end(self) -> None:
        """Nothing may remain."""
        if self.left():
            raise Invalid(f"{self.left()} bytes too many")

    def counted(self) -> Reader:
        """The body behind a byte that counts it; nothing may follow it."""
        body = Reader(self.raw(self.byte()))
        self.end()
        return body

    def day_and_time(self) -> datetime.datetime:
        """A date and a time of day."""
        month, date, year = self.bcd(1), self.bcd(1), self.bcd(2)
        hour, minute, second = self.bcd(1), self.bcd(1), self.bcd(1)
        try:
            return datetime.datetime(year, month, date, hour, minute, second)
        except ValueError:
            raise Invalid("no calendar has that day") from None
