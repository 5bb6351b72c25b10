"""The last message of a connection: a board says the same again and again with another SEND.

Nearly every chunk of bytes is the one before with other digits in one place. Such a one is compared, two pieces of
bytes, and not read: reading takes twenty times as long. What comes out is what reading would give.
"""

from __future__ import annotations

import re

import msgspec

from lineside.lockers.wire.message import Flag, Heard, Request

# As `fields` accepts it, on a line of its own without blanks.
_SEND = re.compile(rb"\nSEND=([0-9]{1,20})(?=\r?\n)")
_SEND_DIGITS_MAX = 20


class LastMessage:
    """A chunk that was one whole message and nothing else, and the `Request` that was read from it.

    Args:
        bytes_max: a longer chunk is not looked at.
    """

    __slots__ = ("_before", "_behind", "_bytes_max", "_request")

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._before = self._behind = b""  # of the digits
        self._request: Request | None = None

    def again(self, data: bytes) -> Request | None:
        """The request of a chunk that differs in the digits of its SEND at most; None for every other.

        It shares its tuples and its ``extra`` with the one before.
        """
        request, before, behind = self._request, self._before, self._behind
        if request is None or not (data.startswith(before) and data.endswith(behind)) or len(data) > self._bytes_max:
            return None
        send = data[len(before) : len(data) - len(behind)]
        if not send.isdigit() or len(send) > _SEND_DIGITS_MAX:  # of bytes, `isdigit` knows 0 to 9 alone
            return None
        return msgspec.structs.replace(request, send=send.decode("ascii"))

    def keep(self, data: bytes, request: Heard) -> None:
        """Remember a chunk that was one whole message and nothing else."""
        self._request = None
        if not isinstance(request, Request) or Flag.DUPLICATE_KEY in request.flags or len(data) > self._bytes_max:
            return
        places = list(_SEND.finditer(data))
        if len(places) == 1:
            self._before, self._behind = data[: places[0].start(1)], data[places[0].end(1) :]
            self._request = request

    def forget(self) -> None:
        """Something else came."""
        self._request = None
