"""``lineside`` as a process of its own, for tests that must see signals, locks and exit codes."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parents[2] / "src"
SECONDS_MAX = 30.0  # bounds a broken run only


def environment(**more: str) -> dict[str, str]:
    """The environment without settings of lineside in it, and with the sources on the path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}
    return {**clean, "PYTHONPATH": str(SOURCES), **more}


class Running:
    """A started process; its lines are collected from the beginning, so that no pipe ever fills."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, **environ: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lineside", *arguments],
            cwd=folder,
            env=environment(**environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=self._collect, args=(stream, lines), daemon=True).start()

    def _collect(self, stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))
            self._lines.put(lines[-1])

    def wait_for(self, text: str) -> str:
        """The first line, of either stream, that holds ``text``."""
        end = time.monotonic() + SECONDS_MAX
        while time.monotonic() < end:
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                if self.process.poll() is None:
                    continue
                break
            if text in line:
                return line
        raise AssertionError(f"no line with {text!r}; exit {self.process.poll()}, out {self.out}, err {self.err}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(SECONDS_MAX)


@contextmanager
def lineside(*arguments: str, folder: Path, **environ: str) -> Iterator[Running]:
    """``lineside ARGUMENTS`` in ``folder`` for the length of a block; killed at its end if it still runs."""
    running = Running(arguments, folder, **environ)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()


def call(*arguments: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one short command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "lineside", *arguments],
        cwd=folder,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def free_port() -> int:
    """A TCP port of this machine that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def get(url: str) -> tuple[int, Any]:
    """Status and JSON body of a GET; a refusal's status too."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS_MAX) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def get_when_there(url: str) -> tuple[int, Any]:
    """`get`, repeated until somebody listens."""
    end = time.monotonic() + SECONDS_MAX
    while True:
        try:
            return get(url)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
