"""Messages made of fields: one declaration gives a message its type and its bytes.

A message is a Struct whose fields carry their kind, in the order of the wire::

    class LegacyBonus(Struct, frozen=True):
        amount_credits: Annotated[int, Bcd(4)]
        tax: Annotated[int, Binary(1)]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec

from lineside.errors import Malformed
from lineside.slots.wire.field import Fixed, Kind

T = TypeVar("T", bound=msgspec.Struct)


class Layout(Generic[T]):
    """The bytes of one type of message, both ways. It is a kind too, for a message inside another.

    Attributes:
        message: the Struct.
        size: bytes of each message, or None when they vary.
        names: fields with their kinds, in the order of the wire.
    """

    def __init__(self, message: type[T], names: tuple[tuple[str, Kind], ...]) -> None:
        self.message = message
        self.names = names
        sizes = [kind.size for _, kind in names]
        self.size: int | None = None if None in sizes else sum(size or 0 for size in sizes)
        self._reads: list[Callable[[bytes, int], tuple[Any, int]]] = [kind.read for _, kind in names]
        self._cuts = _cuts(names)

    def unpack(self, data: bytes) -> T:
        """Read a message from exactly its bytes.

        Raises:
            Malformed: cut short, too long, or a field whose bytes mean nothing; names the field and shows its bytes.
        """
        message, end = self.read(data, 0)
        if end != len(data):
            what = "cut short" if end > len(data) else "too long"
            raise Malformed(f"{self.message.__name__} is {what}: {len(data)} bytes, wanted {end}")
        return message

    def read(self, data: bytes, at: int) -> tuple[T, int]:
        """Read a message from ``at`` on, and where it ends (beyond the end of the data when it is cut short)."""
        if self._cuts and self.size is not None:
            try:
                return self.message(*[value_of(data[at + a : at + b]) for a, b, value_of in self._cuts]), at + self.size
            except ValueError:
                pass  # the way below says which field it was
        values = []
        try:
            for read in self._reads:
                value, at = read(data, at)
                values.append(value)
        except (ValueError, IndexError):
            raise self._trouble(data, at, *self.names[len(values)]) from None
        return self.message(*values), at

    def _trouble(self, data: bytes, at: int, name: str, kind: Kind) -> Malformed:
        piece = data[at : at + (kind.size or 8)]
        said = f"{self.message.__name__}.{name}"
        if not piece or len(piece) < (kind.size or 0):
            return Malformed(f"{said} is cut short at {at}")
        return Malformed(f"{said} is {piece.hex(' ')} at {at}: no {type(kind).__name__}")

    def pack(self, value: T) -> bytes:
        """The bytes of a message.

        Raises:
            Malformed: a field that its bytes cannot hold; names it.
        """
        pieces = []
        for name, kind in self.names:
            field = getattr(value, name)
            try:
                pieces.append(kind.write(field))
            except (ValueError, TypeError, AttributeError) as error:
                raise Malformed(f"{self.message.__name__}.{name} cannot be {field!r}: {error}") from None
        return b"".join(pieces)

    write = pack


def _cuts(names: tuple[tuple[str, Kind], ...]) -> list[tuple[int, int, Callable[[bytes], Any]]]:
    """Where each field lies, when all have fixed places; reads half as long as field by field."""
    cuts: list[tuple[int, int, Callable[[bytes], Any]]] = []
    at = 0
    for _, kind in names:
        if not isinstance(kind, Fixed) or kind.size is None:
            return []
        cuts.append((at, at + kind.size, kind.value_of))
        at += kind.size
    return cuts


@cache
def layout_of(message: type[T]) -> Layout[T]:
    """The layout of a Struct whose fields carry their kinds."""
    hints = get_type_hints(message, include_extras=True)
    return Layout(message, tuple((name, hints[name].__metadata__[0]) for name in message.__struct_fields__))
