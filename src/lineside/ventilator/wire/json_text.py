"""Finds whole JSON objects in a stream of bytes that may have no delimiter at all.

The sockets of the originals write bare objects, later ones end each with a NUL, ours with a newline. This reader takes
all three: an object ends with its own last brace, and what stands between objects (white space, NUL) is skipped. It
looks at each byte once, mostly at C speed, and holds at most one object.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

# Packets and requests have two levels; deeper text is refused before any parser sees it.
DEPTH_MAX = 16

_OUTSIDE = re.compile(rb"[^ \t\r\n\x00]")
_IN_VALUE = re.compile(rb'["{}\[\]\x00]')
_IN_STRING = re.compile(rb'["\\\x00]')
_RESUME = re.compile(rb"[{\x00\n]")
_NUL = 0x00
_CLOSERS = {ord("{"): ord("}"), ord("["): ord("]")}


class Broken(str):
    """Why bytes are no JSON object; takes the object's place in what the reader returns."""

    __slots__ = ()


class ObjectReader:
    """Cuts a stream into the texts of JSON objects; what is inside them is not judged here.

    Args:
        bytes_max: of one object; a longer one is `Broken`.
    """

    __slots__ = ("_bytes_max", "_closers", "_escaped", "_held", "_in_string", "_skipping")

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._held = bytearray()  # the object so far
        self._closers = bytearray()  # what closes the open braces and brackets, innermost last
        self._in_string = False
        self._escaped = False
        self._skipping = False  # past something broken, to the next object, NUL or newline

    @property
    def is_within(self) -> bool:
        """Whether an object has begun and not ended."""
        return bool(self._closers)

    def receive(self, data: bytes) -> list[bytes | Broken]:
        """Take any piece of the stream; returns whole object texts and faults, in order."""
        found: list[bytes | Broken] = []
        place = 0
        while place < len(data):
            if self._skipping:
                place = self._skip(data, place)
            elif not self._closers:
                place = self._begin(data, place, found)
            else:
                place = self._go_on(data, place, found)
        return found

    def _skip(self, data: bytes, place: int) -> int:
        match = _RESUME.search(data, place)
        if match is None:
            return len(data)
        self._skipping = False
        return match.start()

    def _begin(self, data: bytes, place: int, found: list[bytes | Broken]) -> int:
        match = _OUTSIDE.search(data, place)
        if match is None:
            return len(data)
        place = match.start()
        if data[place : place + 1] == b"{":
            self._closers += b"}"
            self._held += b"{"
        else:
            self._skipping = True
            found.append(Broken(f"a JSON object begins with {{, not with byte {data[place]:02x}"))
        return place + 1

    def _go_on(self, data: bytes, place: int, found: list[bytes | Broken]) -> int:
        """Read on within an object to its end, the next fault, or the end of ``data``."""
        begin = place
        room = self._bytes_max - len(self._held)
        while place < len(data) and self._closers:
            mark = self._next_mark(data, place)
            place = min(mark + 1, len(data))
            if place - begin > room:
                return self._break(f"an object longer than {self._bytes_max} bytes", begin + room + 1, found)
            if mark < len(data) and (fault := self._on_mark(data[mark])):
                return self._break(fault, place, found)
        self._held += data[begin:place]
        if not self._closers:
            found.append(bytes(self._held))
            self._held.clear()
        return place

    def _next_mark(self, data: bytes, place: int) -> int:
        """Index of the next byte that changes anything, the length of ``data`` if there is none."""
        if self._escaped:
            return place
        match = (_IN_STRING if self._in_string else _IN_VALUE).search(data, place)
        return match.start() if match else len(data)

    def _on_mark(self, byte: int) -> str | None:
        """Take one such byte; returns what is wrong with it."""
        if byte == _NUL:
            return "a NUL within an object"
        if self._escaped:
            self._escaped = False
        elif self._in_string:
            self._escaped = byte == ord("\\")
            self._in_string = self._escaped
        elif byte == ord('"'):
            self._in_string = True
        elif byte in _CLOSERS:
            self._closers.append(_CLOSERS[byte])
            return f"nested deeper than {DEPTH_MAX}" if len(self._closers) > DEPTH_MAX else None
        elif byte != self._closers.pop():
            return f"an object with {chr(byte)} out of place"
        return None

    def _break(self, reason: str, place: int, found: list[bytes | Broken]) -> int:
        self._held.clear()
        self._closers.clear()
        self._in_string = self._escaped = False
        self._skipping = True
        found.append(Broken(reason))
        return place


def parse_object(text: bytes) -> dict[str, Any] | Broken:
    """Parse one object text strictly: UTF-8, no key twice, no NaN. Never raises for what a peer wrote."""
    try:
        value = json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return Broken(f"not JSON: {error}"[:200])
    return value if isinstance(value, dict) else Broken("not a JSON object")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")
