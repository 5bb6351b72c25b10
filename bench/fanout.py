"""Fan-out: what it costs to give every sample to every reader, and how late it comes. Beside its floor, in one run.

    python bench/fanout.py [--seconds S] [--clients 1000] [--only tcp,floor100,live100,floor200,live200] [--json]

- ``tcp``: 200 Hz to 50 raw TCP clients, newline JSON, through the guard and TCP links of lineside. Every sample must
  reach every client; p99 below 20 ms.
- ``floor100``, ``floor200``: the floor. A bare uvloop Protocol that writes each sample by itself to 1,000 TCP clients.
- ``live100``, ``live200``: the live feed. Hub, live protocol and aiohttp WebSockets, 1,000 subscribers. No gap, p99
  below 40 ms, server CPU per delivered sample at most half of the floor's.

Server and clients are processes apart, on cores of their own where there are two. The server's CPU is its process
time while it publishes. A sample carries the time at which it was *due*, so that a server that falls behind shows it.
The clients count every sample in C; every twentieth parses all of its own, checks each sequence number and keeps the
latencies. The CPU of the client process is printed to show that it is not the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import select
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

TOPIC = "ward/1/samples"
READY_S = 30.0
DRAIN_S = 1.5
PARSED_OF = 20
# Clients that sleep between two looks: on one machine the server's kernel time holds the waking of a client for each
# write, which no client on another machine costs. It makes what is measured as latency longer, never shorter.
CLIENT_REST_S = 0.002
VALUES = [3321, 3322, 1200, 0, 900, 812, 17, 144, 65535, 0, 1, 0, 1, 0, 1, 2]


@dataclass
class Case:
    name: str
    kind: str
    hz: int
    clients: int
    seconds: float
    p99_ms_max: float | None


def cases(options: argparse.Namespace) -> list[Case]:
    short = options.seconds or 20.0
    found = [
        Case("tcp", "tcp", 200, 50, options.seconds or 60.0, 20.0),
        Case("floor100", "floor", 100, options.clients, short, None),
        Case("live100", "live", 100, options.clients, short, 40.0),
        Case("floor200", "floor", 200, options.clients, short, None),
        Case("live200", "live", 200, options.clients, short, 40.0),
    ]
    wanted = options.only.split(",") if options.only else [case.name for case in found]
    return [case for case in found if case.name in wanted]


# The server.


def serve(case: Case, pipe: Connection, core: int | None) -> None:
    import uvloop

    prepare_process(core)
    uvloop.run(serve_case(case, pipe))


async def serve_case(case: Case, pipe: Connection) -> None:
    start = {"tcp": start_tcp, "floor": start_floor, "live": start_live}[case.kind]
    server = await start(case)
    pipe.send(server.port)
    while server.ready() < case.clients:  # noqa: ASYNC110 - transports tell nobody that they are there
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    before = server.counts()
    cpu, published_s = await publish(case, server.publish)
    counts = {name: count - before[name] for name, count in server.counts().items()}
    await asyncio.sleep(DRAIN_S)
    samples = round(case.hz * case.seconds)
    pipe.send({"cpu_s": cpu, "published_s": published_s, "samples": samples, **counts})
    server.close()
    await asyncio.sleep(0.5)


@dataclass
class Server:
    port: int
    ready: Callable[[], int]
    publish: Callable[[list[Any]], None]
    close: Callable[[], None]
    counts: Callable[[], dict[str, Any]] = dict
    keep: list[Any] = field(default_factory=list)


async def publish(case: Case, give: Callable[[list[Any]], None]) -> tuple[float, float]:
    """Give each sample when it is due, or as soon after as the loop comes to it; CPU and wall seconds."""
    loop = asyncio.get_running_loop()
    total = round(case.hz * case.seconds)
    began, wall, cpu = loop.time(), time.time(), time.process_time()
    number = 0
    while number < total:
        due = min(total, int((loop.time() - began) * case.hz) + 1)
        while number < due:
            give([(wall + number / case.hz) * 1000, number, *VALUES])
            number += 1
        await asyncio.sleep(max(0.0, began + number / case.hz - loop.time()))
    return time.process_time() - cpu, loop.time() - began


async def start_tcp(case: Case) -> Server:
    import msgspec

    from lineside.runtime.guard import Guard, Limits
    from lineside.runtime.tcp import TcpLink, listen_tcp

    guard = Guard(Limits(connections_per_address_max=256, first_message_s=None), "bench")
    links: list[TcpLink] = []
    encode = msgspec.json.encode

    class Deaf:
        def on_data(self, data: bytes) -> None: ...

        def on_closed(self, reason: str) -> None: ...

    def welcome(link: TcpLink) -> None:
        links.append(link)
        link.start(Deaf())

    def give(sample: list[Any]) -> None:
        line = encode(sample) + b"\n"
        for link in links:
            link.send_or_close(line)

    listener = await listen_tcp("127.0.0.1:0", guard, welcome)
    return Server(listener.port, lambda: len(links), give, guard.stop, keep=[listener])


async def start_floor(case: Case) -> Server:
    import msgspec

    transports: list[asyncio.Transport] = []
    encode = msgspec.json.encode

    class Bare(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            transports.append(transport)

    def give(sample: list[Any]) -> None:
        line = encode(sample) + b"\n"
        for transport in transports:
            transport.write(line)

    def close() -> None:
        for transport in transports:
            transport.abort()

    listener = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", 0, backlog=2048)
    return Server(listener.sockets[0].getsockname()[1], lambda: len(transports), give, close, keep=[listener])


async def start_live(case: Case) -> Server:
    from lineside.adapters.web_server import WebServer
    from lineside.runtime.guard import Guard, Limits
    from lineside.runtime.hub import Hub
    from lineside.runtime.live import LiveSession
    from lineside.runtime.routes import Request, Socket, SocketRoute

    hub = Hub()

    async def live(peer: Socket, request: Request) -> None:
        session = LiveSession(hub, peer, role="viewer")
        session.open()
        while session.is_open and (message := await peer.receive()) is not None:
            session.on_message(message)
        session.close()

    class Nobody:
        def authenticate(self, request: Request) -> None:
            return None

    def ready() -> int:
        found = hub.registry.get(TOPIC)
        follows = [] if found is None else found.follows.values()
        return sum(len(audience.readers) for follow in follows for audience in follow.audiences)

    def counts() -> dict[str, Any]:
        told = hub.counts
        return {"pulses": told.pulses, "writes": told.writes, "gaps_told": told.gaps_told, "behind": told.fell_behind}

    hub.feed(TOPIC, [0, -1, *VALUES])
    guard = Guard(Limits(connections_max=5_000, connections_per_address_max=5_000), "bench")
    server = WebServer([SocketRoute("/api/live", live, None)], Nobody(), guard)
    await server.start()
    return Server(server.port, ready, lambda sample: hub.feed(TOPIC, sample), hub.close, counts, [server])


# The clients: one process, one epoll, no event loop, so that it is not what is measured.


class Client:
    """Counts its samples; a parsed one also checks their numbers and keeps their latencies."""

    def __init__(self, sock: socket.socket, is_parsed: bool) -> None:
        self.sock = sock
        self.is_parsed = is_parsed
        self.count = 0
        self.gaps = 0
        self.holes = 0
        self.next_number = 0
        self.rest = b""
        self.latencies: list[float] = []

    def note(self, samples: list[list[float]], now_ms: float) -> None:
        for sample in samples:
            if sample[1] < 0:
                continue
            self.holes += sample[1] != self.next_number
            self.next_number = int(sample[1]) + 1
            self.latencies.append(now_ms - sample[0])


def take_lines(client: Client, buffer: bytearray, size: int) -> None:
    client.count += buffer.count(b"\n", 0, size)
    if client.is_parsed:
        *lines, client.rest = (client.rest + bytes(buffer[:size])).split(b"\n")
        client.note([json.loads(line) for line in lines], time.time() * 1000)


def take_frames(client: Client, buffer: bytearray, size: int) -> None:
    """Count the samples of whole frames; what is cut waits for the next read."""
    data: bytes | bytearray = buffer
    if client.rest:
        data = client.rest + bytes(buffer[:size])
        size = len(data)
    place = 0
    while place < size:
        if size - place < 4:
            break
        length, start = data[place + 1], place + 2
        if length == 126:
            length, start = (data[place + 2] << 8) | data[place + 3], place + 4
        elif length == 127:
            length, start = int.from_bytes(data[place + 2 : place + 10], "big"), place + 10
        end = start + length
        if end > size:
            break
        if data[place] == 0x81:
            take_text(client, data, start, end)
        place = end
    client.rest = bytes(data[place:size])


def take_text(client: Client, data: bytes | bytearray, start: int, end: int) -> None:
    client.count += data.count(b'"v":', start, end)
    client.gaps += data.count(b'"gap":', start, end)
    if client.is_parsed:
        message = json.loads(data[start:end])
        if message["op"] == "pulse":
            client.note([item["v"] for item in message["items"] if "v" in item], time.time() * 1000)


def connect_plain(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=READY_S)


def connect_live(port: int) -> socket.socket:
    sock = connect_plain(port)
    sock.sendall(
        b"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1)  # byte by byte: the hello frame comes right behind
    assert answer.startswith(b"HTTP/1.1 101"), answer
    text = b'{"op":"subscribe","id":1,"topics":["%b"]}' % TOPIC.encode()
    sock.sendall(bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text)  # masked with zeros
    return sock


def listen(case: Case, port: int, pipe: Connection, core: int | None) -> None:
    prepare_process(core)
    connect = connect_live if case.kind == "live" else connect_plain
    take = take_frames if case.kind == "live" else take_lines
    parsed_of = 1 if case.kind == "tcp" else PARSED_OF
    poll = select.epoll()
    clients: dict[int, Client] = {}
    for index in range(case.clients):
        sock = connect(port)
        sock.setblocking(False)
        clients[sock.fileno()] = Client(sock, index % parsed_of == 0)
        poll.register(sock.fileno(), select.EPOLLIN)
    pipe.send("connected")
    cpu_s, wall_s = read_until_closed(poll, dict(clients), take)
    parsed = [client for client in clients.values() if client.is_parsed]
    latencies = sorted(latency for client in parsed for latency in client.latencies)
    pipe.send(
        {
            "counts": [client.count for client in clients.values()],
            "gaps": sum(client.gaps for client in clients.values()),
            "holes": sum(client.holes for client in parsed),
            "p50_ms": quantile(latencies, 0.50),
            "p99_ms": quantile(latencies, 0.99),
            "max_ms": quantile(latencies, 1.0),
            "client_cpu": cpu_s / wall_s,
        }
    )


def read_until_closed(
    poll: select.epoll, open_clients: dict[int, Client], take: Callable[[Client, bytearray, int], None]
) -> tuple[float, float]:
    """CPU and wall seconds from the first busy second to the last bytes."""
    buffer = bytearray(1 << 18)
    began = time.monotonic()
    cpu = time.process_time()
    last, last_cpu = began, cpu
    while open_clients:
        for descriptor, _ in poll.poll(1.0):
            client = open_clients[descriptor]
            try:
                size = client.sock.recv_into(buffer)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                size = 0
            if size:
                take(client, buffer, size)
            else:
                poll.unregister(descriptor)
                client.sock.close()
                del open_clients[descriptor]
        if time.monotonic() - last > 0.01 and len(open_clients) > 0:
            last, last_cpu = time.monotonic(), time.process_time()
        time.sleep(CLIENT_REST_S)
    return last_cpu - cpu, max(last - began - DRAIN_S - 0.5, 0.001)


def quantile(values: list[float], part: float) -> float:
    return round(values[min(len(values) - 1, int(len(values) * part))], 2) if values else float("nan")


# The run.


def prepare_process(core: int | None) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def run_case(case: Case) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    server_core, client_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    server_pipe, server_end = context.Pipe()
    client_pipe, client_end = context.Pipe()
    server = context.Process(target=serve, args=(case, server_end, server_core), daemon=True)
    server.start()
    port = receive(server_pipe, READY_S, "server")
    client = context.Process(target=listen, args=(case, port, client_end, client_core), daemon=True)
    client.start()
    receive(client_pipe, READY_S, "clients")
    served = receive(server_pipe, case.seconds * 10 + READY_S, "server")
    heard = receive(client_pipe, READY_S, "clients")
    server.join(READY_S)
    client.join(READY_S)
    return result_of(case, served, heard)


def receive(pipe: Connection, seconds: float, who: str) -> Any:
    if not pipe.poll(seconds):
        raise SystemExit(f"the {who} said nothing within {seconds:.0f} s")
    return pipe.recv()


def result_of(case: Case, served: dict[str, Any], heard: dict[str, Any]) -> dict[str, Any]:
    counts = heard.pop("counts")
    delivered = sum(counts)
    return {
        "case": case.name,
        "hz": case.hz,
        "clients": case.clients,
        "seconds": case.seconds,
        "hz_kept": round(served["samples"] / served["published_s"], 1),
        "samples": served["samples"],
        "delivered": delivered,
        "missing": sum(served["samples"] - count for count in counts),
        "server_cpu": round(served["cpu_s"] / served["published_s"], 3),
        "us_per_sample": round(served["cpu_s"] * 1e6 / max(1, delivered), 3),
        "client_cpu": round(heard.pop("client_cpu"), 3),
        **heard,
        **{name: served[name] for name in ("pulses", "writes", "gaps_told", "behind") if name in served},
        "p99_ms_max": case.p99_ms_max,
    }


def verdicts(results: list[dict[str, Any]]) -> list[str]:
    by_name = {result["case"]: result for result in results}
    lines = []
    for result in results:
        if result["p99_ms_max"] is None:
            continue
        is_whole = result["missing"] == result["gaps"] == result["holes"] == 0
        is_quick = result["p99_ms"] < result["p99_ms_max"]
        name = result["case"]
        lines.append(
            f"{name}: every sample delivered: {yes(is_whole)}; p99 < {result['p99_ms_max']:.0f} ms: {yes(is_quick)}"
        )
        floor = by_name.get(name.replace("live", "floor"))
        if floor is not None and floor is not result:
            ratio = result["us_per_sample"] / floor["us_per_sample"]
            result["ratio"] = round(ratio, 3)
            lines.append(f"{name}: CPU per delivered sample ÷ floor = {ratio:.3f}; at most 0.5: {yes(ratio <= 0.5)}")
    return lines


def yes(holds: bool) -> str:
    return "yes" if holds else "NO"


def show(result: dict[str, Any]) -> str:
    pulses = f", {result['pulses'] / result['seconds']:.0f} pulses/s" if "pulses" in result else ""
    return (
        f"{result['case']:>9}: {result['hz']} Hz × {result['clients']} for {result['seconds']:.0f} s"
        f" (kept {result['hz_kept']} Hz{pulses}) | server {result['server_cpu'] * 100:.0f} % of a core,"
        f" {result['us_per_sample']:.2f} µs per delivered sample"
        f" | clients {result['client_cpu'] * 100:.0f} %"
        f" | p50 {result['p50_ms']} p99 {result['p99_ms']} max {result['max_ms']} ms"
        f" | missing {result['missing']}, gaps {result['gaps']}, holes {result['holes']}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="fan-out beside its floor")
    parser.add_argument("--seconds", type=float, help="of each case; 60 for tcp and 20 for the others by default")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--only", help="names of cases, joined by commas")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    options = parser.parse_args()
    results = []
    for case in cases(options):
        results.append(run_case(case))
        if not options.json:
            print(show(results[-1]), flush=True)
    lines = verdicts(results)
    print(json.dumps({"bench": "fanout", "results": results, "verdicts": lines}) if options.json else "\n".join(lines))


if __name__ == "__main__":
    main()
