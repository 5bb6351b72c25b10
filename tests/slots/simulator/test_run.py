"""The simulator as a process: ends by time, signal or standard input, and says what it saw."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lineside.adapters.nine_far_end import open_burst_far_end
from lineside.errors import LinkError
from lineside.slots.simulator import Floor, Keyboard, SimulatorSettings, run_simulator, simulate
from lineside.slots.simulator.run import introduction

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import sys
from lineside.adapters.nine_far_end import open_burst_far_end
from lineside.slots.simulator import Keyboard, SimulatorSettings, run_simulator
run_simulator(SimulatorSettings(lines=("nine://127.0.0.1:0",)), open_burst_far_end, keyboard=Keyboard(sys.argv[1]))
"""


def child(keyboard: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, keyboard],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_program_plays_through_standard_input_and_its_end_ends_the_simulator() -> None:
    out, err = child("json").communicate('{"do":"bill","dollars":20}\n\n{"do":"dance"}\n', timeout=60)
    first, second = map(json.loads, out.splitlines())
    assert (first["ok"], first["credits"], second["ok"]) == (True, 2000, False)
    assert "machine 1 on nine://127.0.0.1:" in err
    assert "faults of the host:        none" in err


def test_person_plays_through_standard_input() -> None:
    out, _ = child("words").communicate("bill 20\nplay 5 0\n", timeout=60)
    assert out.splitlines() == [
        "machine 1: credits 2000, game 1, enabled True, waiting 2, link no sync",
        "machine 1: credits 1995, game 1, playing True, enabled True, waiting 3, link no sync",
    ]


def test_signal_ends_the_simulator_with_its_report() -> None:
    process = child("none")
    assert process.stderr is not None
    assert "machine 1 on" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "exceptions acknowledged" in err


async def test_simulator_ends_with_its_duration_or_when_told() -> None:
    stop = asyncio.Event()
    floors: list[Floor] = []

    def on_ready(floor: Floor) -> None:
        floors.append(floor)
        stop.set()

    settings = SimulatorSettings(lines=("nine://127.0.0.1:0",) * 9, machines=2)
    await simulate(settings, open_burst_far_end, stop=stop, on_ready=on_ready)
    (line,) = introduction(floors[0])
    assert line.startswith("18 machines, 1.1 to 9.2 on nine://")
    assert line.endswith("and 1 more lines")
    timed = SimulatorSettings(lines=("nine://127.0.0.1:0",), duration_s=0.05)
    assert (await simulate(timed, open_burst_far_end)).general_polls == 0


def test_line_that_cannot_be_had_is_refused() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = SimulatorSettings(lines=(f"nine://127.0.0.1:{taken.getsockname()[1]}",), duration_s=5.0)
        with pytest.raises(LinkError):
            run_simulator(settings, open_burst_far_end, keyboard=Keyboard.NONE, say=said.append)
    assert said == []
