"""The real server and the real simulator as processes, on ports and in folders of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.killing import ROOT, free_port

READY_SECONDS_MAX = 30.0


class Process:
    """``python -m lineside …`` with its output in a file."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        self.log = folder / f"{name}.log"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lineside", *arguments],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        """What it has said so far."""
        return self.log.read_text(errors="replace")

    def stop(self, seconds: float = 20.0) -> int:
        """SIGTERM, then wait; a process that does not end is a failure."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"it did not stop within {seconds} s: {self.text()[-3000:]}") from None

    def kill(self) -> None:
        """kill -9, if it still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Ward:
    """Settings, ports and processes of one ventilator gateway.

    Attributes:
        folder: where everything of it lies; ``folder/vent`` is the line.
    """

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.web, self.broadcast, self.native, self.request = (free_port() for _ in range(4))
        self.settings = folder / "lineside.toml"
        more = "\n".join(f"{key} = {value}" for key, value in settings.items())
        self.settings.write_text(
            f'data_dir = "{folder}/var"\n[keys]\nfile = "{folder}/keys.toml"\n'
            f'[web]\naddress = "127.0.0.1:{self.web}"\n'
            f'[gateways.ward]\nkind = "ventilator"\nline = "{folder}/vent"\n'
            f'broadcast = ["127.0.0.1:{self.broadcast}", "127.0.0.1:{self.native}"]\n'
            f'request = "127.0.0.1:{self.request}"\n{more}\n'
        )
        self._processes: list[Process] = []

    def run(self, *arguments: str) -> Process:
        """Start the server and wait until it answers."""
        server = self._start("server", "run", "-c", str(self.settings), *arguments)
        end = time.monotonic() + READY_SECONDS_MAX
        while not self.is_ready():
            if server.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the server did not start: {server.text()[-3000:]}")
            time.sleep(0.02)
        return server

    def is_ready(self) -> bool:
        """Whether /healthz answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def simulate(self, *arguments: str) -> Process:
        """Start the simulator at the other end of the line."""
        return self._start("simulator", "simulate", "ventilator", "--line", f"pty:{self.folder}/vent", *arguments)

    def cli(self, *arguments: str, seconds: float = 30.0) -> subprocess.CompletedProcess[str]:
        """Run one command of the CLI against this ward's settings."""
        return subprocess.run(
            [sys.executable, "-m", "lineside", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def end(self) -> None:
        """Kill whatever still runs."""
        for process in self._processes:
            process.kill()

    def _start(self, name: str, *arguments: str) -> Process:
        process = Process(self.folder, name, *arguments)
        self._processes.append(process)
        return process


@contextmanager
def ward(folder: Path, **settings: object) -> Iterator[Ward]:
    """A `Ward` whose processes end with the block."""
    made = Ward(folder, **settings)
    try:
        yield made
    finally:
        made.end()
