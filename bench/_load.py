"""What measurements of a network gateway share: a server as a process, its cost, and peers that ask and are answered.

The server is a process of its own; the measurement plays the peers with plain sockets. The CPU of both is told, so that
it can be seen which of them was the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[1]
READY_S = 60.0
Result = dict[str, Any]
Results = dict[str, Result]


# The server's side.


class Served:
    """A server process and what it costs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def cpu_s(self) -> float:
        """Processor seconds so far, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("the server has ended")


@contextmanager
def served(arguments: list[str], port: int, log: Path) -> Iterator[Served]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_until_listening(port, process, log)
        yield Served(process, port)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"the server did not start: {log.read_text()[-2000:]}")


@contextmanager
def lineside(folder: Path, text: str) -> Iterator[Served]:
    """The whole server; ``text`` is its settings with places for ``folder``, ``web`` and ``port``."""
    port = free_port()
    settings = folder / "lineside.toml"
    settings.write_text(text.format(folder=folder, web=free_port(), port=port))
    with served(["-m", "lineside", "run", "-c", str(settings)], port, folder / "log") as server:
        yield server


@contextmanager
def floor(folder: Path, measurement: str) -> Iterator[Served]:
    """The bare Protocol of a measurement, in a process of its own (``--serve-floor``)."""
    port = free_port()
    with served(["-m", measurement, "--serve-floor", str(port)], port, folder / "log") as server:
        yield server


async def serve_floor(protocol: type[asyncio.Protocol], port: int) -> None:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


# The peers' side.


class Peer(Protocol):
    """One peer: its socket, and when each of its questions that waits for its answer was due."""

    sock: socket.socket
    due: deque[float]

    def ask(self, due: float) -> None:
        """Send the next one, which was due at ``due``."""
        ...

    def answers(self) -> int:
        """How many answers are whole now; each must be the one that is next in turn."""
        ...


class Peers:
    """All peers, with one poll."""

    def __init__(self, peers: Sequence[Peer]) -> None:
        self.all = peers
        self.latencies: list[float] = []
        self._poll = select.epoll()
        self._by_descriptor = {peer.sock.fileno(): peer for peer in peers}
        for descriptor in self._by_descriptor:
            self._poll.register(descriptor, select.EPOLLIN)

    def close(self) -> None:
        for peer in self.all:
            peer.sock.close()
        self._poll.close()

    def take(self, timeout_s: float, *, again: bool) -> None:
        """Take the answers that are there; with ``again``, a peer that has its answer asks anew."""
        for descriptor, _ in self._poll.poll(timeout_s):
            peer = self._by_descriptor[descriptor]
            count = peer.answers()
            now = time.perf_counter()
            for _ in range(count):
                self.latencies.append(now - peer.due.popleft())
            if again and count:
                peer.ask(now)

    def once(self) -> None:
        """Every peer asks once and gets its answer; some at a time, as they would after a power cut."""
        for index, peer in enumerate(self.all):
            peer.ask(time.perf_counter())
            if index % 50 == 49:
                self.take(0.0, again=False)
        missing = self.wait_for_all(READY_S * 2)
        if missing:
            raise SystemExit(f"{missing} peers have no answer")
        self.latencies.clear()

    def wait_for_all(self, seconds: float) -> int:
        """How many answers are missing after so long."""
        end = time.monotonic() + seconds
        while any(peer.due for peer in self.all) and time.monotonic() < end:
            self.take(0.1, again=False)
        return sum(len(peer.due) for peer in self.all)


def closed_loop(server: Served, peers: Peers, seconds: float) -> Result:
    """Each peer asks again when it has its answer."""
    peers.once()
    for peer in peers.all:
        peer.ask(time.perf_counter())
    warm = time.monotonic() + min(2.0, seconds / 4)
    while time.monotonic() < warm:
        peers.take(1.0, again=True)
    peers.latencies.clear()
    cpu, own_cpu, began = server.cpu_s(), time.process_time(), time.monotonic()
    while time.monotonic() - began < seconds:
        peers.take(1.0, again=True)
    took, answered = time.monotonic() - began, len(peers.latencies)
    result = {
        "peers": len(peers.all),
        "per_s": round(answered / took),
        **quantiles(peers.latencies),
        "server_cpu": round((server.cpu_s() - cpu) / took, 3),
        "us_cpu": round((server.cpu_s() - cpu) * 1e6 / max(1, answered), 1),
        "client_cpu": round((time.process_time() - own_cpu) / took, 3),
    }
    peers.close()
    return result


def paced(server: Served, peers: Peers, seconds: float, rate: float) -> Result:
    """Every question leaves when it is due, or as soon after as this process comes to it."""
    peers.once()
    cpu, own_cpu, began = server.cpu_s(), time.process_time(), time.perf_counter()
    number, total = 0, round(rate * seconds)
    while number < total:
        due = min(total, int((time.perf_counter() - began) * rate) + 1)
        while number < due:
            peers.all[number % len(peers.all)].ask(began + number / rate)
            number += 1
        peers.take(max(0.0, began + number / rate - time.perf_counter()), again=False)
    took = time.perf_counter() - began
    result = {
        "peers": len(peers.all),
        "per_s": round(total / took),
        "missing": peers.wait_for_all(10.0),
        **quantiles(peers.latencies),
        "server_cpu": round((server.cpu_s() - cpu) / took, 3),
        "client_cpu": round((time.process_time() - own_cpu) / took, 3),
    }
    peers.close()
    return result


def quantiles(latencies: list[float]) -> dict[str, float]:
    ordered = sorted(latencies)
    if not ordered:
        return {"p50_ms": float("nan"), "p99_ms": float("nan"), "max_ms": float("nan")}
    places = {"p50_ms": 0.50, "p99_ms": 0.99, "max_ms": 1.0}
    last = len(ordered) - 1
    return {name: round(ordered[min(last, int(len(ordered) * part))] * 1000, 2) for name, part in places.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# The run.


def measure(
    options: argparse.Namespace,
    cases: tuple[str, ...],
    run_case: Callable[[str, Path, argparse.Namespace], Result],
    words: Callable[[str, Result], str],
) -> Results:
    """The cases that were asked for, each in a folder of its own."""
    wanted = options.only.split(",") if options.only else cases
    results: Results = {}
    for name in (case for case in cases if case in wanted):
        with tempfile.TemporaryDirectory() as folder:
            results[name] = run_case(name, Path(folder), options)
        if not options.json:
            print(words(name, results[name]), flush=True)
    return results


def load_words(name: str, result: Result, peers: str, asked: str, answered: str, who: str) -> str:
    """One line of a `closed_loop` or `paced` case; the nouns are the measurement's own."""
    return (
        f"{name:>9}: {result['peers']} {peers}, {result['per_s']:,} {asked}s/s | p50 {result['p50_ms']} "
        f"p99 {result['p99_ms']} max {result['max_ms']} ms | server {result['server_cpu'] * 100:.0f} % of a core"
        + (f", {result['us_cpu']} µs per {asked}" if "us_cpu" in result else f", {result['missing']} {answered}")
        + f" | {who} {result['client_cpu'] * 100:.0f} %"
    )


def load_verdicts(results: Results, asked: str, answered: str, rate_min: int, p99_ms_max: float) -> Iterator[str]:
    """Whether the cases ``rate`` and ``half`` reach their targets, and the ratio to the floor."""
    if rate := results.get("rate"):
        yield f"rate: at least {rate_min:,} durable {asked}s/s: {yes(rate['per_s'] >= rate_min)}"
        if bare := results.get("floor"):
            rate["ratio"] = round(rate["per_s"] / bare["per_s"], 3)
            yield f"rate ÷ floor = {rate['ratio']}"
    if half := results.get("half"):
        is_quick = half["p99_ms"] < p99_ms_max and half["missing"] == 0
        yield f"half: p99 below {p99_ms_max:.0f} ms, every {asked} {answered}: {yes(is_quick)}"


def yes(holds: bool) -> str:
    return "yes" if holds else "NO"


def parse(description: str, cases: tuple[str, ...], rate: int, **counts: float) -> argparse.Namespace:
    """The options that all have, and ``counts``: name → default. Raises the descriptor limit to what is allowed."""
    parser = argparse.ArgumentParser(description=description)
    for name, default in counts.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each case")
    parser.add_argument("--rate", type=float, default=rate, help="the case half runs at half of it")
    parser.add_argument("--only", help=f"of {', '.join(cases)}, joined by commas")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve-floor", type=int, help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the servers inherit it
    return options


def tell(name: str, options: argparse.Namespace, results: Results, lines: list[str]) -> None:
    print(json.dumps({"bench": name, "results": results, "verdicts": lines}) if options.json else "\n".join(lines))
