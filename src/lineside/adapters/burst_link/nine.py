"""Nine bits over TCP: each character as two bytes, its ninth bit (00 or 01) and its data. Decided here, not SAS.

::

    00 81            the byte 81 with ninth bit 0: a mistake of the host that a strict machine must notice
    01 81            a general poll
    01 01 00 54      a long poll: the address with the bit, the command without

A flag that is neither 0 nor 1 means that the other side speaks something else; the line ends with that reason.
Source of the need: `wire/sas.md` §2.3.
"""

from __future__ import annotations

from collections.abc import Callable

from lineside.errors import Malformed
from lineside.runtime.burst import BurstReceiver, GapMeter, LineMode
from lineside.runtime.link import Link

FLAG_MAX = 1  # a ninth bit is 0 or 1


class NineCode:
    """Characters of nine bits out of a stream of bytes, in any split."""

    def __init__(self) -> None:
        self._flag = b""  # of a character whose data byte has not come yet

    def decode(self, data: bytes) -> tuple[bytes, frozenset[int]]:
        """The data bytes that are whole now, and the places of those whose ninth bit is 1.

        Raises:
            Malformed: a flag is neither 0 nor 1.
        """
        data = self._flag + data
        whole = len(data) & ~1
        flags, values = data[:whole:2], data[1:whole:2]
        self._flag = data[whole:]
        if flags and max(flags) > FLAG_MAX:
            place = next(place for place, flag in enumerate(flags) if flag > FLAG_MAX)
            raise Malformed("a ninth bit is 00 or 01", data[: 2 * place + 2][-16:], min(2 * place, 14))
        return values, frozenset(place for place, flag in enumerate(flags) if flag)

    @staticmethod
    def encode(data: bytes, wakeups: frozenset[int] = frozenset()) -> bytes:
        """Two bytes for each of ``data``; the ninth bit is 1 at the places ``wakeups``."""
        code = bytearray(2 * len(data))
        code[1::2] = data
        for place in wakeups:
            code[2 * place] = 1
        return bytes(code)


class NineLink:
    """A `lineside.runtime.burst.BurstLink` that carries the ninth bit as it is.

    Args:
        line: as the settings write it, ``nine://host:port``.
        link: the open TCP line below.
        mode: mark_space sends the bit as SAS means it; even and none send what these modes would make of it.
    """

    def __init__(self, line: str, link: Link, mode: LineMode) -> None:
        self.name = line
        self.character_s = 0.0
        self.trouble = ""
        self.gap = GapMeter()
        self._link = link
        self._mode = mode

    def start(self, receiver: BurstReceiver) -> None:
        """Begin to deliver; every byte comes with its ninth bit."""
        self._link.start(NineEar(receiver, self._link.close))

    def send_burst(self, first: bytes, rest: bytes) -> None:
        """Queue a message.

        Raises:
            LinkClosed: the line has ended.
        """
        data = first + rest
        match self._mode:
            case LineMode.MARK_SPACE:
                wakeups = frozenset((0,))
            case LineMode.EVEN:
                wakeups = frozenset(place for place, byte in enumerate(data) if byte.bit_count() & 1)
            case LineMode.NONE:
                wakeups = frozenset()
        self._link.send(NineCode.encode(data, wakeups))

    def unsent(self) -> int:
        """Bytes not yet taken by the operating system; two for each character."""
        return self._link.unsent()

    def close(self, reason: str) -> None:
        """End the line."""
        self._link.close(reason)


class NineEar:
    """Hears coded bytes and passes on characters; ends the line when they are no such code."""

    def __init__(self, receiver: BurstReceiver, end: Callable[[str], None]) -> None:
        self._receiver = receiver
        self._end = end
        self._code = NineCode()

    def on_data(self, data: bytes) -> None:
        """Pass on what is whole."""
        try:
            values, wakeups = self._code.decode(data)
        except Malformed as error:
            self._code = NineCode()
            self._end(f"the other side does not speak nine://: {error}")
            return
        if values:
            self._receiver.on_bytes(values, wakeups)

    def on_closed(self, reason: str) -> None:
        """The line has ended."""
        self._receiver.on_closed(reason)
