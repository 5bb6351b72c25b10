"""The studio's calls on [web], with the real gateway behind them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import LinesideError
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.routes import BadRequest, NotFound, NotSignedIn, Request, Response, Route
from lineside.studio.gateway import Config, run
from lineside.studio.routes import routes
from tests.support.studio import Studio, studio
from tests.support.wait import until

ANNA = Actor("anna", Role.VIEWER)


async def answer(server: Studio, path: str, actor: Actor | None = ANNA, **query: Any) -> Response:
    """Ask the route of a path as the web server does."""
    parts = path.strip("/").split("/")
    for route in routes(server.shared):
        assert isinstance(route, Route)
        assert route.access is Role.VIEWER
        pattern = route.path.strip("/").split("/")
        match = {one.strip("{}"): part for one, part in zip(pattern, parts, strict=False) if one.startswith("{")}
        if len(pattern) == len(parts) and all(o.startswith("{") or o == p for o, p in zip(pattern, parts, strict=True)):
            return await route.handler(Request("GET", path, query, match=match, actor=actor))
    raise AssertionError(f"no route at {path}")


async def asked(server: Studio, path: str, actor: Actor | None = ANNA, **query: Any) -> Any:
    return json.loads((await answer(server, path, actor, **query)).body)


async def test_list_tells_where_studios_listen_and_how_their_tables_stand(tmp_path: Path) -> None:
    async with studio(tmp_path, tables=("SBO-001",)) as server, server.reporter() as reporter:
        await reporter.ask({"sdp": "up"})
        await until(lambda: len(server.units.all()) == 2)
        told = await asked(server, "/api/tables")
        assert told["gateways"] == [{"gateway": "studio", "address": server.address, "auth": "open"}]
        assert [(one["gateway"], one["table"]) for one in told["tables"]] == [
            ("studio", "ARO-001"),
            ("studio", "SBO-001"),
        ]
        first = told["tables"][0]
        assert first["state"]["fields"][0]["value"] == "up"
        assert first["status"]["reporters"] == 1
        assert (await asked(server, "/api/tables", gateway="other")) == {"gateways": [], "tables": []}


async def test_one_table_with_its_people_and_alarms(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        await reporter.ask({"sdp": "up", "note": "x"})
        told = await asked(server, "/api/tables/ARO-001", gateway="studio")
        assert told["state"]["custom"] == {"note": "x"}
        assert told["presence"]["reporters"][0]["device"] == "dealerPC"
        assert told["alarms"] == {"alarms": [], "signals": []}


@pytest.mark.parametrize("path", ["", "/history", "/history.csv", "/availability"])
async def test_what_somebody_may_not_see_is_not_found(path: str, tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        await reporter.ask({})
        stranger = Actor("bob", Role.ADMIN, frozenset({"ward"}))
        for who, query in ((stranger, {}), (stranger, {"gateway": "studio"}), (ANNA, {"gateway": "ward"})):
            with pytest.raises(NotFound):
                await answer(server, f"/api/tables/ARO-001{path}", who, **query)
        with pytest.raises(NotFound):
            await answer(server, f"/api/tables/ARO-002{path}")
        with pytest.raises(NotSignedIn):
            await answer(server, f"/api/tables/ARO-001{path}", None)
        told = await asked(server, "/api/tables", stranger)
        assert told == {"gateways": [], "tables": []}


async def test_table_of_two_studios_wants_the_gateway(tmp_path: Path) -> None:
    async with studio(tmp_path, tables=("ARO-001",)) as server:
        runtime = replace(server.runtime, name="second")
        other = asyncio.create_task(run(Config(address="127.0.0.1:0", tables=("ARO-001",)), runtime))
        await until(lambda: len(server.units.all()) == 2)
        with pytest.raises(BadRequest, match="second, studio"):
            await answer(server, "/api/tables/ARO-001")
        assert (await asked(server, "/api/tables/ARO-001", gateway="second"))["gateway"] == "second"
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)


async def test_history_is_newest_first_by_page_and_by_field(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        for value in ("up", "down", "up"):
            await reporter.ask({"sdp": value})
            await reporter.ask({})
        await reporter.ask({"idp": "up", "zcam": "up", "maintenance": True, "note": 1})
        rows = (await asked(server, "/api/tables/ARO-001/history"))["rows"]
        fields = [row["field"] for row in rows]
        assert fields[-1] == "REPORTER"
        assert set(fields[:4]) == {"IDP", "ZCam", "MAINTENANCE", "custom.note"}
        assert [(row["old"], row["new"]) for row in rows if row["field"] == "SDP"] == [
            ("down", "up"), ("up", "down"), ("standby", "up"),
        ]  # fmt: skip
        assert rows[0]["by"] == "dealerPC"
        assert rows[-1]["address"] == "127.0.0.1"
        only = await asked(server, "/api/tables/ARO-001/history", field="SDP", limit="2")
        assert [row["new"] for row in only["rows"]] == ["up", "down"]
        rest = await asked(server, "/api/tables/ARO-001/history", field="SDP", before=str(only["next"]))
        assert ([row["new"] for row in rest["rows"]], rest["next"]) == (["up"], None)


async def test_pages_together_are_the_whole_and_no_event_is_cut_in_two(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        for index in range(12):
            value = "up" if index % 2 else "down"
            await reporter.ask({"sdp": value, "idp": value, "broker": value})
        whole = (await asked(server, "/api/tables/ARO-001/history", limit="1000"))["rows"]
        found: list[Any] = []
        before: dict[str, str] = {}
        while True:
            page = await asked(server, "/api/tables/ARO-001/history", ANNA, limit="4", **before)
            found += page["rows"]
            if page["next"] is None:
                break
            before = {"before": str(page["next"])}
        assert found == whole


async def test_history_as_a_file(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        await reporter.ask({"sdp": "up", "note": "=cmd"})
        got = await answer(server, "/api/tables/ARO-001/history.csv")
        assert got.content_type.startswith("text/csv")
        assert got.headers["Content-Disposition"] == 'attachment; filename="ARO-001.csv"'
        lines = got.body.decode().splitlines()
        assert lines[0] == "at,field,old,new,by,address,reason"
        assert any("'=cmd" in line for line in lines)
        assert any("SDP,standby,up,dealerPC,127.0.0.1" in line for line in lines)


async def test_availability_of_the_last_days(tmp_path: Path) -> None:
    async with studio(tmp_path) as server, server.reporter() as reporter:
        await reporter.ask({"sdp": "up", "idp": "standby"})
        told = await asked(server, "/api/tables/ARO-001/availability", days="3")
        assert len(told["days"]) == 3
        today = told["days"][-1]
        assert today["day"] == datetime.now(UTC).date().isoformat()
        assert today["fields"]["SDP"]["percent"] in (100.0, None)
        assert told["days"][0]["fields"]["SDP"] == {"percent": None, "known_s": 0.0}
        assert today["maintenance_s"] == 0.0


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "5000"}, {"before": "x"}, {"nonsense": "1"}])
async def test_bad_parameters_are_named(query: dict[str, str], tmp_path: Path) -> None:
    async with studio(tmp_path) as server:
        with pytest.raises(LinesideError, match=next(iter(query))):
            await answer(server, "/api/tables/ARO-001/history", ANNA, **query)
