from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from lineside.runtime.journal import Append, Carried, Cursor, Gap, HistoryLost, Keys, VerifyReport, verify
from lineside.runtime.journal import verify as verify_function
from lineside.runtime.journal.chain import ZERO, event_hash
from lineside.runtime.journal.era import EraMark, mark_path, write_mark
from lineside.runtime.journal.verify import gaps_of
from tests.runtime.journal.scene import CATALOGUE, KEYS, NOW, Noted, change, filled, one, opened, rows_of


def kinds(report: VerifyReport) -> set[str]:
    return {problem.kind for problem in report.problems}


async def test_a_sound_journal_verifies_and_tells_what_was_looked_at(folder: Path) -> None:
    path = folder / "j.db"
    await filled(path, 60, 7)
    progress: list[tuple[int, int]] = []
    report = verify(path, KEYS, CATALOGUE, lambda done, last: progress.append((done, last)))
    assert report.ok, report
    assert (report.events, report.streams, report.last_seq, report.signed_seq, report.era) == (60, 7, 60, 60, 1)
    assert (report.checkpoints, report.gaps, report.problem_count) == (1, 0, 0)
    assert progress[-1] == (60, 60)


async def test_it_reads_beside_a_working_journal(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        for number in range(20):
            await journal.append(one("a", number))
        report = verify(folder / "j.db", KEYS)
        assert (report.ok, report.events, report.signed_seq) == (True, 20, 0)
        await journal.append(one("a", 20))


CHANGES = {
    "UPDATE events SET data = CAST('{\"number\":7}' AS BLOB) WHERE seq = 15": {"hash"},
    "UPDATE events SET at = at + 1 WHERE seq = 15": {"hash"},
    "UPDATE events SET hash = zeroblob(32) WHERE seq = 15": {"hash"},
    "UPDATE events SET version = 99 WHERE seq = 15": {"hole", "hash", "order", "index", "head"},
    "UPDATE events SET stream = 2 WHERE seq = 15": {"hole", "hash", "order", "index", "head"},
    "UPDATE events SET stream = 77 WHERE seq = 15": {"name", "hole", "index"},
    "UPDATE events SET form = 77 WHERE seq = 15": {"name", "hole", "index"},
    "UPDATE events SET seq = 500 WHERE seq = 15": {"hole", "hash", "order", "index", "head"},
    "UPDATE events SET data = 5 WHERE seq = 15": {"hash"},
    "DELETE FROM events WHERE seq = 15": {"hole", "index"},
    "DELETE FROM events WHERE seq = 60": {"head", "index", "file"},
    "DELETE FROM events WHERE stream = 3": {"head", "index"},
    "UPDATE streams SET name = 'other' WHERE id = 3": {"hash", "head"},
    "UPDATE forms SET kind = 'Lost' WHERE kind = 'Noted'": {"hash"},
    "UPDATE forms SET origin = 'x'": {"hash"},
    "DELETE FROM places WHERE seq = 15": {"index"},
    "UPDATE places SET seq = 16 WHERE seq = 15": {"index"},
    "UPDATE checkpoints SET signature = zeroblob(64)": {"signature"},
    "UPDATE checkpoints SET body = CAST(replace(body, '60', '59') AS BLOB)": {"signature"},
    "UPDATE checkpoints SET key_id = '00000000'": {"signature"},
    "UPDATE cursors SET low = 62": {"sink"},
    "UPDATE meta SET value = 0 WHERE key = 'era'": {"file"},
}


@pytest.mark.parametrize("sql", CHANGES)
async def test_every_change_behind_its_back_is_found(folder: Path, sql: str) -> None:
    path = folder / "j.db"
    await filled(path, 60, 7, index_lag_events_max=10)
    async with opened(path) as journal:
        await journal.move_cursor("rows", Cursor(5))
    assert verify(path, KEYS).ok
    change(path, sql)
    report = verify(path, KEYS)
    assert not report.ok
    assert kinds(report) & CHANGES[sql], report.problems
    assert report.problem_count >= len(report.problems) > 0


async def test_a_rewritten_history_is_found_by_what_was_signed(folder: Path) -> None:
    """Somebody who can write the file makes all hashes anew; he cannot sign."""
    path = folder / "j.db"
    await filled(path, 20, 1)
    await filled(folder / "other.db", 20, 1)
    for table in ("events", "forms"):
        change(path, f"DELETE FROM {table}")
        for row in rows_of(folder / "other.db", f"SELECT * FROM {table}"):
            change(path, f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    report = verify(path, KEYS)
    assert kinds(report) == {"head"}
    assert report.signed_seq == 0


async def test_a_build_whose_signatures_are_not_looked_at_is_caught(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken build: every signature holds. The test of changes must fail with it."""
    monkeypatch.setattr(Keys, "is_signed", lambda *_: True)
    with pytest.raises(AssertionError):
        await test_every_change_behind_its_back_is_found(folder, "UPDATE checkpoints SET signature = zeroblob(64)")


async def test_a_checkpoint_taken_out_of_the_middle_is_noticed(folder: Path) -> None:
    path = folder / "j.db"
    for _ in range(3):
        await filled(path, 5)
    change(path, "DELETE FROM checkpoints WHERE id = 2")
    report = verify(path, KEYS)
    assert "signature" in kinds(report)


async def test_events_hidden_from_a_checkpoint_are_noticed(folder: Path) -> None:
    path = folder / "j.db"
    await filled(path, 5, 5)
    await filled(path, 5, 1)
    change(path, "UPDATE checkpoints SET seq = 10")
    assert verify(path, KEYS).ok, "the signed body counts, not the column"


@pytest.mark.parametrize(
    ("gap", "deleted", "ok"),
    [
        ((1, 6), (1, 6), True),
        ((1, 6), (4, 6), True),  # a deletion that was cut off: the newest went first
        ((1, 6), (1, 3), False),
        ((2, 6), (1, 6), False),
        ((1, 5), (1, 6), False),
    ],
)
async def test_a_named_gap_is_stepped_over_and_nothing_else(
    folder: Path, gap: tuple[int, int], deleted: tuple[int, int], ok: bool
) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        for number in range(10):
            await journal.append(one("a", number))
        await journal.checkpoint()
        hashes = {r.version: r.hash.hex() for r in await journal.read("a")}
        await journal.append(one("a", Carried(10, {}, (Gap(*gap, hashes[gap[1]], gap[1]),))))
    for table in ("events", "places"):
        change(path, f"DELETE FROM {table} WHERE version BETWEEN ? AND ?", deleted)
    report = verify(path, KEYS)
    assert report.ok is ok, report.problems
    assert report.gaps == 1


async def test_a_gap_with_the_wrong_hash_does_not_help(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        await journal.append(Append((("a", Noted(1)), ("a", Noted(2)), ("a", Noted(3))), NOW))
        await journal.append(one("a", Carried(3, {}, (Gap(1, 2, "00" * 32),))))
    change(path, "DELETE FROM events WHERE version <= 2")
    change(path, "DELETE FROM places WHERE version <= 2")
    assert kinds(verify(path, KEYS)) == {"hash"}


async def test_a_file_that_cannot_be_read_is_a_report_and_not_a_crash(folder: Path) -> None:
    path = folder / "j.db"
    assert "is not there" in verify(path, KEYS).problems[0].text
    path.write_bytes(b"no database at all" * 1000)
    assert kinds(verify(path, KEYS)) == {"file"}
    path.unlink()
    await filled(path, 60)
    path.write_bytes(path.read_bytes()[:9000])
    assert not verify(path, KEYS).ok
    change(folder / "new.db", "CREATE TABLE x (y)")
    assert "schema 0" in verify(folder / "new.db", KEYS).problems[0].text


async def test_events_that_were_not_in_a_checkpoint_of_changes_are_told(folder: Path) -> None:
    """Somebody puts a stream of his own below an event that was signed later."""
    path = folder / "j.db"
    await filled(path, 5, 1)
    await filled(path, 5, 1)
    change(path, "INSERT INTO streams VALUES (9, 'mine/1')")
    row = rows_of(path, "SELECT * FROM events WHERE seq = 7")[0]
    change(path, "UPDATE events SET seq = seq + 1 WHERE seq = 10")
    forged = event_hash(
        ZERO, 10, 1, row[3], 1, "Noted", rows_of(path, "SELECT max(origin) FROM forms")[0][0], "mine/1", b"{}"
    )
    form = rows_of(path, "SELECT max(id) FROM forms WHERE kind = 'Noted'")[0][0]
    change(path, "INSERT INTO events VALUES (10, 9, 1, ?, ?, ?, ?)", (row[3], form, forged, b"{}"))
    texts = [problem.text for problem in verify(path, KEYS).problems if problem.kind == "head"]
    assert any("are not in what was signed" in text for text in texts)


async def test_a_gap_that_ends_otherwise_than_was_signed_is_told(folder: Path) -> None:
    path = folder / "j.db"
    async with opened(path) as journal:
        for number in range(4):
            await journal.append(one("a", number))
        await journal.checkpoint()
        await journal.append(one("a", Carried(4, {}, (Gap(1, 4, "ab" * 32),))))
    for table in ("events", "places"):
        change(path, f"DELETE FROM {table} WHERE version <= 4")
    assert any("ends otherwise" in problem.text for problem in verify(path, KEYS).problems)


async def test_a_long_journal_is_read_in_pieces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["lineside.runtime.journal.verify"], "CHUNK_EVENTS_MAX", 7)
    await filled(folder / "j.db", 60)
    async with opened(folder / "j.db") as journal:
        for _ in range(20):
            await journal.append(one("a", HistoryLost((), "no")))
    report = verify(folder / "j.db", KEYS)
    assert (report.ok, report.events) == (True, 80)


async def test_the_mark_beside_the_file_counts_too(folder: Path) -> None:
    path = folder / "j.db"
    await filled(path, 5)
    write_mark(path, EraMark(1, 9))
    assert kinds(verify(path, KEYS)) == {"file"}
    mark_path(path).unlink()
    assert verify(path, KEYS).ok


async def test_columns_of_any_type_are_problems(folder: Path) -> None:
    wrong = {
        "events": "data",
        "checkpoints": "body",
        "meta": "value",
        "cursors": "low",
        "places": "seq",
        "forms": "kind",
    }
    for table, column in wrong.items():
        path = folder / f"{table}.db"
        await filled(path, 12)
        async with opened(path) as journal:
            await journal.move_cursor("rows", Cursor(5))
        change(path, f"UPDATE {table} SET {column} = 'x'")
        assert not verify(path, KEYS).ok, table


async def test_problems_are_counted_and_a_few_listed(folder: Path) -> None:
    path = folder / "j.db"
    await filled(path, 300)
    change(path, "UPDATE events SET hash = zeroblob(32)")
    report = verify_function(path, KEYS, structure=False)
    assert len(report.problems) == 200
    assert report.problem_count > 300


def test_gaps_are_read_from_stored_bytes_and_from_nothing_else() -> None:
    text = '{"version":3,"state":{"$sealed":"x"},"gaps":[{"first":1,"last":2,"last_hash":"%s"}]}'
    assert gaps_of((text % ("ab" * 32)).encode()) == (Gap(1, 2, "ab" * 32),)
    assert gaps_of((text % "zz").encode()) == ()
    bad: Any
    for bad in (b"{}", b"nothing", b'{"gaps":5}', 5, None):
        assert gaps_of(bad) == ()
