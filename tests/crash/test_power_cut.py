"""The simulated disk itself, proven on plain SQLite before the journal is trusted to it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random

import pytest

from tests.support.apsw_connection import open_connection
from tests.support.power_cut import (
    FOR_EVER,
    SECTOR_SIZE,
    WEATHERS,
    Disk,
    Platter,
    Sync,
    Weather,
    Write,
    write_image,
)

CUTS = 300


def run_commits(disk: Disk, synchronous: str, commits: int = 60, checkpoint_every: int = 20) -> None:
    """Commit numbers one by one; mark each when SQLite says that it is committed."""
    connection = open_connection(disk.folder / "a.db", disk)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY, body BLOB)")
    for number in range(1, commits + 1):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO numbers VALUES (?, ?)", (number, bytes(100 * (number % 7))))
        connection.execute("COMMIT")
        disk.mark(number)
        if number % checkpoint_every == 0:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def numbers_in(path: Path) -> list[int]:
    """What is in the database after SQLite's own recovery; [] where not even the table is there."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [number for (number,) in connection.execute("SELECT number FROM numbers ORDER BY number")]
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
    finally:
        connection.close()


def first_loss(disk: Disk, folder: Path, cuts: int, seed: int) -> str | None:
    """Cut the power ``cuts`` times in the run that the disk traced; say what was lost first."""
    random = Random(seed)
    platter = Platter(disk.trace, random)
    for count, index in enumerate(sorted(random.randrange(len(disk.trace) + 1) for _ in range(cuts)), 1):
        platter.advance(index)
        write_image(platter.cut(random), folder)
        promised = platter.marks[-1] if platter.marks else 0
        try:
            found = numbers_in(folder / "a.db")
        except sqlite3.DatabaseError as error:
            return f"cut {count} at {index}: {error}"
        if found != list(range(1, len(found) + 1)) or len(found) < promised:
            return f"cut {count} at {index}: {len(found)} found, {promised} promised"
    return None


def test_sqlite_keeps_its_promise_with_synchronous_full(fast_path: Path) -> None:
    with Disk(fast_path / "live") as disk:
        run_commits(disk, "FULL")
    assert first_loss(disk, fast_path / "image", CUTS, seed=1) is None


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_cuts_catch_sqlite_that_does_not_sync_commits(synchronous: str, fast_path: Path) -> None:
    with Disk(fast_path / "live") as disk:
        run_commits(disk, synchronous)
    assert first_loss(disk, fast_path / "image", CUTS, seed=1) is not None


def test_synchronous_off_can_break_the_database_itself(fast_path: Path) -> None:
    """Re-ordered and torn pages under a checkpoint without sync: integrity goes, not only the last commits."""
    with Disk(fast_path / "live") as disk:
        run_commits(disk, "OFF", commits=60, checkpoint_every=10)
    random = Random(1)
    platter = Platter(disk.trace, random)
    for index in range(len(disk.trace) // 2, len(disk.trace)):
        platter.advance(index)
        write_image(platter.cut(random), fast_path / "image")
        try:
            numbers_in(fast_path / "image" / "a.db")
        except (AssertionError, sqlite3.DatabaseError):
            return
    pytest.fail("no cut broke the database")


def test_a_cut_repeats_with_its_seed(fast_path: Path) -> None:
    with Disk(fast_path / "live") as disk:
        run_commits(disk, "NORMAL", commits=10)
    images = []
    for _ in range(2):
        platter = Platter(disk.trace, Random(3))
        platter.advance(len(disk.trace) // 2)
        images.append(platter.cut(Random(4)))
    assert images[0] == images[1]


def test_platter_keeps_what_was_synced_and_drops_what_was_not(fast_path: Path) -> None:
    with Disk(fast_path) as disk:
        connection = open_connection(fast_path / "a.db", disk)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        last_sync = max(index for index, operation in enumerate(disk.trace) if isinstance(operation, Sync))
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("INSERT INTO numbers VALUES (1)")
        before, after = Platter(disk.trace, Random(0)), Platter(disk.trace, Random(0))
        before.advance(last_sync + 1)
        after.advance(len(disk.trace))
        nothing, everything = Weather(keep=0.0), Weather(keep=1.0)
        assert after.cut(Random(0), nothing)["a.db-wal"] == before.cut(Random(0), nothing)["a.db-wal"]
        assert after.cut(Random(0), everything)["a.db-wal"] == (fast_path / "a.db-wal").read_bytes()
        connection.close()


def test_torn_write_changes_whole_sectors_and_only_its_own_bytes() -> None:
    random = Random(5)
    for _ in range(200):
        start = random.randrange(2000)
        data = random.randbytes(random.randrange(1, 3000))
        trace = [Write(1, 0, bytes(5000)), Sync(1, ok=True), Write(1, start, data)]
        platter = Platter([*trace], Random(0))
        platter.advance(len(trace))
        platter._names["f"] = 1
        content = platter.cut(random, Weather(keep=0.5, tear=1.0))["f"]
        assert content[:start] == bytes(start)
        assert content[start + len(data) :] == bytes(5000 - start - len(data))
        for sector in range(0, 5000, SECTOR_SIZE):
            low, high = max(sector, start), min(sector + SECTOR_SIZE, start + len(data))
            if low < high:
                assert content[low:high] in (bytes(high - low), data[low - start : high - start])


def test_a_failed_sync_leaves_bytes_that_no_later_sync_brings_back() -> None:
    """The page cache marks pages clean after EIO: whether they are on the disk is decided once and for all."""
    trace = [Write(1, 0, b"A" * SECTOR_SIZE), Sync(1, ok=False), Write(1, 4096, b"B"), Sync(1, ok=True)]
    seen = set()
    for seed in range(40):
        platter = Platter([*trace], Random(seed))
        platter.advance(len(trace))
        content = platter.certain(1)
        assert content[4096:] == b"B"
        seen.add(content[:1])
    assert seen >= {b"A", b"\x00"}


@pytest.mark.parametrize("weather", WEATHERS)
def test_unsynced_names_may_be_there_or_not(weather: Weather, fast_path: Path) -> None:
    with Disk(fast_path) as disk:
        disk.number("new")
        platter = Platter(disk.trace, Random(0))
        platter.advance(len(disk.trace))
        found = {"new" in platter.cut(Random(seed), weather) for seed in range(60)}
    assert found == ({True} if weather.keep == 1.0 else {True, False})


@pytest.mark.parametrize(
    ("fault", "value", "healthy", "name"),
    [
        ("syncs", 1, 0, "SQLITE_IOERR_FSYNC"),
        ("writes", 1, 0, "SQLITE_IOERR_WRITE"),
        ("room_bytes", 100, FOR_EVER, "SQLITE_FULL"),
        ("read_only", True, False, "SQLITE_IOERR_WRITE"),
    ],
)
def test_faults_reach_the_caller_as_sqlite3_errors_and_heal(
    fault: str, value: int, healthy: int, name: str, fast_path: Path
) -> None:
    with Disk(fast_path) as disk:
        connection = open_connection(fast_path / "a.db", disk)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE blobs (body BLOB)")
        setattr(disk.faults, fault, value)
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("INSERT INTO blobs VALUES (?)", (bytes(20_000),))
        assert caught.value.sqlite_errorname == name
        setattr(disk.faults, fault, healthy)
        connection.execute("INSERT INTO blobs VALUES (?)", (bytes(20_000),))
        assert connection.execute("SELECT count(*) FROM blobs").fetchone() == (1,)
        connection.close()


def test_read_only_disk_opens_for_reading(fast_path: Path) -> None:
    with Disk(fast_path) as disk:
        connection = open_connection(fast_path / "a.db", disk)
        connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        connection.close()
        disk.faults.read_only = True
        connection = open_connection(fast_path / "a.db", disk)
        assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (0,)
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("INSERT INTO numbers VALUES (1)")
        assert caught.value.sqlite_errorname == "SQLITE_READONLY"
        connection.close()


def test_a_cache_that_forgets_shows_the_old_bytes_after_a_failed_sync(fast_path: Path) -> None:
    with Disk(fast_path) as disk:
        connection = open_connection(fast_path / "a.db", disk)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        before = (fast_path / "a.db-wal").read_bytes()
        disk.faults.syncs, disk.faults.forgets = 1, True
        with pytest.raises(sqlite3.OperationalError):
            connection.execute("INSERT INTO numbers VALUES (1)")
        assert (fast_path / "a.db-wal").read_bytes() == before
        connection.close()


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT * FROM absent", sqlite3.OperationalError),
        ("INSERT INTO numbers VALUES (1)", sqlite3.IntegrityError),
        ("INSERT INTO numbers VALUES ('x')", sqlite3.IntegrityError),
    ],
)
def test_apsw_errors_are_those_of_the_standard_library(sql: str, error: type[sqlite3.Error]) -> None:
    names = []
    for connection in (open_connection(":memory:"), sqlite3.connect(":memory:", isolation_level=None)):
        connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO numbers VALUES (1)")
        with pytest.raises(error) as caught:
            connection.execute(sql)
        names.append(caught.value.sqlite_errorname)
        connection.close()
    assert names[0] == names[1]
