"""A SAS host for slot machines: exceptions and meters on disk before anything is acknowledged.

``WrongCRC`` and the codec are loaded when first asked for: ``from lineside.slots import decode_answer, encode``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineside.slots.wire import (
        GeneralPoll,
        LongPoll,
        WrongCRC,
        crc16,
        decode_answer,
        decode_request,
        encode,
        encode_answer,
        explain,
    )

__all__ = [
    "GeneralPoll",
    "LongPoll",
    "WrongCRC",
    "crc16",
    "decode_answer",
    "decode_request",
    "encode",
    "encode_answer",
    "explain",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from lineside.slots import wire

        return getattr(wire, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
