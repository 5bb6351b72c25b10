"""The cuts must catch each build that breaks a promise; each is a patch that lives in this file only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lineside.runtime.journal import Journal, Recorded
from lineside.runtime.lanes import Batch
from lineside.runtime.sink import SinkRunner
from tests.crash.cutting import cut_often
from tests.crash.scene import Build
from tests.support.apsw_connection import ApswConnection, open_connection
from tests.support.power_cut import Disk
from tests.support.row_store import RowStore

# The slowest to be caught (acknowledge before commit, a matter of threads) took 10 to 102 cuts in seven runs.
CUTS_MAX = 1500


class WeakConnection:
    """A connection that asks SQLite for less than the journal told it to."""

    def __init__(self, connection: ApswConnection, level: str) -> None:
        self._connection = connection
        self._level = level

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> Any:
        return self._connection.execute(sql.replace("synchronous = FULL", f"synchronous = {self._level}"), *values)


def connect_weakly(level: str) -> Callable[[Disk], Callable[[Any], Any]]:
    """A ``connect`` whose connections sync less."""
    return lambda disk: lambda path: WeakConnection(open_connection(path, disk), level)


def open_hasty(path: Path, **arguments: Any) -> Journal:
    """A journal that answers before its COMMIT."""
    journal = Journal.open(path, **arguments)
    store: Any = journal._writer.store
    plan, commit = store.plan, store.commit
    planned: list[Any] = []

    def remember(requests: Any) -> Any:
        planned.append(plan(requests))
        return planned[-1]

    def answer_and_commit() -> None:
        if planned:
            journal._recording.answer(planned.pop().done, [], [])
        commit()

    store.plan, store.commit = remember, answer_and_commit
    return journal


class EagerRunner(SinkRunner):
    """A sink that moves its cursor before the target has acknowledged."""

    async def _deliver(self, batch: Batch) -> None:
        self._lanes.finish(batch)
        await self._keeper.save()
        await self._target.deliver(batch.events)


class KeylessRows(RowStore):
    """A target without a unique key: whatever comes is new."""

    def is_new(self, recorded: Recorded) -> bool:
        return True


BROKEN = {
    "synchronous NORMAL": Build(connect=connect_weakly("NORMAL")),
    "synchronous OFF": Build(connect=connect_weakly("OFF")),
    "acknowledge before commit": Build(open_journal=open_hasty, sync_s=0.001),
    "cursor before the acknowledgement": Build(runner=EagerRunner),
    "no unique key in the sink": Build(rows=KeylessRows),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_cuts_catch_the_broken_build(name: str, fast_path: Path) -> None:
    found = await cut_often(fast_path, 1, CUTS_MAX, BROKEN[name])
    assert found.faults, f"{name}: not caught in {found.count} cuts"
    print(f"{name}: caught by cut {found.count} ({found.place}): {found.faults[0]}")


async def test_the_same_means_find_nothing_in_the_sound_build(fast_path: Path) -> None:
    """Wrapped as the broken builds are, and not weakened: what they are caught by is not the wrapping."""
    build = Build(connect=connect_weakly("FULL"), open_journal=Journal.open, sync_s=0.0005)
    found = await cut_often(fast_path, 1, 50, build)
    assert not found.faults, f"{found.place}: {found.faults}"
