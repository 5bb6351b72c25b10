"""Wait for a condition instead of for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object], seconds: float = 10.0, what: str = "the condition") -> None:
    """Return as soon as ``condition()`` is true; fail after ``seconds``, which only bounds a broken run."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        if loop.time() > end:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        await asyncio.sleep(0.005)
