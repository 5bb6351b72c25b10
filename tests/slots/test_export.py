"""Meters as rows, by themselves and in a real database."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from lineside.runtime.step import Event
from lineside.slots.export import GAMING_TRANSACTIONS
from lineside.slots.model.events import ExceptionAcknowledged, MeterRead, MetersReset, MetersRestated
from tests.adapters.sql_sink.rows import AT, Read, rows_in, target


class Told(Read):
    """An event of a machine, as the journal gives it."""

    def __init__(self, seq: int, event: Event, stream: str = "floor/a12.1") -> None:
        super().__init__(seq, stream)
        self.kind, self.event_left = type(event).__name__, event


def reading(value: int, change: int = 0, **more: Any) -> MeterRead:
    return MeterRead(code=0, name="coin_in", unit="credits", value=value, change=change, bytes=4, **more)


def rows(event: Event) -> list[dict[str, Any]]:
    return [dict(row) for row in GAMING_TRANSACTIONS.rows(cast("Any", Told(1, event)))]


def test_changed_meter_is_a_row_with_every_column() -> None:
    (row,) = rows(reading(120, 20, old=100, context=("door",), away=True))
    assert list(row) == [column.name for column in GAMING_TRANSACTIONS.columns]
    assert (row["gateway"], row["machine"], row["meter_code"], row["meter_name"]) == ("floor", "a12.1", 0, "coin_in")
    assert (row["old_value"], row["new_value"], row["change_value"], row["unit"]) == (100, 120, 20, "credits")
    assert row["context"] == "door away"
    assert row["at"] > AT


def test_rollover_is_said() -> None:
    (row,) = rows(reading(5, 10, old=99_999_995, rollover=True))
    assert row["context"] == "rollover"


def test_reset_is_a_row_for_each_meter() -> None:
    found = rows(MetersReset("soft_meters", {0: 120, 1: 7}))
    assert [(row["meter_code"], row["old_value"], row["new_value"], row["context"]) for row in found] == [
        (0, 120, 0, "reset"),
        (1, 7, 0, "reset"),
    ]
    (row,) = rows(MetersRestated({0: 120}))
    assert (row["old_value"], row["new_value"], row["change_value"]) == (120, None, 0)


def test_other_events_are_passed_over() -> None:
    acknowledged = Told(1, ExceptionAcknowledged(3))
    assert GAMING_TRANSACTIONS.order_key(cast("Any", acknowledged)) is None
    assert GAMING_TRANSACTIONS.order_key(cast("Any", Told(1, reading(1)))) == "floor/a12.1"


async def test_changes_in_the_table_sum_to_the_meter(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'out.db'}"
    sink = target(url, GAMING_TRANSACTIONS)
    story = [reading(100), reading(150, 50, old=100), reading(151, 1, old=150)]
    await sink.deliver([cast("Any", Told(seq, event)) for seq, event in enumerate(story, 1)])
    sink.close()
    table = rows_in(url, "gaming_transactions", "at")
    assert table[0]["new_value"] + sum(row["change_value"] for row in table) == table[-1]["new_value"] == 151
