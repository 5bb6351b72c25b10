"""The lines of one message become a `Request`, or the reason why they cannot.

What is missing or odd beside ID and SEND never costs a board its answer, since an answer that fails to come is all
that a board sees: it is kept as it came, or taken as not reported, and flagged. Source: wire/acon.md §2, §3 and §9.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from lineside.lockers.wire.message import BadMessage, BadReason, Flag, Request
from lineside.lockers.wire.numbering import CELLS_MAX, SIDE_MAX, is_grid

_VERSION = re.compile(r"ACon_V0{0,3}1\.[0-9]{1,5}")
_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_SEND = re.compile(r"[0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
# A cell or a state: nine digits are far beyond any and small enough for every reader of an event.
_ITEM_DIGITS_MAX = 9
_LOCKS = re.compile(r"[01]*(?:,[01]*)*")
_BLANKS = " \t\r\v\f\0"

_CELL_LISTS = ("BOX_ENG", "BOX_TO", "BOX_ACC")


def _is_channel(value: int) -> bool:
    return value in (1, 2)


def _is_wifi(value: int) -> bool:
    return value in (0, 1, 2, 3)


def _is_gsm(value: int) -> bool:
    return value in (0, 1, 3)


def _is_switch(value: int) -> bool:
    return value in (0, 1)


def _is_side(value: int) -> bool:
    return 1 <= value <= SIDE_MAX


def request_of(lines: list[bytes], cells_max: int = CELLS_MAX) -> Request | BadMessage:
    """Read one message.

    Args:
        lines: the header first, CLOSE left out, as `framing.Framed` has them.
        cells_max: beyond it the matrix, and a cell, are flagged as out of range.

    Returns:
        `BadMessage` for another major version, for no ID, a bad one or two, and for no SEND or a bad one; in this
        order. Of a key that comes twice the last one counts, and lists of cells are joined.
    """
    header = _bare(lines[0].decode("utf-8", "replace"))
    if not _VERSION.fullmatch(header):
        return BadMessage(BadReason.UNSUPPORTED_VERSION)
    flags: set[Flag] = set()
    pairs = _pairs_of(lines, flags)
    if isinstance(pairs, BadMessage):
        return pairs
    board, send = pairs.pop("ID", None), pairs.pop("SEND", None)
    if board is None or send is None or not (_ID.fullmatch(board) and _SEND.fullmatch(send)):
        return BadMessage(_bad_name(board, send))
    fields = _Fields(pairs, flags)
    columns, rows = fields.number("COLS", _is_side), fields.number("ROWS", _is_side)
    request = Request(
        header=header,
        board=board,
        send=send,
        connection=fields.number("CONNECTION", _is_channel),
        wifi=fields.number("WIFI_STATE", _is_wifi),
        gsm=fields.number("GSM_STATE", _is_gsm),
        reset=fields.switch("RESET"),
        states=fields.states("STATE"),
        columns=columns,
        rows=rows,
        locks=fields.locks("ACT_CON"),
        engaged=fields.cells("BOX_ENG"),
        timed_out=fields.cells("BOX_TO"),
        accessed=fields.cells("BOX_ACC"),
        extra=pairs,
    )
    if pairs and not all(key.isascii() and value.isascii() for key, value in pairs.items()):
        flags.add(Flag.NOT_ASCII)
    _judge_cells(request, flags, cells_max)
    return msgspec.structs.replace(request, flags=tuple(f for f in Flag if f in flags)) if flags else request


def _bare(text: str) -> str:
    """A line or value without its remark and the blanks around it."""
    return text.partition("//")[0].strip(_BLANKS)


def _pairs_of(lines: list[bytes], flags: set[Flag]) -> dict[str, str] | BadMessage:
    pairs: dict[str, str] = {}
    for line in lines[1:]:
        key, equals, value = line.decode("utf-8", "replace").partition("//")[0].partition("=")
        key = key.strip(_BLANKS)
        if not equals or not key:
            continue
        value = value.strip(_BLANKS)
        if key in pairs:
            if key == "ID" and value != pairs[key]:
                return BadMessage(BadReason.DUPLICATE_ID)
            flags.add(Flag.DUPLICATE_KEY)
            if key in _CELL_LISTS:
                value = f"{pairs[key]},{value}"
        pairs[key] = value
    return pairs


def _bad_name(board: str | None, send: str | None) -> BadReason:
    if board is None:
        return BadReason.MISSING_ID
    if not _ID.fullmatch(board):
        return BadReason.BAD_ID
    return BadReason.MISSING_SEND if send is None else BadReason.BAD_SEND


class _Fields:
    """Takes the fields that we know out of ``pairs``, and notes what is odd; what is left is extra."""

    __slots__ = ("_flags", "_pairs")

    def __init__(self, pairs: dict[str, str], flags: set[Flag]) -> None:
        self._pairs = pairs
        self._flags = flags

    def number(self, key: str, is_in_range: Callable[[int], bool]) -> int | None:
        value = self._pairs.pop(key, None)
        if value is None:
            return None
        if not _NUMBER.fullmatch(value):
            self._flags.add(Flag.BAD_NUMBER)
            return None
        number = int(value)
        if not is_in_range(number):
            self._flags.add(Flag.OUT_OF_RANGE)
        return number

    def switch(self, key: str) -> bool | None:
        """0 or 1; another number is nothing that a board can mean."""
        number = self.number(key, _is_switch)
        return bool(number) if number in (0, 1) else None

    def cells(self, key: str) -> tuple[int, ...] | None:
        items = self._items(key)
        return None if items is None else tuple(item for item in items if item)

    def states(self, key: str) -> tuple[int, ...] | None:
        """As `cells`, but a 0 that stands alone is a state: all is well."""
        items = self._items(key)
        return None if items is None else tuple(item for item in items if item) or tuple(items[:1])

    def locks(self, key: str) -> tuple[str, ...] | None:
        bare = "".join(self._pairs.pop(key, "").split())
        groups = tuple(bare.rstrip(",").split(","))
        if not _LOCKS.fullmatch(bare) or len(groups) > SIDE_MAX or max(map(len, groups)) > SIDE_MAX:
            self._flags.add(Flag.BAD_LOCKS)
            return None
        return groups if any(groups) else None

    def _items(self, key: str) -> list[int] | None:
        """The numbers of a list, in order; empty items and blanks are nothing, others are dropped and flagged."""
        value = self._pairs.pop(key, None)
        if value is None:
            return None
        items = []
        for item in value.split(","):
            text = item.strip(_BLANKS)
            if text.isascii() and text.isdigit() and len(text) <= _ITEM_DIGITS_MAX:
                items.append(int(text))
            elif text:
                self._flags.add(Flag.DROPPED_ITEMS)
        return items


def _judge_cells(request: Request, flags: set[Flag], cells_max: int) -> None:
    """Flag a matrix that is none, and cells beyond it; they are kept as they came."""
    highest = cells_max
    if request.columns is not None and request.rows is not None:
        if is_grid(request.columns, request.rows, cells_max):
            highest = request.columns * request.rows
        else:
            flags.add(Flag.OUT_OF_RANGE)
    for cells in (request.engaged, request.timed_out, request.accessed):
        if cells and max(cells) > highest:
            flags.add(Flag.OUT_OF_RANGE)
