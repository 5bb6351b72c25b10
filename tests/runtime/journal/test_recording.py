from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import JournalError, JournalFull, Unrecordable
from lineside.runtime.journal import Append, Commit, JournalHealth
from tests.runtime.journal.scene import NOW, Faults, Noted, error, one, open_journal, opened, rows_of
from tests.support.wait import until


class Stuck(Faults):
    """A disk whose commits wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.before = lambda sql: self.go.wait(10) and None if sql == "COMMIT" and self.armed else None
        self.armed = False


async def test_what_waits_is_bounded_in_events_and_bytes_and_refused_with_retry(folder: Path) -> None:
    disk = Stuck()
    async with opened(folder / "j.db", disk, queue_events_max=10, queue_bytes_max=5000) as journal:
        disk.armed = True
        first = journal.submit(one("a", 0))
        await until(lambda: journal._writer.taken_events == 1)
        waiting = [journal.submit(one("a", number)) for number in range(10)]
        for refused in (journal.submit(one("a", 11)), journal._recording.do(lambda connection: None)):
            with pytest.raises(JournalFull, match="10 events wait") as caught:
                await refused
            assert caught.value.retry
        disk.go.set()
        await asyncio.gather(first, *waiting)
        big = Append((("a", Noted(1, "x" * 6000)),), NOW)
        with pytest.raises(JournalFull, match="0 bytes wait"):
            await journal.append(big)
        await journal.append(one("a", 12, expected={"a": 11}))


async def test_a_bad_append_refuses_itself_before_it_waits(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        good, bad = journal.submit(one("a", 1)), journal.submit(one("", 2))
        with pytest.raises(Unrecordable):
            await bad
        assert (await good).first_seq == 1


async def test_a_cancelled_asker_does_not_take_its_append_back(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        future = journal.submit(one("a", 1))
        future.cancel()
        await journal.append(one("a", 2, expected={"a": 1}))


async def test_listeners_hear_of_commits_in_order_and_of_states(folder: Path) -> None:
    faults = Faults()
    async with opened(folder / "j.db", faults) as journal:
        commits: list[Commit] = []
        states: list[JournalHealth] = []
        journal.on_commit(commits.extend)
        journal.on_health(states.append)
        await journal.append(Append((("a", Noted(1)), ("b", Noted(2))), NOW))
        assert commits == [(1, "a", 1, NOW, "Noted"), (2, "b", 1, NOW, "Noted")]
        faults.fail("COMMIT", error(10, "disk I/O error"))
        with pytest.raises(JournalError):
            await journal.append(one("a", 3))
        await until(lambda: len(states) == 2)
        assert [state.state.value for state in states] == ["failed", "ok"]


def test_a_journal_outlives_a_loop_and_answers_the_next_one(folder: Path) -> None:
    journal = open_journal(folder / "j.db")

    async def ask(expected: int) -> None:
        await journal.append(one("a", 1, expected={"a": expected}))

    async def leave() -> None:
        journal.submit(one("a", 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(ask(0))
    asyncio.run(leave())  # the loop is gone before the answer comes
    asyncio.run(ask(2))
    asyncio.run(journal.close())
    assert rows_of(folder / "j.db", "SELECT count(*) FROM events") == [(3,)]


async def test_a_closed_journal_refuses_with_words(folder: Path) -> None:
    async with opened(folder / "j.db") as journal:
        pass
    await journal.close()
    futures: list[Any] = [journal.submit(one("a", 1)), journal._recording.do(lambda connection: None)]
    for future in futures:
        with pytest.raises(JournalError, match="closed"):
            await future
