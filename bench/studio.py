"""How many status updates are on disk and confirmed per second, and how late a change reaches a thousand watchers.

    python -m bench.studio [--tables 500] [--seconds 20] [--watchers 1000] [--only floor,rate,half,watch] [--json]

- ``floor``: a bare uvloop Protocol that speaks just enough WebSocket to confirm each update, and records nothing.
- ``rate``: the whole server. Each reporter sends its next update when it has its confirmation: at least 8,000/s. Every
  second update changes a value, the others repeat it. The ratio to the floor is printed.
- ``half``: the whole server at half of the wanted rate, each update sent when it is due; p99 below 50 ms.
- ``watch``: one update at a time, from when it is sent until each of 1,000 watchers has it: p99 below 50 ms. One more
  watcher never reads; the case runs without it and with it, and the second must not be slower.

The server is a process of its own; this process plays reporters and watchers with plain sockets and checks every
confirmation. The CPU of both is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvloop

from bench import _load as load

RATE_MIN = 8_000
P99_MS_MAX = 50.0
CASES = ("floor", "rate", "half", "watch")
# Of the watch case: 20 updates a second leave a person's studio far behind, and each is done before the next one.
UPDATES_PER_S = 20

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
SETTINGS = """
data_dir = "{folder}/var"
[keys]
file = "{folder}/keys.toml"
[web]
address = "127.0.0.1:{web}"
[gateways.studio]
kind = "studio"
address = "127.0.0.1:{port}"
tables_max = 10000
[gateways.studio.limits]
connections_max = 20000
connections_per_address_max = 20000
"""


# The server's side.


class Floor(asyncio.Protocol):
    """Confirms each frame with the bytes of a confirmation, and does nothing else."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.is_open = False
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        if not self.is_open:
            self.is_open = True
            self.table = data.split(b"id=", 1)[1].split(b"_", 1)[0]
            self.answer = frame(b'{"status": "updated", "table_id": "%b"}' % self.table)
            self.transport.write(SWITCHED + frame(b'{"TABLE_ID": "%b"}' % self.table))
            return
        data = self.rest + data
        while len(data) >= 6 and len(data) >= (size := 6 + (data[1] & 0x7F)):
            data = data[size:]
            self.transport.write(self.answer)
        self.rest = data


# The other side: plain sockets, frames masked with zeros.


def frame(text: bytes, *, is_masked: bool = False) -> bytes:
    assert len(text) < 126
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text if is_masked else bytes((0x81, len(text))) + text


def frames_of(data: bytes) -> tuple[list[bytes], bytes]:
    """The text frames that are whole, and what is left."""
    found = []
    while len(data) >= 4:
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            if len(data) < 10:
                break
            size, start = int.from_bytes(data[2:10], "big"), 10
        if len(data) < start + size:
            break
        if data[0] == 0x81:  # pings are not answered: no case lasts as long as the server waits
            found.append(data[start : start + size])
        data = data[start + size :]
    return found, data


def connect(port: int, path: str, receive_bytes: int | None = None) -> socket.socket:
    sock = socket.socket()
    if receive_bytes is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.settimeout(load.READY_S)
    sock.connect(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(HANDSHAKE.format(path=path).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):  # byte by byte: the first frame comes right behind
        head += sock.recv(1)
    assert head.startswith(b"HTTP/1.1 101"), head
    return sock


class Reporter:
    """One table's reporter, and when each update that waits for its confirmation was due."""

    UPDATES = tuple(frame(b'{"sdp": "%b"}' % value, is_masked=True) for value in (b"up", b"up", b"down", b"down"))

    def __init__(self, number: int, port: int) -> None:
        self.table = f"T-{number:05}"
        self.wanted = b'{"status": "updated", "table_id": "%b"}' % self.table.encode()
        self.sock = connect(port, f"/?id={self.table}_bench&token=T")
        self.rest = b""
        snapshot: list[bytes] = []
        while not snapshot:
            snapshot, self.rest = frames_of(self.rest + self.sock.recv(65_536))
        assert b'"TABLE_ID"' in snapshot[0], snapshot
        self.sock.setblocking(False)
        self.sent = 0
        self.due: deque[float] = deque()

    def ask(self, due: float) -> None:
        self.due.append(due)
        self.sock.send(self.UPDATES[self.sent % 4])
        self.sent += 1

    def answers(self) -> int:
        data = self.sock.recv(65_536)
        if not data:
            raise SystemExit("the server closed the connection of a reporter")
        found, self.rest = frames_of(self.rest + data)
        for text in found:
            assert text == self.wanted, (text, self.wanted)
        return len(found)


def reporters(count: int, port: int) -> load.Peers:
    """Their first update makes the tables; presence is on disk then."""
    return load.Peers([Reporter(number, port) for number in range(count)])


# Watchers.


class Watchers:
    """All watchers; each frame is counted in C, and its moment taken."""

    def __init__(self, count: int, port: int) -> None:
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        for _ in range(count):
            sock = connect(port, "/watch?token=T")
            sock.setblocking(False)
            self.sockets[sock.fileno()] = sock
            self.poll.register(sock.fileno(), select.EPOLLIN)
        self.drain(1.0)

    def drain(self, quiet_s: float) -> None:
        """Read until nothing comes for so long: snapshots, and who joined."""
        while ready := self.poll.poll(quiet_s):
            for descriptor, _ in ready:
                self.sockets[descriptor].recv(1 << 20)

    def hear(self, sent_at: float, timeout_s: float = 10.0) -> list[float]:
        """Seconds from an update to each watcher that was told."""
        heard: list[float] = []
        waiting = set(self.sockets)
        end = time.perf_counter() + timeout_s
        while waiting and time.perf_counter() < end:
            for descriptor, _ in self.poll.poll(0.1):
                data = self.sockets[descriptor].recv(65_536)
                if b'"type":"update"' in data and descriptor in waiting:
                    waiting.discard(descriptor)
                    heard.append(time.perf_counter() - sent_at)
        return heard

    def close(self) -> None:
        for sock in self.sockets.values():
            sock.close()
        self.poll.close()


def watched(server: load.Served, options: argparse.Namespace) -> load.Result:
    reporter = Reporter(0, server.port)
    reporter.sock.setblocking(True)
    watchers = Watchers(options.watchers, server.port)
    tell(reporter, watchers, 5)  # warm
    alone, missed = tell(reporter, watchers, max(10, round(options.seconds / 2 * UPDATES_PER_S)))
    deaf = connect(server.port, "/watch?token=T", receive_bytes=4096)
    beside, missed_beside = tell(reporter, watchers, max(10, round(options.seconds / 2 * UPDATES_PER_S)))
    with_deaf = {f"deaf_{name}": value for name, value in load.quantiles(beside).items()}
    result = {"watchers": options.watchers, **load.quantiles(alone), **with_deaf, "missing": missed + missed_beside}
    for sock in (reporter.sock, deaf):
        sock.close()
    watchers.close()
    return result


def tell(reporter: Reporter, watchers: Watchers, count: int) -> tuple[list[float], int]:
    """Latencies of so many updates, each one done before the next; and what did not come."""
    latencies: list[float] = []
    missed = 0
    for _ in range(count):
        reporter.sent += 1
        value = b"calibration" if reporter.sent % 2 else b"standby"  # every one changes something
        began = time.perf_counter()
        reporter.sock.send(frame(b'{"sdp": "%b"}' % value, is_masked=True))
        heard = watchers.hear(began)
        missed += len(watchers.sockets) - len(heard)
        latencies += heard
        with suppress(BlockingIOError):
            reporter.sock.recv(65_536)
        time.sleep(max(0.0, began + 1 / UPDATES_PER_S - time.perf_counter()))
    return latencies, missed


# The run.


def run_case(name: str, folder: Path, options: argparse.Namespace) -> load.Result:
    if name == "floor":
        with load.floor(folder, "bench.studio") as server:
            return load.closed_loop(server, reporters(options.tables, server.port), options.seconds)
    with load.lineside(folder, SETTINGS) as server:
        match name:
            case "rate":
                return load.closed_loop(server, reporters(options.tables, server.port), options.seconds)
            case "half":
                return load.paced(server, reporters(options.tables, server.port), options.seconds, options.rate / 2)
            case _:
                return watched(server, options)


def words(name: str, result: load.Result) -> str:
    if name == "watch":
        return (
            f"{name:>9}: one update to {result['watchers']} watchers | p50 {result['p50_ms']} p99 {result['p99_ms']} "
            f"max {result['max_ms']} ms | beside one that never reads: p50 {result['deaf_p50_ms']} "
            f"p99 {result['deaf_p99_ms']} max {result['deaf_max_ms']} ms | missing {result['missing']}"
        )
    return load.load_words(name, result, "tables", "update", "not confirmed", "reporters")


def verdicts(results: load.Results) -> Iterator[str]:
    yield from load.load_verdicts(results, "update", "confirmed", RATE_MIN, P99_MS_MAX)
    if watch := results.get("watch"):
        is_quick = watch["p99_ms"] < P99_MS_MAX and watch["missing"] == 0
        yield f"watch: p99 below {P99_MS_MAX:.0f} ms at {watch['watchers']} watchers, none missed: {load.yes(is_quick)}"
        yield f"watch: the same beside one that never reads: {load.yes(watch['deaf_p99_ms'] < P99_MS_MAX)}"


def main() -> None:
    options = load.parse("updates of studio tables beside their floor", CASES, RATE_MIN, tables=500, watchers=1000)
    if options.serve_floor:
        uvloop.run(load.serve_floor(Floor, options.serve_floor))
        return
    results = load.measure(options, CASES, run_case, words)
    load.tell("studio", options, results, list(verdicts(results)))


if __name__ == "__main__":
    main()
