"""Meters as rows of ``gaming_transactions``, the table that the first collectors filled: a changed meter is a row.

The originals name the table and what makes a row, not its columns. These are ours; ``[sinks.NAME] columns`` maps them
onto a table that exists. Rows of one machine stay in order: each one's ``new_value`` is ``old_value`` plus
``change_value``, modulo the meter's size, except the first row of a meter (no ``old_value``) and the one of a reset.
"""

from __future__ import annotations

from lineside.runtime.export import Column, ColumnType, Export, Row
from lineside.runtime.journal import Recorded
from lineside.slots.model.events import MeterRead, MetersReset, MetersRestated

# Longest list of words in one row: every one there is, joined by blanks, is shorter.
CONTEXT_CHARACTERS_MAX = 128

_RESET, _RESTATED = "reset", "restated"
_KINDS = frozenset({MeterRead.__name__, MetersReset.__name__, MetersRestated.__name__})


def _key(recorded: Recorded) -> str | None:
    return recorded.stream if recorded.kind in _KINDS else None


def _rows(recorded: Recorded) -> list[Row]:
    event = recorded.event_left
    match event:
        case MeterRead():
            words = [*event.context, *(["rollover"] if event.rollover else []), *(["away"] if event.away else [])]
            return [
                _row(
                    recorded,
                    event.code,
                    event.name,
                    event.unit,
                    old=event.old,
                    new=event.value,
                    change=event.change,
                    context=" ".join(words),
                )
            ]
        case MetersReset(meters=meters):
            return [_mark(recorded, code, last, 0, _RESET) for code, last in meters.items()]
        case MetersRestated(meters=meters):
            return [_mark(recorded, code, last, None, _RESTATED) for code, last in meters.items()]
    return []


def _mark(recorded: Recorded, code: int, last: int, new: int | None, context: str) -> Row:
    """A meter that began anew: nothing was counted, and what follows does not go on from ``last``."""
    return _row(recorded, code, "", "", old=last, new=new, change=0, context=context)


def _row(
    recorded: Recorded,
    code: int,
    name: str,
    unit: str,
    *,
    old: int | None,
    new: int | None,
    change: int,
    context: str,
) -> Row:
    gateway, _, machine = recorded.stream.partition("/")
    return {
        "at": recorded.at,
        "gateway": gateway,
        "machine": machine,
        "meter_code": code,
        "meter_name": name or None,
        "unit": unit or None,
        "old_value": old,
        "new_value": new,
        "change_value": change,
        "context": context[:CONTEXT_CHARACTERS_MAX] or None,
    }


GAMING_TRANSACTIONS = Export(
    name="gaming_transactions",
    table="gaming_transactions",
    does="One row for each meter of a slot machine that has changed.",
    columns=(
        Column("at", ColumnType.INSTANT, "when the reading was recorded, UTC"),
        Column("gateway", ColumnType.TEXT, "name in the settings", 64),
        Column("machine", ColumnType.TEXT, "the unit: the address, or line.address", 64),
        Column("meter_code", ColumnType.INTEGER, "SAS meter code"),
        Column("meter_name", ColumnType.TEXT, "its name; none in the row of a reset", 64, is_optional=True),
        Column("unit", ColumnType.TEXT, "credits, cents or count", 32, is_optional=True),
        Column("old_value", ColumnType.INTEGER, "the reading before; none in a meter's first row", is_optional=True),
        Column("new_value", ColumnType.INTEGER, "the machine's own meter; 0 after a reset", is_optional=True),
        Column("change_value", ColumnType.INTEGER, "what was counted since, a rollover counted in; 0 in a first row"),
        Column(
            "context",
            ColumnType.TEXT,
            "words: what happened meanwhile (door, power, handpay, rollover, away, reset, restated)",
            CONTEXT_CHARACTERS_MAX,
            is_optional=True,
        ),
    ),
    order_key=_key,
    rows=_rows,
)
"""The rows of a floor's meters."""

EXPORTS = (GAMING_TRANSACTIONS,)
