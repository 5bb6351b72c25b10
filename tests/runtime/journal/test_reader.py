from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lineside.errors import JournalDamaged, JournalError
from lineside.runtime.journal import HealthState
from lineside.runtime.journal.reader import Wanted, end_of_prefix
from lineside.runtime.step import Personal, Secret
from tests.runtime.journal.scene import Faults, Noted, Whispered, change, error, filled, one, opened


async def test_a_read_that_fails_says_so_and_the_next_one_is_tried_anew(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        await journal.append(one("a", 1))
        faults.fail("SELECT e.seq", error(10, "disk I/O error"))
        with pytest.raises(JournalError, match="could not be read"):
            await journal.events()
        assert len(await journal.events()) == 1
        assert journal.health.state is HealthState.OK
        assert faults.open_connections == 2


async def test_a_read_that_meets_damage_makes_the_journal_damaged(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        await journal.append(one("a", 1))
        faults.fail("SELECT e.seq", error(11, "database disk image is malformed", sqlite3.DatabaseError))
        with pytest.raises(JournalDamaged):
            await journal.events()
        assert journal.health.state is HealthState.DAMAGED
        with pytest.raises(JournalDamaged):
            await journal.append(one("a", 2))


async def test_a_read_is_bounded_in_bytes_and_holds_no_transaction(folder: Path) -> None:
    async with opened(folder / "j.db", read_bytes_max=5000, wal_pages_max=1) as journal:
        for number in range(20):
            await journal.append(one("a", Noted(number, "x" * 1000)))
        assert len(await journal.events()) == 5
        assert len(await journal.read("a", after=3)) == 5
        assert [r.version for r in await journal.events(kind="Noted")] == list(range(1, 21))
        await journal.append(one("a", Noted(21, "x" * 9000)))
        assert len(await journal.read("a", after=20)) == 1, "one event always fits"
        assert not journal._reader._connection.in_transaction


@pytest.mark.parametrize("newest", [False, True])
async def test_a_flipped_bit_is_met_when_a_stream_is_read(folder: Path, newest: bool) -> None:
    await filled(folder / "j.db", 60)
    change(folder / "j.db", "UPDATE events SET data = CAST(replace(data, '26', '27') AS BLOB) WHERE seq = 27")
    async with opened(folder / "j.db", open_check_events_max=5) as journal:
        assert len(await journal.read("ward/0")) == 12
        with pytest.raises(JournalDamaged, match="event 27"):
            await journal.events(unit="ward/1", newest=newest)
        assert journal.health.state is HealthState.DAMAGED


@pytest.mark.parametrize("column", ["at", "hash", "data", "version", "form"])
async def test_columns_of_any_type_are_damage_and_never_a_crash(folder: Path, column: str) -> None:
    await filled(folder / "j.db", 60)
    change(folder / "j.db", f"UPDATE events SET {column} = 'text' WHERE seq = 27")
    async with opened(folder / "j.db", open_check_events_max=5) as journal:
        with pytest.raises(JournalDamaged):
            await journal.read("ward/1")


async def test_reads_of_one_stream_see_what_is_indexed_and_what_is_not(folder: Path) -> None:
    for lag in (1, 7, 1000):
        async with opened(folder / f"{lag}.db", index_lag_events_max=lag) as journal:
            for number in range(30):
                await journal.append(one(f"s/{number % 3}", number))
            found = await journal.read("s/1", after=2, limit=5)
            assert [(r.version, r.event) for r in found] == [(v, Noted(1 + 3 * (v - 1))) for v in range(3, 8)]
            assert [r.version for r in await journal.events(unit="s/2", newest=True, limit=3)] == [10, 9, 8]
            assert [r.seq for r in await journal.events(unit="s/0", after=20, before=26)] == [22, 25]
            heads = await journal.streams("s/")
            assert [(h.stream, h.version, h.seq) for h in heads] == [("s/0", 10, 28), ("s/1", 10, 29), ("s/2", 10, 30)]


async def test_a_persons_key_that_does_not_open_leaves_the_event_sealed(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await journal.append(one("a", Whispered(Secret("x"), {"p": Personal("y", "p/1")})))
    change(folder / "j.db", "UPDATE people SET sealed = 'v1.00000000.AAAA'")
    async with opened(folder / "j.db") as journal:
        (found,) = await journal.events()
        assert found.masked() == {"code": "…", "params": {"p": "…"}}


def test_what_is_wanted_knows_its_stream_when_it_can() -> None:
    assert Wanted().stream is None
    assert Wanted(unit="a/b").stream == "a/b"
    assert Wanted(gateway="a", unit="b").stream == "a/b"
    assert Wanted(gateway="a", unit="a/b").stream == "a/b"
    assert Wanted(gateway="a", unit="x/b").stream is None, "it can have none"
    assert Wanted(unit="b").stream is None
    assert Wanted().where() == ("", [])


def test_the_end_of_a_prefix_is_behind_all_that_begin_with_it() -> None:
    for name in ("a", "a/", "a/zzz", "a\U0010fffe"):
        assert "a" <= name < end_of_prefix("a")
    assert end_of_prefix("a") < "b"
    assert end_of_prefix("") > "zzz"


async def test_a_closed_journal_is_not_read(folder: Path) -> None:
    await filled(folder / "j.db", 1)
    async with opened(folder / "j.db") as journal:
        reader = journal._reader
    with pytest.raises(JournalError, match="closed"):
        reader.one("SELECT 1")
