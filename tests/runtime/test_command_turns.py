"""Accepted in time, and what an expiry means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandClass,
    CommandEnded,
    CommandSent,
    CommandUnknown,
)
from lineside.runtime.command_turns import decide_command, decide_expiry
from lineside.runtime.open_commands import OpenCommands
from lineside.runtime.step import NOTHING, End, Event, Moment, Outcome, OutcomeKind, Send, Step, Unsure
from tests.support.stage import Counting

AT = datetime(2026, 1, 1, tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)
COMMAND = Command("c1", "g/1", "DO", {}, "anna", "", CommandClass.LIVE, AT + timedelta(seconds=10))
KEEP = Command("c1", "g/1", "KEEP", {}, "anna", "", CommandClass.DURABLE)
SEND = Step(send=(Send("do it"),), sent=("c1",))


def after(seconds: float) -> Moment:
    return Moment(1000.0 + seconds, AT + timedelta(seconds=seconds))


def model() -> Counting:
    made = Counting(after(0))
    made.on_command_step = lambda command: SEND
    return made


def commands(*events: Event) -> OpenCommands:
    table = OpenCommands()
    for event in events:
        table.apply(event, AT)
    return table


def kinds(step: Step) -> list[OutcomeKind]:
    return [end.outcome.kind for end in step.end if isinstance(end, End)]


@pytest.mark.parametrize(("seconds", "step"), [(0, SEND), (9.9, SEND)])
def test_command_in_time_is_the_models(seconds: float, step: Step) -> None:
    assert decide_command(model(), NEVER, COMMAND, after(seconds)) == step


def test_late_command_has_expired_and_the_model_is_not_asked() -> None:
    late = decide_command(model(), NEVER, COMMAND, after(10))
    assert kinds(late) == [OutcomeKind.EXPIRED]
    assert late.send == ()


def test_clock_behind_the_journal_makes_no_command_late() -> None:
    assert decide_command(model(), AT + timedelta(hours=1), COMMAND, after(10)) == SEND


def test_durable_command_is_never_late() -> None:
    assert decide_command(model(), NEVER, KEEP, after(1e6)) == SEND


def test_command_that_was_never_sent_has_expired() -> None:
    step = decide_expiry(model(), commands(CommandAccepted(COMMAND)), "c1", after(10))
    assert kinds(step) == [OutcomeKind.EXPIRED]


def test_sent_command_without_evidence_is_unknown() -> None:
    step = decide_expiry(model(), commands(CommandAccepted(COMMAND), CommandSent("c1")), "c1", after(10))
    assert step.end == (Unsure("c1", "no evidence came before its expiry"),)


@pytest.mark.parametrize("end", [End("c1", Outcome(OutcomeKind.REFUSED, "idle")), Unsure("c1", "it is silent")])
def test_what_the_model_says_at_the_expiry_stands(end: End | Unsure) -> None:
    asked = model()
    asked.on_expiry_step = lambda command: Step(end=(end,))
    step = decide_expiry(asked, commands(CommandAccepted(COMMAND), CommandSent("c1")), "c1", after(10))
    assert step.end == (end,)


@pytest.mark.parametrize(
    "events",
    [
        (),
        (CommandAccepted(KEEP),),
        (CommandAccepted(COMMAND), CommandEnded("c1", Outcome(OutcomeKind.DONE))),
        (CommandAccepted(COMMAND), CommandSent("c1"), CommandUnknown("c1", "silence")),
    ],
)
def test_expiry_of_what_does_not_wait_any_more_does_nothing(events: tuple[Event, ...]) -> None:
    assert decide_expiry(model(), commands(*events), "c1", after(1e6)) == NOTHING
