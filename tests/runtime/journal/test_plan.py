from __future__ import annotations

import sqlite3

from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.runtime.journal.plan import COLUMNS, INSERTS, SIZES, Plan


@settings(max_examples=40)
@given(st.integers(0, 700))
def test_any_number_of_rows_is_written_in_few_statements(count: int) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE events (a, b, c, d, e, f, g)")
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    plan = Plan(0)
    for number in range(count):
        plan.rows += range(number * COLUMNS, (number + 1) * COLUMNS)
    plan.insert_events(connection)
    assert plan.count == count
    assert len(statements) <= count // 256 + 2
    rows = connection.execute("SELECT * FROM events").fetchall()
    assert [value for row in rows for value in row] == list(range(count * COLUMNS))
    connection.close()


def test_every_statement_is_within_the_smallest_limit_of_variables() -> None:
    assert set(INSERTS) == set(SIZES)
    assert max(SIZES) * COLUMNS <= 32766
