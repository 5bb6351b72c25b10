"""How a connection ends: close codes, and reasons that every client has to be able to read.

A unit closes a link with a reason alone; `close_code_of` says with which code that reason leaves. Source: §2, §4, §9.
"""

from __future__ import annotations

import json
from enum import IntEnum

import msgspec


class CloseCode(IntEnum):
    """The codes of the WebSocket protocol, and the vendor's one, that this house sends."""

    NORMAL = 1000
    GOING_AWAY = 1001
    POLICY = 1008
    TOO_BIG = 1009
    RESTART = 1012
    TRY_LATER = 1013
    KICK = 3000


class KickCode(IntEnum):
    """``error.code`` in dialect D. 22002 and 22005 are the vendor's; the others are decided here."""

    BAD_MESSAGE = 22001
    NO_SUCH_ID = 22002
    BAD_TOKEN = 22003
    DUPLICATE_LOGIN = 22005


class Denied(msgspec.Struct, frozen=True, gc=False):
    """Close with this code and reason, and no frame before it."""

    code: int
    reason: str


REASON_BYTES_MAX = 123
"""A close frame holds 125 bytes, two of them the code (RFC 6455, 5.5)."""

TOO_MANY_ERRORS = "Too many errors"
"""The reason after `ERRORS_MAX` refused messages on one connection."""

ERRORS_MAX = 20
"""Refused messages on one connection until it is closed (§4): a wrong program, not a slip."""

MISSING = Denied(CloseCode.POLICY, "Missing authentication parameters")
INVALID_MESSAGE = Denied(CloseCode.POLICY, "Invalid authentication message")
INVALID_TOKEN = Denied(CloseCode.POLICY, "Invalid token")
INVALID_ID = Denied(CloseCode.POLICY, "Invalid id")
AUTHENTICATION_TIMEOUT = Denied(CloseCode.POLICY, "Authentication timeout")
FOREIGN_ORIGIN = Denied(CloseCode.POLICY, "Foreign origin")
DUPLICATE_REFUSED = Denied(CloseCode.POLICY, "Duplicate id")
DUPLICATE_KICKED = Denied(CloseCode.GOING_AWAY, "Duplicate login")
SHUTDOWN = Denied(CloseCode.RESTART, "Server restarts")
SLOW_WATCHER = Denied(CloseCode.TRY_LATER, "Too slow")


def kick_text(code: int, text: str) -> str:
    """``{"type":"kick","error":{…}}`` in ASCII, so that characters are bytes."""
    return json.dumps({"type": "kick", "error": {"code": int(code), "message": text}}, separators=(",", ":"))


def kicked(code: int, kick: KickCode, text: str) -> Denied:
    """A denial of dialect D: its reason is JSON, cut to what a close frame holds."""
    while len(reason := kick_text(kick, text)) > REASON_BYTES_MAX:
        text = text[:-1]
    return Denied(code, reason)


def no_such_id() -> Denied:
    """Dialect D: the id is missing, or nobody knows it."""
    return kicked(CloseCode.KICK, KickCode.NO_SUCH_ID, "id does not exist")


def bad_token(device: str) -> Denied:
    """Dialect D: the token is missing or wrong."""
    room = 40  # of an id; so that the words behind it stay whole
    return kicked(CloseCode.KICK, KickCode.BAD_TOKEN, f"{device[:room]} has an invalid token")


DUPLICATE_LOGIN = kicked(CloseCode.GOING_AWAY, KickCode.DUPLICATE_LOGIN, "duplicate login")
"""Dialect D: the id has connected again; this is the older connection."""

_CODE_OF = {
    denied.reason: denied.code
    for denied in (
        MISSING,
        INVALID_MESSAGE,
        INVALID_TOKEN,
        INVALID_ID,
        AUTHENTICATION_TIMEOUT,
        FOREIGN_ORIGIN,
        DUPLICATE_REFUSED,
        DUPLICATE_KICKED,
        DUPLICATE_LOGIN,
        SHUTDOWN,
        SLOW_WATCHER,
        Denied(CloseCode.POLICY, TOO_MANY_ERRORS),
    )
}


def close_code_of(reason: str) -> int:
    """The code with which a link is closed for one of our reasons; 1001 for any other."""
    code = _CODE_OF.get(reason)
    if code is None:
        return CloseCode.KICK if reason.startswith('{"type":"kick"') else CloseCode.GOING_AWAY
    return code


NO_STATUS = 1005
"""What a close without a code is called (RFC 6455, 7.1.5): a browser's ``close()`` sends one."""

_BY_PEER = "peer closed with "
_GOODBYES = frozenset(f"{code:d}" for code in (CloseCode.NORMAL, CloseCode.GOING_AWAY, NO_STATUS))


def closed_by_peer(code: int, reason: str = "") -> str:
    """What a link tells its unit when the peer has closed it; `is_goodbye` reads it again."""
    return f"{_BY_PEER}{code:d} {reason}".rstrip()


def is_goodbye(reason: str) -> bool:
    """Whether the peer closed cleanly (1000, 1001, or without a code), by the text of `closed_by_peer`."""
    code, _, _ = reason.removeprefix(_BY_PEER).partition(" ")
    return reason.startswith(_BY_PEER) and code in _GOODBYES
