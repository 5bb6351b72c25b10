"""Run one scenario on asyncio's own loop and on uvloop: the adapters meet both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

Scenario = Callable[[Path], Coroutine[Any, Any, None]]
SECONDS_MAX = 60


def on_both_loops(scenario: Scenario) -> Callable[..., None]:
    """A test that runs ``scenario(tmp_path)`` twice; anything told to the loop's exception handler fails it."""

    async def watched(tmp_path: Path) -> None:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with asyncio.timeout(SECONDS_MAX):
            await scenario(tmp_path)
        assert not complaints, complaints

    @pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
    def run(loop: str, tmp_path: Path) -> None:
        if loop == "uvloop":
            uvloop.run(watched(tmp_path))
        else:
            asyncio.run(watched(tmp_path))

    run.__name__ = scenario.__name__
    run.__doc__ = scenario.__doc__
    return run


class Ear:
    """A receiver that remembers."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ends: list[str] = []

    def on_data(self, data: bytes) -> None:
        assert not self.ends, "bytes after the end"
        self.data += data

    def on_closed(self, reason: str) -> None:
        self.ends.append(reason)
