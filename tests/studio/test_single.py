"""One gateway alone: what it tells, and that it ends whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lineside.adapters.web_socket_listener import listen_web
from lineside.app.foundation import journal_path
from lineside.errors import ConfigError
from lineside.runtime import command
from lineside.runtime.command import CommandState, Role
from lineside.runtime.desk import Actor
from lineside.runtime.journal import Catalogue, Keys, verify
from lineside.studio.gateway import Config
from lineside.studio.model import EVENTS, TableView
from lineside.studio.single import JOURNAL_FILE, Single
from tests.support.wait import until


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "studio"
    folder.mkdir()
    return folder


async def test_it_listens_shows_tables_takes_commands_and_ends(tmp_path: Path) -> None:
    folder, shown = folder_of(tmp_path), list[TableView]()
    single = Single(Config(address="127.0.0.1:0", tables=("ARO-001",)), folder, listen_web, shown.append)
    running = asyncio.create_task(single.run())
    await single.listening.wait()
    assert single.port > 0
    await until(lambda: shown)
    asked = Actor("test", Role.OPERATOR)
    report = await single.desk.request("studio/ARO-001", "set_status", {"fields": {"sdp": "up"}}, actor=asked)
    assert report.state is CommandState.DONE
    assert {field.key: field.value for field in shown[-1].fields}["SDP"] == "up"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    keys = Keys.load_or_make(tmp_path / "studio.keys.toml")
    report_of_disk = verify(folder / JOURNAL_FILE, keys, Catalogue(command.EVENTS, EVENTS))
    assert not report_of_disk.problems


async def test_wrong_settings_are_raised(tmp_path: Path) -> None:
    single = Single(Config(address="nowhere"), folder_of(tmp_path), listen_web, lambda view: None)
    with pytest.raises(ConfigError):
        await single.run()


def test_data_lies_where_the_whole_server_would_look_for_it(tmp_path: Path) -> None:
    assert journal_path(tmp_path) == tmp_path / JOURNAL_FILE
