"""Real-time events: ``addr FF exception [data] crc crc`` in place of any answer (§9.8).

Any long poll may be answered by an event: the poll was not executed then and has to be sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from lineside.errors import Malformed
from lineside.slots.wire.answers import BonusPaid, LastBill
from lineside.slots.wire.field import Bcd, Binary
from lineside.slots.wire.layout import Layout, layout_of

EVENT = 0xFF
"""The second byte of an event."""


class GameStart(msgspec.Struct, frozen=True, gc=False):
    """7E: a game began."""

    wagered_credits: Annotated[int, Bcd(2)]
    coin_in_credits: Annotated[int, Bcd(4)]
    wager_type: Annotated[int, Binary(1)]
    progressive_group: Annotated[int, Binary(1)]


class GameEnd(msgspec.Struct, frozen=True, gc=False):
    """7F: a game ended."""

    won_credits: Annotated[int, Bcd(4)]


class ReelStop(msgspec.Struct, frozen=True, gc=False):
    """88: a reel stopped."""

    reel: Annotated[int, Binary(1)]
    stop: Annotated[int, Binary(1)]


class GameRecall(msgspec.Struct, frozen=True, gc=False):
    """8A: a former game is being shown."""

    game: Annotated[int, Bcd(2)]
    entry: Annotated[int, Bcd(2)]


class CardHeld(msgspec.Struct, frozen=True, gc=False):
    """8B: a card was held or let go."""

    flag: Annotated[int, Binary(1)]


class GameSelected(msgspec.Struct, frozen=True, gc=False):
    """8C: the player chose a game; 0 is the menu."""

    game: Annotated[int, Bcd(2)]


class EventData(msgspec.Struct, frozen=True, gc=False):
    """Data of an event whose length no source names: a good check value says that they are whole."""

    content: bytes


EVENT_LAYOUTS: Mapping[int, Layout[Any]] = {
    0x4F: layout_of(LastBill),
    0x7C: layout_of(BonusPaid),
    0x7E: layout_of(GameStart),
    0x7F: layout_of(GameEnd),
    0x88: layout_of(ReelStop),
    0x8A: layout_of(GameRecall),
    0x8B: layout_of(CardHeld),
    0x8C: layout_of(GameSelected),
}
"""Exceptions whose events carry data. The lengths come from one source (P)."""


def event_bytes(code: int) -> int:
    """Bytes of an event's whole frame."""
    layout = EVENT_LAYOUTS.get(code)
    return 5 if layout is None else 5 + (layout.size or 0)


def unpack_event(code: int, data: bytes) -> Any:
    """The Struct of an event's data, or None for an exception that has none.

    Raises:
        Malformed: the data do not fit the exception.
    """
    layout = EVENT_LAYOUTS.get(code)
    if layout is not None:
        return layout.unpack(data)
    if data:
        raise Malformed(f"event {code:02x} has {len(data)} bytes of data, wanted none")
    return None


def pack_event(code: int, fields: Any = None) -> bytes:
    """The data of an event.

    Raises:
        Malformed: fields of another exception, or missing.
    """
    layout = EVENT_LAYOUTS.get(code)
    wanted = None if layout is None else layout.message
    if (fields is None) != (wanted is None) or (wanted is not None and not isinstance(fields, wanted)):
        raise Malformed(f"event {code:02x} cannot carry {fields!r}, wanted {wanted.__name__ if wanted else 'nothing'}")
    return b"" if layout is None else layout.pack(fields)
