"""What a server sends, as bytes::

    ACon_V1.0 LF  ID=<same> LF  SEND=<same> LF  RESET=<0|1> LF  STATE=<0|3> LF
    *( BOX_ENG=(<cell>,<code>,<minutes>) LF )
    CLOSE LF

A reply is the whole list: the board throws its old one away. What cannot be said exactly is therefore not said at all
(`Malformed`): a reply that leaves out one cell revokes its code. Source: wire/acon.md §4, §7 and §8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lineside.errors import Malformed
from lineside.lockers.wire.message import Answer, CellCode, ConsoleAnswer, ErrorLine, Reply

# One digit to eight; the boards that are known have four.
CODE_DIGITS_MAX = 8
# Decided in the sheet: 45 days, and what two bytes hold.
MINUTES_MAX = 65_535
# A number of nine digits is far beyond any cabinet; it is here so that a line has a longest length.
CELL_MAX = 999_999_999

_CODE = re.compile(rf"[0-9]{{1,{CODE_DIGITS_MAX}}}")
_HEAD = re.compile(r"ACon_V[0-9]{1,5}\.[0-9]{1,5}\n[A-Za-z0-9_.-]{1,32}\n[0-9]{1,20}")


def encode_answer(answer: Answer, eol: str = "\n") -> bytes:
    """One answer, to be written with a single write.

    Args:
        eol: ends each line of a reply and of an error; the console's lines end in CR LF always.

    Raises:
        Malformed: the protocol cannot express it. The text never holds a code.
    """
    match answer:
        case Reply():
            return _encode_reply(answer, eol)
        case ErrorLine(reason):
            return f"ERROR: {reason.value}{eol}".encode("ascii")
        case ConsoleAnswer(peer, own):
            return f"({peer[0]!r}, {peer[1]})=>({own[0]!r}, {own[1]})\r\n".encode("ascii", "replace")


def _encode_reply(reply: Reply, eol: str) -> bytes:
    if not _HEAD.fullmatch(f"{reply.header}\n{reply.board}\n{reply.send}"):
        raise Malformed(f"no reply can have header {reply.header!r}, ID {reply.board!r} and SEND {reply.send!r}")
    reset, state = ("1" if reply.reset else "0"), ("3" if reply.block else "0")
    head = f"{reply.header}{eol}ID={reply.board}{eol}SEND={reply.send}{eol}RESET={reset}{eol}STATE={state}{eol}"
    codes = "".join([line + eol for line in _code_lines(reply.codes)]) if reply.codes else ""
    return f"{head}{codes}CLOSE{eol}".encode("ascii")


def _code_lines(codes: Sequence[CellCode]) -> list[str]:
    lines = []
    last = 0
    for one in codes:
        if not last < one.cell <= CELL_MAX:
            raise Malformed(f"cell {one.cell} after cell {last}; wanted numbers that rise, from 1")
        if not _CODE.fullmatch(one.code):
            raise Malformed(f"cell {one.cell}: a code has 1 to {CODE_DIGITS_MAX} digits")
        if not 1 <= one.minutes <= MINUTES_MAX:
            raise Malformed(f"cell {one.cell}: {one.minutes} minutes; wanted 1 to {MINUTES_MAX}")
        last = one.cell
        lines.append(f"BOX_ENG=({one.cell},{one.code},{one.minutes})")
    return lines
