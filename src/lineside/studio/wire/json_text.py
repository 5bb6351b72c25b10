"""Reads JSON that anybody may have written: strict, bounded, and never an exception.

Refused are what is not JSON (NaN and Infinity, a number outside of what a double holds, half a surrogate pair, bytes
that are not UTF-8) and what is too deep or too wide. A key that stands twice counts as its last one, as in the
originals.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lineside.studio.wire.message import Malformed

DEPTH_MAX = 16
"""Levels of nesting (§4); the messages themselves have four."""

KEYS_MAX = 64
"""Keys of one object (§4); a status has twelve."""

NOT_JSON = Malformed("Invalid JSON format")
TOO_COMPLEX = Malformed("Message too complex")
NOT_AN_OBJECT = Malformed("Message must be a JSON object")

_decode = msgspec.json.Decoder().decode
_SCALARS = (str, bool, int, float, type(None))


def read_object(data: bytes | str) -> dict[str, Any] | Malformed:
    """The object of one frame, or what is wrong with it."""
    try:
        value = _decode(data)
    except RecursionError:
        return TOO_COMPLEX
    except ValueError:  # msgspec's own errors and those of UTF-8
        return NOT_JSON
    if type(value) is not dict:
        return NOT_AN_OBJECT if _is_simple(value, DEPTH_MAX) else TOO_COMPLEX
    return value if _is_simple(value, DEPTH_MAX) else TOO_COMPLEX


def is_within(value: Any, bytes_max: int) -> bool:
    """Whether a value's JSON text has no more than so many bytes."""
    return len(msgspec.json.encode(value)) <= bytes_max


def _is_simple(value: Any, depth: int) -> bool:
    if type(value) is dict:
        if depth == 0 or len(value) > KEYS_MAX:
            return False
        return all(isinstance(part, _SCALARS) or _is_simple(part, depth - 1) for part in value.values())
    if type(value) is list:
        return depth > 0 and all(isinstance(part, _SCALARS) or _is_simple(part, depth - 1) for part in value)
    return True
