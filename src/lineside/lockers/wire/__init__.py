"""The wire of the lockers house: ACon_V1.0 between boards and server, both sides, and how cells are numbered."""

from __future__ import annotations

from lineside.lockers.wire.board_side import BadReply, BoardSide, HeardByBoard, encode_request
from lineside.lockers.wire.message import (
    Answer,
    BadMessage,
    BadReason,
    BoardState,
    CellCode,
    Channel,
    ConsoleAnswer,
    ConsoleWord,
    ErrorLine,
    Flag,
    Foreign,
    Heard,
    Reply,
    Request,
)
from lineside.lockers.wire.numbering import Grid, LockMode, Locks, cell_of, grid_of, locks_of, place_of
from lineside.lockers.wire.reply import encode_answer
from lineside.lockers.wire.server_side import BoardWire
from lineside.lockers.wire.settings import ReplyEol, SideSettings, WireSettings

__all__ = [
    "Answer",
    "BadMessage",
    "BadReason",
    "BadReply",
    "BoardSide",
    "BoardState",
    "BoardWire",
    "CellCode",
    "Channel",
    "ConsoleAnswer",
    "ConsoleWord",
    "ErrorLine",
    "Flag",
    "Foreign",
    "Grid",
    "Heard",
    "HeardByBoard",
    "LockMode",
    "Locks",
    "Reply",
    "ReplyEol",
    "Request",
    "SideSettings",
    "WireSettings",
    "cell_of",
    "encode_answer",
    "encode_request",
    "grid_of",
    "locks_of",
    "place_of",
]
