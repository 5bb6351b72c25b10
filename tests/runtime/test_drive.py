"""The order of things: record, then send, then show; the shut mailbox; refusals; commands and their ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from lineside.errors import JournalFull, LinesideError
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import Command, CommandAccepted, CommandClass, CommandEnded, CommandSent, CommandUnknown
from lineside.runtime.drive import Unit, UnitSettings
from lineside.runtime.journal import Append
from lineside.runtime.mailbox import Mailbox
from lineside.runtime.step import (
    NOTHING,
    Ask,
    Close,
    End,
    Event,
    Moment,
    Outcome,
    OutcomeKind,
    Send,
    Show,
    Step,
    UnitState,
    UnitStatus,
)
from tests.support.memory_journal import MemoryJournal
from tests.support.wait import until


class Heard(Event, frozen=True):
    text: str


class Counting:
    """A model for tests: records what it hears and answers it; "live …" needs no record."""

    def __init__(self, now: Moment) -> None:
        self.heard: list[str] = []
        self.refused: list[LinesideError] = []
        self.status = UnitStatus(UnitState.LIVE, "", True, now.utc)
        self.wake_at: float | None = None
        self.on_command_step: Callable[[Command], Step] = lambda command: NOTHING
        self.on_expiry_step: Callable[[Command], Step] = lambda command: NOTHING
        self.expected: dict[str, int] = {}

    def on_open(self, link: str, now: Moment) -> Step:
        return NOTHING

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        return Step(show=(Show("closed", reason),))

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        return Step(send=(Send(f"ok {message}"),)) if str(message).startswith("live") else None

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
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
        return self.on_command_step(command)

    def on_expiry(self, command: Command, now: Moment) -> Step:
        return self.on_expiry_step(command)

    def on_time(self, now: Moment) -> Step:
        self.wake_at = None
        return Step(record=(Heard("time"),))

    def on_answer(self, ask_id: str, answer: Any, now: Moment) -> Step:
        return Step(record=(Heard(f"{ask_id} {answer}"),))

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        self.refused.append(error)
        return Step(show=(Show("refused", error.code),))

    def deadline(self) -> float | None:
        return self.wake_at

    def apply(self, event: Event, at: datetime) -> None:
        if isinstance(event, Heard):
            self.heard.append(event.text)

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        return (Show("heard", list(self.heard)),)

    def carry(self) -> Any:
        return self.heard

    def restore(self, state: Any, commands: Any) -> None:
        self.heard = list(state)


class Lines:
    """A wire of text lines."""

    def receive(self, data: bytes, now: float) -> list[str]:
        return data.decode().split()

    def send(self, message: Any) -> bytes:
        return f"{message}\n".encode()


class LoggedLink:
    """A link that writes into the common log."""

    name = "test"

    def __init__(self, log: list[Any]) -> None:
        self.log = log
        self.receiver: Any = None
        self.held = False

    def start(self, receiver: Any) -> None:
        self.receiver = receiver

    def send(self, data: bytes) -> None:
        self.log.append(data)

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

    def __init__(self, **settings: Any) -> None:
        self.clock = ManualClock()
        self.journal = MemoryJournal()
        self.log = self.journal.log
        self.model = Counting(self.clock.now())
        self.answers: dict[str, Any] = {}
        self.told: list[LinesideError | None] = []
        self.unit = Unit(
            "g/1",
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


async def test_step_is_performed_in_its_one_order() -> None:
    stage = await Stage().open()
    stage.hears("a")
    await until(lambda: ("g/1/heard", ["a"]) in stage.log)
    assert stage.log == [
        ("g/1/now", "a"),
        Heard("a"),
        b"ok a\n",
        ("g/1/after", "a"),
        ("g/1/heard", ["a"]),
    ]


async def test_nothing_is_applied_or_sent_before_the_append_has_returned() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a b")
    await until(lambda: ("g/1/now", "a") in stage.log)
    assert stage.log == [("g/1/now", "a")]
    assert stage.model.heard == []
    stage.journal.release()
    await until(lambda: stage.model.heard == ["a", "b"])


async def test_broken_build_that_sends_before_the_record_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Mailbox._begin

    def send_first(self: Mailbox, decision: Any) -> None:
        decide = decision.decide

        def hasty(now: Moment) -> Step:
            step: Step = decide(now)
            self._unit.send_and_close(step, decision.asker)
            return step

        decision.decide = hasty
        begin(self, decision)

    monkeypatch.setattr(Mailbox, "_begin", send_first)
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a")
    assert b"ok a\n" in stage.log, "the test above would see this build"


async def test_live_message_passes_a_shut_mailbox() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a live1 b live2")
    assert [entry for entry in stage.log if isinstance(entry, bytes)] == [b"ok live1\nok live2\n"]


async def test_refused_append_applies_and_sends_nothing_and_the_next_message_goes_on() -> None:
    stage = await Stage().open()
    stage.journal.broken = JournalFull("no room")
    stage.hears("a")
    await until(lambda: stage.model.refused)
    assert stage.model.heard == []
    assert not [entry for entry in stage.log if isinstance(entry, bytes)]
    assert "g/1/refused" in stage.topics()
    stage.journal.broken = None
    stage.hears("b")
    await until(lambda: stage.model.heard == ["b"])


async def test_timers_pause_after_a_refusal() -> None:
    stage = await Stage(refused_pause_s=1.0).open()
    stage.journal.broken = JournalFull("no room")
    stage.model.wake_at = 0.0
    stage.hears("live")
    stage.clock.advance(0.0)
    await until(lambda: len(stage.model.refused) == 1)
    stage.model.wake_at = 0.0
    stage.hears("live")
    stage.clock.advance(0.5)
    assert len(stage.model.refused) == 1
    stage.clock.advance(0.6)
    await until(lambda: len(stage.model.refused) == 2)


async def test_moved_version_is_caught_up_and_decided_again() -> None:
    stage = await Stage().open()
    stage.journal.keep(Append((("g/1", Heard("from elsewhere")),), stage.clock.utc))
    stage.hears("a")
    await until(lambda: stage.model.heard == ["from elsewhere", "a"])
    assert stage.unit.version == 2
    assert stage.model.refused == []


async def test_decisions_about_a_moving_version_are_bounded() -> None:
    stage = await Stage(decisions_max=3).open()
    stage.model.expected = {"g/pot": 99}
    stage.hears("a")
    await until(lambda: stage.model.refused)
    assert stage.model.refused[0].code == "version_moved"


async def test_links_are_held_while_the_mailbox_is_full_and_released_after() -> None:
    stage = await Stage(mailbox_messages_max=4).open()
    stage.journal.held = True
    stage.hears("a b c d e f")
    assert stage.link.held
    stage.journal.release()
    await until(lambda: len(stage.model.heard) == 6)
    assert not stage.link.held


async def test_close_in_a_step_closes_the_askers_link() -> None:
    stage = await Stage().open()
    stage.hears("close")
    assert ("g/1/closed", "asked to") in stage.log


async def test_answer_from_outside_returns_as_a_message() -> None:
    stage = await Stage().open()
    stage.answers["how much"] = 42
    stage.hears("ask")
    await until(lambda: stage.model.heard == ["a1 42"])


async def test_failure_outside_returns_as_a_message_too() -> None:
    stage = await Stage().open()
    stage.answers["how much"] = JournalFull("closed today")
    stage.hears("ask")
    await until(lambda: stage.model.heard == ["a1 closed today"])


async def test_deadline_wakes_the_model() -> None:
    stage = await Stage().open()
    stage.model.wake_at = stage.clock.mono + 5
    stage.hears("live")
    stage.clock.advance(4.9)
    assert stage.model.heard == []
    stage.clock.advance(0.2)
    await until(lambda: stage.model.heard == ["time"])


async def test_replay_rebuilds_state_and_version() -> None:
    stage = await Stage().open()
    stage.hears("a b")
    await until(lambda: stage.model.heard == ["a", "b"])
    again = Stage()
    again.journal.kept = stage.journal.kept
    await again.unit.restore()
    assert again.model.heard == ["a", "b"]
    assert again.unit.version == 2


async def test_fault_of_the_model_stops_the_unit_and_is_told() -> None:
    stage = await Stage().open()
    stage.hears("boom")
    with pytest.raises(ZeroDivisionError):
        await stage.unit.failed()
    assert stage.link.receiver is None


# ---------------------------------------------------------------------------------------------- commands


async def test_acceptance_and_immediate_end_are_one_append() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(end=(End(command.id, Outcome(OutcomeKind.REFUSED, "no")),))
    stage.request(stage.command())
    await until(lambda: stage.told == [None])
    kinds = [type(e) for e in stage.log if isinstance(e, Event)]
    assert kinds == [CommandAccepted, CommandEnded]
    assert stage.journal.claims.keys() == {"command/c1", "command-end/c1"}
    assert len(stage.unit.open_commands) == 0


async def test_sent_is_recorded_before_the_message_leaves() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(send=(Send("do it", "line"),), sent=(command.id,))
    stage.request(stage.command())
    await until(lambda: stage.told)
    order = [type(e) if isinstance(e, Event) else e for e in stage.log if not isinstance(e, tuple)]
    assert order == [CommandAccepted, CommandSent, b"do it\n"]


async def test_command_that_was_never_sent_expires() -> None:
    stage = await Stage().open()
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(10.1)
    await until(lambda: len(stage.unit.open_commands) == 0)
    ended = next(e for e in stage.log if isinstance(e, CommandEnded))
    assert ended.outcome.kind is OutcomeKind.EXPIRED


async def test_sent_command_becomes_unknown_at_its_expiry_and_stays_open() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(sent=(command.id,))
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(10.1)
    await until(lambda: any(isinstance(e, CommandUnknown) for e in stage.log))
    assert len(stage.unit.open_commands) == 1


async def test_evidence_at_expiry_ends_the_command() -> None:
    stage = await Stage().open()
    stage.model.on_command_step = lambda command: Step(sent=(command.id,))
    stage.model.on_expiry_step = lambda command: Step(end=(End(command.id, Outcome(OutcomeKind.REFUSED, "idle")),))
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(10.1)
    await until(lambda: len(stage.unit.open_commands) == 0)


async def test_nothing_expires_while_the_clock_is_behind_the_journal() -> None:
    stage = Stage()
    stage.journal.last_at = stage.clock.utc + timedelta(hours=1)
    await stage.open()
    stage.request(stage.command(expires_s=10))
    await until(lambda: stage.told)
    stage.clock.advance(60)
    assert len(stage.unit.open_commands) == 1
    stage.clock.advance(3600)
    stage.hears("live")
    stage.clock.advance(0.0)
    await until(lambda: len(stage.unit.open_commands) == 0)


async def test_request_that_cannot_be_recorded_is_told_the_error() -> None:
    stage = await Stage().open()
    stage.journal.broken = JournalFull("no room")
    stage.request(stage.command())
    await until(lambda: stage.told)
    assert isinstance(stage.told[0], JournalFull)
    assert len(stage.unit.open_commands) == 0


async def test_closing_refuses_what_waits() -> None:
    stage = await Stage().open()
    stage.journal.held = True
    stage.hears("a")
    stage.request(stage.command())
    stage.unit.close("bye")
    assert stage.told
    assert stage.told[0] is not None
