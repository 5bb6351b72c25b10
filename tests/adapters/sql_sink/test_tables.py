"""The tables in every dialect, as text: what a database administrator would be shown, and T-SQL without a server."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, postgresql, sqlite

from lineside.adapters.sql_sink.tables import ddl, keys_table, rows_table
from lineside.runtime.export import EVENTS
from tests.adapters.sql_sink.rows import config

GOLDEN = Path(__file__).parents[2] / "golden" / "sql"
DIALECTS = {"mssql": mssql.dialect(), "postgresql": postgresql.dialect(), "sqlite": sqlite.dialect()}


def statements(dialect: sa.Dialect) -> str:
    """Everything that the sink ever asks of a database, compiled by the real dialect."""
    given = config("sqlite://", schema="plant", table="Gaming Events", columns={"at": "When", "origin": ""})
    rows, keys = rows_table(given, EVENTS), keys_table(given)
    taken = sa.select(keys.c.seq).where(keys.c.sink == "archive", keys.c.origin == "boot", keys.c.seq.in_([1, 2]))
    asked = [*ddl(given, EVENTS, dialect).values()]
    asked += [str(sa.insert(table).compile(dialect=dialect)) for table in (keys, rows)]
    asked += [str(taken.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))]
    return "\n\n".join("\n".join(line.rstrip() for line in text.splitlines()) for text in asked) + "\n"


@pytest.mark.parametrize("name", DIALECTS)
def test_statements_are_as_agreed(name: str) -> None:
    assert statements(DIALECTS[name]) == (GOLDEN / f"{name}.sql").read_text()


def test_names_are_quoted_by_the_dialect() -> None:
    assert "plant.[Gaming Events]" in statements(DIALECTS["mssql"])
    assert 'plant."Gaming Events"' in statements(DIALECTS["postgresql"])
