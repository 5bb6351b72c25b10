from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import ClaimTaken, JournalError, VersionMoved
from lineside.runtime.journal import Append, HealthState
from lineside.runtime.journal.writer import Writer
from tests.runtime.journal.scene import NOW, Faults, Noted, error, one, opened, rows_of
from tests.support.wait import until


async def outcomes(futures: list[asyncio.Future[Any]]) -> list[Any]:
    return list(await asyncio.gather(*futures, return_exceptions=True))


async def test_what_was_asked_in_one_turn_is_one_commit(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        faults.statements.clear()
        done = await outcomes([journal.submit(one(f"s{n}", n)) for n in range(100)])
        assert [appended.first_seq for appended in done] == list(range(1, 101))
        assert faults.statements.count("COMMIT") == 1


async def test_a_batch_closes_at_its_limit_and_an_append_is_never_split(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults, batch_events_max=10) as journal:
        faults.statements.clear()
        appends = [Append((("a", Noted(n)),) * size, NOW) for n, size in enumerate((4, 4, 4, 25, 1, 9, 1))]
        await outcomes([journal.submit(append) for append in appends])
        assert faults.statements.count("COMMIT") == 5  # 4+4 | 4 | 25 | 1+9 | 1


async def test_one_refusal_does_not_touch_the_others_of_its_batch(folder: Path) -> None:
    async with opened(folder / "journal.db") as journal:
        await journal.append(one("a", 0, claims=("c",)))
        futures = [
            journal.submit(one("a", 1, expected={"a": 1})),
            journal.submit(one("a", 2, expected={"a": 1})),
            journal.submit(Append((("b", Noted(3)), ("a", Noted(3))), NOW, {"b": 7})),
            journal.submit(one("b", 4, claims=("c",))),
            journal.submit(one("b", 5)),
        ]
        first, moved, both, taken, last = await outcomes(futures)
        assert first.versions == {"a": 2}
        assert isinstance(moved, VersionMoved)
        assert isinstance(both, VersionMoved)
        assert isinstance(taken, ClaimTaken)
        assert last.versions == {"b": 1}
        assert [r.event for r in await journal.events()] == [Noted(0), Noted(1), Noted(5)]


@pytest.mark.parametrize("word", ["BEGIN", "INSERT INTO events", "COMMIT"])
async def test_a_failed_commit_refuses_all_and_the_next_batch_is_well(folder: Path, word: str) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        await journal.append(one("a", 0))
        faults.fail(word, error(10, "disk I/O error"))
        refused = await outcomes([journal.submit(one("a", 1)), journal.submit(one("a", 9, expected={"a": 5}))])
        assert all(isinstance(found, JournalError) and not isinstance(found, VersionMoved) for found in refused)
        assert (await journal.append(one("a", 2, expected={"a": 1}))).first_seq == 2
        assert journal.health.state is HealthState.OK
        assert [r.event for r in await journal.events()] == [Noted(0), Noted(2)]


async def test_a_build_that_answers_before_the_commit_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken build: the answers go out, then the commit is tried. The test above must fail with it."""
    real = Writer._commit

    def early(self: Any, batch: Any) -> None:
        self.store.begin()
        plan = self.store.plan([item for item in batch if hasattr(item, "events")])
        self.store.rollback()
        self._answer(list(plan.done), list(plan.refused), [])
        real(self, batch)

    monkeypatch.setattr(Writer, "_commit", early)
    with pytest.raises(AssertionError):
        await test_a_failed_commit_refuses_all_and_the_next_batch_is_well(folder, "COMMIT")


async def test_a_fault_of_our_own_refuses_the_batch_and_not_the_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(folder / "journal.db") as journal:
        states: list[HealthState] = []
        journal.on_health(lambda health: states.append(health.state))

        def fail(*_: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("lineside.runtime.journal.store.Store.write", fail)
        with pytest.raises(JournalError, match="ZeroDivisionError"):
            await journal.append(one("a", 1))
        monkeypatch.undo()
        await journal.append(one("a", 2))
        assert states == []


async def test_the_wal_is_carried_over_when_it_is_long(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults, wal_pages_max=20) as journal:
        faults.statements.clear()
        for number in range(40):
            await journal.append(one("a", Noted(number, "x" * 3000)))
        count = faults.statements.count("PRAGMA wal_checkpoint(PASSIVE)")
        assert 3 <= count <= 10
        assert (folder / "journal.db-wal").stat().st_size < 60 * 4200


async def test_a_wal_that_cannot_be_carried_over_is_a_failed_disk(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults, wal_pages_max=5) as journal:
        told: list[HealthState] = []
        journal.on_health(lambda health: told.append(health.state))
        faults.fail("PRAGMA wal_checkpoint", error(10, "disk I/O error"), times=2)
        await journal.append(one("a", Noted(1, "x" * 9000)))
        await until(lambda: HealthState.FAILED in told and journal.health.state is HealthState.OK)
        await journal.append(one("a", 2, expected={"a": 1}))


async def test_checkpoints_are_signed_by_the_clock_and_when_many_streams_changed(folder: Path) -> None:
    async with opened(folder / "1.db", checkpoint_s=0.05) as journal:
        await journal.append(one("a", 1))
        path = folder / "1.db"
        await until(lambda: rows_of(path, "SELECT count(*) FROM checkpoints")[0][0] == 1)
        await journal.append(one("a", 2))
        await until(lambda: rows_of(path, "SELECT count(*) FROM checkpoints")[0][0] == 2)
    async with opened(folder / "2.db", checkpoint_streams_max=3) as journal:
        for number in range(7):
            await journal.append(one(f"s{number}", 1))
        await until(lambda: rows_of(folder / "2.db", "SELECT count(*) FROM checkpoints")[0][0] == 2)


async def test_closing_finishes_what_was_asked_and_signs_it(folder: Path) -> None:
    path = folder / "journal.db"
    async with opened(path) as journal:
        futures = [journal.submit(one("a", number)) for number in range(600)]
    assert [(await future).first_seq for future in futures] == list(range(1, 601))
    assert rows_of(path, "SELECT max(seq) FROM checkpoints") == [(600,)]
    assert journal.health.state is HealthState.CLOSED
    assert not (folder / "journal.db-wal").exists()


async def test_a_job_shares_the_commit_and_one_alone_does_not(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        faults.statements.clear()
        do = journal._recording.do
        futures: list[Any] = [
            journal.submit(one("a", 1)),
            do(lambda connection: connection.execute("SELECT 7").fetchone()[0]),
            journal.submit(one("a", 2)),
            do(lambda writer: isinstance(writer, Writer), alone=True),
            journal.submit(one("a", 3)),
        ]
        found = await outcomes(futures)
        assert (found[1], found[3]) == (7, True)
        assert faults.statements.count("COMMIT") == 2


async def test_a_job_that_fails_takes_its_batch_along_and_nothing_else(folder: Path) -> None:
    async with opened(folder / "journal.db") as journal:
        append = journal.submit(one("a", 1))
        job = journal._recording.do(lambda connection: connection.execute("SELECT * FROM absent"))
        refused = await outcomes([append, job])
        assert all(isinstance(found, JournalError) for found in refused)
        await journal.append(one("a", 2, expected={"a": 0}))
        with pytest.raises(JournalError, match="no such table"):
            await journal._recording.do(lambda w: w.store.connection.execute("SELECT * FROM absent"), alone=True)
        await journal.append(one("a", 3, expected={"a": 1}))


async def test_only_one_connection_ever_writes_and_it_closes_last(folder: Path) -> None:
    faults = Faults()
    closed: list[str] = []
    async with opened(folder / "journal.db", faults) as journal:
        await journal.append(one("a", 1))
        assert await journal.events()
        assert faults.open_connections == 2
        reader = journal._reader._connection
        writer = journal._writer.store.connection
        for name, connection in (("reader", reader), ("writer", writer)):
            real = connection.close

            def close(name: str = name, real: Any = real) -> None:
                closed.append(name)
                real()

            connection.close = close
    assert closed == ["reader", "writer"]
    assert faults.open_connections == 0


def test_the_code_of_sqlite_says_what_kind_of_fault_it_was() -> None:
    assert sqlite3.SQLITE_FULL == 13
