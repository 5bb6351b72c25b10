"""What may differ between boards, and what a peer can make us hold at most. Source: wire/acon.md §2, §3 and §9."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class ReplyEol(StrEnum):
    """What ends each line of an answer."""

    LF = "lf"  # what the original always sends
    CRLF = "crlf"
    MIRROR = "mirror"  # as the header of the last request that came


class WireSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The server's side of one connection."""

    reply_eol: ReplyEol = ReplyEol.LF
    # The words `ip`, `server`, `client`, `info`, `exit` and `quit`, for a person with telnet.
    console: bool = True
    # From the header to CLOSE. A board of 256 cells with every list full needs less than 4 KiB.
    message_bytes_max: Annotated[int, Meta(ge=256, le=1 << 20)] = 8192
    # Without its end. The longest list of 256 cells has less than 1 KiB.
    line_bytes_max: Annotated[int, Meta(ge=64, le=1 << 20)] = 4096
    # Header and CLOSE counted. ACon_V1.0 has 15 lines, and its lists of fields may grow.
    lines_max: Annotated[int, Meta(ge=16, le=4096)] = 128
    # Bytes that belong to no message, since the last one. A modem's chatter is less; a stranger's file is more.
    junk_bytes_max: Annotated[int, Meta(ge=64, le=1 << 20)] = 4096
    # COLS × ROWS. Beyond it, or with more than 64 of either, a report is flagged as out of range.
    cells_max: Annotated[int, Meta(ge=1, le=4096)] = 256


class SideSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The board's side of one connection.

    Attributes:
        eol: ``\\r\\n`` as the original's test client, or ``\\n``.
        final_eol: whether CLOSE is followed by one; the original's test client sends none.
    """

    eol: Annotated[str, Meta(pattern="^\r?\n$")] = "\r\n"
    final_eol: bool = False
    # 4096 cells, each with the longest BOX_ENG line of 30 bytes, need 123 KiB: what the settings of a server allow.
    reply_bytes_max: Annotated[int, Meta(ge=256)] = 131_072
