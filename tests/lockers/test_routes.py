"""Codes in clear for who may know them, after the record of who read; the history of a board without one code."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineside.errors import JournalFull
from lineside.lockers import routes as house
from lineside.lockers.model import EVENTS
from lineside.lockers.routes import HistoryEvent, csv_from_events, routes
from lineside.runtime import command
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.gateway import Shared
from lineside.runtime.journal import Catalogue, Journal, Keys
from lineside.runtime.routes import BadRequest, NotFound, Request, Response, Unavailable
from tests.support.hall import OPERATOR, LockerHall, message
from tests.support.memory_journal import MemoryJournal

STRANGER = Actor("operator bob", Role.OPERATOR, frozenset({"other"}))
REVEAL, HISTORY, TABLE = "/cells/{cell}/reveal", "/history", "/history.csv"


class Desk:
    """A hall with board 7, and its calls."""

    def __init__(self, hall: LockerHall) -> None:
        self.hall = hall
        shared = Shared(hall.clock, hall.journal, hall.runtime.hub, hall.desk, hall.units)  # type: ignore[arg-type]
        self._routes = {route.path.removeprefix("/api/lockers/{gateway}/{board}"): route for route in routes(shared)}

    async def call(
        self, path: str, *, actor: Actor = OPERATOR, body: bytes = b"", board: str = "7", place: str = "", **query: str
    ) -> Response:
        match = {"gateway": "hall", "board": board, "cell": place}
        return await self._routes[path].handler(Request("GET", path, query, body=body, match=match, actor=actor))

    async def events(self, **query: str) -> dict[str, Any]:
        page: dict[str, Any] = msgspec.json.decode((await self.call(HISTORY, **query)).body)  # type: ignore[arg-type]
        return page


@asynccontextmanager
async def desk_of(journal: Any = None) -> AsyncIterator[Desk]:
    async with LockerHall(journal).opened() as hall:
        peer = await hall.peer()
        await peer.ask(message("7", "1", "COLS=8", "ROWS=8", "BOX_ENG=0"))
        await hall.command("7", "set_code", cell=2, code="1492", minutes=4800, label="=parcel")
        await peer.ask(message("7", "2", "COLS=8", "ROWS=8", "BOX_ENG=0"))
        await peer.ask(message("7", "3", "COLS=8", "ROWS=8", "BOX_ENG=2", "BOX_ACC=2,5"))
        for send in range(4, 8):
            await peer.ask(message("7", str(send), "COLS=8", "ROWS=8", "BOX_ENG=2", "BOX_ACC=2,5"))
        yield Desk(hall)


@asynccontextmanager
async def desk_on_disk(folder: Path) -> AsyncIterator[Desk]:
    keys = Keys.load_or_make(folder / "keys.toml")
    journal = Journal.open(folder / "journal.db", keys=keys, catalogue=Catalogue(EVENTS, command.EVENTS))
    try:
        async with desk_of(journal) as desk:
            yield desk
    finally:
        await journal.close()


async def test_code_is_told_after_the_record_of_who_read_it() -> None:
    async with desk_of() as desk:
        desk.hall.journal.held = True
        asked = asyncio.create_task(desk.call(REVEAL, place="2", body=b'{"reason": "customer forgot it"}'))
        await asyncio.sleep(0.02)
        assert not asked.done()
        desk.hall.journal.release()
        answer = await asked
        assert msgspec.json.decode(answer.body) == {"cell": 2, "code": "1492"}
        assert answer.headers["Cache-Control"] == "no-store"
        read = desk.hall.journal.kept[-1].event
        assert (type(read).__name__, read.cell, read.reader) == ("CodeRead", 2, OPERATOR.name)  # type: ignore[attr-defined]


async def test_code_is_not_told_when_the_record_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk_of() as desk:
        desk.hall.journal.broken = JournalFull("no room")
        with pytest.raises(JournalFull):
            await desk.call(REVEAL, place="2")
        desk.hall.journal.broken = None
        desk.hall.journal.held = True
        monkeypatch.setattr(house, "REVEAL_S", 0.01)
        with pytest.raises(Unavailable):
            await desk.call(REVEAL, place="2")
        desk.hall.journal.release()


@pytest.mark.parametrize("cell", ["3", "0", "65", "99999", "x", "²"])
async def test_cell_without_a_code_has_nothing_to_tell_and_leaves_no_record(cell: str) -> None:
    async with desk_of() as desk:
        recorded = len(desk.hall.journal.kept)
        with pytest.raises(NotFound):
            await desk.call(REVEAL, place=cell)
        assert len(desk.hall.journal.kept) == recorded


@pytest.mark.parametrize("path", [REVEAL, HISTORY, TABLE])
async def test_board_of_a_gateway_that_is_not_theirs_looks_as_if_there_were_none(path: str) -> None:
    async with desk_of() as desk:
        with pytest.raises(NotFound):
            await desk.call(path, actor=STRANGER, place="2")
        with pytest.raises(NotFound):
            await desk.call(path, board="8", place="2")


async def test_code_needs_an_operator_and_history_a_viewer() -> None:
    hall = LockerHall()
    shared = Shared(hall.clock, MemoryJournal(), hall.runtime.hub, hall.desk, hall.units)  # type: ignore[arg-type]
    assert [(route.method, route.access) for route in routes(shared)] == [
        ("POST", Role.OPERATOR),
        ("GET", Role.VIEWER),
        ("GET", Role.VIEWER),
    ]


async def test_history_is_newest_first_masked_and_without_what_says_only_that_a_board_lives(tmp_path: Path) -> None:
    async with desk_on_disk(tmp_path) as desk:
        page = await desk.events()
        kinds = [event["kind"] for event in page["events"]]
        assert kinds[-1] == "BoardRegistered"
        assert "Heard" not in kinds
        assert kinds.index("CodeConfirmed") < kinds.index("CodeSet")
        assert b"1492" not in msgspec.json.encode(page)
        assert page["next"] is None


async def test_history_of_a_cell_is_what_names_it(tmp_path: Path) -> None:
    async with desk_on_disk(tmp_path) as desk:
        two = [event["kind"] for event in (await desk.events(cell="2"))["events"]]
        five = [event["kind"] for event in (await desk.events(cell="5"))["events"]]
        assert {"CommandAccepted", "CodeSet", "CodeConfirmed", "CellOpened"} <= set(two)
        assert set(five) == {"CellOpened"}


async def test_history_goes_on_where_a_page_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "PART_EVENTS_MAX", 3)
    async with desk_on_disk(tmp_path) as desk:
        whole = (await desk.events())["events"]
        found: list[dict[str, Any]] = []
        query: dict[str, str] = {"limit": "2"}
        while True:
            page = await desk.events(**query)
            found += page["events"]
            if page["next"] is None:
                break
            query["before"] = str(page["next"])
        assert found == whole
        heard = await desk.events(kind="Heard")
        assert {event["kind"] for event in heard["events"]} == {"Heard"}


async def test_history_looks_at_so_many_events_and_says_how_far_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "PART_EVENTS_MAX", 1)
    monkeypatch.setattr(house, "SCAN_EVENTS_MAX", 2)
    async with desk_on_disk(tmp_path) as desk:
        page = await desk.events()
        assert page["events"] == []
        assert page["next"] is not None


async def test_query_that_is_none_is_refused(tmp_path: Path) -> None:
    async with desk_on_disk(tmp_path) as desk:
        for query in ({"cell": "0"}, {"kind": "a/b"}, {"limit": "0"}, {"colour": "red"}):
            with pytest.raises(BadRequest):
                await desk.events(**query)


async def test_table_has_a_head_and_no_formula(tmp_path: Path) -> None:
    async with desk_on_disk(tmp_path) as desk:
        answer = await desk.call(TABLE)
        rows = list(csv.reader(io.StringIO(answer.body.decode())))
        assert rows[0] == ["seq", "at", "kind", "cell", "details"]
        assert answer.headers["Content-Disposition"] == 'attachment; filename="hall-7.csv"'
        assert b"1492" not in answer.body
        assert any("=parcel" in row[4] for row in rows)


def test_cell_of_a_table_that_looks_like_a_formula_gets_a_quote(recorded: HistoryEvent) -> None:
    line = csv_from_events([recorded]).decode().splitlines()[1]
    assert line.endswith(",CodeSet,2,'=1+1=x")


@pytest.fixture
def recorded() -> HistoryEvent:
    from datetime import UTC, datetime

    return HistoryEvent(7, datetime(2026, 1, 1, tzinfo=UTC), "CodeSet", {"cell": 2, "=1+1": "x"})
