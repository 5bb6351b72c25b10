"""One life of a journal and a sink on a simulated disk, and the examination of what a cut left of it.

`Life.live` works on a `Disk` and marks in its trace every promise at the moment it is made. `examine` takes the files
that a cut left, lets the journal recover, and returns the promises that were broken, in words; none is what we want.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from lineside.errors import JournalError
from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.journal import (
    Append,
    Carry,
    Cursor,
    HealthState,
    Journal,
    JournalSettings,
    KeepRules,
    Keys,
    Recorded,
    sqlite3_connect,
    verify,
)
from lineside.runtime.sink import SinkRunner
from lineside.runtime.sink_settings import SinkSettings
from lineside.runtime.sink_status import SinkState
from lineside.runtime.step import Event, Secret
from tests.crash.events import CATALOGUE, Noted, Whispered
from tests.crash.stepped import SoonClock, open_stepped
from tests.support.apsw_connection import open_connection
from tests.support.power_cut import Disk
from tests.support.row_store import RowStore

JOURNAL = "journal.db"
ROWS = "rows.db"
OLD = timedelta(days=200)  # beyond what `KeepRules` keeps
PRUNING = "pruning"  # marks the place in a trace from which old events may be gone
STREAMS = ("ward/1", "ward/2", "hall/a", "floor/7")
WRITERS = 5
# Small on purpose: a WAL of ten pages is carried into the database many times within one short life.
SETTINGS = JournalSettings(wal_pages_max=10, batch_events_max=16)
BACKOFF = BackoffSettings(first_s=0.001, cap_s=0.002)
# Three events per delivery: many places to cut between the target's commit and the cursor's.
SINK = SinkSettings(deliver_events_max=3, cursor_period_s=0.0, backoff=BACKOFF)
# Afterwards it only has to be quick.
SINK_AFTER = SinkSettings(cursor_period_s=0.0, backoff=BACKOFF)


@dataclass(frozen=True)
class Promise:
    """An append that was acknowledged.

    Attributes:
        is_old: pruning may take its events.
    """

    request: str
    first_seq: int
    events: tuple[tuple[str, Event], ...]
    claims: tuple[str, ...]
    is_old: bool = False


@dataclass
class Build:
    """How the product is put together for a life; the broken builds differ in one part each."""

    connect: Callable[[Disk], Callable[[Any], Any]] = lambda disk: partial(open_connection, disk=disk)
    open_journal: Callable[..., Journal] = open_stepped
    runner: type[SinkRunner] = SinkRunner
    rows: type[RowStore] = RowStore
    sync_s: float = 0.0


SOUND = Build()
THREADED = Build(open_journal=Journal.open)


@dataclass
class Life:
    """What one life does.

    Attributes:
        appends: how many, over all writers.
        name: keeps the requests of several lives on one disk apart.
    """

    keys: Keys
    random: Random
    appends: int = 30
    name: str = "a"
    build: Build = field(default_factory=lambda: SOUND)

    def make_append(self, number: int) -> Append:
        """A random append: one to four events over one to three streams; some secret, some with a claim, some old."""
        random = self.random
        request = f"{self.name}{number}"
        streams = random.sample(STREAMS, random.choice((1, 1, 2, 3)))
        count = max(len(streams), random.choice((1, 1, 2, 4)))
        size = random.choice((0, 20, 200, 3000))
        events: list[tuple[str, Event]] = []
        for index in range(count):
            event: Event = Noted(request, index, count, "x" * size)
            if random.random() < 0.1:
                event = Whispered(request, index, count, Secret(f"code {number}"))
            events.append((streams[index % len(streams)], event))
        claims = (f"request/{request}",) if random.random() < 0.3 else ()
        at = datetime.now(UTC) - (OLD if random.random() < 0.3 else timedelta())
        return Append(events=tuple(events), at=at, claims=claims)

    async def live(self, disk: Disk) -> None:
        """Open, work beside a sink, sometimes prune and compact, close."""
        disk.sync_s = self.build.sync_s
        connect = self.build.connect(disk)
        journal = self.build.open_journal(
            disk.folder / JOURNAL, keys=self.keys, catalogue=CATALOGUE, settings=SETTINGS, connect=connect
        )
        health = journal.health
        if health.state is not HealthState.OK:
            await journal.close()
            raise JournalError(f"opens as {health.state}: {health.reason}")
        rows = self.build.rows(disk.folder / ROWS, connect)
        runner = self.build.runner(journal, rows, SINK, SoonClock(), Random(0))
        sink = asyncio.create_task(runner.run())
        numbers = iter(range(self.appends))
        try:
            await started(runner)
            async with asyncio.TaskGroup() as group:
                for _ in range(WRITERS):
                    group.create_task(self._write(journal, disk, numbers))
                group.create_task(self._disturb(journal, disk))
            await drained(journal, runner)
            if self.random.random() < 0.5:
                await self._prune(journal, disk)
                await drained(journal, runner)
            if self.random.random() < 0.1:
                await journal.compact()
        finally:
            sink.cancel()
            await asyncio.gather(sink, return_exceptions=True)
            await journal.close()
            rows.close()

    async def _write(self, journal: Journal, disk: Disk, numbers: Iterator[int]) -> None:
        for number in numbers:
            append = self.make_append(number)
            done = await journal.append(append)
            is_old = append.at < datetime.now(UTC) - OLD / 2
            disk.mark(Promise(f"{self.name}{number}", done.first_seq, append.events, append.claims, is_old))

    async def _disturb(self, journal: Journal, disk: Disk) -> None:
        """What else a journal does beside recording."""
        for _ in range(3):
            match self.random.randrange(4):
                case 0:
                    await journal.checkpoint()
                case 1:
                    await journal.save_snapshot(self.random.choice(STREAMS), 1, "s1", self.random.randbytes(500))
                case 2:
                    await self._prune(journal, disk)
                case _:
                    await asyncio.sleep(0)

    async def _prune(self, journal: Journal, disk: Disk) -> None:
        async def carry(stream: str) -> Carry | None:
            heads = await journal.streams(stream)
            return Carry(heads[0].version, {"version": heads[0].version})

        disk.mark(PRUNING)
        await journal.prune(datetime.now(UTC), KeepRules(), carry)


async def started(runner: SinkRunner) -> None:
    """Wait until the sink's cursor is kept: from here on pruning waits for it."""
    async with asyncio.timeout(20):
        while runner.status().state is SinkState.STARTING:  # noqa: ASYNC110 - the turns of the loop are the steps
            await asyncio.sleep(0)


async def drained(journal: Journal, runner: SinkRunner) -> None:
    """Wait until the sink has brought out everything and its cursor is kept."""
    async with asyncio.timeout(20):
        while True:
            cursor = await journal.cursor(runner.name)
            if cursor.low > journal.health.recorded_seq:
                return
            await asyncio.sleep(0)


async def examine(folder: Path, keys: Keys, marks: Sequence[Any], rows: type[RowStore] = RowStore) -> list[str]:
    """Recover what is in ``folder``, compare it with what had been promised, and go on from there. Faults, in words.

    Args:
        marks: everything that lives have marked until the cut, promises and `PRUNING`.
    """
    path = folder / JOURNAL
    journal = open_stepped(path, keys=keys, catalogue=CATALOGUE, settings=SETTINGS, connect=sqlite3_connect)
    try:
        if journal.health.state is not HealthState.OK:
            return [f"opens as {journal.health.state}: {journal.health.reason}"]
        events = await all_events(journal)
        promises = [mark for mark in marks if isinstance(mark, Promise)]
        kept = [promise for promise in promises if not (promise.is_old and PRUNING in marks)]
        faults = check_events(events, kept)
        if PRUNING not in marks:
            faults += check_wholeness(events) + check_versions(events)
        faults += await check_claims(journal, kept)
        faults += await check_sink(journal, rows(folder / ROWS, connect_plainly), events, promises)
        faults += await check_goes_on(journal, events)
    finally:
        await journal.close()
    report = verify(path, keys)
    return faults if report.ok else [*faults, f"does not verify: {report.problems}"]


async def all_events(journal: Journal) -> list[Recorded]:
    """The whole journal, in order of seq."""
    found: list[Recorded] = []
    while batch := await journal.events(after=found[-1].seq if found else 0, limit=1000):
        found += batch
    return found


def check_events(events: Sequence[Recorded], promises: Sequence[Promise]) -> list[str]:
    """Order, numbers, promises and wholeness of what was found."""
    faults: list[str] = []
    seqs = [recorded.seq for recorded in events]
    if seqs != sorted(set(seqs)):
        faults.append("seq is not strictly rising")
    by_seq = {recorded.seq: recorded for recorded in events}
    for promise in promises:
        for seq, (stream, event) in enumerate(promise.events, promise.first_seq):
            found = by_seq.get(seq)
            if found is None:
                faults.append(f"{promise.request}: event {seq} is lost")
            elif found.stream != stream or found.event != event:
                faults.append(f"{promise.request}: event {seq} is another one")
    return faults


async def check_claims(journal: Journal, promises: Sequence[Promise]) -> list[str]:
    """Every claim names the first event of its append."""
    found = [(claim, await journal.claimed(claim), promise) for promise in promises for claim in promise.claims]
    return [f"claim {claim} names {seq}" for claim, seq, promise in found if seq != promise.first_seq]


def check_wholeness(events: Sequence[Recorded]) -> list[str]:
    """An append is there whole, in order, once; or not at all."""
    parts: dict[str, list[int]] = {}
    counts: dict[str, int] = {}
    for recorded in events:
        event = recorded.event
        if isinstance(event, Noted | Whispered):
            parts.setdefault(event.request, []).append(event.index)
            counts[event.request] = event.count
    return [
        f"{request}: parts {found} of {counts[request]}"
        for request, found in parts.items()
        if found != list(range(counts[request]))
    ]


def check_versions(events: Sequence[Recorded]) -> list[str]:
    """Versions of each stream count from 1 without a gap."""
    heads: Counter[str] = Counter()
    faults = []
    for recorded in events:
        heads[recorded.stream] += 1
        if recorded.version != heads[recorded.stream]:
            faults.append(f"{recorded.stream} has version {recorded.version} at its place {heads[recorded.stream]}")
    return faults


def connect_plainly(path: Any) -> sqlite3.Connection:
    """The standard library's connection, as the product has it."""
    return sqlite3.connect(path, isolation_level=None)


async def check_sink(
    journal: Journal, rows: RowStore, events: Sequence[Recorded], promises: Sequence[Promise]
) -> list[str]:
    """What the cursor calls done is there; and when the sink has gone on, everything is there exactly once."""
    try:
        wanted = {(r.stream, r.version): r.seq for r in events if rows.order_key(r) is not None}
        cursor = await journal.cursor(rows.name)
        there = {(stream, version) for stream, version, _ in rows.rows()}
        lost = [seq for place, seq in wanted.items() if is_done(cursor, seq) and place not in there]
        if lost:
            return [f"the cursor {cursor} calls done what the target does not have: {lost}"]
        runner = SinkRunner(journal, rows, SINK_AFTER, SoonClock(), Random(0))
        sink = asyncio.create_task(runner.run())
        await drained(journal, runner)
        sink.cancel()
        await asyncio.gather(sink, return_exceptions=True)
        return check_rows(rows, wanted) + check_delivered(rows, promises)
    finally:
        rows.close()


def is_done(cursor: Cursor, seq: int) -> bool:
    """Whether the cursor has an event behind it."""
    return seq < cursor.low or seq in cursor.done


def check_rows(rows: RowStore, wanted: dict[tuple[str, int], int]) -> list[str]:
    """Each event is one row, and each stream's rows are in order."""
    faults = []
    places = [(stream, version) for stream, version, _ in rows.rows()]
    for place, count in Counter(places).items():
        if count > 1:
            faults.append(f"{place} is there {count} times in the target")
    if missing := set(wanted) - set(places):
        faults.append(f"{sorted(missing)} are not in the target")
    heads = dict(sorted(wanted))  # the highest version of a stream comes last
    if extra := [place for place in places if place[1] > heads.get(place[0], 0)]:
        faults.append(f"{extra} are in the target and never were in the journal")
    for stream in heads:
        versions = [version for found, version in places if found == stream]
        if versions != sorted(versions):
            faults.append(f"{stream} is out of order in the target")
    return faults


def check_delivered(rows: RowStore, promises: Sequence[Promise]) -> list[str]:
    """Everything promised has come to the target, also what pruning has taken since."""
    bodies = [msgspec.json.decode(body) for _, _, body in rows.rows()]
    there = {(body["request"], body["index"]) for body in bodies if "request" in body}
    wanted = {(promise.request, index) for promise in promises for index in range(len(promise.events))}
    return [f"{sorted(wanted - there)} never came to the target"] if wanted - there else []


async def check_goes_on(journal: Journal, events: Sequence[Recorded]) -> list[str]:
    """The recovered journal takes a new event, above every number that is there."""
    done = await journal.append(Append(events=(("ward/1", Noted("after", 0, 1, "")),), at=datetime.now(UTC)))
    last = events[-1].seq if events else 0
    return [] if done.first_seq > last else [f"seq {done.first_seq} is given again"]
