"""A unit with everything around it that writes into one log, so that the order of records, sends and shows is seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from lineside.errors import LinesideError
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import Command, CommandClass
from lineside.runtime.drive import Unit, UnitSettings
from lineside.runtime.step import (
    NOTHING,
    Ask,
    Close,
    Event,
    Moment,
    Send,
    Show,
    Step,
    UnitState,
    UnitStatus,
)
from tests.support.memory_journal import MemoryJournal


class Heard(Event, frozen=True):
    text: str


class Counting:
    """A model for tests: records what it hears and answers it; "live …" needs no record.

    Attributes:
        calls: entrances that were called, in order.
        steps: message → the Step for it, in place of the usual one.
        on_apply: called with each event that is applied; may raise.
    """

    def __init__(self, now: Moment) -> None:
        self.heard: list[str] = []
        self.refused: list[LinesideError] = []
        self.status = UnitStatus(UnitState.LIVE, "", True, now.utc)
        self.wake_at: float | None = None
        self.on_command_step: Callable[[Command], Step] = lambda command: NOTHING
        self.on_expiry_step: Callable[[Command], Step] = lambda command: NOTHING
        self.expected: dict[str, int] = {}
        self.on_time_step = Step(record=(Heard("time"),))
        self.calls: list[str] = []
        self.steps: dict[str, Step] = {}
        self.on_apply: Callable[[Event], None] = lambda event: None

    def on_open(self, link: str, now: Moment) -> Step:
        return NOTHING

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        return Step(show=(Show("closed", reason),))

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        if str(message).startswith("live") and message in self.steps:
            return self.steps[message]
        return Step(send=(Send(f"ok {message}"),)) if str(message).startswith("live") else None

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
        self.calls.append(f"on_message {message}")
        if message in self.steps:
            return self.steps[message]
        if message == "boom":
            raise ZeroDivisionError("a fault of ours")
        if message == "close":
            return Step(close=(Close("asked to"),))
        if message == "ask":
            return Step(ask=(Ask("a1", "bank", "how much", 5.0),))
        return Step(
            show_now=(Show("now", message),),
            record=(Heard(message),),
            expected=dict(self.expected),
            send=(Send(f"ok {message}"),),
            show=(Show("after", message),),
        )

    def on_command(self, command: Command, now: Moment) -> Step:
        self.calls.append(f"on_command {command.id}")
        return self.on_command_step(command)

    def on_expiry(self, command: Command, now: Moment) -> Step:
        self.calls.append(f"on_expiry {command.id}")
        return self.on_expiry_step(command)

    def on_time(self, now: Moment) -> Step:
        self.calls.append("on_time")
        self.wake_at = None
        return self.on_time_step

    def on_answer(self, ask_id: str, answer: Any, now: Moment) -> Step:
        return Step(record=(Heard(f"{ask_id} {answer}"),))

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        self.refused.append(error)
        return Step(show=(Show("refused", error.code),))

    def deadline(self) -> float | None:
        return self.wake_at

    def apply(self, event: Event, at: datetime) -> None:
        self.on_apply(event)
        if isinstance(event, Heard):
            self.heard.append(event.text)

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        return (Show("heard", list(self.heard)),)

    def carry(self) -> Any:
        return self.heard

    def restore(self, state: Any, commands: Any) -> None:
        self.heard = list(state)


class Ticking(Counting):
    """A model that shows "tick" each second, whatever the journal does."""

    def __init__(self, now: Moment) -> None:
        super().__init__(now)
        self.tick_at = now.mono + 1.0

    def on_live_time(self, now: Moment) -> Step:
        self.tick_at = now.mono + 1.0
        return Step(show=(Show("tick", now.mono, feed=True),))

    def live_deadline(self) -> float | None:
        return self.tick_at


class Lines:
    """A wire of text lines."""

    def receive(self, data: bytes, now: float) -> list[str]:
        return data.decode().split()

    def send(self, message: Any) -> bytes:
        return f"{message}\n".encode()


class LoggedLink:
    """A link that writes into the common log.

    Attributes:
        on_send: called after each send; a link that dies of it calls `close`, which tells its receiver at once.
    """

    name = "test"

    def __init__(self, log: list[Any]) -> None:
        self.log = log
        self.on_send: Callable[[], None] = lambda: None
        self.receiver: Any = None
        self.held = False

    def start(self, receiver: Any) -> None:
        self.receiver = receiver

    def send(self, data: bytes) -> None:
        self.log.append(data)
        self.on_send()

    def unsent(self) -> int:
        return 0

    def hold(self, held: bool) -> None:
        self.held = held

    def close(self, reason: str) -> None:
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            receiver.on_closed(reason)


class LoggedHub:
    """A hub that writes into the common log."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def state(self, topic: str, value: Any) -> None:
        self.log.append((topic, value))

    feed = state


class Stage:
    """A unit with everything around it."""

    def __init__(self, model: type[Counting] = Counting, name: str = "g/1", **settings: Any) -> None:
        self.clock = ManualClock()
        self.journal = MemoryJournal()
        self.log = self.journal.log
        self.model = model(self.clock.now())
        self.answers: dict[str, Any] = {}
        self.told: list[LinesideError | None] = []
        self.unit = Unit(
            name,
            "test",
            self.model,
            clock=self.clock,
            journal=self.journal,  # type: ignore[arg-type]
            hub=LoggedHub(self.log),
            log=structlog.get_logger(),
            settings=UnitSettings(**settings),
            outside={"bank": self._bank},
        )
        self.link = LoggedLink(self.log)

    async def _bank(self, question: Any) -> Any:
        answer = self.answers[question]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def open(self) -> Stage:
        await self.unit.restore()
        self.unit.attach("line", self.link, Lines())
        self.log.clear()
        return self

    def hears(self, text: str) -> None:
        self.link.receiver.on_data(text.encode())

    def topics(self) -> list[str]:
        return [entry[0] for entry in self.log if isinstance(entry, tuple)]

    def command(self, command_id: str = "c1", expires_s: float | None = 30) -> Command:
        expires_at = None if expires_s is None else self.clock.utc + timedelta(seconds=expires_s)
        return Command(command_id, "g/1", "DO", {}, "anna", "", CommandClass.LIVE, expires_at)

    def request(self, command: Command) -> None:
        self.unit.request(command, self.told.append)
