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
import resource
import socket
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop

from bench import _load as load

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

    def ask(self, due: float) -> None:
        self.send += 1
        self.due.append(due)
        self.sock.send(self.head + b"%d" % self.send + TAIL)

    def answers(self) -> int:
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


def boards(count: int, port: int) -> load.Peers:
    return load.Peers([Board(number, port) for number in range(count)])


def connected(server: load.Served, count: int, idle_s: float) -> load.Result:
    time.sleep(2.0)
    empty_mb, empty_cpu = server.memory_mb(), idle_share(server, idle_s)
    hall = boards(count, server.port)
    hall.once()
    time.sleep(3.0)  # what follows the last reply: shown values, a checkpoint of the log
    share, memory_mb = idle_share(server, idle_s), server.memory_mb()
    hall.close()
    return {
        "boards": count,
        "memory_mb": round(memory_mb, 1),
        "empty_mb": round(empty_mb, 1),
        "kb_per_board": round((memory_mb - empty_mb) * 1024 / count, 1),
        "idle_cpu": round(share, 4),
        "empty_cpu": round(empty_cpu, 4),
        "idle_s": idle_s,
    }


def idle_share(server: load.Served, seconds: float) -> float:
    """The share of a core that the server uses while nobody says anything."""
    cpu, began = server.cpu_s(), time.monotonic()
    time.sleep(seconds)
    return (server.cpu_s() - cpu) / (time.monotonic() - began)


# The run.


def run_case(name: str, folder: Path, options: argparse.Namespace) -> load.Result:
    if name == "floor":
        with load.floor(folder, "bench.lockers") as server:
            return load.closed_loop(server, boards(options.boards, server.port), options.seconds)
    with load.lineside(folder, SETTINGS) as server:
        match name:
            case "rate":
                return load.closed_loop(server, boards(options.boards, server.port), options.seconds)
            case "half":
                return load.paced(server, boards(options.boards, server.port), options.seconds, options.rate / 2)
            case _:
                return connected(server, options.connected, options.idle)


def words(name: str, result: load.Result) -> str:
    if name == "connected":
        return (
            f"{name:>9}: {result['boards']} boards: {result['memory_mb']} MB ({result['empty_mb']} MB without them, "
            f"{result['kb_per_board']} KB each); "
            f"silent for {result['idle_s']:g} s: {result['idle_cpu'] * 100:.2f} % of a core, "
            f"{result['empty_cpu'] * 100:.2f} % without them"
        )
    return load.load_words(name, result, "boards", "report", "without reply", "boards")


def verdicts(results: load.Results) -> Iterator[str]:
    yield from load.load_verdicts(results, "report", "answered", RATE_MIN, HALF_P99_MS_MAX)
    if many := results.get("connected"):
        yield f"connected: below {CONNECTED_MB_MAX:.0f} MB: {load.yes(many['memory_mb'] < CONNECTED_MB_MAX)}"
        each = (many["idle_cpu"] - many["empty_cpu"]) / many["boards"] * 1e6
        yield f"connected: a silent board costs {each:.1f} millionths of a core"


def main() -> None:
    options = load.parse(
        "reports of locker boards beside their floor", CASES, RATE_MIN, boards=1000, connected=10_000, idle=20.0
    )
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed < max(options.connected, options.boards) + 200:
        raise SystemExit(f"{allowed} descriptors are allowed, too few for {options.connected} boards (ulimit -Hn)")
    if options.serve_floor:
        uvloop.run(load.serve_floor(Floor, options.serve_floor))
        return
    results = load.measure(options, CASES, run_case, words)
    load.tell("lockers", options, results, list(verdicts(results)))


if __name__ == "__main__":
    main()
