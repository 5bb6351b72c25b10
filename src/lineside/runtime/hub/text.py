"""The bytes of the live protocol, as `docs/live.md` tells them: built once, shared by all who get them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

import msgspec

from lineside.errors import LinesideError
from lineside.runtime.step import Secret

# A WebSocket close frame holds 125 bytes: two for the code, the rest for the reason (RFC 6455, 5.5).
CLOSE_REASON_BYTES_MAX = 123

RequestId = int | str | None
"""What a client put into ``id``; it comes back in the answer."""


class CloseCode(Enum):
    """Why a live connection ends: number, words, and whether the same client may come back by itself."""

    STOPPING = (4000, "the server is stopping", True)
    SIGNED_OUT = (4001, "the session or token is no longer valid", False)
    TOO_MANY_ERRORS = (4002, "too many messages that are not of this protocol", False)
    NOT_ALLOWED = (4003, "the role does not allow this", False)
    TOO_SLOW = (4008, "the client does not read what it asked for", True)
    TOO_MANY = (4009, "too many subscribers", True)
    FAULT = (4011, "a fault in the server", True)

    def __init__(self, number: int, words: str, retry: bool) -> None:
        self.number = number
        self.words = words
        self.retry = retry


def _plain(value: Any) -> Any:
    """A `Secret` never reaches a page; whatever else is unknown is the publisher's mistake."""
    if isinstance(value, Secret):
        return value.masked
    raise TypeError(f"a value of type {type(value).__name__} cannot be shown")


_encoder = msgspec.json.Encoder(enc_hook=_plain)


def encode_value(value: Any) -> bytes:
    """A value as JSON; a `Secret` in it becomes its mask.

    Raises:
        TypeError, ValueError, RecursionError: not a JSON value.
    """
    return _encoder.encode(value)


def frame_text(data: bytes) -> bytes:
    """One WebSocket text message of a server, in one unmasked frame.

    Layout (RFC 6455, 5.2; lengths big-endian)::

        81 [length: 1, 0..125]            payload
        81 7e [length: 2, 126..65535]     payload
        81 7f [length: 8]                 payload
    """
    size = len(data)
    if size < 126:
        return bytes((0x81, size)) + data
    if size < 65_536:
        return struct.pack("!BBH", 0x81, 126, size) + data
    return struct.pack("!BBQ", 0x81, 127, size) + data


def pulse_text(items: Iterable[bytes]) -> bytes:
    """A pulse of items that are encoded already, one or more."""
    return b'{"op":"pulse","items":[' + b",".join(items) + b"]}"


def hello_text(epoch: str, server: str, role: str) -> bytes:
    """The first message of a connection."""
    return encode_value({"op": "hello", "epoch": epoch, "server": server, "role": role})


def subscribed_text(request_id: RequestId, entries: bytes) -> bytes:
    """The answer to a subscribe; ``entries`` are the topics' objects, joined by commas."""
    return b'{"op":"subscribed","id":' + encode_value(request_id) + b',"topics":[' + entries + b"]}"


def unsubscribed_text(request_id: RequestId, patterns: Sequence[str]) -> bytes:
    """The answer to an unsubscribe: the patterns that are no longer followed."""
    return encode_value({"op": "unsubscribed", "id": request_id, "topics": patterns})


def error_text(request_id: RequestId, error: LinesideError) -> bytes:
    """A request that was not done."""
    fields = {"code": error.code, "message": str(error), "retry": error.retry}
    return encode_value({"op": "error", "id": request_id, "error": fields})


def pong_text(request_id: RequestId) -> bytes:
    """The answer to a ping."""
    return encode_value({"op": "pong", "id": request_id})


def bye_text(code: CloseCode, reason: str) -> bytes:
    """The last message of a connection."""
    return encode_value({"op": "bye", "code": code.number, "reason": reason, "retry": code.retry})


def close_reason(reason: str) -> str:
    """The reason, short enough for a close frame, cut between characters."""
    return reason.encode()[:CLOSE_REASON_BYTES_MAX].decode(errors="ignore")
