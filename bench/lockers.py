"""How many reports of locker boards are on disk and answered per second, and what a connected board costs.

    python -m bench.lockers [--boards 1000] [--seconds 20] [--connected 10000] [--idle 20]
                            [--only floor,rate,half,connected] [--json]

- ``floor``: a bare uvloop Protocol that answers each report with the bytes of a reply and records nothing.
- ``rate``: the whole server. Each board sends its next report when it has its reply: at least 12,000/s. The ratio to
  the floor is printed.
- ``half``: the whole server at half of the wanted rate, each report sent when it is due, whatever the server does; the
  time from when it was due to its reply: p99 below 50 ms.
- ``connected``: many boards that have reported once and are silent: memory below 400 MB, no CPU.

The server is a process of its own; this process plays the boards with plain sockets and checks the SEND of each reply.
The CPU of both is printed, so that it can be seen which of them was the limit.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
READY_S = 60.0
RATE_MIN = 12_000
HALF_P99_MS_MAX = 50.0
CONNECTED_MB_MAX = 400.0
CASES = ("floor", "rate", "half", "connected")

LOCKS = "01011011,11111111,10110111,11111111,10011111,11111111,10110111,11111111"
TAIL = (
    "\r\nCONNECTION=1\r\nWIFI_STATE=0\r\nGSM_STATE=0\r\nRESET=0\r\nSTATE=0\r\nCOLS=8\r\nROWS=8\r\n"
    f"ACT_CON={LOCKS}\r\nBOX_ENG=0\r\nBOX_TO=0\r\nBOX_ACC=0\r\nCLOSE"
).encode()
SETTINGS = """
data_dir = "{folder}/var"
[keys]
file = "{folder}/keys.toml"
[web]
address = "127.0.0.1:{web}"
[hub]
topics_max = 100000
[gateways.hall]
kind = "lockers"
address = "127.0.0.1:{port}"
connections_max = 20000
connections_per_address_max = 20000
boards_per_address_max = 20000
boards_max = 20000
"""


# The server's side.


class Floor(asyncio.Protocol):
    """Answers each report with a reply of the right length and the right SEND, and does nothing else."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        begin = data.index(b"ID=")
        head = data[begin : data.index(b"\r", data.index(b"SEND=", begin))].replace(b"\r", b"")
        self.transport.write(b"ACon_V1.0\n" + head + b"\nRESET=0\nSTATE=0\nCLOSE\n")


async def serve_floor(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


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
def lineside(folder: Path) -> Iterator[Served]:
    port = free_port()
    settings = folder / "lineside.toml"
    settings.write_text(SETTINGS.format(folder=folder, web=free_port(), port=port))
    with served(["-m", "lineside", "run", "-c", str(settings)], port, folder / "log") as server:
        yield server


@contextmanager
def floor(folder: Path) -> Iterator[Served]:
    port = free_port()
    with served(["-m", "bench.lockers", "--serve-floor", str(port)], port, folder / "log") as server:
        yield server


# The boards' side.


class Board:
    """One board: a socket, its next SEND, and when each report that waits for its reply was due."""

    __slots__ = ("due", "head", "rest", "send", "sock")

    def __init__(self, number: int, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.head = f"ACon_V1.0\r\nID={1000 + number}\r\nSEND=".encode()
        self.send = 0
        self.due: deque[float] = deque()
        self.rest = b""

    def report(self, due: float) -> None:
        self.send += 1
        self.due.append(due)
        self.sock.send(self.head + b"%d" % self.send + TAIL)

    def replies(self) -> int:
        """How many replies are whole now; each must carry the SEND that is next in turn."""
        data = self.rest + self.sock.recv(65_536)
        if not data:
            raise SystemExit("the server closed the connection of a board")
        whole, _, self.rest = data.rpartition(b"CLOSE\n")
        texts = whole.split(b"CLOSE\n") if whole else []
        for text in texts:
            wanted = b"SEND=%d\n" % (self.send - len(self.due) + 1 + texts.index(text))
            assert wanted in text, (wanted, text)
        return len(texts)


class Boards:
    """All boards, with one poll."""

    def __init__(self, count: int, port: int) -> None:
        self.poll = select.epoll()
        self.all: list[Board] = []
        self.by_descriptor: dict[int, Board] = {}
        self.latencies: list[float] = []
        self.answered = 0
        for number in range(count):
            self.add(Board(number, port))

    def add(self, board: Board) -> None:
        self.all.append(board)
        self.by_descriptor[board.sock.fileno()] = board
        self.poll.register(board.sock.fileno(), select.EPOLLIN)

    def close(self) -> None:
        for board in self.all:
            board.sock.close()
        self.poll.close()

    def take(self, timeout_s: float, *, again: bool) -> None:
        """Take the replies that are there; with ``again``, a board that has its reply reports anew."""
        for descriptor, _ in self.poll.poll(timeout_s):
            board = self.by_descriptor[descriptor]
            count = board.replies()
            now = time.perf_counter()
            for _ in range(count):
                self.latencies.append(now - board.due.popleft())
            self.answered += count
            if again and count:
                board.report(now)

    def once(self) -> None:
        """Every board reports once and gets its reply; some at a time, as they would after a power cut."""
        wanted = self.answered + len(self.all)
        end = time.monotonic() + READY_S * 2
        for index, board in enumerate(self.all):
            board.report(time.perf_counter())
            if index % 50 == 49:
                self.take(0.0, again=False)
        while self.answered < wanted:
            if time.monotonic() > end:
                raise SystemExit(f"{wanted - self.answered} boards have no reply")
            self.take(1.0, again=False)
        self.latencies.clear()


def closed_loop(server: Served, count: int, seconds: float) -> dict[str, Any]:
    boards = Boards(count, server.port)
    boards.once()
    for board in boards.all:
        board.report(time.perf_counter())
    warm = time.monotonic() + min(2.0, seconds / 4)
    while time.monotonic() < warm:
        boards.take(1.0, again=True)
    boards.latencies.clear()
    cpu, own_cpu, answered, began = server.cpu_s(), time.process_time(), boards.answered, time.monotonic()
    while time.monotonic() - began < seconds:
        boards.take(1.0, again=True)
    took = time.monotonic() - began
    result = {
        "boards": count,
        "per_s": round((boards.answered - answered) / took),
        **quantiles(boards.latencies),
        "server_cpu": round((server.cpu_s() - cpu) / took, 3),
        "us_cpu": round((server.cpu_s() - cpu) * 1e6 / max(1, boards.answered - answered), 1),
        "client_cpu": round((time.process_time() - own_cpu) / took, 3),
    }
    boards.close()
    return result


def paced(server: Served, count: int, seconds: float, rate: float) -> dict[str, Any]:
    """Every report leaves when it is due, or as soon after as this process comes to it."""
    boards = Boards(count, server.port)
    boards.once()
    cpu, own_cpu, began = server.cpu_s(), time.process_time(), time.perf_counter()
    number, total = 0, round(rate * seconds)
    while number < total:
        due = min(total, int((time.perf_counter() - began) * rate) + 1)
        while number < due:
            boards.all[number % count].report(began + number / rate)
            number += 1
        boards.take(max(0.0, began + number / rate - time.perf_counter()), again=False)
    took = time.perf_counter() - began
    end = time.monotonic() + 10.0
    while any(board.due for board in boards.all) and time.monotonic() < end:
        boards.take(0.1, again=False)
    result = {
        "boards": count,
        "per_s": round(total / took),
        **quantiles(boards.latencies),
        "missing": total - len(boards.latencies),
        "server_cpu": round((server.cpu_s() - cpu) / took, 3),
        "client_cpu": round((time.process_time() - own_cpu) / took, 3),
    }
    boards.close()
    return result


def connected(server: Served, count: int, idle_s: float) -> dict[str, Any]:
    time.sleep(2.0)
    empty_mb, empty_cpu = server.memory_mb(), idle_share(server, idle_s)
    boards = Boards(count, server.port)
    boards.once()
    time.sleep(3.0)  # what follows the last reply: shown values, a checkpoint of the log
    share, memory_mb = idle_share(server, idle_s), server.memory_mb()
    boards.close()
    return {
        "boards": count,
        "memory_mb": round(memory_mb, 1),
        "empty_mb": round(empty_mb, 1),
        "kb_per_board": round((memory_mb - empty_mb) * 1024 / count, 1),
        "idle_cpu": round(share, 4),
        "empty_cpu": round(empty_cpu, 4),
        "idle_s": idle_s,
    }


def idle_share(server: Served, seconds: float) -> float:
    """The share of a core that the server uses while nobody says anything."""
    cpu, began = server.cpu_s(), time.monotonic()
    time.sleep(seconds)
    return (server.cpu_s() - cpu) / (time.monotonic() - began)


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


def measure(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    wanted = options.only.split(",") if options.only else CASES
    results: dict[str, dict[str, Any]] = {}
    for name in CASES:
        if name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            results[name] = run_case(name, Path(folder), options)
        if not options.json:
            print(words(name, results[name]), flush=True)
    return results


def run_case(name: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    if name == "floor":
        with floor(folder) as server:
            return closed_loop(server, options.boards, options.seconds)
    with lineside(folder) as server:
        match name:
            case "rate":
                return closed_loop(server, options.boards, options.seconds)
            case "half":
                return paced(server, options.boards, options.seconds, options.rate / 2)
            case _:
                return connected(server, options.connected, options.idle)


def words(name: str, result: dict[str, Any]) -> str:
    if name == "connected":
        return (
            f"{name:>9}: {result['boards']} boards: {result['memory_mb']} MB ({result['empty_mb']} MB without them, "
            f"{result['kb_per_board']} KB each); "
            f"silent for {result['idle_s']:g} s: {result['idle_cpu'] * 100:.2f} % of a core, "
            f"{result['empty_cpu'] * 100:.2f} % without them"
        )
    return (
        f"{name:>9}: {result['boards']} boards, {result['per_s']:,} reports/s | p50 {result['p50_ms']} "
        f"p99 {result['p99_ms']} max {result['max_ms']} ms | server {result['server_cpu'] * 100:.0f} % of a core"
        + (f", {result['us_cpu']} µs per report" if "us_cpu" in result else f", {result['missing']} without reply")
        + f" | boards {result['client_cpu'] * 100:.0f} %"
    )


def verdicts(results: dict[str, dict[str, Any]]) -> Iterator[str]:
    if rate := results.get("rate"):
        yield f"rate: at least {RATE_MIN:,} durable reports/s: {yes(rate['per_s'] >= RATE_MIN)}"
        if bare := results.get("floor"):
            rate["ratio"] = round(rate["per_s"] / bare["per_s"], 3)
            yield f"rate ÷ floor = {rate['ratio']}"
    if half := results.get("half"):
        is_quick = half["p99_ms"] < HALF_P99_MS_MAX and half["missing"] == 0
        yield f"half: p99 below {HALF_P99_MS_MAX:.0f} ms, every report answered: {yes(is_quick)}"
    if many := results.get("connected"):
        yield f"connected: below {CONNECTED_MB_MAX:.0f} MB: {yes(many['memory_mb'] < CONNECTED_MB_MAX)}"
        each = (many["idle_cpu"] - many["empty_cpu"]) / many["boards"] * 1e6
        yield f"connected: a silent board costs {each:.1f} millionths of a core"


def yes(holds: bool) -> str:
    return "yes" if holds else "NO"


def main() -> None:
    parser = argparse.ArgumentParser(description="reports of locker boards beside their floor")
    parser.add_argument("--boards", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each case")
    parser.add_argument("--rate", type=float, default=RATE_MIN, help="the case half runs at half of it")
    parser.add_argument("--connected", type=int, default=10_000)
    parser.add_argument("--idle", type=float, default=20.0, help="seconds of silence")
    parser.add_argument("--only", help=f"of {', '.join(CASES)}, joined by commas")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve-floor", type=int, help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the servers inherit it
    if hard < max(options.connected, options.boards) + 200:
        raise SystemExit(f"{hard} descriptors are allowed, too few for {options.connected} boards (ulimit -Hn)")
    if options.serve_floor:
        import uvloop

        uvloop.run(serve_floor(options.serve_floor))
        return
    results = measure(options)
    lines = list(verdicts(results))
    print(json.dumps({"bench": "lockers", "results": results, "verdicts": lines}) if options.json else "\n".join(lines))


if __name__ == "__main__":
    main()
