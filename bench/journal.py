"""Durable events per second of the journal, beside its floor in the same run.

The floor is a plain file with the same queue, futures and encoding: whatever waits is one ``write`` and one
``fdatasync``. The journal does all of its contract: seq, versions, expected, hash chain, SQLite, synchronous=FULL.

Each writer is a coroutine with a stream of its own that waits for its append before it asks for the next one, as a
unit does. Journal and floor take turns, so that a disk that changes its mind meets both::

    python -m bench.journal [--seconds 3] [--rounds 3] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import queue
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from lineside.runtime.journal import Append, Catalogue, Journal, Keys
from lineside.runtime.journal.seal import EventEncoder
from lineside.runtime.step import Event

BATCH_EVENTS_MAX = 256  # as the journal's
WRITERS = (1, 100, 1000)


class Measured(Event, frozen=True):
    """An event of a common size: about 200 bytes of JSON."""

    number: int
    name: str
    code: int
    priority: str
    values: dict[str, float]
    text: str


VALUES = {"pressure_buffer": 1013.25, "pressure_inhale": 22.5, "flow": 0.75, "volume": 410.0}
TEXT = "a line of words as a machine or a person would leave it in an event"


def event(number: int) -> Measured:
    return Measured(number, "HIGH_PRESSURE", 17, "high", VALUES, TEXT)


class PlainFile:
    """The floor: the same way to a thread and back, and nothing but bytes in a file."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._loop = asyncio.get_running_loop()
        self._encode = EventEncoder().encode
        self._queue: queue.SimpleQueue[list[tuple[bytes, asyncio.Future[int]]] | None] = queue.SimpleQueue()
        self._pending: list[tuple[bytes, asyncio.Future[int]]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def submit(self, value: Event) -> asyncio.Future[int]:
        future: asyncio.Future[int] = self._loop.create_future()
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append((self._encode(value)[0], future))
        return future

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        self._queue.put(pending)

    def _run(self) -> None:
        waiting: list[tuple[bytes, asyncio.Future[int]]] = []
        while True:
            if not waiting:
                items = self._queue.get()
                if items is None:
                    return
                waiting = items
            while self._queue.qsize():
                items = self._queue.get()
                if items is None:
                    return
                waiting += items
            batch, waiting = waiting[:BATCH_EVENTS_MAX], waiting[BATCH_EVENTS_MAX:]
            os.write(self._file, b"\n".join([data for data, _ in batch]))
            os.fdatasync(self._file)
            self._loop.call_soon_threadsafe(self._deliver, batch)

    def _deliver(self, batch: list[tuple[bytes, asyncio.Future[int]]]) -> None:
        for _, future in batch:
            future.set_result(0)

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()
        os.close(self._file)


@dataclass(frozen=True)
class Result:
    """Events a second, milliseconds from asking to the answer, and microseconds of all cores per event."""

    events_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


Ask = Callable[[int, int], Awaitable[Any]]


async def load(ask: Ask, writers: int, seconds: float) -> Result:
    """Keep ``writers`` writers busy; the first tenth of the time is not counted."""
    spans: list[float] = []
    clock = time.perf_counter
    begin = clock() + seconds * 0.1
    end = clock() + seconds * 1.1

    async def writer(number: int) -> None:
        count = 0
        while True:
            start = clock()
            await ask(number, count)
            now = clock()
            count += 1
            if start >= begin:
                spans.append(now - start)
            if now > end:
                return

    cpu = time.process_time()
    await asyncio.gather(*(writer(number) for number in range(writers)))
    cpu = (time.process_time() - cpu) / 1.1  # as much of it as of the time is counted
    spans.sort()
    place = len(spans) // 2, min(len(spans) - 1, len(spans) * 99 // 100)
    return Result(len(spans) / (clock() - begin), spans[place[0]] * 1e3, spans[place[1]] * 1e3, cpu / len(spans) * 1e6)


async def measure_floor(folder: Path, writers: int, seconds: float) -> Result:
    file = PlainFile(folder / "plain")
    try:
        return await load(lambda writer, count: file.submit(event(count)), writers, seconds)
    finally:
        file.close()
        (folder / "plain").unlink()


async def measure_journal(folder: Path, writers: int, seconds: float) -> Result:
    place = Path(tempfile.mkdtemp(dir=folder))
    journal = Journal.open(place / "journal.db", keys=Keys.generate(), catalogue=Catalogue([Measured]))

    def ask(writer: int, count: int) -> Awaitable[Any]:
        stream = f"floor/{writer}"
        append = Append(((stream, event(count)),), datetime.now(UTC), {stream: count})
        return journal.submit(append)

    try:
        return await load(ask, writers, seconds)
    finally:
        await journal.close()
        shutil.rmtree(place)


def middle(results: list[Result]) -> Result:
    """Field by field the median of several rounds."""
    rows = [asdict(result) for result in results]
    return Result(**{name: statistics.median(row[name] for row in rows) for name in rows[0]})


def run(seconds: float, rounds: int, folder: Path, counts: tuple[int, ...] = WRITERS) -> list[dict[str, Any]]:
    table = []
    for writers in counts:
        floors, journals = [], []
        for _ in range(rounds):
            floors.append(uvloop.run(measure_floor(folder, writers, seconds)))
            journals.append(uvloop.run(measure_journal(folder, writers, seconds)))
        ratios = [j.events_per_s / f.events_per_s for j, f in zip(journals, floors, strict=True)]
        table.append(
            {
                "writers": writers,
                "journal": asdict(middle(journals)),
                "floor": asdict(middle(floors)),
                "ratio": statistics.median(ratios),
            }
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="on the disk to measure")
    parser.add_argument("--writers", type=int, nargs="+", default=WRITERS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lineside-bench-", dir=arguments.folder))
    try:
        table = run(arguments.seconds, arguments.rounds, folder, tuple(arguments.writers))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "cores": os.cpu_count()}
        print(json.dumps({"bench": "journal", "machine": platform.machine(), **versions, "rows": table}, indent=1))
        return
    print(f"{'':8} {'journal':>36} {'floor':>36}")
    names = f"{'events/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'µs CPU':>7}"
    print(f"{'writers':>8} {names} {names}  ratio")
    for row in table:
        print(f"{row['writers']:8} {cells(row['journal'])} {cells(row['floor'])} {row['ratio']:6.2f}")


def cells(result: dict[str, float]) -> str:
    return f"{result['events_per_s']:10,.0f} {result['p50_ms']:8.2f} {result['p99_ms']:8.2f} {result['cpu_us']:7.1f}"


if __name__ == "__main__":
    main()
