"""What happens when the disk says no: what is refused is not there, what is there was acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import JournalDamaged, JournalError, JournalFull
from lineside.runtime.journal import HealthState, Journal, JournalHealth, Keys, sqlite3_connect, verify
from lineside.runtime.journal.recovery import Recovery
from tests.runtime.journal.scene import KEYS, Faults, Noted, error, one, opened
from tests.support.wait import until

EIO = error(10, "disk I/O error")


async def attempt(journal: Journal, event: Noted) -> Exception | None:
    try:
        await journal.append(one("a", event))
    except JournalError as refusal:
        return refusal
    return None


async def test_a_full_disk_is_a_state_that_ends_when_there_is_room(folder: Path) -> None:
    connections: list[sqlite3.Connection] = []
    limit = 60

    def connect(path: str) -> sqlite3.Connection:
        connection = sqlite3_connect(path)
        connection.execute(f"PRAGMA max_page_count = {limit}")
        connections.append(connection)
        return connection

    told: list[JournalHealth] = []
    async with opened(folder / "journal.db", connect, retry_s_max=0.02) as journal:
        journal.on_health(told.append)
        recorded = 0
        while not isinstance(await attempt(journal, Noted(recorded, "x" * 2000)), JournalFull):
            recorded += 1
        assert journal.health.state is HealthState.FULL
        with pytest.raises(JournalFull):
            await journal.append(one("a", Noted(0, "x" * 9000)))
        assert len(await journal.events()) == recorded, "reading goes on"
        limit = 100_000
        for connection in connections:
            try:
                connection.execute(f"PRAGMA max_page_count = {limit}")
            except sqlite3.ProgrammingError:
                continue  # closed by now
        await until(lambda: journal.health.state is HealthState.OK)
        assert (await journal.append(one("a", Noted(0), expected={"a": recorded}))).first_seq == recorded + 1
    assert [health.state for health in told][:1] == [HealthState.FULL]
    assert verify(folder / "journal.db", KEYS).ok


async def test_a_read_only_database_is_a_state_that_an_append_ends(folder: Path) -> None:
    connections: list[sqlite3.Connection] = []

    def connect(path: str) -> sqlite3.Connection:
        connections.append(sqlite3_connect(path))
        return connections[-1]

    async with opened(folder / "journal.db", connect, retry_s_max=60.0) as journal:
        await journal.append(one("a", 1))
        connections[0].execute("PRAGMA query_only = 1")
        with pytest.raises(JournalError, match="read only"):
            await journal.append(one("a", 2))
        assert journal.health.state is HealthState.READ_ONLY
        connections[0].execute("PRAGMA query_only = 0")
        await journal.append(one("a", 3, expected={"a": 1}))
        assert journal.health.state is HealthState.OK


async def test_after_a_failed_sync_the_file_is_closed_opened_and_its_end_read(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        await journal.append(one("a", 1))
        writer = journal._writer.store.connection
        faults.statements.clear()
        faults.fail("COMMIT", EIO)
        with pytest.raises(JournalError):
            await journal.append(one("a", 2))
        assert journal._writer.store.connection is not writer
        said = [sql for sql in faults.statements if not sql.startswith("INSERT INTO events")]
        rolled_back, carried = said.index("ROLLBACK"), said.index("PRAGMA wal_checkpoint(TRUNCATE)")
        opened_again, read = (
            said.index("PRAGMA journal_mode = WAL"),
            said.index("SELECT hash FROM events WHERE seq = ?"),
        )
        assert rolled_back < carried < opened_again < read
        assert "COMMIT" not in said[:read]


async def test_while_the_wal_cannot_be_settled_everything_is_refused(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults, retry_s_max=60.0) as journal:
        await journal.append(one("a", 1))
        writer = journal._writer.store.connection

        def fail(sql: str) -> None:
            if sql == "COMMIT" or sql.startswith("PRAGMA wal_checkpoint"):
                raise EIO

        faults.before = fail
        for _ in range(3):
            with pytest.raises(JournalError):
                await journal.append(one("a", 2))
            assert journal.health.state is HealthState.FAILED
            assert journal._writer.store.connection is writer, "the connection that knows the true end stays"
        assert [r.event for r in await journal.events()] == [Noted(1)]
        faults.heal()
        assert (await journal.append(one("a", 3, expected={"a": 1}))).first_seq == 2
    assert verify(folder / "journal.db", KEYS).ok


async def test_an_error_after_the_commit_is_found_out_and_acknowledged(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        commits: list[Any] = []
        journal.on_commit(commits.extend)
        faults.fail("COMMIT", EIO, after=True)
        futures = [journal.submit(one("a", 1, claims=("c",))), journal.submit(one("a", 2, expected={"a": 9}))]
        job = journal._recording.do(lambda connection: None)
        found = await asyncio.gather(*futures, job, return_exceptions=True)
        assert found[0].first_seq == 1
        assert type(found[1]).__name__ == "VersionMoved"
        assert isinstance(found[2], JournalError)
        assert [commit[0] for commit in commits] == [1]
        await journal.append(one("a", 3, expected={"a": 1}))
        assert [r.event for r in await journal.events()] == [Noted(1), Noted(3)]


async def test_what_was_refused_and_turns_up_is_taken_out_again(folder: Path) -> None:
    """The commit is done, its error comes after it, and the file cannot be settled at once."""
    faults = Faults()
    async with opened(folder / "journal.db", faults, retry_s_max=60.0, index_lag_events_max=2) as journal:
        await journal.append(one("a", 1))

        def fail(sql: str) -> None:
            if sql == "COMMIT":
                faults.before = blocked
                raise EIO

        def blocked(sql: str) -> None:
            if sql.startswith("PRAGMA wal_checkpoint"):
                raise EIO

        faults.after = fail
        with pytest.raises(JournalError):
            await journal.append(one("a", 2, claims=("c",)))
        faults.heal()
        assert (await journal.append(one("a", 3, expected={"a": 1}, claims=("c",)))).first_seq == 2
        assert [r.event for r in await journal.events()] == [Noted(1), Noted(3)]
        assert await journal.claimed("c") == 2
    assert verify(folder / "journal.db", KEYS).ok


async def test_a_build_that_leaves_it_in_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken build: refused events that turn up stay. The test above must fail with it."""
    monkeypatch.setattr(Recovery, "_take_out", lambda self, plan: None)
    with pytest.raises((AssertionError, JournalError)):
        await test_what_was_refused_and_turns_up_is_taken_out_again(folder)


async def test_an_acknowledged_event_that_is_gone_is_damage(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        await journal.append(one("a", 1))
        await journal.append(one("a", 2))

        def fail(sql: str) -> None:
            if sql == "COMMIT":
                raise EIO
            if sql == "PRAGMA journal_mode = WAL":  # a disk that forgets
                other = sqlite3.connect(folder / "journal.db")
                other.execute("DELETE FROM events WHERE seq = 2")
                other.commit()
                other.close()

        faults.before = fail
        with pytest.raises(JournalDamaged, match="event 2 was acknowledged"):
            await journal.append(one("a", 3))
        assert journal.health.state is HealthState.DAMAGED
        with pytest.raises(JournalDamaged):
            await journal.append(one("a", 3))
        with pytest.raises(JournalDamaged):
            await journal.events()


async def test_a_build_that_does_not_read_the_end_back_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken build: the newest acknowledged event is not looked for. The test above must fail with it."""
    monkeypatch.setattr(Recovery, "_compare", lambda self, acknowledged, in_doubt: None)
    with pytest.raises((AssertionError, pytest.fail.Exception, JournalError)):
        await test_an_acknowledged_event_that_is_gone_is_damage(folder)


async def test_events_that_somebody_else_wrote_are_damage(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        await journal.append(one("a", 1))

        def fail(sql: str) -> None:
            if sql == "COMMIT":
                raise EIO
            if sql == "PRAGMA journal_mode = WAL":
                other = sqlite3.connect(folder / "journal.db")
                other.execute("INSERT INTO events SELECT 5, stream, 2, at, form, hash, data FROM events")
                other.commit()
                other.close()

        faults.before = fail
        with pytest.raises(JournalDamaged):
            await journal.append(one("a", 3))
        assert "never written by this process" in journal.health.reason or "hash" in journal.health.reason


async def test_housekeeping_that_meets_damage_ends_in_the_state_damaged(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults, wal_pages_max=1) as journal:
        await journal.append(one("a", 1))
        faults.fail("PRAGMA wal_checkpoint", error(11, "database disk image is malformed", sqlite3.DatabaseError))
        # The housekeeping of the first append may come before or after the second.
        with contextlib.suppress(JournalDamaged):
            await journal.append(one("a", 2))
        await until(lambda: journal.health.state is HealthState.DAMAGED)
        with pytest.raises(JournalDamaged):
            await journal.append(one("a", 3))


async def test_a_commit_that_meets_damage_is_refused_as_such(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        await journal.append(one("a", 1))
        faults.fail("COMMIT", error(11, "database disk image is malformed", sqlite3.DatabaseError))
        with pytest.raises(JournalDamaged):
            await journal.append(one("a", 2))
        with pytest.raises(JournalDamaged):
            await journal.append(one("a", 3))


async def test_a_full_journal_tries_again_until_there_is_room(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults, retry_s_max=0.02) as journal:
        faults.before = failing_with(error(13, "database or disk is full"), "INSERT INTO events", "INSERT INTO probe")
        with pytest.raises(JournalFull):
            await journal.append(one("a", 1))
        tries = len(faults.statements)
        await until(lambda: len(faults.statements) > tries + 6)
        assert journal.health.state is HealthState.FULL
        faults.heal()
        await until(lambda: journal.health.state is HealthState.OK)


async def test_an_era_mark_that_cannot_be_written_is_no_reason_to_stop(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr("lineside.runtime.journal.writer.write_mark", fail)
    async with opened(folder / "journal.db") as journal:
        await journal.append(one("a", 1))
        await journal.checkpoint()
        assert journal.health.state is HealthState.OK


async def test_a_rollback_that_fails_closes_and_opens_the_file(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults) as journal:
        await journal.append(one("a", 1))
        left = 1

        def fail(sql: str) -> None:
            nonlocal left
            if sql.startswith("INSERT INTO events"):
                raise EIO
            if sql == "ROLLBACK" and left:
                left -= 1
                raise EIO

        faults.before = fail
        with pytest.raises(JournalError):
            await journal.append(one("a", 2))
        faults.heal()
        await journal.append(one("a", 3, expected={"a": 1}))


async def test_taking_out_that_fails_is_tried_again(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults, retry_s_max=0.02) as journal:
        await journal.append(one("a", 1))
        blocked = failing("PRAGMA wal_checkpoint")

        def fail(sql: str) -> None:
            if sql == "COMMIT":
                faults.before = blocked
                raise EIO

        faults.after = fail
        with pytest.raises(JournalError):
            await journal.append(one("a", 2))
        faults.heal()
        faults.fail("DELETE FROM places", EIO)
        await until(lambda: journal.health.state is HealthState.OK)
        assert [r.event for r in await journal.events()] == [Noted(1)]


async def test_it_recovers_by_itself_without_an_append(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "journal.db", faults, retry_s_max=0.02) as journal:
        faults.before = failing("COMMIT", "PRAGMA wal_checkpoint")
        with pytest.raises(JournalError):
            await journal.append(one("a", 1))
        assert journal.health.state is HealthState.FAILED
        faults.heal()
        await until(lambda: journal.health.state is HealthState.OK)


def failing(*words: str) -> Any:
    return failing_with(EIO, *words)


def failing_with(fault: sqlite3.Error, *words: str) -> Any:
    def check(sql: str) -> None:
        if sql.startswith(words):
            raise fault

    return check


async def test_a_journal_that_cannot_be_opened_yet_opens_when_it_can(folder: Path) -> None:
    faults = Faults()
    faults.before = failing("PRAGMA journal_mode")
    async with opened(folder / "journal.db", faults, retry_s_max=0.02) as journal:
        assert journal.health.state is HealthState.FAILED
        with pytest.raises(JournalError, match="failed"):
            await journal.append(one("a", 1))
        with pytest.raises(JournalError):
            await journal.events()
        faults.heal()
        await until(lambda: journal.health.state is HealthState.OK)
        await journal.append(one("a", 1))


async def test_a_missing_folder_is_a_state_too(folder: Path) -> None:
    async with opened(folder / "absent" / "journal.db", retry_s_max=0.02) as journal:
        assert journal.health.state is HealthState.FAILED
        (folder / "absent").mkdir()
        await until(lambda: journal.health.state is HealthState.OK)


async def test_a_connection_that_was_opened_read_only_gives_way_to_one_that_writes(folder: Path) -> None:
    path = folder / "journal.db"
    async with opened(path) as journal:
        await journal.append(one("a", 1))
    is_read_only = True

    def connect(name: str) -> sqlite3.Connection:
        if not is_read_only:
            return sqlite3_connect(name)
        uri = f"file:{name}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    async with opened(path, connect, retry_s_max=60.0) as journal:
        assert journal.health.state is HealthState.READ_ONLY
        assert len(await journal.events()) == 1
        with pytest.raises(JournalError, match="read only"):
            await journal.append(one("a", 2))
        is_read_only = False
        assert (await journal.append(one("a", 3, expected={"a": 1}))).first_seq == 2


async def test_what_was_recorded_can_be_read_while_nothing_can_be_written(folder: Path) -> None:
    async with opened(folder / "journal.db") as journal:
        await journal.append(one("a", 1))
    faults = Faults()
    faults.before = failing("INSERT INTO probe")
    async with opened(folder / "journal.db", faults, retry_s_max=60.0) as journal:
        assert journal.health.state is HealthState.FAILED
        assert len(await journal.events()) == 1
        with pytest.raises(JournalError):
            await journal.append(one("a", 2))


async def test_a_person_who_comes_with_other_keys_can_still_open_the_file(folder: Path) -> None:
    async with opened(folder / "journal.db") as journal:
        await journal.append(one("a", 1))
    assert not verify(folder / "journal.db", Keys.generate()).ok
