"""Which refusals are the row's own, and which the target's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import exc

from lineside.adapters.sql_sink.faults import TEXT_CHARACTERS_MAX, fault_of, missing_driver
from lineside.errors import RowRefused, SinkAway


class Said(Exception):
    """A driver's own error, with the state where psycopg (attribute) or pyodbc (first argument) puts it."""

    def __init__(self, *args: Any, sqlstate: str | None = None) -> None:
        super().__init__(*args)
        if sqlstate is not None:
            self.sqlstate = sqlstate


ROWS = [
    exc.IntegrityError("INSERT", {}, Said("duplicate key")),
    exc.DataError("INSERT", {}, Said("value too long")),
    exc.ProgrammingError("INSERT", {}, Said("22001", "String or binary data would be truncated")),
    exc.OperationalError("INSERT", {}, Said("bad number", sqlstate="22003")),
    exc.StatementError("can't adapt", "INSERT", {}, None),
    OverflowError("Python int too large to convert to SQLite INTEGER"),
]
AWAY = [
    exc.OperationalError("INSERT", {}, Said("no route to host")),
    exc.OperationalError("INSERT", {}, Said("deadlock", sqlstate="40P01")),
    exc.OperationalError("INSERT", {}, Said("40001", "chosen as the deadlock victim")),
    exc.ProgrammingError("INSERT", {}, Said("42S02", "Invalid object name")),
    exc.IntegrityError("INSERT", {}, Said("cut"), connection_invalidated=True),
    exc.TimeoutError("QueuePool limit"),
    RuntimeError("anything else"),
]


@pytest.mark.parametrize("error", ROWS, ids=lambda error: str(error)[:40])
def test_row_is_refused(error: Exception) -> None:
    fault = fault_of(error, seq=7)
    assert isinstance(fault, RowRefused)
    assert fault.seq == 7


@pytest.mark.parametrize("error", AWAY, ids=lambda error: str(error)[:40])
def test_target_is_away(error: Exception) -> None:
    assert isinstance(fault_of(error, seq=7), SinkAway)


def test_password_is_masked_and_words_are_short() -> None:
    said = Said("login failed with pa55word " + "x" * 1000)
    text = str(fault_of(exc.OperationalError("SELECT", {}, said), password="pa55word"))
    assert "pa55word" not in text
    assert len(text) <= TEXT_CHARACTERS_MAX


def test_missing_driver_names_the_extra() -> None:
    assert "lineside[postgres]" in str(missing_driver("postgresql+psycopg", ImportError("no psycopg")))
    assert "oracle+x is not installed" in str(missing_driver("oracle+x", ImportError("no x")))
