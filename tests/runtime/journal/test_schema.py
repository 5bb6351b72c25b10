from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import ConfigError
from lineside.runtime.journal import HealthState, Journal, sqlite3_connect
from lineside.runtime.journal.schema import APPLICATION_ID, MIGRATIONS, connect_to_read, migrate, open_reading, set_up
from tests.runtime.journal.scene import CATALOGUE, KEYS, Faults, change, filled, open_journal, opened


def pragma(connection: Any, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_the_writer_syncs_every_commit_and_checkpoints_only_when_told(folder: Path) -> None:
    connection = sqlite3_connect(str(folder / "a.db"))
    set_up(connection)
    migrate(connection)
    assert pragma(connection, "journal_mode") == "wal"
    assert pragma(connection, "synchronous") == 2
    assert pragma(connection, "wal_autocheckpoint") == 0
    assert pragma(connection, "secure_delete") == 1
    assert pragma(connection, "application_id") == APPLICATION_ID
    assert pragma(connection, "user_version") == len(MIGRATIONS)
    migrate(connection)
    connection.close()


async def test_a_broken_build_without_full_sync_is_seen(folder: Path) -> None:
    """Every connection that the journal writes with says FULL before its first commit."""
    faults = Faults()
    async with opened(folder / "journal.db", faults):
        pass
    statements = faults.statements
    assert statements.index("PRAGMA synchronous = FULL") < next(
        number for number, sql in enumerate(statements) if sql.startswith("BEGIN")
    )
    assert not any("NORMAL" in sql or "OFF" in sql for sql in statements if "synchronous" in sql)


def test_the_reader_cannot_write_and_never_checkpoints(folder: Path) -> None:
    writer = sqlite3_connect(str(folder / "a.db"))
    set_up(writer)
    migrate(writer)
    reader = open_reading(sqlite3_connect, folder / "a.db")
    assert pragma(reader, "wal_autocheckpoint") == 0
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM events")
    reader.close()
    writer.close()


def test_a_journal_of_a_newer_version_is_refused_and_not_touched(folder: Path) -> None:
    open_and_close(folder / "journal.db")
    change(folder / "journal.db", "PRAGMA user_version = 99")
    change(folder / "journal.db", "UPDATE meta SET value = 99 WHERE key = 'schema'")
    before = (folder / "journal.db").read_bytes()
    with pytest.raises(ConfigError, match="schema 99"):
        Journal.open(folder / "journal.db", keys=KEYS, catalogue=CATALOGUE)
    assert (folder / "journal.db").read_bytes() == before


@pytest.mark.parametrize("sql", ["PRAGMA user_version = 17", "PRAGMA user_version = 0", "PRAGMA application_id = 1"])
async def test_a_flipped_header_is_damage_and_no_newer_version(folder: Path, sql: str) -> None:
    path = folder / "journal.db"
    open_and_close(path)
    change(path, sql)
    async with opened(path) as journal:
        assert journal.health.state is HealthState.DAMAGED


def open_and_close(path: Path) -> None:
    connection = sqlite3_connect(str(path))
    set_up(connection)
    migrate(connection)
    connection.close()


def test_a_half_made_journal_is_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3_connect(str(folder / "a.db"))
    set_up(connection)
    faults = Faults()
    faults.fail("CREATE TABLE claims", sqlite3.OperationalError("cut"))

    class Cut:
        def execute(self, sql: str, values: Any = ()) -> Any:
            faults.before(sql.strip())
            return connection.execute(sql, values)

        executemany = connection.executemany

    with pytest.raises(sqlite3.OperationalError, match="cut"):
        migrate(Cut())
    connection.close()
    open_and_close(folder / "a.db")


async def test_another_database_is_damage_and_stays_as_it_is(folder: Path) -> None:
    path = folder / "journal.db"
    change(path, "CREATE TABLE other (x)")
    async with opened(path) as journal:
        assert journal.health.state is HealthState.DAMAGED
        assert "not a journal of lineside" in journal.health.reason


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_reading_a_file_leaves_no_trace(folder: Path) -> None:
    await filled(folder / "journal.db", 5)
    before = contents(folder)
    connection = connect_to_read(str(folder / "journal.db"))
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (5,)
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM events")
    connection.close()
    assert contents(folder) == before


async def test_the_file_is_for_its_owner_alone(folder: Path) -> None:
    journal = open_journal(folder / "journal.db")
    assert (folder / "journal.db").stat().st_mode & 0o777 == 0o600
    await journal.close()
