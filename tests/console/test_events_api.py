"""Events over HTTP: pages, waiting, masks, and who sees which."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lineside.console import events_api
from lineside.console.events_api import EventsQuery, may_see, narrowed
from lineside.errors import NotAllowed
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.journal import Append
from lineside.runtime.routes import BadRequest
from tests.support.console import LampLit, Rig, console

AT = datetime(2026, 1, 1, tzinfo=UTC)


async def record(rig: Rig, *streams: str) -> None:
    await rig.journal.append(Append(events=tuple((stream, LampLit("x")) for stream in streams), at=AT))


def seen(page: Any) -> list[str]:
    return [event["stream"] for event in page["events"]]


async def test_pages_follow_each_other_without_hole(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        await record(rig, "ward/1", "hall/1", "ward/2", "ward/1")
        first = await rig.get("/api/events?limit=2", headers=viewer)
        second = await rig.get(f"/api/events?limit=10&after={first['next']}", headers=viewer)
        assert seen(first) + seen(second) == ["ward/1", "hall/1", "ward/2", "ward/1"]
        assert second["next"] == second["recorded_seq"] == rig.journal.health.recorded_seq
        assert (await rig.get(f"/api/events?after={second['next']}", headers=viewer))["events"] == []
        event = first["events"][0]
        assert set(event) == {"seq", "stream", "version", "at", "kind", "schema", "origin", "data"}
        assert (event["kind"], event["version"], event["data"]) == ("LampLit", 1, {"by": "x"})


async def test_newest_are_given_oldest_first(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        await record(rig, "ward/1", "hall/1", "ward/2", "ward/1")
        page = await rig.get("/api/events?limit=2&newest=true", headers=viewer)
        assert seen(page) == ["ward/2", "ward/1"]
        before = page["events"][0]["seq"]
        assert seen(await rig.get(f"/api/events?newest=true&before={before}", headers=viewer)) == ["ward/1", "hall/1"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("gateway=ward", ["ward/1", "ward/2", "ward/1"]),
        ("unit=ward/1", ["ward/1", "ward/1"]),
        ("gateway=ward&unit=1", ["ward/1", "ward/1"]),
        ("gateway=ward&unit=ward/2", ["ward/2"]),
        ("kind=LampLit&limit=1", ["ward/1"]),
        ("kind=CodeSet", []),
        ("gateway=ward&newest=true&limit=2", ["ward/2", "ward/1"]),
        ("before=3", ["ward/1"]),
    ],
)
async def test_events_are_chosen(tmp_path: Path, query: str, wanted: list[str]) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        await record(rig, "ward/1", "hall/1", "ward/2", "ward/1")
        assert seen(await rig.get(f"/api/events?{query}", headers=viewer)) == wanted


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("limit=0", "limit = '0'"),
        ("limit=1001", "limit = '1001'"),
        ("after=-1", "after = '-1'"),
        ("after=99999999999999999999", "after"),
        ("wait=31", "wait = '31'"),
        ("wait=nan", "wait"),
        ("unit=1", "gateway/unit"),
        ("unit=ward/1&gateway=hall", "not a unit of gateway"),
        ("kind=a%20b", "kind = 'a b'"),
        ("kind=a%0A", "kind"),
        ("colour=red", "accepted: after, before, limit"),
    ],
)
async def test_wrong_parameters_are_named(tmp_path: Path, query: str, says: str) -> None:
    async with console(tmp_path) as rig:
        answer = await rig.ask.get(f"/api/events?{query}", headers=await rig.token("viewer"))
        assert answer.status == 400
        assert says in (await answer.json())["error"]["message"]


async def test_secrets_are_masked(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        operator = await rig.token("operator")
        await rig.command(operator, name="set_code", params={"code": "1234567"})
        answer = await rig.ask.get("/api/events", headers=operator)
        text = await answer.text()
        assert "1234567" not in text
        assert "…67" in text


async def test_actor_of_some_gateways_sees_theirs(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        await record(rig, "hall/1", "ward/1", "hall/1", "attic/1", "hall/1", "ward/2")
        one, two = await rig.token("viewer", "ward"), await rig.token("viewer", "ward", "attic")
        assert seen(await rig.get("/api/events", headers=one)) == ["ward/1", "ward/2"]
        assert seen(await rig.get("/api/events?limit=2", headers=two)) == ["ward/1", "attic/1"]
        assert seen(await rig.get("/api/events?limit=2&newest=true", headers=two)) == ["attic/1", "ward/2"]
        assert await rig.error("GET", "/api/events?gateway=hall", headers=one) == (403, "not_allowed")
        assert await rig.error("GET", "/api/events?unit=hall/1", headers=two) == (403, "not_allowed")


async def test_page_that_found_nothing_says_how_far_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An actor whose events are rare comes to them page by page, with bounded work for each."""
    monkeypatch.setattr(events_api, "SCAN_EVENTS_MAX", 10)
    async with console(tmp_path) as rig:
        bound = await rig.token("viewer", "ward", "attic")
        await record(rig, *["hall/1"] * 25, "ward/1")
        pages = []
        after = 0
        while after < rig.journal.health.recorded_seq:
            page = await rig.get(f"/api/events?limit=5&after={after}", headers=bound)
            assert page["next"] > after
            after = page["next"]
            pages.append(seen(page))
        assert len(pages) > 2
        assert [stream for page in pages for stream in page] == ["ward/1"]


async def test_who_has_access_is_for_admins(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        admin, operator = await rig.token("admin"), await rig.token("operator")
        assert "lineside/access" in seen(await rig.get("/api/events", headers=admin))
        assert "lineside/access" not in seen(await rig.get("/api/events", headers=operator))
        assert seen(await rig.get("/api/events?unit=lineside/access", headers=operator)) == []


async def test_wait_ends_with_the_next_event(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        bound = await rig.token("viewer", "ward")
        after = rig.journal.health.recorded_seq
        waiting = asyncio.create_task(rig.get(f"/api/events?after={after}&wait=30", headers=bound))
        await asyncio.sleep(0.05)
        await record(rig, "hall/1")
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await record(rig, "ward/1")
        assert seen(await waiting) == ["ward/1"]


async def test_wait_ends_with_nothing_when_its_time_is_over(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        after = rig.journal.health.recorded_seq
        page = await rig.get(f"/api/events?after={after}&wait=0.1", headers=viewer)
        assert (page["events"], page["next"]) == ([], after)


async def test_wait_ends_when_the_server_stops(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        waiting = asyncio.create_task(rig.get("/api/events?after=1&wait=30", headers=viewer))
        await asyncio.sleep(0.05)
        rig.console.stop()
        assert (await waiting)["events"] == []


def test_query_of_a_bound_actor_is_narrowed() -> None:
    anna = Actor("anna", Role.VIEWER, frozenset({"ward"}))
    assert narrowed(EventsQuery(), anna).gateway == "ward"
    assert narrowed(EventsQuery(unit="1", gateway="ward"), anna).unit == "ward/1"
    with pytest.raises(NotAllowed):
        narrowed(EventsQuery(), Actor("nobody", Role.VIEWER, frozenset()))
    with pytest.raises(BadRequest):
        narrowed(EventsQuery(unit="1"), Actor("admin", Role.ADMIN))


def test_streams_of_the_foundation_are_not_for_bound_actors() -> None:
    anna = Actor("anna", Role.ADMIN, frozenset({"ward"}))
    assert not may_see(anna, "lineside/journal")
    assert may_see(Actor("bert", Role.VIEWER), "lineside/journal")
    assert not may_see(Actor("bert", Role.OPERATOR), "lineside/access")


async def check_that_ward_is_alone(rig: Rig) -> None:
    await record(rig, "hall/1", "ward/1", "hall/1")
    bound = await rig.token("viewer", "ward", "attic")
    streams = seen(await rig.get("/api/events", headers=bound))
    assert streams == ["ward/1"]


async def test_broken_build_that_shows_every_stream_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(tmp_path) as rig:
        await check_that_ward_is_alone(rig)
    monkeypatch.setattr(events_api, "may_see", lambda actor, stream: True)
    (tmp_path / "again").mkdir()
    async with console(tmp_path / "again") as rig:
        with pytest.raises(AssertionError):
            await check_that_ward_is_alone(rig)
