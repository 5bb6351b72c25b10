"""Sinks of a whole server: rows reach a database, orphans are told, and a parked event waits for a person."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lineside.app.kinds import SETTINGS_KINDS
from lineside.app.server import Server
from lineside.config import Settings, settings_from_table
from lineside.errors import ConfigError
from lineside.runtime.command import CommandUnknown
from lineside.runtime.journal import Append, Cursor
from lineside.runtime.step import Moment
from tests.app.support import serving, ventilator
from tests.support.wait import until


def given(folder: Path, **sinks: dict[str, Any]) -> Settings:
    table = {
        "data_dir": str(folder / "var"),
        "keys": {"file": str(folder / "keys.toml")},
        "web": {"address": "127.0.0.1:0"},
        "gateways": {"ward": ventilator(folder)},
        "sinks": sinks,
    }
    return settings_from_table(table, SETTINGS_KINDS, {})


def sqlite_sink(folder: Path, **keys: Any) -> dict[str, Any]:
    return {"kind": "sql", "url": f"sqlite:///{folder / 'out.db'}", **keys}


def rows(folder: Path) -> list[int]:
    if not (folder / "out.db").exists():
        return []
    connection = sqlite3.connect(folder / "out.db")
    try:
        return [seq for (seq,) in connection.execute("SELECT seq FROM lineside_events ORDER BY seq")]
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


async def record(server: Server, now: Moment, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        await server.journal.append(Append((("hall/1", CommandUnknown(f"c-{number}", "r")),), now.utc))


def only(server: Server) -> Any:
    (info,) = server.sinks.infos()
    return info


async def test_rows_reach_the_database_also_after_a_restart(tmp_path: Path, now: Moment) -> None:
    settings = given(tmp_path, archive=sqlite_sink(tmp_path))
    async with serving(settings) as server:
        await record(server, now, 20)
        await until(lambda: only(server).behind_events == 0 and len(rows(tmp_path)) >= 20, what="the rows")
        await until(lambda: server.hub.latest("lineside/sinks"), what="the topic")
    async with serving(settings) as server:
        await record(server, now, 5, first=20)
        await until(lambda: len(rows(tmp_path)) >= 25, what="more rows")
    assert len(set(rows(tmp_path))) == len(rows(tmp_path)), "each row once"


async def test_sink_that_is_gone_from_the_settings_is_told_and_forgotten(tmp_path: Path, now: Moment) -> None:
    async with serving(given(tmp_path, archive=sqlite_sink(tmp_path))) as server:
        await record(server, now, 1)
        await until(lambda: rows(tmp_path), what="a row")
    async with serving(given(tmp_path)) as server:
        assert (only(server).name, only(server).state) == ("archive", "orphaned")
        await server.sinks.forget("archive", "anna")
        assert server.sinks.infos() == []
        (told,) = await server.journal.read("lineside/sinks")
        assert told.kind == "SinkForgotten"


async def test_events_are_not_pruned_before_a_new_sink_has_them(tmp_path: Path, now: Moment) -> None:
    away = {"kind": "sql", "url": f"sqlite:///{tmp_path}/no/such/folder/out.db"}
    async with serving(given(tmp_path, archive=away)) as server:
        marks = {mark.sink: mark.cursor for mark in await server.journal.sinks()}
        assert marks == {"archive": Cursor()}
        await record(server, now, 3)
        await until(lambda: only(server).state == "waiting", what="the sink to find nobody")
        assert "unable to open database file" in only(server).reason
        assert only(server).behind_events >= 3


async def test_parked_event_is_given_up_with_a_name_and_a_reason(tmp_path: Path, now: Moment) -> None:
    connection = sqlite3.connect(tmp_path / "out.db")
    connection.execute("CREATE TABLE picky (text TEXT NOT NULL CHECK (text NOT LIKE '%c-1\"%'))")
    connection.close()
    columns = dict.fromkeys(("origin", "seq", "at", "gateway", "unit", "version", "kind"), "") | {"data": "text"}
    limits = {"tries_max": 2, "backoff": {"first_s": 0.01, "cap_s": 0.05}}
    sink = sqlite_sink(tmp_path, table="picky", columns=columns, limits=limits, gateways=["ward"])
    async with serving(given(tmp_path, archive=sink)) as server:
        for number in range(3):
            event = CommandUnknown(f"c-{number}", "r")
            await server.journal.append(Append((("ward/2", event),), now.utc))
        await until(lambda: only(server).parked == 1, what="the poison to be parked")
        seq = only(server).parked_events[0].seq
        with pytest.raises(KeyError):
            await server.sinks.skip("archive", seq + 1000, "anna", "wrong one")
        await server.sinks.retry("archive", seq, "anna")
        await until(lambda: only(server).parked == 1, what="it to be parked again")
        await server.sinks.skip("archive", seq, "anna", "no such lamp")
        await until(lambda: only(server).parked == 0 and only(server).behind_events == 0, what="the lane to go on")
        kinds = [one.kind for one in await server.journal.read("lineside/sinks")]
        assert kinds == ["SinkEventRetried", "SinkEventSkipped"]
    connection = sqlite3.connect(tmp_path / "out.db")
    assert [text for (text,) in connection.execute("SELECT text FROM picky")] == [
        '{"id":"c-0","reason":"r"}',
        '{"id":"c-2","reason":"r"}',
    ]


def test_rows_that_nobody_exports_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sinks\.archive\.rows.*exported by nobody; there are events"):
        Server(given(tmp_path, archive=sqlite_sink(tmp_path, rows="meters")))
