"""Bit flips and cut files at many places: met as damage or found by verify, never a crash, and repair goes on."""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from lineside.errors import JournalDamaged, JournalError
from lineside.runtime.journal import (
    Cursor,
    EraOpened,
    HealthState,
    HistoryLost,
    Parked,
    RepairReport,
    repair,
    verify,
)
from lineside.runtime.journal.era import EraMark, era_of, mark_path, read_mark, seq_floor, write_mark
from lineside.runtime.step import Personal, Secret
from tests.runtime.journal.scene import KEYS, NOW, Noted, Whispered, change, filled, one, opened, rows_of

SEED = 20260304


def state_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


async def test_a_dry_run_names_what_would_go_and_changes_nothing(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 60)
    change(path, "UPDATE events SET data = x'00' WHERE seq IN (17, 18)")
    before = state_of(folder)
    report = repair(path, KEYS)
    assert state_of(folder) == before
    assert (report.dry_run, report.kept_events, report.era, report.aside) == (True, 58, 2, "")
    assert [(one.stream, one.first, one.last, one.after_seq, one.before_seq) for one in report.lost] == [
        ("ward/1", 4, 4, 12, 22),
        ("ward/2", 4, 4, 13, 23),
    ]
    assert report.lost_events == 2


async def test_repair_keeps_what_is_beyond_doubt_and_opens_an_era(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 60)
    async with opened(path) as journal:
        await journal.append(one("ward/1", Whispered(Secret("s"), {"p": Personal("maria", "p/1")})))
        await journal.move_cursor("rows", Cursor(41, frozenset({43})), parked=[Parked(40, "ward/4", "no", 3, NOW)])
        before = {(r.stream, r.version): (r.seq, r.hash) for r in await journal.events()}
    change(path, "UPDATE events SET data = x'00' WHERE seq = 17")
    change(path, "DELETE FROM events WHERE seq IN (30, 35)")
    report = repair(path, KEYS, dry_run=False, reason="bits flipped", now=NOW)
    assert {(lost.stream, lost.first, lost.last) for lost in report.lost} == {("ward/1", 4, 4), ("ward/4", 6, 8)}
    assert report.kept_events == 61 - 4
    assert (report.claims, report.sinks, report.cut_tables, report.contradictions) == (6, 1, (), ())
    assert verify(Path(report.aside), KEYS).problem_count > 0
    assert verify(path, KEYS).ok, verify(path, KEYS).problems
    async with opened(path) as journal:
        assert journal.health.state is HealthState.OK
        assert journal.health.era == 2
        for recorded in await journal.events(before=1000):
            assert before[recorded.stream, recorded.version] == (recorded.seq, recorded.hash)
        news = await journal.events(after=1000)
        assert news[0].seq == seq_floor(2) + 1
        assert {r.stream: r.version for r in news} == {"ward/1": 14, "ward/4": 13, "lineside/journal": 1}
        told = [r.event for r in news]
        assert [(gap.first, gap.last) for e in told if isinstance(e, HistoryLost) for gap in e.gaps] == [(4, 4), (6, 8)]
        assert told[-1] == EraOpened(2, "repair", "bits flipped", 4, NOW)
        assert await journal.cursor("rows") == Cursor(41, frozenset({43}))
        assert [parked.seq for parked in await journal.parked("rows")] == [40]
        assert await journal.claimed("c29") == 30, "the claim of a lost event is still taken"
        assert (await journal.read("ward/1", after=12))[0].masked()["params"] == {"p": "…ia"}
        _, events = await journal.replay("ward/1")
        assert [r.version for r in events] == [1, 2, 3, *range(5, 15)]
        assert (await journal.append(one("ward/1", 1, expected={"ward/1": 14}))).first_seq > seq_floor(2)


async def test_no_seq_is_used_twice_whatever_was_lost(folder: Path) -> None:
    """The end of the file, the whole file, the file and its mark: numbers only ever go up."""
    path = folder / "journal.db"
    used: set[int] = set()

    async def work() -> None:
        async with opened(path) as journal:
            assert journal.health.state is HealthState.OK, journal.health
            for number in range(5):
                seq = (await journal.append(one("a", number))).first_seq
                assert seq not in used
                used.add(seq)
            await journal.move_cursor("rows", Cursor(journal.health.recorded_seq + 1))

    await work()
    change(path, "DELETE FROM events WHERE seq >= 3")
    change(path, "DELETE FROM places WHERE seq >= 3")
    report = repair(path, KEYS, dry_run=False)
    assert report.era == 2
    await work()
    path.unlink()
    assert repair(path, KEYS, dry_run=False).era == 3
    await work()
    mark_path(path).unlink()
    change(path, "UPDATE meta SET value = 1 WHERE key = 'era'")
    change(path, "DELETE FROM events")
    assert repair(path, KEYS, dry_run=False).era == 4, "the sink's cursor knows"
    await work()


async def test_a_file_that_says_nothing_gives_way_to_an_empty_one(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 10)
    path.write_bytes(b"\x00" * 50_000)
    async with opened(path) as journal:
        assert journal.health.state is HealthState.DAMAGED
    report = repair(path, KEYS, dry_run=False, now=NOW)
    assert "not a database" in report.reason
    assert report.kept_events == 0
    assert state_of(folder)[Path(report.aside).name] == b"\x00" * 50_000
    async with opened(path) as journal:
        assert (await journal.append(one("ward/1", 1))).first_seq > seq_floor(2)
        (opened_event,) = [r.event for r in await journal.events(kind="EraOpened")]
        assert isinstance(opened_event, EraOpened)
        assert "not a database" in opened_event.reason


async def test_a_sound_journal_can_be_repaired_and_loses_nothing(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 30)
    before = rows_of(path, "SELECT * FROM events")
    report = repair(path, KEYS, dry_run=False)
    assert (report.lost, report.kept_events) == ((), 30)
    assert rows_of(path, "SELECT * FROM events")[:30] == before
    assert verify(path, KEYS).ok


async def test_events_that_were_changed_with_all_their_hashes_are_told(folder: Path) -> None:
    path, other = folder / "journal.db", folder / "other.db"
    await filled(path, 10, 1)
    await filled(other, 10, 1)
    for table in ("events", "forms"):
        change(path, f"DELETE FROM {table}")
        for row in rows_of(other, f"SELECT * FROM {table}"):
            change(path, f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    report = repair(path, KEYS)
    assert report.contradictions == ("ward/0 version 10 (event 10) is not the one that was signed",)


async def test_a_repair_that_cannot_write_leaves_everything(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "journal.db"
    await filled(path, 10)
    before = state_of(folder)

    def fail(*_: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sys.modules["lineside.runtime.journal.repair"], "begin_era", fail)
    with pytest.raises(JournalError, match="not repaired: database or disk is full"):
        repair(path, KEYS, dry_run=False)
    assert state_of(folder) == before


async def test_numbers_that_cannot_be_are_damage_like_the_rest(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 10)
    async with opened(path) as journal:
        for name in ("rows", "more"):
            await journal.move_cursor(name, Cursor(5))
    change(path, "UPDATE cursors SET low = 1 << 61 WHERE sink = 'more'")
    change(path, "UPDATE cursors SET done = 7 WHERE sink = 'rows'")
    change(path, "UPDATE meta SET value = 1 << 50 WHERE key = 'era'")
    change(path, "UPDATE claims SET seq = 'x'")
    async with opened(path) as journal:
        assert journal.health.state is HealthState.DAMAGED
    report = repair(path, KEYS, dry_run=False)
    assert (report.era, report.claims) == (2, 0)
    assert report.cut_tables == ("claims",)
    assert verify(path, KEYS).ok
    async with opened(path) as journal:
        assert [mark.sink for mark in await journal.sinks()] == ["rows"]


async def test_an_era_mark_ahead_of_the_file_is_damage_that_repair_ends(folder: Path) -> None:
    path = folder / "journal.db"
    await filled(path, 10)
    write_mark(path, EraMark(4, seq_floor(4) + 9))
    async with opened(path) as journal:
        assert journal.health.state is HealthState.DAMAGED
    assert repair(path, KEYS, dry_run=False).era == 5
    async with opened(path) as journal:
        assert journal.health.state is HealthState.OK
    mark = read_mark(path)
    assert mark is not None
    assert era_of(mark.seq) == 5


async def test_a_wal_left_by_a_kill_is_part_of_what_is_saved(folder: Path) -> None:
    path = folder / "journal.db"
    async with opened(path) as journal:
        for number in range(20):
            await journal.append(one("a", number))
        copy = folder / "copy"
        copy.mkdir()
        for name in ("journal.db", "journal.db-wal"):
            shutil.copy(folder / name, copy / name)
    report = repair(copy / "journal.db", KEYS, dry_run=False)
    assert (report.kept_events, report.lost) == (20, ())
    assert Path(report.aside).name + "-wal" in state_of(copy)


def clear(folder: Path) -> None:
    for file in folder.glob("journal.db*"):
        file.unlink()


async def use(path: Path) -> str:
    """Open a journal, read all of it, write to it; whatever is wrong with it is a state or a JournalError."""
    try:
        async with opened(path) as journal:
            if journal.health.state is not HealthState.OK:
                return journal.health.state.value
            for head in await journal.streams():
                await journal.replay(head.stream)
            for recorded in await journal.events():
                recorded.masked()
            await journal.append(one("ward/1", Noted(1)))
            return journal.health.state.value
    except JournalDamaged:
        return "damaged"
    except JournalError as error:
        return str(error)


def flip(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def is_saved(report: RepairReport, before: dict[tuple[str, int], bytes], path: Path) -> bool:
    """Every event that is kept is one that was recorded, unchanged."""
    sql = """SELECT s.name, e.version, e.hash FROM events e JOIN streams s ON s.id = e.stream WHERE e.seq < 1000"""
    return all(before.get((stream, version)) == hashed for stream, version, hashed in rows_of(path, sql))


@pytest.mark.parametrize("part", range(4))
async def test_flipped_bits_anywhere_are_met_or_found_and_can_be_repaired(folder: Path, part: int) -> None:
    dice = random.Random(SEED + part)
    path = folder / "journal.db"
    await filled(path, 120, 7, index_lag_events_max=50)
    content = path.read_bytes()
    sql = "SELECT s.name, e.version, e.hash FROM events e JOIN streams s ON s.id = e.stream"
    before = {(stream, version): hashed for stream, version, hashed in rows_of(path, sql)}
    places = [*range(0, 112, 9)] if part == 0 else []
    places += [dice.randrange(len(content)) for _ in range(18)]
    met = 0
    for place in places:
        wrong = flip(content, place, dice.randrange(8))
        path.write_bytes(wrong)
        report = verify(path, KEYS)
        said = await use(path)
        path.write_bytes(wrong)
        if said == "damaged":
            met += 1
            assert not report.ok or place < 100, f"seed {SEED + part} place {place}"
        mark = read_mark(path)
        repaired = repair(path, KEYS, dry_run=False)
        assert verify(path, KEYS).ok, f"seed {SEED + part} place {place}: {verify(path, KEYS).problems}"
        assert is_saved(repaired, before, path), f"seed {SEED + part} place {place}"
        assert mark is not None
        assert repaired.era > mark.era
        assert await use(path) == "ok"
        clear(folder)
        write_mark(path, EraMark(1, 120))
    assert met


async def test_a_file_cut_anywhere_is_met_and_can_be_repaired(folder: Path) -> None:
    dice = random.Random(SEED)
    path = folder / "journal.db"
    await filled(path, 120, 7)
    content = path.read_bytes()
    for size in [0, 1, 99, 100, 4096, 4097, 8192, *(dice.randrange(len(content)) for _ in range(12))]:
        path.write_bytes(content[:size])
        assert not verify(path, KEYS).ok
        assert await use(path) == "damaged", f"cut at {size}"
        assert len(path.read_bytes()) == size, "a damaged file is not changed"
        repair(path, KEYS, dry_run=False)
        assert verify(path, KEYS).ok
        assert await use(path) == "ok"
        clear(folder)
        write_mark(path, EraMark(1, 120))


async def test_a_wal_cut_or_flipped_is_what_sqlite_recovers_or_damage(folder: Path) -> None:
    dice = random.Random(SEED)
    path = folder / "journal.db"
    async with opened(path) as journal:
        for number in range(30):
            await journal.append(one("a", number))
        base, wal = path.read_bytes(), (folder / "journal.db-wal").read_bytes()
    for _ in range(25):
        place = dice.randrange(len(wal))
        wrong = wal[:place] if dice.random() < 0.5 else flip(wal, place, 3)
        clear(folder)
        path.write_bytes(base)
        (folder / "journal.db-wal").write_bytes(wrong)
        assert await use(path) in ("ok", "damaged")
        assert verify(path, KEYS).ok or await use(path) == "damaged"
