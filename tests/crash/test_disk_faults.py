"""A disk that says no: nothing is acknowledged that is not there, the state says why, and it recovers by itself.

Each life writes while a fault strikes and heals. Afterwards every acknowledged event has to be there and every refused
one has to be absent; then the power is cut at many places of the same life, because what a failed sync left behind
shows itself only then.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lineside.errors import JournalError, JournalFull
from lineside.runtime.journal import Append, HealthState, Journal, JournalHealth, JournalSettings, Keys
from tests.crash.cutting import cuts_of, traced_files
from tests.crash.events import CATALOGUE, Noted
from tests.crash.scene import JOURNAL, STREAMS, Promise, all_events, check_events, examine
from tests.support.apsw_connection import open_connection
from tests.support.power_cut import FOR_EVER, Disk, Faults, write_image
from tests.support.wait import until

SETTINGS = JournalSettings(wal_pages_max=20, batch_events_max=16, retry_s_min=0.01, retry_s_max=0.05)
WRITERS = 4
BEFORE, BETWEEN, AFTER = 12, 6, 12  # acknowledged before the fault; refused while it lasts; acknowledged after it
CUTS = 25


@dataclass
class Weather:
    """One kind of bad disk.

    Attributes:
        strike: sets the fault; the random number says where exactly.
        states: what the journal may call it.
        error: what askers are told.
        part_of_reason: a word that the reason has to hold.
        passes: it heals by itself, so perhaps nobody is refused.
    """

    strike: Callable[[Faults, Random], None]
    states: set[HealthState]
    part_of_reason: str
    error: type[JournalError] = JournalError
    passes: bool = False


def eio(count: int, forgets: bool = False) -> Callable[[Faults, Random], None]:
    """The next syncs fail, from a random one on."""

    def strike(faults: Faults, random: Random) -> None:
        faults.skip_syncs, faults.syncs, faults.forgets = random.randrange(4), count, forgets

    return strike


def no_room(faults: Faults, random: Random) -> None:
    """Files may grow by a few pages at most; the last write is a short one."""
    faults.room_bytes = random.randrange(20_000)


def bad_writes(faults: Faults, random: Random) -> None:
    """Writes end half-way with EIO."""
    faults.writes = FOR_EVER


def remounted(faults: Faults, random: Random) -> None:
    """The file system has become read-only."""
    faults.read_only = True


FAILED, FULL, READ_ONLY = HealthState.FAILED, HealthState.FULL, HealthState.READ_ONLY
WEATHERS = {
    "one sync fails": Weather(eio(1), {FAILED}, "FSYNC", passes=True),
    "three syncs fail": Weather(eio(3), {FAILED}, "FSYNC", passes=True),
    "no sync works": Weather(eio(FOR_EVER), {FAILED}, "FSYNC"),
    "one sync fails and the cache forgets": Weather(eio(1, forgets=True), {FAILED}, "FSYNC", passes=True),
    "no sync works and the cache forgets": Weather(eio(FOR_EVER, forgets=True), {FAILED}, "FSYNC"),
    "writes end half-way": Weather(bad_writes, {FAILED}, "WRITE"),
    "no room": Weather(no_room, {FULL}, "FULL", JournalFull),
    "read-only": Weather(remounted, {FAILED, READ_ONLY}, ""),
}


@dataclass
class Record:
    """What the writers of one life were told."""

    acknowledged: list[Promise] = field(default_factory=list)
    refused: dict[str, JournalError] = field(default_factory=dict)
    stopping: bool = False


async def write_on(journal: Journal, disk: Disk, record: Record, number: int) -> None:
    """Append until told to stop; a refused request is never sent again, another one follows."""
    random = Random(number)
    count = 0
    while not record.stopping:
        request, count = f"w{number}-{count}", count + 1
        events = tuple(
            (random.choice(STREAMS), Noted(request, index, 2, "x" * random.randrange(2000))) for index in (0, 1)
        )
        claims = (f"request/{request}",)
        try:
            done = await journal.append(Append(events=events, at=datetime.now(UTC), claims=claims))
        except JournalError as error:
            record.refused[request] = error
            await asyncio.sleep(0.003)
        else:
            promise = Promise(request, done.first_seq, events, claims)
            disk.mark(promise)
            record.acknowledged.append(promise)


async def live_through(
    weather: Weather, disk: Disk, keys: Keys, seed: int, open_journal: Callable[..., Journal] = Journal.open
) -> tuple[Record, list[JournalHealth]]:
    """Write, let the fault strike, heal it, write on, close."""
    journal = open_journal(
        disk.folder / JOURNAL,
        keys=keys,
        catalogue=CATALOGUE,
        settings=SETTINGS,
        connect=partial(open_connection, disk=disk),
    )
    record, told = Record(), list[JournalHealth]()
    journal.on_health(told.append)
    async with asyncio.TaskGroup() as group:
        for number in range(WRITERS):
            group.create_task(write_on(journal, disk, record, number))
        await until(lambda: len(record.acknowledged) >= BEFORE)
        weather.strike(disk.faults, Random(seed))
        if not weather.passes:
            await until(lambda: len(record.refused) >= BETWEEN)
            assert journal.health.state in weather.states, journal.health
        else:
            await until(lambda: disk.faults.syncs == 0)
        disk.faults = Faults()
        enough = len(record.acknowledged) + AFTER
        await until(lambda: len(record.acknowledged) >= enough, what="recovery")
        record.stopping = True
    assert journal.health.state is HealthState.OK
    events = await all_events(journal)
    there = {event.request for recorded in events if isinstance(event := recorded.event, Noted)}
    assert not there & set(record.refused), "refused, and there"
    assert check_events(events, record.acknowledged) == []
    await journal.close()
    return record, told


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", WEATHERS)
async def test_bad_disk_refuses_says_why_recovers_and_keeps_its_promises(name: str, seed: int, fast_path: Path) -> None:
    weather, keys = WEATHERS[name], Keys.generate()
    with Disk(fast_path / "live") as disk, traced_files(disk):
        record, told = await live_through(weather, disk, keys, seed)
    assert all(isinstance(error, weather.error) for error in record.refused.values()), record.refused
    bad = [health for health in told if health.state is not HealthState.OK and health.state is not HealthState.CLOSED]
    assert {health.state for health in bad} <= weather.states
    assert all(weather.part_of_reason in health.reason for health in bad)
    random = Random(seed)
    for place, image, marks in cuts_of(disk, random, CUTS):
        write_image(image, fast_path / "image")
        faults = await examine(fast_path / "image", keys, marks)
        assert not faults, f"seed {seed}, cut at {place} of {len(disk.trace)}: {faults}"


def open_careless(path: Path, **arguments: Any) -> Journal:
    """A broken build: a COMMIT that failed counts as done."""
    journal = Journal.open(path, **arguments)
    store: Any = journal._writer.store
    commit = store.commit

    def commit_somehow() -> None:
        with suppress(sqlite3.OperationalError):
            commit()

    store.commit = commit_somehow
    return journal


async def test_build_that_acknowledges_after_a_failed_sync_is_caught(fast_path: Path) -> None:
    """Not by every seed: the sync that fails may also be one of a checkpoint, which this build handles well."""
    for seed in range(12):
        with Disk(fast_path / str(seed)) as disk, traced_files(disk):
            try:
                await live_through(WEATHERS["one sync fails"], disk, Keys.generate(), seed, open_careless)
            except AssertionError as error:
                assert "is lost" in str(error) or "is another one" in str(error)  # noqa: PT017
                print(f"caught with seed {seed}")
                return
    pytest.fail("not caught")


@pytest.mark.parametrize("name", ["no sync works", "no room", "read-only"])
async def test_journal_that_opens_on_a_bad_disk_waits_and_recovers(name: str, fast_path: Path) -> None:
    weather, keys = WEATHERS[name], Keys.generate()
    with Disk(fast_path / "live") as disk, traced_files(disk):
        weather.strike(disk.faults, Random(0))
        disk.faults.skip_syncs = 0
        journal = Journal.open(
            disk.folder / JOURNAL,
            keys=keys,
            catalogue=CATALOGUE,
            settings=SETTINGS,
            connect=partial(open_connection, disk=disk),
        )
        append = Append(events=(("ward/1", Noted("r", 0, 1, "x" * 40_000)),), at=datetime.now(UTC))
        with pytest.raises(JournalError):
            await journal.append(append)
        assert journal.health.state not in (HealthState.OK, HealthState.DAMAGED), journal.health
        disk.faults = Faults()
        await until(lambda: journal.health.state is HealthState.OK)
        await journal.append(append)
        await journal.close()


async def test_reads_that_fail_are_refused_and_come_back(fast_path: Path) -> None:
    with Disk(fast_path / "live") as disk, traced_files(disk):
        journal = Journal.open(
            disk.folder / JOURNAL,
            keys=Keys.generate(),
            catalogue=CATALOGUE,
            settings=SETTINGS,
            connect=partial(open_connection, disk=disk),
        )
        for number in range(50):
            event = Noted(f"r{number}", 0, 1, "x" * 3000)
            await journal.append(Append(events=(("ward/1", event),), at=datetime.now(UTC)))
        disk.faults.reads = FOR_EVER
        with pytest.raises(JournalError):
            await all_events(journal)
        assert journal.health.state is not HealthState.DAMAGED
        disk.faults = Faults()
        assert len(await all_events(journal)) == 50
        await journal.close()
