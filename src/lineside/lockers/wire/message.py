"""The messages of ACon_V1.0, both directions, and what a server answers in place of a message.

Source: the wire sheet for smart-locker boards, §3 (board → server), §4 (server → board), §8 (the text console) and §9
(bad input).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec


class Channel(IntEnum):
    """``CONNECTION``: what carried a packet."""

    WIFI = 1
    GSM = 2


class BoardState(IntEnum):
    """The known numbers of ``STATE`` in a request; the list may grow, so that a request holds plain ints."""

    NORMAL = 0
    SHORT_CIRCUIT = 1
    WRONG_CODE = 2  # three times in a row
    BLOCKED = 3  # by the server


class Flag(StrEnum):
    """What was odd about a request that was taken all the same."""

    DROPPED_ITEMS = "dropped_items"  # entries of a list that are no cell numbers
    DUPLICATE_KEY = "duplicate_key"  # the last one counts; lists of cells are joined
    BAD_LOCKS = "bad_locks"  # ACT_CON holds other characters than 0 and 1: taken as not reported
    BAD_NUMBER = "bad_number"  # a number field that is none: taken as not reported
    OUT_OF_RANGE = "out_of_range"  # stored as it came
    NOT_ASCII = "not_ascii"  # in an unknown key


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One whole message of a board. None means "not reported"; an empty tuple means "reported empty" (``0``).

    Attributes:
        header: as received, ``ACon_V1.0``; a reply echoes it.
        board: ``ID``, opaque, ``[A-Za-z0-9_.-]{1,32}``.
        send: ``SEND`` as received, 1..20 digits; leading zeros count in the reply.
        connection: ``CONNECTION``; 1 Wi-Fi, 2 GSM, other numbers are kept.
        wifi, gsm: 0 ok, 1 hardware fault, 2 no access point (Wi-Fi alone), 3 no internet.
        reset: ``RESET``, the board has rebooted.
        states: ``STATE``, see `BoardState`.
        columns, rows: of the numbering matrix.
        locks: ``ACT_CON``, its groups of ``0`` and ``1``, as received.
        engaged, timed_out, accessed: ``BOX_ENG``, ``BOX_TO``, ``BOX_ACC``; cell numbers in the order received.
        extra: keys that this version does not know, with their values.
        flags: what was odd, each once, in the order of `Flag`.
    """

    header: str
    board: str
    send: str
    connection: int | None = None
    wifi: int | None = None
    gsm: int | None = None
    reset: bool | None = None
    states: tuple[int, ...] | None = None
    columns: int | None = None
    rows: int | None = None
    locks: tuple[str, ...] | None = None
    engaged: tuple[int, ...] | None = None
    timed_out: tuple[int, ...] | None = None
    accessed: tuple[int, ...] | None = None
    extra: dict[str, str] = {}
    flags: tuple[Flag, ...] = ()

    @property
    def number(self) -> int:
        """``SEND`` as a number, for comparisons."""
        return int(self.send)


class BadReason(StrEnum):
    """The fixed reasons of an ``ERROR:`` line."""

    TOO_LARGE = "message too large"
    MISSING_CLOSE = "missing CLOSE"
    UNSUPPORTED_VERSION = "unsupported version"
    MISSING_ID = "missing ID"
    BAD_ID = "bad ID"
    DUPLICATE_ID = "duplicate ID"
    MISSING_SEND = "missing SEND"
    BAD_SEND = "bad SEND"


class BadMessage(msgspec.Struct, frozen=True):
    """A message that cannot be used; answered with ``ERROR: <reason>``, nothing is stored.

    Attributes:
        closes: the connection ends after the answer (the peer can no longer be followed).
    """

    reason: BadReason
    closes: bool = False


class Foreign(msgspec.Struct, frozen=True):
    """Bytes of another protocol, or too much junk: the connection ends without a word.

    Attributes:
        reason: for the log, for example ``an HTTP request``.
    """

    reason: str


class ConsoleWord(msgspec.Struct, frozen=True):
    """A word of the text console (§8): ``ip``, ``server``, ``client``, ``info``, ``exit`` or ``quit``."""

    word: str

    @property
    def ends(self) -> bool:
        """Whether it ends the connection."""
        return self.word in ("exit", "quit")


Heard = Request | BadMessage | Foreign | ConsoleWord
"""What the bytes of a board's connection hold."""


class CellCode(msgspec.Struct, frozen=True):
    """One ``BOX_ENG`` line of a reply: the code that opens a cell, and for how long.

    Attributes:
        cell: number, from 1.
        code: 1..8 digits as text; ``0042`` is a code. In clear: a board takes no other.
        minutes: 1..65535.
    """

    cell: int
    code: str
    minutes: int

    def __repr__(self) -> str:
        return f"CellCode(cell={self.cell}, code='****', minutes={self.minutes})"

    __str__ = __repr__


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request: the whole list of codes. A cell that is left out has its code revoked.

    Attributes:
        header, board, send: as in the request.
        reset: order a reboot.
        block: ``STATE=3``, block access; ``STATE=0`` otherwise.
        codes: by cell number, ascending.
    """

    header: str
    board: str
    send: str
    reset: bool = False
    block: bool = False
    codes: tuple[CellCode, ...] = ()


class ErrorLine(msgspec.Struct, frozen=True):
    """``ERROR: <reason>`` and LF."""

    reason: BadReason


class ConsoleAnswer(msgspec.Struct, frozen=True):
    """The answer to ``ip``, ``server``, ``client`` or ``info``: both ends of the connection, then CR LF.

    Attributes:
        peer, own: address and port.
    """

    peer: tuple[str, int]
    own: tuple[str, int]


Answer = Reply | ErrorLine | ConsoleAnswer
"""What a server sends."""
