"""Pruning: what a unit knows is carried, the rest is left alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from lineside.app.pruning import Pruning
from lineside.app.server import Server
from lineside.runtime.clock import SystemClock
from lineside.runtime.command import CommandUnknown
from lineside.runtime.journal import Append, Carried, JournalSettings
from lineside.runtime.step import Moment
from tests.app.support import serving, settings, ventilator
from tests.support.wait import until

LONG_AGO = timedelta(days=1000)


async def record(server: Server, stream: str, now: Moment) -> None:
    event = CommandUnknown("c-1", "r")
    await server.journal.append(Append(events=((stream, event),), at=now.utc - LONG_AGO))


async def test_old_events_of_a_unit_give_way_to_what_it_carries(tmp_path: Path, now: Moment) -> None:
    given = settings(tmp_path, ward=ventilator(tmp_path))
    async with serving(given) as server:
        await record(server, "ward/1", now)
    async with serving(given) as server:
        await until(lambda: server.units.all("ward"), what="the unit")
        report = await server.pruning.prune()
        assert (report.pruned_events, report.carried) == (1, ("ward/1",))
        (left,) = await server.journal.read("ward/1")
        assert isinstance(left.event, Carried)


async def test_stream_whose_unit_does_not_run_is_left_alone(tmp_path: Path, now: Moment) -> None:
    async with serving(settings(tmp_path)) as server:
        await record(server, "hall/1", now)
        report = await server.pruning.prune()
        assert report.pruned_events == 0
        assert "hall/1" in report.left


async def test_a_house_may_have_its_own_days_for_a_kind(tmp_path: Path, now: Moment) -> None:
    given, clock, limits = settings(tmp_path, ward=ventilator(tmp_path)), SystemClock(), JournalSettings()
    async with serving(given) as server:
        await record(server, "ward/1", now)
    async with serving(given) as server:
        await until(lambda: server.units.all("ward"), what="the unit")
        kept = Pruning(server.journal, server.units, limits, clock, {"CommandUnknown": None})
        assert (await kept.prune()).pruned_events == 0
        pruned = Pruning(server.journal, server.units, limits, clock, {"CommandUnknown": 1})
        assert (await pruned.prune()).pruned_events == 1
