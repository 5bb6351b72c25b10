"""The command line as a whole: version, usage, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

import lineside
from tests.cli.conftest import Cli
from tests.support.processes import call


def test_version_is_printed(cli: Cli) -> None:
    done = cli("--version")
    assert (done.code, done.out) == (0, f"lineside {lineside.__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("events", "--nonsense"),
        ("events", "--limit", "0"),
        ("events", "--after", "-1"),
        ("command", "ward/1"),
        ("token", "create", "x", "--role", "king"),
        ("simulate", "ventilator", "--lost", "2"),
        ("demo", "--only", "slots"),
        ("demo", "--port", "70000"),
        ("run",),
        ("run", "-c", "none.toml"),
        ("decode", "xyz"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_words(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli(*arguments)
    assert done.code == 2
    assert done.err.strip()
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [("units",), ("events",), ("command", "ward/1", "START"), ("login",), ("reload",), ("token", "list")],
    ids=" ".join,
)
def test_no_data_and_no_server_is_told(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli(*arguments)
    assert done.code in (1, 2)
    assert "no server runs on var" in done.err or "no journal in var" in done.err


def test_every_command_has_help(cli: Cli) -> None:
    names = ("demo", "run", "reload", "init", "check", "config", "events", "units", "command", "doctor", "decode")
    for name in (*names, "login", "token create", "simulate ventilator", "journal verify", "keys backup"):
        done = cli(*name.split(), "--help")
        assert done.code == 0, name
        assert "Usage" in done.out


def test_module_is_the_command_line(tmp_path: Path) -> None:
    assert call("--version", folder=tmp_path).stdout == f"lineside {lineside.__version__}\n"


def test_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    import subprocess
    import sys

    from tests.support.processes import environment

    line = f"{sys.executable} -m lineside config --schema | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], cwd=tmp_path, env=environment(), capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr
