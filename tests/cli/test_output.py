"""How the command line speaks."""

from __future__ import annotations

import pytest

from lineside.cli.output import json_text, show_table, tell_error
from lineside.config import SettingsRefused
from lineside.errors import ConfigError, LinkError
from lineside.runtime.step import Secret


def test_json_is_one_line_and_masks_secrets() -> None:
    assert json_text({"a": Secret("hunter22"), "b": [1]}) == '{"a":"…22","b":[1]}'
    assert json_text({"a": 1}, indent=True) == '{\n  "a": 1\n}'


def test_table_keeps_rows_whole_when_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("A", "B"), [("x", "y" * 300), (None, [1])], "none")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "y" * 300 in lines[1]
    assert lines[2].split() == ["-", "[1]"]


def test_empty_table_is_told_beside_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("A",), [], "no units")
    assert capsys.readouterr() == ("", "no units\n")


def test_errors_of_settings_end_with_2_and_others_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_error(LinkError("away")) == 1
    assert tell_error(ConfigError("wrong", "a.b")) == 2
    assert tell_error(SettingsRefused([ConfigError("x", "a"), ConfigError("y", "b")])) == 2
    assert capsys.readouterr().err == "lineside: away\nlineside: a.b: wrong\nlineside: a: x\nlineside: b: y\n"
