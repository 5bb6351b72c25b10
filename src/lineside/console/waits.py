"""Requests that wait for something: bounded in time, and ended when the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Waits:
    """All waits of one server."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()

    @property
    def is_stopped(self) -> bool:
        """Nobody waits any more."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End every wait now, and each that begins from here on."""
        self._stopping.set()

    async def wait(self, awaited: Coroutine[Any, Any, T], seconds: float) -> T | None:
        """The result of ``awaited``, or None when the time is over or the server stops."""
        task = asyncio.create_task(awaited, name="wait of a request")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop of a wait")
        try:
            await asyncio.wait((task, stopping), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            stopping.cancel()
