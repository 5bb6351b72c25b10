"""Waits end by their result, their time, or the stop."""

from __future__ import annotations

import asyncio

import pytest

from lineside.console.waits import Waits


async def later(value: int) -> int:
    await asyncio.sleep(0.01)
    return value


async def never() -> int:
    await asyncio.Event().wait()
    return 0


async def fail() -> int:
    raise ValueError("no")


async def test_wait_gives_the_result_or_none_after_its_time() -> None:
    waits = Waits()
    assert await waits.wait(later(3), 10) == 3
    assert await waits.wait(never(), 0.01) is None


async def test_wait_passes_a_failure_on() -> None:
    with pytest.raises(ValueError, match="no"):
        await Waits().wait(fail(), 10)


async def test_stop_ends_those_that_wait_and_those_to_come() -> None:
    waits = Waits()
    waiting = asyncio.create_task(waits.wait(never(), 60))
    await asyncio.sleep(0)
    waits.stop()
    assert await waiting is None
    assert waits.is_stopped
    assert await waits.wait(never(), 60) is None
    assert [task for task in asyncio.all_tasks() if "wait" in task.get_name() and not task.cancelling()] == []
