"""How long an alarm takes from the serial line to the client, and to its ACK, which leaves after the disk has it.

    python -m bench.alarm [--alarms 300] [--json]

The whole server runs as a process of its own on a pseudo-terminal; this process plays the controller (50 samples a
second beside the alarms) and one client of the broadcast socket. Every alarm is acknowledged before the next one comes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from lineside.adapters.pseudo_terminal import PseudoTerminal
from lineside.runtime.line import LineSettings
from lineside.ventilator.wire import (
    CLASS_ALARM,
    CLASS_DATA,
    AlarmFrame,
    DataFrame,
    FrameReader,
    encode_ack,
    encode_information,
    profile_of,
)

ROOT = Path(__file__).resolve().parents[1]
PROFILE = profile_of(0xA0)
SAMPLE_S = 0.02
SETTINGS = """
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


class Bench:
    """The controller's end of the line, the client's end of the socket, and a stop-watch."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        self.ports = ports
        self.terminal = PseudoTerminal(f"{folder}/vent", LineSettings())
        self.reader = FrameReader()
        self.sequence = 0
        self.acked: asyncio.Future[float] | None = None
        self.waits_for = ""
        self.seen: asyncio.Future[float] | None = None
        self.terminal.start(self)

    def on_data(self, data: bytes) -> None:
        now = time.perf_counter()
        for body in self.reader.receive(data):
            if not isinstance(body, bytes):
                continue
            if body[0] == CLASS_ALARM and body[2] == 1 and self.acked is not None and not self.acked.done():
                self.acked.set_result(now)
            elif not body[2] & 1:
                self.terminal.send(encode_ack(body[0], body[2] >> 1))

    def on_closed(self, reason: str) -> None:
        pass

    def send(self, address: int, info: bytes) -> None:
        self.sequence = (self.sequence + 1) % 128
        self.terminal.send(encode_information(address, self.sequence, info))

    async def samples(self) -> None:
        values = (0xA0, 5, *([0] * (len(PROFILE.sensor_fields) - 2)))
        while True:
            self.send(CLASS_DATA, PROFILE.encode_data(DataFrame(values)))
            await asyncio.sleep(SAMPLE_S)

    async def listen(self) -> None:
        reader, _ = await asyncio.open_connection("127.0.0.1", self.ports["broadcast"])
        while line := await reader.readline():
            now = time.perf_counter()
            if self.seen is not None and not self.seen.done() and self.waits_for in json.loads(line)["alarms"]:
                self.seen.set_result(now)

    async def one(self, code: int) -> tuple[float, float]:
        """Milliseconds to the client, and to the ACK on the line."""
        loop = asyncio.get_running_loop()
        self.waits_for = PROFILE.alarms[code].name
        self.seen, self.acked = loop.create_future(), loop.create_future()
        began = time.perf_counter()
        self.send(CLASS_ALARM, PROFILE.encode_alarm(AlarmFrame(code)))
        async with asyncio.timeout(10):
            seen, acked = await asyncio.gather(self.seen, self.acked)
        await self.take_off(self.waits_for)
        return (seen - began) * 1000, (acked - began) * 1000

    async def take_off(self, name: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports["request"])
        writer.write(json.dumps({"type": "alarm", "ack": name}).encode())
        assert b'"ack"' in await reader.read(), "the alarm could not be acknowledged"
        writer.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def measure(folder: Path, alarms: int) -> dict[str, float]:
    ports = {name: free_port() for name in ("web", "broadcast", "request")}
    settings = folder / "lineside.toml"
    settings.write_text(SETTINGS.format(folder=folder, **ports))
    bench = Bench(folder, ports)
    with (folder / "log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lineside", "run", "-c", str(settings),
            cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
    tasks = []
    try:
        await until_listening(ports["broadcast"])
        tasks = [asyncio.ensure_future(bench.samples()), asyncio.ensure_future(bench.listen())]
        await asyncio.sleep(1.0)
        rows = []
        for index in range(alarms):
            rows.append(await bench.one(1 + index % 24))
            await asyncio.sleep(0.01)
    finally:
        for task in tasks:
            task.cancel()
        os.killpg(server.pid, signal.SIGKILL)
        await server.wait()
    seen, acked = zip(*rows, strict=True)
    return {
        "alarms": alarms,
        "client_p50_ms": statistics.median(seen),
        "client_p99_ms": statistics.quantiles(seen, n=100)[98],
        "client_max_ms": max(seen),
        "ack_p50_ms": statistics.median(acked),
        "ack_p99_ms": statistics.quantiles(acked, n=100)[98],
    }


async def until_listening(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise SystemExit("the server did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alarms", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    arguments, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measure(Path(folder), arguments.alarms))
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"alarm, serial byte to client:  p50 {result['client_p50_ms']:.2f} ms, p99 {result['client_p99_ms']:.2f} ms")
    print(f"alarm, serial byte to its ACK: p50 {result['ack_p50_ms']:.2f} ms, p99 {result['ack_p99_ms']:.2f} ms")
    print("target: p99 to the client below 20 ms; the ACK is on the line after the event is on disk")


if __name__ == "__main__":
    main()
