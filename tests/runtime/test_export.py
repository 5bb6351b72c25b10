"""Events as rows."""

from __future__ import annotations

from typing import Any, cast

from lineside.runtime.export import EVENTS
from tests.adapters.sql_sink.rows import AT, Read


def test_every_column_has_a_value_and_every_value_a_column() -> None:
    (row,) = EVENTS.rows(cast("Any", Read(0)))
    assert list(row) == [column.name for column in EVENTS.columns]
    assert row["at"] == AT
    assert (row["gateway"], row["unit"], row["data"]) == ("ward", "1", '{"by":"x"}')


def test_streams_of_the_foundation_are_not_for_the_outside() -> None:
    assert EVENTS.order_key(cast("Any", Read(1, "lineside/access"))) is None
    assert EVENTS.order_key(cast("Any", Read(1, "hall/7"))) == "hall/7"
