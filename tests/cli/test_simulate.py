"""simulate: the simulator as a command."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Cli
from tests.support.processes import environment, lineside


def test_recording_of_another_version_is_refused_with_2(cli: Cli, recordings: Path) -> None:
    file = recordings / "hev" / "AA-dump-20200526.dump"
    done = cli("simulate", "ventilator", "--file", str(file), "--profile", "A0", "--line", "pty:vent")
    assert done.code == 2
    assert "AA" in done.err
    assert "A0" in done.err


def test_missing_recording_is_refused(cli: Cli) -> None:
    done = cli("simulate", "ventilator", "--file", "none.dump", "--line", "pty:vent")
    assert done.code == 2
    assert "none.dump" in done.err


def test_default_line_is_where_the_server_looks_for_dump_data(tmp_path: Path) -> None:
    with lineside("simulate", "ventilator", folder=tmp_path) as simulator:
        assert "pty:var/ttyEMU0" in simulator.wait_for("ventilator A0 on")
        assert (tmp_path / "var" / "ttyEMU0").is_char_device()
        assert simulator.end() == 0
    assert not (tmp_path / "var" / "ttyEMU0").exists()


def test_simulator_ends_with_whoever_started_it(tmp_path: Path) -> None:
    simulator = subprocess.Popen(
        [sys.executable, "-m", "lineside", "simulate", "ventilator", "--line", "pty:vent", "--while-stdin"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env=environment(),
    )
    assert simulator.stdin is not None
    simulator.stdin.close()
    assert simulator.wait(30) in (0, -signal.SIGTERM)  # the latter when it had not begun yet
