from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.errors import JournalDamaged
from lineside.runtime.journal import Carried, HealthState, Journal, Recorded
from tests.runtime.journal.scene import Faults, Noted, Won, change, error, filled, one, opened
from tests.support.power_cut import fast_folder
from tests.support.wait import until

STREAMS = ("a/1", "a/2", "ab/1", "b/1")


def is_wanted(recorded: Recorded, gateway: str | None, unit: str | None, kind: str | None) -> bool:
    its_gateway, its_unit = recorded.stream.split("/")
    if unit is not None and "/" in unit and recorded.stream != unit:
        return False
    if unit is not None and "/" not in unit and its_unit != unit:
        return False
    return (gateway is None or its_gateway == gateway) and (kind is None or recorded.kind == kind)


@settings(max_examples=30, deadline=None)
@given(
    streams=st.lists(st.sampled_from(STREAMS), max_size=30),
    scan=st.integers(1, 8),
    lag=st.integers(1, 40),
    asked=st.lists(
        st.fixed_dictionaries(
            {
                "after": st.integers(0, 32),
                "before": st.none() | st.integers(0, 32),
                "limit": st.integers(1, 12),
                "gateway": st.none() | st.sampled_from(["a", "b", "c"]),
                "unit": st.none() | st.sampled_from(["1", "2", "a/1", "ab/1", "c/9"]),
                "kind": st.none() | st.sampled_from(["Noted", "Won", "Gone"]),
                "newest": st.booleans(),
            }
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_questions_are_answered_as_a_list_would(
    streams: list[str], scan: int, lag: int, asked: list[dict[str, Any]]
) -> None:
    folder = Path(tempfile.mkdtemp(dir=fast_folder()))

    async def run() -> None:
        async with opened(folder / "j.db", scan_events_max=scan, index_lag_events_max=lag) as journal:
            for number, stream in enumerate(streams):
                await journal.append(one(stream, Won(number) if number % 3 == 0 else Noted(number)))
            everything = await journal.events()
            assert [r.stream for r in everything] == streams
            for question in asked:
                await compare(journal, everything, **question)

    try:
        asyncio.run(run())
    finally:
        shutil.rmtree(folder)


async def compare(
    journal: Journal,
    everything: list[Recorded],
    *,
    after: int,
    before: int | None,
    limit: int,
    newest: bool,
    **rest: Any,
) -> None:
    wanted = [r for r in everything if r.seq > after and (before is None or r.seq < before) and is_wanted(r, **rest)]
    wanted = (wanted[::-1] if newest else wanted)[:limit]
    found = await journal.events(after, limit, before=before, newest=newest, **rest)
    assert [r.seq for r in found] == [r.seq for r in wanted]


async def test_a_follower_gets_everything_once_in_order_in_bounded_batches(folder: Path) -> None:
    await filled(folder / "j.db", 30)
    async with opened(folder / "j.db", tail_events_max=8) as journal:
        got: list[Recorded] = []
        sizes: list[int] = []

        async def follow() -> None:
            async for batch in journal.tail(10):
                got.extend(batch)
                sizes.append(len(batch))

        task = asyncio.create_task(follow())
        await until(lambda: len(got) == 20)
        await asyncio.gather(*(journal.append(one(f"s/{n % 3}", n)) for n in range(100)))
        await until(lambda: len(got) == 120)
    await task
    assert [r.seq for r in got] == list(range(11, 131))
    assert max(sizes) <= 8


async def test_a_follower_waits_out_a_failed_disk_and_hears_of_damage(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        await journal.append(one("a", 1))
        left = faults.fail("SELECT e.seq", error(10, "disk I/O error"))
        follower = journal.tail(0)
        ask = asyncio.create_task(anext(follower))
        await until(lambda: left() == 0)
        await journal.append(one("a", 2))
        assert [r.seq for r in await ask] == [1, 2]
        journal._health.set(HealthState.DAMAGED, "bits")
        faults.fail("SELECT e.seq", error(11, "malformed"))
        with pytest.raises(JournalDamaged):
            await anext(follower)


async def test_closing_ends_a_follower_that_waits(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        ask = asyncio.create_task(anext(journal.tail(0), None))
        await asyncio.sleep(0.02)
    assert await ask is None


async def test_a_cancelled_follower_leaves_nothing(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        ask = asyncio.create_task(anext(journal.tail(0)))
        await until(lambda: bool(journal._recording._followers))
        ask.cancel()
        await asyncio.gather(ask, return_exceptions=True)
        assert not journal._recording._followers


async def test_replay_begins_with_the_newest_carried_state(folder: Path) -> None:
    async with opened(folder / "j.db", read_events_max=3) as journal:
        assert await journal.replay("a") == (None, [])
        for number in range(7):
            await journal.append(one("a", number))
        carried, events = await journal.replay("a")
        assert carried is None
        assert [r.version for r in events] == list(range(1, 8))
        await journal.append(one("a", Carried(7, {"sum": 21})))
        await journal.append(one("a", 8))
        carried, events = await journal.replay("a")
        assert carried is not None
        assert (carried.version, carried.state) == (7, {"sum": 21})
        assert [(r.version, r.kind) for r in events] == [(8, "Carried"), (9, "Noted")]


async def test_replay_does_not_step_over_a_hole_that_nobody_named(folder: Path) -> None:
    for number, versions in enumerate(((3,), (1,), (1, 2))):
        path = folder / f"{number}.db"
        async with opened(path) as journal:
            for count in range(6):
                await journal.append(one("a", count))
        change(path, f"DELETE FROM events WHERE version IN ({','.join(map(str, versions))})")
        async with opened(path) as journal:
            with pytest.raises(JournalDamaged, match=f"no version {versions[0]}"):
                await journal.replay("a")


async def test_backlog_counts_events_and_bytes(folder: Path) -> None:
    async with opened(folder / "j.db", scan_events_max=7) as journal:
        assert await journal.backlog(0) == (0, 0)
        for number in range(20):
            await journal.append(one("a", number))
        sizes = [len(r.data) for r in await journal.events()]
        assert await journal.backlog(0) == (20, sum(sizes))
        assert await journal.backlog(15) == (5, sum(sizes[15:]))


async def test_health_and_last_instant_are_those_of_the_newest_event(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        assert journal.last_at is None
        assert (journal.health.recorded_seq, journal.health.era) == (0, 1)
        await journal.append(one("a", 1))
        assert journal.health.recorded_seq == 1
        assert journal.last_at == (await journal.events())[0].at
    async with opened(folder / "j.db") as journal:
        assert journal.last_at is not None
        assert journal.health.recorded_seq == 1
