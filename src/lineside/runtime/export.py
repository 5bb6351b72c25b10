"""How events become rows for the outside: an `Export` names its columns and makes the rows. Types, and no I/O.

A house lists its exports in its room ``export.py``; `EVENTS` below exports every event of every house as one row. A
sink of the settings chooses one by name (``rows = "events"``) and may map it onto a table that exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from lineside.runtime.journal import Recorded

FOUNDATION = "lineside/"
"""Prefix of the foundation's own streams (access, the journal itself); they are not for the outside."""

Row = Mapping[str, Any]
"""Values by the export's own column names; an instant is an aware `datetime` in UTC."""


class ColumnType(StrEnum):
    """What a column holds, whatever the database calls it."""

    TEXT = "text"  # at most `Column.characters_max` characters
    LONG_TEXT = "long_text"
    INTEGER = "integer"  # 64 bits
    INSTANT = "instant"  # UTC, microseconds


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export.

    Attributes:
        does: what it holds, with its unit, for the documentation.
        characters_max: of a text; 0 for the other types.
        is_optional: a row may have no value.
    """

    name: str
    type: ColumnType
    does: str
    characters_max: int = 0
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """A way from events to rows.

    Attributes:
        name: as the settings choose it.
        table: name of the table when the settings give none.
        order_key: the lane of an event (rows of one lane stay in order), or None when it makes no row.
        rows: the rows of one event, none or more; pure, and the same for the same event for ever.
    """

    name: str
    table: str
    does: str
    columns: tuple[Column, ...]
    order_key: Callable[[Recorded], str | None]
    rows: Callable[[Recorded], list[Row]]


def _key_of_event(recorded: Recorded) -> str | None:
    return None if recorded.stream.startswith(FOUNDATION) else recorded.stream


def _row_of_event(recorded: Recorded) -> list[Row]:
    gateway, _, unit = recorded.stream.partition("/")
    return [
        {
            "origin": recorded.origin,
            "seq": recorded.seq,
            "at": recorded.at,
            "gateway": gateway,
            "unit": unit,
            "version": recorded.version,
            "kind": recorded.kind,
            "data": msgspec.json.encode(recorded.masked()).decode(),
        }
    ]


EVENTS = Export(
    name="events",
    table="lineside_events",
    does="Every event of every unit as one row; secrets by their last two characters.",
    columns=(
        Column("origin", ColumnType.TEXT, "boot id of the process that recorded it", 32),
        Column("seq", ColumnType.INTEGER, "number over all streams; (origin, seq) is unique for ever"),
        Column("at", ColumnType.INSTANT, "when it was recorded, UTC"),
        Column("gateway", ColumnType.TEXT, "name in the settings", 64),
        Column("unit", ColumnType.TEXT, "machine, board, table or device", 64),
        Column("version", ColumnType.INTEGER, "number in the unit's stream, from 1"),
        Column("kind", ColumnType.TEXT, "what happened", 64),
        Column("data", ColumnType.LONG_TEXT, "its fields, JSON"),
    ),
    order_key=_key_of_event,
    rows=_row_of_event,
)
"""Every event of every house."""
