"""sinks: with a server that delivers into SQLite, and without one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lineside.app.foundation import open_journal
from lineside.runtime.journal import Cursor, JournalSettings, Keys
from tests.cli.conftest import Cli


async def orphan(data_dir: Path) -> None:
    """A sink that was there once."""
    keys = Keys.load(data_dir.with_name("demo.keys.toml"))
    journal = open_journal(data_dir, keys, JournalSettings())
    await journal.move_cursor("old", Cursor(1))
    await journal.name_sinks([])
    await journal.close()


def test_orphan_is_listed_and_forgotten_without_a_server(cli: Cli, recorded: Path) -> None:
    assert "no sinks" in cli("sinks", "list").err
    asyncio.run(orphan(recorded))
    (found,) = cli("sinks", "list", "--json").json  # type: ignore[misc]
    assert (found["name"], found["state"]) == ("old", "orphaned")
    assert found["behind_events"] > 0
    assert cli("sinks", "forget", "other").code == 1
    assert cli("sinks", "forget", "old").code == 0
    assert cli("sinks", "list", "--json").json == []
    assert "SinkForgotten" in cli("events", "--json").out


def test_exports_tell_their_columns(cli: Cli) -> None:
    told = cli("sinks", "exports").out
    assert "events: Every event of every unit as one row" in told
    assert "  at: instant, when it was recorded, UTC" in told
    names = [export["name"] for export in cli("sinks", "exports", "--json").json]  # type: ignore[attr-defined]
    assert "events" in names


def test_parked_events_need_a_server(cli: Cli, recorded: Path) -> None:
    done = cli("sinks", "retry", "rows", "7")
    assert done.code == 1
    assert "no server runs" in done.err
    assert cli("sinks", "skip", "rows", "7").code == 2, "a reason is wanted"
