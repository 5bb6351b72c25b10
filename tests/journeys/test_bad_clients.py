"""Bad clients on every listener of the whole server, and a good one that loses nothing meanwhile.

The controller counts in `pressure_buffer`, every sample is broadcast, and the good client must see every number.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Coroutine
from itertools import groupby
from pathlib import Path
from typing import Any

from lineside.adapters.pseudo_terminal import PseudoTerminal
from lineside.runtime.line import LineSettings
from lineside.ventilator.wire import DataFrame, DeviceWire, profile_of
from tests.support.server import Ward, ward
from tests.support.wait import until

SAMPLE_S = 0.02
PROFILE = profile_of(0xA0)
ZEROES = (0,) * (len(PROFILE.sensor_fields) - 3)


class Counter:
    """A controller whose samples count."""

    def __init__(self, path: Path) -> None:
        self.terminal = PseudoTerminal(str(path), LineSettings())
        self.wire = DeviceWire(PROFILE)
        self.count = 0

    async def run(self) -> None:
        self.terminal.start(self)
        while True:
            if not self.wire.waiting and self.terminal.is_attached():
                self.count += 1
                values = (0xA0, 5, *ZEROES[:4], self.count % 65536, *ZEROES[4:])
                self.terminal.send(self.wire.send(DataFrame(values)))
            self.terminal.send(self.wire.outgoing(time.monotonic()))
            await asyncio.sleep(SAMPLE_S)

    def on_data(self, data: bytes) -> None:
        self.wire.receive(data, time.monotonic())

    def on_closed(self, reason: str) -> None:
        pass


async def good_client(port: int, seen: list[int]) -> None:
    reader, _ = await asyncio.open_connection("127.0.0.1", port)
    while line := await reader.readline():
        seen.append(json.loads(line)["sensors"]["pressure_buffer"])


async def silent(port: int) -> bytes:
    """Says nothing and listens to what it is told in the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await reader.read()
    finally:
        writer.close()


async def dripping(port: int, text: bytes) -> None:
    """One byte at a time, never a whole message."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(OSError):
        for byte in text:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0.2)
    writer.close()


async def garbage(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with contextlib.suppress(OSError):
        writer.write(data)
        await writer.drain()
        answer = await asyncio.wait_for(reader.read(4096), 10)
    writer.close()
    return answer


async def never_reading(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(8)
    writer.close()


async def thousand(port: int) -> int:
    """A thousand connections at once; how many were taken."""

    async def one() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        await asyncio.sleep(0.5)
        writer.close()
        return True

    return sum(await asyncio.gather(*(one() for _ in range(1000))))


def crowd(place: Ward) -> list[Coroutine[Any, Any, Any]]:
    """Every kind of bad client on every listener."""
    everywhere = (place.broadcast, place.native, place.request, place.web)
    bad: list[Coroutine[Any, Any, Any]] = []
    for port in everywhere:
        bad += [dripping(port, b'{"type":"cmd","cmdtype":"GENERAL"') for _ in range(5)]
        bad += [garbage(port, bytes(range(256)) * 16) for _ in range(5)]
        bad += [garbage(port, b"{" * 200_000)]
        bad += [garbage(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500)]
        bad += [never_reading(port) for _ in range(3)]
        bad += [thousand(port)]
    return bad


async def test_good_client_loses_nothing_in_a_bad_crowd(tmp_path: Path) -> None:
    with ward(tmp_path, period_s=0) as place:
        counter = Counter(tmp_path / "vent")
        counting = asyncio.ensure_future(counter.run())
        await asyncio.to_thread(place.run)
        seen: list[int] = []
        listening = asyncio.ensure_future(good_client(place.broadcast, seen))
        await until(lambda: len(seen) >= 10, 30)
        quiet = [asyncio.ensure_future(silent(place.request)) for _ in range(20)]
        await asyncio.gather(*crowd(place))
        replies = await asyncio.gather(*quiet)
        assert place.is_ready()
        before = len(seen)
        await until(lambda: len(seen) >= before + 25, 30)
        counting.cancel()
        listening.cancel()
        # A number may come twice: an alarm broadcasts the last sample again (this process may stall in its own crowd).
        numbers = [number for number, _ in groupby(seen)]
        assert numbers == list(range(seen[0], seen[0] + len(numbers)))
        assert set(replies) == {b'{"type":"nack"}\n'}
        units = await asyncio.to_thread(place.cli, "units", "--json", "-c", str(place.settings))
        assert '"live"' in units.stdout
