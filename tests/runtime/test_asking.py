"""Questions to the outside: each is answered once, by an answer or an error."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog

from lineside.errors import LinesideError, LinkError, LinkTimeout, SinkAway
from lineside.runtime.asking import Asking
from lineside.runtime.step import Ask
from tests.support.wait import until


class Desk:
    """An outside that answers as told."""

    def __init__(self, answer: Any, asks_max: int = 4) -> None:
        self.answer = answer
        self.answers: list[tuple[str, Any]] = []
        self.asking = Asking("g/1", {"bank": self._bank}, self._on_answer, structlog.get_logger(), asks_max)

    def _on_answer(self, ask_id: str, answer: Any) -> None:
        self.answers.append((ask_id, answer))

    async def _bank(self, question: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            await asyncio.Event().wait()
        return self.answer + question

    async def asked(self, timeout_s: float = 5.0) -> Any:
        self.asking.ask(Ask("a1", "bank", 2, timeout_s))
        await until(lambda: self.answers)
        return self.answers


async def test_answer_comes_with_the_id_of_its_question() -> None:
    assert await Desk(40).asked() == [("a1", 42)]


async def test_silence_is_answered_by_a_time_out() -> None:
    ((_, answer),) = await Desk(None).asked(0.01)
    assert isinstance(answer, LinkTimeout)


@pytest.mark.parametrize(
    ("raised", "answered"),
    [(SinkAway("closed"), SinkAway), (TimeoutError(), LinkTimeout), (KeyError("x"), LinkError), (OSError(), LinkError)],
)
async def test_every_error_is_an_answer(raised: Exception, answered: type[LinesideError]) -> None:
    ((_, answer),) = await Desk(raised).asked()
    assert isinstance(answer, answered)


async def test_nobody_waits_after_the_stop() -> None:
    desk = Desk(None)
    desk.asking.ask(Ask("a1", "bank", 2))
    await asyncio.sleep(0)
    desk.asking.stop()
    await asyncio.sleep(0.01)
    assert desk.answers == []
    assert [task for task in asyncio.all_tasks() if "asks" in task.get_name()] == []


async def test_model_bounds_its_questions_and_knows_whom_it_asks() -> None:
    desk = Desk(None, asks_max=1)
    with pytest.raises(AssertionError, match="nobody of that name"):
        desk.asking.ask(Ask("a1", "post office", 2))
    desk.asking.ask(Ask("a1", "bank", 2))
    with pytest.raises(AssertionError, match="bounds its own"):
        desk.asking.ask(Ask("a2", "bank", 2))
    desk.asking.stop()
