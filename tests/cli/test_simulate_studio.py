"""simulate table: the simulated reporters as a command."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.support.processes import environment, lineside


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--dialects", "abx"), "dialects"),
        (("--name", "A B"), "names"),
        (("--drop-every", "5", "--drop-for", "9"), "drop_for_s"),
        (("--server", "http://h"), "ws://host:port"),
        (("--token", "a", "--token-file", "b"), "--token"),
        (("--token-file", "none"), "none"),
    ],
)
def test_wrong_usage_ends_with_2_and_words(cli: Cli, options: tuple[str, ...], words: str) -> None:
    done = cli("simulate", "table", *options)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_it_ends_by_its_duration_with_its_books(cli: Cli) -> None:
    done = cli(
        "simulate", "table", "--server", "127.0.0.1:9", "--tables", "2", "--duration", "0.1", "--token", "hidden!"
    )
    assert done.code == 0
    assert "2 tables (ARO-001, SBO-001) with 6 reporters at ws://127.0.0.1:9" in done.err
    assert "updates confirmed:" in done.err
    assert "hidden!" not in done.err


def test_a_signal_ends_it_and_it_tells_its_books(tmp_path: Path) -> None:
    with lineside("simulate", "table", "--server", "127.0.0.1:9", folder=tmp_path) as simulator:
        simulator.wait_for("1 tables (ARO-001) with 3 reporters")
        assert simulator.end() == 0
    assert any("updates confirmed" in line for line in simulator.err)


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    simulator = subprocess.Popen(
        [sys.executable, "-m", "lineside", "simulate", "table", "--while-stdin"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env=environment(),
    )
    assert simulator.stdin is not None
    simulator.stdin.close()
    assert simulator.wait(30) in (0, -signal.SIGTERM)  # the latter when it had not begun yet
