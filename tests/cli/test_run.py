"""run with the emulator, demo and reload."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

from lineside.cli.run import read_settings
from tests.app.support import settings_file
from tests.cli.conftest import Cli, DemoPlace
from tests.support.processes import free_port, get, get_when_there, lineside


def test_demo_answers_and_its_page_is_told(demo: DemoPlace) -> None:
    assert "/login?code=" in demo.url
    base = demo.url.partition("/login")[0]
    assert get(f"{base}/healthz") == (200, {"ok": True, "journal": "ok"})


def test_demo_keeps_its_keys_beside_its_data(demo: DemoPlace) -> None:
    get_when_there(demo.url.partition("/login")[0] + "/healthz")
    assert (demo.folder / "var" / "demo.keys.toml").stat().st_mode & 0o777 == 0o600
    assert (demo.folder / "var" / "demo" / "journal.db").is_file()


def test_dump_data_is_played_to_the_seeds_clients(tmp_path: Path, recordings: Path) -> None:
    broadcast = free_port()
    settings_file(tmp_path, free_port(), broadcast, free_port())
    recording = str(recordings / "hev" / "A0-byteArray-20200411.dump")
    with (
        lineside("simulate", "ventilator", "--file", recording, "--rate", "50", folder=tmp_path) as simulator,
        lineside("run", "--use-dump-data", "--broadcast-period", "0", folder=tmp_path) as server,
    ):
        simulator.wait_for("host attached")
        with socket.create_connection(("127.0.0.1", broadcast), timeout=30) as client, client.makefile() as lines:
            line = lines.readline()
    assert line.startswith("{"), server.err
    packet = json.loads(line)
    assert packet["sensors"]["version"] == 160
    assert packet["alarms"] == []


def test_use_dump_data_needs_no_file() -> None:
    for_nobody = read_settings(None, None, use_dump_data=True, broadcast_period=1.5)
    config = for_nobody.gateways["ward"].config
    assert (config.line, config.period_s, config.simulated) == ("pty:var/ttyEMU0", 1.5, True)


def test_reload_tells_what_it_did(cli: Cli, tmp_path: Path) -> None:
    web = free_port()
    file = settings_file(tmp_path, web, free_port(), free_port())
    with lineside("run", folder=tmp_path) as server:
        get_when_there(f"http://127.0.0.1:{web}/healthz")
        assert "no change" in cli("reload").err
        file.write_text(file.read_text() + "period_s = 1.5\n")
        done = cli("reload")
        assert (done.code, done.out) == (0, "gateways.ward.period_s: 0.2 -> 1.5\n")
        file.write_text(file.read_text().replace(str(web), "1"))
        refused = cli("reload", "--json")
        assert refused.code == 1
        assert "web.address" in refused.json["refused"]  # type: ignore[index]
        assert server.end() == 0


def test_killed_simulator_comes_back(cli: Cli, tmp_path: Path) -> None:
    """A demo's simulator is a process of its own, which can be killed to see what happens."""
    with lineside("demo", "--only", "ventilator", "--port", "0", folder=tmp_path) as demo:
        demo.wait_for("open http")
        line = tmp_path / "var" / "demo" / "ttyEMU0"
        wait_for_line(line)
        (simulator,) = children_of(demo.process.pid)
        os.kill(simulator, signal.SIGKILL)
        demo.wait_for("the simulator of ward has ended (exit code -9)")
        assert demo.end() == 0


def wait_for_line(line: Path) -> None:
    end = time.monotonic() + 30
    while not line.exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
