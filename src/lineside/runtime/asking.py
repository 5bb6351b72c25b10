"""A unit's questions to the outside: each in a task of its own, each answered once, by an answer or by an error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from structlog.typing import FilteringBoundLogger

from lineside.errors import LinesideError, LinkError, LinkTimeout
from lineside.runtime.step import Ask

Outside = Mapping[str, Callable[[Any], Awaitable[Any]]]
"""Who can be asked, by name."""


class Asking:
    """The questions of one unit that wait for an answer.

    Args:
        answer: gets the question's id and the answer, which is a `LinesideError` when there is none.
        asks_max: questions at the same time; a model bounds its own below this.
    """

    def __init__(
        self,
        unit: str,
        outside: Outside,
        answer: Callable[[str, Any], None],
        log: FilteringBoundLogger,
        asks_max: int,
    ) -> None:
        self._unit = unit
        self._outside = outside
        self._answer = answer
        self._log = log
        self._asks_max = asks_max
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, ask: Ask) -> None:
        """Ask; the answer comes in a later turn of the loop, `Ask.timeout_s` from now at the latest."""
        assert len(self._tasks) < self._asks_max, "a model bounds its own questions"
        assert ask.to in self._outside, f"{self._unit} asks {ask.to}, and nobody of that name was given"
        task = asyncio.get_running_loop().create_task(self._asked(ask), name=f"{self._unit} asks {ask.to}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Wait for no answer any more."""
        for task in self._tasks:
            task.cancel()

    async def _asked(self, ask: Ask) -> None:
        self._answer(ask.id, await self._answer_of(ask))

    async def _answer_of(self, ask: Ask) -> Any:
        try:
            async with asyncio.timeout(ask.timeout_s):
                return await self._outside[ask.to](ask.question)
        except TimeoutError:
            return LinkTimeout(f"{ask.to} did not answer within {ask.timeout_s} s")
        except LinesideError as error:
            return error
        except Exception as error:  # a fault of ours; the model must not wait for ever because of it
            self._log.error("asking failed", to=ask.to, error=repr(error), exc_info=error)
            return LinkError(f"asking {ask.to} failed: {error!r}")
