"""The journal as a whole, as the rest of the process sees it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from lineside.errors import ClaimTaken, Unrecordable, VersionMoved
from lineside.runtime.journal import Append, HealthState, JournalSettings, verify
from lineside.runtime.step import Personal, Secret
from tests.runtime.journal.scene import KEYS, NOW, Noted, Whispered, one, open_journal, opened


async def test_the_first_minute(folder: Path) -> None:
    path = folder / "journal.db"
    async with opened(path) as journal:
        assert journal.health.state is HealthState.OK
        done = await journal.append(Append((("ward/1", Noted(1)), ("ward/2", Noted(2))), NOW, {"ward/1": 0}, ("c",)))
        assert (done.first_seq, dict(done.versions)) == (1, {"ward/1": 1, "ward/2": 1})
        assert await journal.claimed("c") == 1
        assert await journal.claimed("d") is None
        first = journal.origin
    async with opened(path) as journal:
        assert journal.origin != first
        assert {r.origin for r in await journal.events()} == {first}
        assert [(h.stream, h.version) for h in await journal.streams()] == [("ward/1", 1), ("ward/2", 1)]
    assert verify(path, KEYS).ok


async def test_many_writers_that_fight_lose_nothing_and_double_nothing(folder: Path) -> None:
    """Each writer adds to a shared stream with the version it saw; who was refused looks again."""
    async with opened(folder / "j.db", batch_events_max=7, index_lag_events_max=5) as journal:
        refusals = 0

        async def writer(number: int) -> None:
            nonlocal refusals
            for count in range(8):
                while True:
                    version = len(await journal.read("shared"))
                    append = Append(
                        (("shared", Noted(number)), (f"own/{number}", Noted(count))),
                        NOW,
                        {"shared": version, f"own/{number}": count},
                        (f"{number}/{count}",),
                    )
                    try:
                        await journal.append(append)
                        break
                    except VersionMoved:
                        refusals += 1

        await asyncio.gather(*(writer(number) for number in range(6)))
        assert refusals > 0
        shared = [r.event for r in await journal.read("shared")]
        assert Counter(event.number for event in shared if isinstance(event, Noted)) == dict.fromkeys(range(6), 8)
        with pytest.raises(ClaimTaken):
            await journal.append(one("x", 1, claims=("3/7",)))
    assert verify(folder / "j.db", KEYS).ok


async def test_random_work_over_restarts_verifies(folder: Path) -> None:
    seed = random.randrange(1 << 30)
    print("seed", seed)
    dice = random.Random(seed)
    path = folder / "j.db"
    versions: Counter[str] = Counter()
    for _ in range(4):
        limits = {"heads_max": dice.randint(1, 9), "index_lag_events_max": dice.randint(1, 30)}
        async with opened(path, batch_events_max=dice.randint(1, 20), wal_pages_max=dice.randint(1, 30), **limits) as j:
            futures = []
            for number in range(60):
                stream = f"s/{dice.randrange(12)}"
                event = Whispered(Secret("s"), {"p": Personal("t", f"p/{dice.randrange(3)}")})
                append = one(stream, event if dice.random() < 0.2 else number, expected={stream: versions[stream]})
                versions[stream] += 1
                futures.append(j.submit(append))
                if dice.random() < 0.2:
                    await futures[-1]
            await asyncio.gather(*futures)
            await j.checkpoint()
            for stream, version in versions.items():
                _, events = await j.replay(stream)
                assert [r.version for r in events] == list(range(1, version + 1))
                assert all(r.event for r in events)
    report = verify(path, KEYS)
    assert report.ok, report
    assert report.signed_seq == report.last_seq == 240


async def test_a_checkpoint_shows_that_the_disk_takes_a_commit(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        await journal.append(one("a", 1))
        await journal.checkpoint()
        await journal.checkpoint()
    report = verify(folder / "j.db", KEYS)
    assert (report.ok, report.checkpoints, report.signed_seq) == (True, 1, 1)


async def test_limits_of_the_facade_are_told(folder: Path) -> None:
    async with opened(folder / "j.db", snapshot_bytes_max=10) as journal:
        with pytest.raises(Unrecordable, match="11 bytes"):
            await journal.save_snapshot("a", 1, "s", b"x" * 11)
        assert len(await journal.events(limit=0)) == 0
    assert JournalSettings().read_events_max == 10_000


async def test_compacting_gives_room_back_and_changes_nothing(folder: Path) -> None:
    path = folder / "j.db"
    journal = open_journal(path)
    for number in range(50):
        await journal.append(one("a", Noted(number, "x" * 4000)))
    before = [(r.seq, r.hash) for r in await journal.events()]
    await journal._recording.do(lambda connection: connection.execute("DELETE FROM snapshots"))
    await journal.compact()
    assert [(r.seq, r.hash) for r in await journal.events()] == before
    await journal.append(one("a", 1, expected={"a": 50}))
    await journal.close()
    assert verify(path, KEYS).ok
