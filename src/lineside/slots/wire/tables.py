"""The tables of the protocol as markdown: ``python -m lineside.slots.wire.tables`` prints docs/slots-tables.md."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lineside.slots.wire import codes
from lineside.slots.wire.exceptions import EXCEPTIONS
from lineside.slots.wire.field import Kind, Many, Maybe
from lineside.slots.wire.layout import Layout
from lineside.slots.wire.long_polls import LONG_POLLS, PollSpec
from lineside.slots.wire.meter_list import LongReadings, MeterReadings, ShortReadings
from lineside.slots.wire.meters import METERS
from lineside.slots.wire.money import BILL_CODES, DENOMINATIONS

_OPENING = """\
# SAS tables

Printed from the code by `python -m lineside.slots.wire.tables`; a test keeps this page equal to it. The column *trust*
says how far a row can be believed:

| tag | meaning |
|-----|---------|
| T | seen in captured traffic, check value recomputed |
| 2 | two or more independent open sources agree |
| 1 | one open source |
| K | knowledge of the sheet's author: verify against a licensed specification before certifying |
| X | sources disagree: the setting that is named decides, its default follows the sheet |

No row has been tried on a real machine.
"""
_TICKET_TABLES: tuple[tuple[str, Mapping[int, codes.CodeSpec]], ...] = (
    ("Validation types (4D, 50)", codes.VALIDATION_TYPES),
    ("Validation bits (7B)", codes.VALIDATION_BITS),
    ("Ticket codes (71 asked)", codes.TICKET_CODES),
    ("Ticket statuses (71 answered)", codes.TICKET_STATUSES),
)
_AFT_TABLES: tuple[tuple[str, Mapping[int, codes.CodeSpec]], ...] = (
    ("AFT statuses (72 answered)", codes.AFT_STATUSES),
    ("AFT types (72)", codes.AFT_TYPES),
    ("AFT transfer codes (72 asked)", codes.AFT_CODES),
    ("AFT flags, by bit (72)", codes.AFT_FLAGS),
    ("AFT receipt statuses (72 answered)", codes.AFT_RECEIPTS),
    ("Registration codes (73 asked)", codes.REGISTRATION_CODES),
    ("Registration statuses (73 answered)", codes.REGISTRATION_STATUSES),
    ("Lock codes (74 asked)", codes.LOCK_CODES),
    ("Lock statuses (74 answered)", codes.LOCK_STATUSES),
    ("Available transfers and lock conditions, by bit (74)", codes.AFT_AVAILABLE),
    ("Host cash-out status, by bit (74)", codes.AFT_HOST_CASH_OUT),
    ("AFT abilities, by bit (74)", codes.AFT_ABILITIES),
)


def markdown() -> str:
    """The whole page."""
    return "\n".join([_OPENING, *_long_polls(), *_meters(), *_exceptions(), *_money(), *_codes()])


def _table(title: str, heads: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    yield f"## {title}\n"
    yield f"| {heads.replace(',', ' | ')} |"
    yield "|" + "---|" * (heads.count(",") + 1)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


def _long_polls() -> Iterator[str]:
    rows = [
        (
            f"{spec.command:02X}",
            spec.name,
            spec.type.value,
            _asked(spec),
            _given(spec),
            spec.unit or "",
            spec.tag,
            spec.note.replace("|", "or"),
        )
        for spec in LONG_POLLS.values()
    ]
    yield from _table("Long polls", "LP,name,type,data asked,data answered,unit,trust,note", rows)
    yield "Sizes are bytes. Not implemented, and not asked for: 8B, 22 to 26, 29, 59 to 5F, 62 to 6B, 77, 7A, B6, B7.\n"


def _asked(spec: PollSpec) -> str:
    return "" if spec.request is None else _described(spec.request, counted=spec.counts_request)


def _given(spec: PollSpec) -> str:
    return "ACK" if spec.answer is None else _described(spec.answer, counted=spec.counts_answer)


def _described(layout: Layout[Any], *, counted: bool) -> str:
    if layout.message is MeterReadings:
        inner = {ShortReadings: "{code 1, value 4 or 5}…", LongReadings: "{code 2, size 1, value}…"}[type(layout)]
        return f"len, game 2, {inner}"
    parts = [f"{name.replace('_', ' ')} {_sized(kind)}".strip() for name, kind in layout.names]
    return ", ".join(["len", *parts] if counted else parts)


def _sized(kind: Kind) -> str:
    if isinstance(kind, Maybe):
        return "(may be absent)"
    if isinstance(kind, Many):
        return "…"
    return "" if kind.size is None else str(kind.size)


def _meters() -> Iterator[str]:
    rows = [(f"{m.code:02X}", m.name, m.unit, m.bytes, m.tag, m.bytes_tag) for m in METERS.values()]
    yield from _table("Meters", "code,name,unit,bytes in 2F,trust,trust in bytes", rows)


def _exceptions() -> Iterator[str]:
    rows = [
        (
            f"{one.code:02X}",
            one.text,
            "priority" + (", may queue" if one.may_queue else "") if one.is_priority else "queued",
            one.event or ("none" if not one.is_event_only else "none; events alone tell it"),
            one.tag,
        )
        for one in EXCEPTIONS.values()
    ]
    yield from _table("Exceptions", "code,text,kept,data of the event,trust", rows)


def _money() -> Iterator[str]:
    denominations = [(f"{one.code:02X}", one.cents, one.tag) for one in DENOMINATIONS.values()]
    yield from _table("Denominations", "code,cents,trust", denominations)
    bills = [(f"{code:02X}", value, tag) for code, (value, tag) in BILL_CODES.items()]
    yield from _table("Bill codes (48 and event 4F)", "code,value,trust", bills)


def _codes() -> Iterator[str]:
    for title, table in _TICKET_TABLES + _AFT_TABLES:
        width = 1 if "bit" in title else 2
        yield from _table(title, "code,meaning,trust", [(f"{c.code:0{width}X}", c.text, c.tag) for c in table.values()])


def main() -> None:
    """Print the page."""
    sys.stdout.write(markdown())


if __name__ == "__main__":
    main()
