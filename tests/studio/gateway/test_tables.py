"""Tables as units: made when named, once; known ones after a start; broken ones anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import JournalError, NoSuchUnit
from lineside.studio.gateway import Config
from lineside.studio.gateway import tables as tables_room
from lineside.studio.gateway.tables import NOT_NOW, TOO_MANY_TABLES, UNKNOWN_TABLE, TableDenied, Tables
from lineside.studio.model import Table
from lineside.studio.watch import EVERYTHING, Scope
from tests.support.studio import Studio, studio
from tests.support.wait import until


def tables_of(server: Studio, **keys: Any) -> Tables:
    """A second set of tables over the same runtime, for tests that ask it directly."""
    return Tables(Config(**keys), server.runtime, lambda value: None)


async def test_table_is_made_once_however_many_ask_at_once(tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        tables = tables_of(server)
        units = await asyncio.gather(*(tables.get("ARO-001") for _ in range(10)))
        assert len({id(unit) for unit in units}) == 1
        assert tables.find("ARO-001") is units[0]
        assert tables.names() == ["ARO-001"]
        assert list(tables.views(EVERYTHING)) == ["ARO-001"]
        assert list(tables.views(Scope(frozenset({"B"})))) == []
        tables.close("stop")
        with pytest.raises(NoSuchUnit):
            server.units.find("studio/ARO-001")
        with pytest.raises(TableDenied) as caught:
            await tables.get("ARO-001")
        assert caught.value.denied is NOT_NOW


async def test_asker_who_leaves_does_not_take_the_table_from_the_others(tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        tables = tables_of(server)
        first = asyncio.create_task(tables.get("ARO-001"))
        second = asyncio.create_task(tables.get("ARO-001"))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).name == "studio/ARO-001"
        tables.close("stop")


async def test_bounds_do_not_hold_for_tables_that_are_known(tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        tables = tables_of(server, tables_max=1, tables=("A", "B"))
        await tables.read_names()
        await tables.get("A")
        await tables.get("B")
        with pytest.raises(TableDenied) as caught:
            await tables.get("C")
        assert caught.value.denied is TOO_MANY_TABLES
        tables.close("stop")
        strict = tables_of(server, unknown_tables="reject", tables=("A",))
        await strict.read_names()
        await strict.get("A")
        with pytest.raises(TableDenied) as caught:
            await strict.get("C")
        assert caught.value.denied is UNKNOWN_TABLE
        strict.close("stop")


@pytest.mark.parametrize("keys", [{"unknown_tables": "reject"}, {"tables_max": 1, "tables": ("A",)}])
async def test_nobody_is_told_that_a_table_is_unknown_before_the_journal_was_asked(
    keys: dict[str, Any], tmp_path: Path
) -> None:
    """1008 would make a reporter give up for good."""
    async with studio(tmp_path) as server:
        tables = tables_of(server, **keys)
        with pytest.raises(TableDenied) as caught:
            await tables.get("C")
        assert caught.value.denied is NOT_NOW


async def test_tables_of_the_settings_and_of_the_journal_are_there_after_a_start(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter("SBO-001") as reporter:
        await reporter.ask({"sdp": "up"})
    async with studio(tmp_path, tables=("ARO-001",), unknown_tables="reject") as server:
        await until(lambda: len(server.units.all()) == 2)
        model = server.units.find("studio/SBO-001").model
        assert isinstance(model, Table)
        assert model.state.fields["SDP"].value == "up"
        async with server.reporter("SBO-001") as reporter:
            await reporter.ask({})


async def test_journal_that_cannot_be_read_closes_with_try_again_and_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_room, "RETRY_S", 0.01)
    async with studio(tmp_path) as server, server.reporter("SBO-001") as reporter:
        await reporter.ask({"sdp": "up"})
    failures = {"left": 3}
    async with studio(tmp_path) as server:
        await until(lambda: len(server.units.all()) == 1)
        journal, replay, streams = server.journal, server.journal.replay, server.journal.streams

        async def failing(*args: Any) -> Any:
            if failures["left"] > 0:
                failures["left"] -= 1
                raise JournalError("the disk does not answer")
            return await replay(*args)

        async def failing_streams(*args: Any) -> Any:
            if failures["left"] > 0:
                failures["left"] -= 1
                raise JournalError("the disk does not answer")
            return await streams(*args)

        monkeypatch.setattr(journal, "replay", failing)
        monkeypatch.setattr(journal, "streams", failing_streams)
        for _ in range(3):
            async with server.connect("/?id=NEW_x&token=T") as late:
                assert await late.goodbye() == (1013, "Table not available, try again")
        async with server.reporter("NEW") as again:
            await again.ask({})
        failures["left"] = 2
        tables = tables_of(server)
        server.units.remove(server.units.find("studio/SBO-001"))
        server.units.remove(server.units.find("studio/NEW"))
        await tables.make_known()
        assert tables.names() == ["NEW", "SBO-001"]
        tables.close("stop")


async def test_table_that_breaks_is_made_anew_and_the_others_do_not_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_room, "BROKEN_S", 0.01)
    async with studio(tmp_path) as server, server.reporter("OTHER") as other:
        async with server.reporter() as reporter:
            await reporter.ask({"sdp": "up"})
            unit = server.units.find("studio/ARO-001")

            def boom(*_: Any) -> Any:
                raise ZeroDivisionError("secret detail")

            monkeypatch.setattr(unit.model, "on_message", boom)
            await reporter.send({"idp": "up"})
            assert await reporter.goodbye() == (1011, "Internal error")
        assert await other.ask({}) == '{"status": "updated", "table_id": "OTHER"}'
        await until(lambda: [view.unit for view in server.units.all()] == ["studio/OTHER"])
        async with server.connect("/?id=ARO-001_x&token=T") as again:
            snapshot = await again.json()
            assert (snapshot["SDP"], snapshot["IDP"], snapshot["UPTIME"]) == ("up", "standby", 1)
