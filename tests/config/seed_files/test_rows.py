"""``tmp_db_data.json``: every form that is accepted, and all or nothing of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lineside.config.seed_files import read_left_over
from lineside.errors import ConfigError
from tests.config.test_seed_files import put


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('[{"meter": 1, "new": 2.5}, {"meter": null}]', [{"meter": 1, "new": 2.5}, {"meter": None}]),
        ('{"gaming_transactions": [{"a": true}]}', [{"a": True}]),
        ('{"1": {"a": 1}, "2": {"a": 2}}', [{"a": 1}, {"a": 2}]),
        ('{"a": "x"}', [{"a": "x"}]),
        ('{"a": 1}\n\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ("[]", []),
        ("{}", []),
        (" \n", []),
    ],
)
def test_left_over_rows_are_read_in_order(tmp_path: Path, text: str, columns: list[dict[str, Any]]) -> None:
    rows = read_left_over(put(tmp_path, {"tmp_db_data.json": text}))
    assert rows is not None
    assert [dict(row.values) for row in rows] == columns
    assert [row.number for row in rows] == list(range(1, len(columns) + 1))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[{"a": 1}, {"a": "hunter2"', "torn or no JSON at line 1, column 27"),
        ('{"a": 1}\n{"a": "hunter2', "torn or no JSON at line 2"),
        ('[{"a": 1}, 7]', "row 2: wanted an object"),
        ("[{}]", "row 1: wanted an object"),
        ('[{"a": ["hunter2"]}, {"b": {}}]', "row 2: b holds no plain value"),
        ('[{"a": 1e999}]', "row 1: a holds no plain value"),
        ('[{"": 1}]', "row 1: a column's name has 0 characters"),
        ('{"a": [], "b": 1}', "wanted one list of rows, found a, b"),
        ('"hunter2"', "wanted a list of rows"),
        ("[" + "1," * 50 + "1]", "only the first 20 are told"),
    ],
)
def test_left_over_rows_are_all_or_nothing(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_left_over(put(tmp_path, {"tmp_db_data.json": text}))
    assert error in str(caught.value)
    assert "hunter2" not in str(caught.value)
