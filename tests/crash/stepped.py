"""A journal whose writer and reader do their work inside the loop's thread, so that a seed gives the same life again.

The code is the product's; only who calls it is changed: `Writer.put` does the work at once in place of handing it to
the thread, and reads run when they are asked for. Lives with the real threads are cut too (see `cutting.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from lineside.runtime.clock import SystemClock, Timer
from lineside.runtime.journal import Catalogue, Journal, JournalSettings, Keys


class AtOnce(Executor):
    """Does what is submitted before `submit` returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


class SoonClock(SystemClock):
    """A clock whose timers are due in the next turn of the loop, whatever they were set to."""

    def call_at(self, mono: float, call: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_soon(call)


def open_stepped(
    path: Path, *, keys: Keys, catalogue: Catalogue, settings: JournalSettings, connect: Callable[[str], Any]
) -> Journal:
    """As `Journal.open`, without threads."""
    journal = Journal(path, keys, catalogue, settings, SystemClock(), connect)
    writer: Any = journal._writer
    writer.open()

    def put(items: list[Any]) -> None:
        writer._queue.put(items)
        writer._take()
        while writer._waiting:
            writer._work(writer._next_batch())
            writer._keep_house()

    def stop() -> None:
        writer._queue.put(None)
        writer._run()

    writer.put, writer.stop, writer.join = put, stop, lambda: None
    journal._reading.shutdown()
    journal._reading = AtOnce()  # type: ignore[assignment]
    return journal
