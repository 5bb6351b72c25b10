"""Start-up and idling of the whole server: start to first answer, memory, CPU at 5 Hz.

    python -m bench startup [--json] [--starts 5] [--seconds 20]

A server with one ventilator gateway is started on free ports in a temporary folder, while a simulator plays 5 samples
a second into its pseudo-terminal. "First answer" is the first 200 of /healthz, asked for every 2 ms. Memory is the
resident set right after it and after the idle period. Bytecode is there, as after `make install`; one start before the
measured ones sees to it. CPU is user plus system time of the server's process alone over
the idle period, with nobody connected. Targets: first answer below 1 s, base memory below 80 MB, idle below 2 %.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "src"
ANSWER_S_MAX = 20.0

SETTINGS = """\
data_dir = "{folder}/var"
[keys]
file = "{folder}/keys.toml"
[web]
address = "127.0.0.1:{web}"
[gateways.ward]
kind = "ventilator"
line = "pty:{folder}/vent"
broadcast = ["127.0.0.1:{broadcast}"]
request = "127.0.0.1:{request}"
"""


@dataclass(frozen=True)
class Result:
    """What one run measured. Memory in MB of 10**6 bytes, CPU in percent of one core."""

    start_s_median: float
    start_s_max: float
    rss_start_mb: float
    rss_idle_mb: float
    start_cpu_s: float
    idle_cpu_percent: float
    idle_s: float
    starts: int


TARGETS = {"start_s_median": 1.0, "rss_start_mb": 80.0, "idle_cpu_percent": 2.0}


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """``python -m lineside …`` for the length of a block; ended by SIGTERM."""
    environ = {**os.environ, "PYTHONPATH": str(SOURCES)}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a start that compiles every file again is nobody's start
    started = subprocess.Popen(
        [sys.executable, "-m", "lineside", *arguments],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        _, told = started.communicate(timeout=30)
        if started.returncode != 0:
            sys.stderr.write(told.decode(errors="replace")[-2000:])


def is_answered(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
            client.sendall(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            return client.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def seconds_to_first_answer(server: subprocess.Popen[bytes], port: int, began: float) -> float:
    while not is_answered(port):
        if server.poll() is not None or time.monotonic() - began > ANSWER_S_MAX:
            raise SystemExit("the server did not answer")
        time.sleep(0.002)
    return time.monotonic() - began


def rss_mb(pid: int) -> float:
    kilobytes = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    return int(kilobytes) * 1024 / 1e6


def cpu_seconds(pid: int) -> float:
    """User plus system time so far, from /proc; on systems without it, from ``ps`` (whole seconds or hundredths)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        text = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        return sum(float(part) * 60**place for place, part in enumerate(reversed(text.strip().split(":"))))


def measure(starts: int, idle_s: float) -> Result:
    """Start the server ``starts`` times; let the last one idle for ``idle_s``."""
    with tempfile.TemporaryDirectory(prefix="lineside-bench-") as name:
        folder = Path(name)
        web, broadcast, request = free_ports(3)
        file = folder / "lineside.toml"
        file.write_text(SETTINGS.format(folder=folder, web=web, broadcast=broadcast, request=request))
        taken = []
        with process("simulate", "ventilator", "--line", f"pty:{folder}/vent", "--rate", "5"):
            for number in range(starts + 1):
                began = time.monotonic()
                with process("run", "-c", str(file)) as server:
                    taken.append(seconds_to_first_answer(server, web, began))
                    cpu_at_answer = cpu_seconds(server.pid)
                    rss_start = rss_mb(server.pid)
                    if number == starts:
                        time.sleep(2)  # the line is open and the first sample has come
                        before = cpu_seconds(server.pid)
                        time.sleep(idle_s)
                        cpu = cpu_seconds(server.pid) - before
                        rss_idle = rss_mb(server.pid)
    return Result(
        start_s_median=round(statistics.median(taken[1:]), 3),
        start_s_max=round(max(taken[1:]), 3),
        rss_start_mb=round(rss_start, 1),
        rss_idle_mb=round(rss_idle, 1),
        start_cpu_s=round(cpu_at_answer, 2),
        idle_cpu_percent=round(100 * cpu / idle_s, 2),
        idle_s=idle_s,
        starts=starts,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    result = asdict(measure(options.starts, options.seconds))
    if options.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        target = f"   target below {TARGETS[name]:g}" if name in TARGETS else ""
        print(f"{name:20} {value:10}{target}")


if __name__ == "__main__":
    main()
