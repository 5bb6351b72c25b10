"""The seed's own commands for the studio, from ``examples/seed``: its tests, its server, its client."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lineside.studio import StudioWebSocketClient
from tests.crash.killing import ROOT

SEED = ROOT / "examples" / "seed"
CLASSES = (
    "TestStudioServiceStatusEnum",
    "TestStudioDeviceStatusEnum",
    "TestStudioStatus",
    "TestStudioWebSocketServer",
    "TestWebSocketIntegration",
)
SECONDS_MAX = 60.0  # bounds a broken run only


def environment() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "STUDIO_"))}
    return {**clean, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}


class Server:
    """``python studio_api/ws.py`` on a free port, started in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SEED / "studio_api" / "ws.py"), "--host", "127.0.0.1", "--port", "0"],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.fullmatch(r"Studio WebSocket Server on (ws://127\.0\.0\.1:\d+), journal in var/studio\n", line)
        if found is None:
            self.process.kill()
            raise AssertionError(f"it said {line!r}: {self.process.communicate()[1]}")
        self.url = found[1]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=SECONDS_MAX)
        return self.process.returncode


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()


def run(*arguments: str, given: str = "", folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(),
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def test_the_seeds_test_classes_pass_from_its_own_folder() -> None:
    names = [f"tests/test_ws.py::{name}" for name in CLASSES]
    done = run("-m", "pytest", "-v", "-p", "no:cacheprovider", *names, folder=SEED)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in CLASSES:
        assert f"::{name}::" in done.stdout


def test_the_command_pytest_finds_everything_by_itself() -> None:
    """Without ``python -m``, the folder it is called from is not on the path."""
    pytest_command = Path(sys.executable).with_name("pytest")
    name = "tests/test_ws.py::TestStudioWebSocketServer::test_server_initialization"
    done = subprocess.run(
        [str(pytest_command), "-q", "-p", "no:cacheprovider", name],
        cwd=SEED,
        env={name: value for name, value in environment().items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_server_and_client_of_the_seed_talk(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        demo = run(str(SEED / "ws_client.py"), "--url", server.url, "--pause", "0.01", folder=tmp_path)
        assert demo.returncode == 0, demo.stderr
        assert demo.stdout.count("confirmed") == 8
        typed = 'sdp exception\ncustom {"Note": "Two  Blanks"}\ntoaster up\nquit\n'
        spoken = run(str(SEED / "ws_client.py"), "--interactive", "--url", server.url, given=typed, folder=tmp_path)
        assert spoken.returncode == 1
        assert "sdp exception: confirmed" in spoken.stdout
        assert "Note Two  Blanks: confirmed" in spoken.stdout
        assert "no device 'toaster'" in spoken.stderr
        assert server.end(signal.SIGTERM) == 0


async def test_what_the_seeds_server_confirmed_survives_kill_9(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        client = StudioWebSocketClient(server.url, "ARO-001", "dealerPC", "t", reconnect=False)
        assert await client.connect()
        for count in range(1, 51):
            assert await client.send_status_update({"sdp": "up" if count % 2 else "down", "idp": "calibration"})
        server.end(signal.SIGKILL)
        await client.disconnect()
    with serving(tmp_path) as server:
        client = StudioWebSocketClient(server.url, "ARO-001", "dealerPC", "t", reconnect=False)
        assert await client.connect()
        assert client.snapshot is not None
        assert client.snapshot.uptime == 50
        assert (client.snapshot.fields["sdp"], client.snapshot.fields["idp"]) == ("down", "calibration")
        await client.disconnect()
        assert server.end(signal.SIGINT) == 0


def test_port_that_is_taken_ends_with_1_and_words(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        port = server.url.rpartition(":")[2]
        (tmp_path / "other").mkdir()
        second = run(
            str(SEED / "studio_api" / "ws.py"), "--host", "127.0.0.1", "--port", port, folder=tmp_path / "other"
        )
        assert second.returncode == 1
        assert port in second.stderr
        assert "Traceback" not in second.stderr
