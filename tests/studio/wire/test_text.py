"""Two spacings, and foreign values in texts."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.studio.wire.text import SHOWN_MAX, compact, shown, spaced


def test_spacings_are_those_of_python_and_of_javascript() -> None:
    value = {"a": [1, True, None], "b": "é"}
    assert spaced(value) == '{"a": [1, true, null], "b": "\\u00e9"}'
    assert compact(value) == '{"a":[1,true,null],"b":"\\u00e9"}'


@pytest.mark.parametrize(
    ("value", "text"), [("bogus", "bogus"), (None, "null"), (True, "true"), ([1], "[1]"), ({}, "{}")]
)
def test_foreign_value_is_shown_bare_or_as_json(value: Any, text: str) -> None:
    assert shown(value) == text


def test_foreign_value_is_cut() -> None:
    assert shown("x" * SHOWN_MAX) == "x" * SHOWN_MAX
    assert shown("x" * 1000) == "x" * SHOWN_MAX + "…"
    assert len(shown(["x"] * 1000)) == SHOWN_MAX + 1
