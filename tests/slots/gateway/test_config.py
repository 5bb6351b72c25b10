"""Settings of a slots gateway."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lineside.runtime.burst import LineMode
from lineside.slots.gateway import Config
from lineside.slots.gateway.config import unit_name
from lineside.slots.line import MEGAJACK_WIRE


def config(**values: Any) -> Config:
    return msgspec.convert(values, Config)


def test_one_line_with_one_machine_is_the_default() -> None:
    lines = config(line="/dev/ttyUSB0").all_lines()
    assert list(lines) == [""]
    assert lines[""].machines == (1,)
    assert lines[""].line_mode is LineMode.MARK_SPACE
    assert lines[""].polling()[0].poll_ms == 200
    assert lines[""].machine_settings(1).tune


def test_lines_have_what_the_gateway_has_where_they_say_nothing() -> None:
    lines = config(
        poll_ms=40, profile="megajack", lines={"a12": {"line": "/dev/ttyUSB0"}, "a13": {"line": "x", "poll_ms": 200}}
    ).all_lines()
    assert [(name, one.poll_ms) for name, one in lines.items()] == [("a12", 40), ("a13", 200)]
    assert lines["a12"].wire_profile == MEGAJACK_WIRE
    assert not lines["a12"].machine_settings(1).tune


def test_names_of_units() -> None:
    assert (unit_name("", 1), unit_name("a12", 1)) == ("1", "a12.1")


def test_pause_of_a_make_and_speed_of_a_line() -> None:
    (line,) = config(line="/dev/ttyS0", profile="interblock").all_lines().values()
    assert line.burst_settings().guard_s == 0.003
    assert line.line_timing().character_s > 0
    (line,) = config(line="nine://127.0.0.1:7000").all_lines().values()
    assert line.line_timing().character_s == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "either line or lines"),
        ({"line": "x", "lines": {"a": {"line": "y"}}}, "either line or lines"),
        ({"lines": {"a": {"line": "x"}, "b": {"line": "x"}}}, "share"),
        ({"line": "x", "profile": "acme"}, "no profile"),
        ({"lines": {"a": {"line": "x", "profile": "acme"}}}, "no profile"),
        ({"line": "x", "machines": [1, 1]}, "once"),
        ({"line": "x", "machines": []}, "length"),
        ({"line": "x", "machines": [128]}, "127"),
        ({"line": "x", "poll_ms": 39}, "40"),
        ({"line": "x", "polls": 39}, "unknown field"),
    ],
)
def test_what_cannot_be_is_refused_in_words(values: dict[str, Any], words: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=words):
        config(**values)


def test_schema_can_be_made() -> None:
    assert msgspec.json.schema(Config)
