from __future__ import annotations

from datetime import UTC, datetime

from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandClass,
    CommandEnded,
    CommandSent,
    CommandUnknown,
)
from lineside.runtime.decision import Decision, events_of
from lineside.runtime.step import NOTHING, Elsewhere, End, Outcome, OutcomeKind, Show, Step, Unsure
from tests.support.stage import Heard

COMMAND = Command("c1", "g/1", "DO", {}, "anna", "", CommandClass.LIVE, datetime(2026, 1, 1, tzinfo=UTC))
DONE = Outcome(OutcomeKind.DONE, "there")
STEP = Step(
    record=(Heard("a"), Elsewhere("g/pot", Heard("b"))),
    claims=("receipt/7",),
    sent=("c1",),
    end=(End("c1", DONE), Unsure("c2", "silence")),
)


def test_acceptance_stands_before_the_record_and_the_end_behind_it() -> None:
    assert events_of("g/1", STEP, COMMAND) == [
        ("g/1", CommandAccepted(COMMAND)),
        ("g/1", Heard("a")),
        ("g/pot", Heard("b")),
        ("g/1", CommandSent("c1")),
        ("g/1", CommandEnded("c1", DONE)),
        ("g/1", CommandUnknown("c2", "silence")),
    ]


def test_step_that_only_shows_records_nothing() -> None:
    assert events_of("g/1", Step(show=(Show("a", 1),)), None) == []


def test_claims_are_the_commands_id_its_end_and_the_steps_own() -> None:
    decision = Decision(lambda now: NOTHING, command=COMMAND, step=STEP)
    assert decision.claims() == ("command/c1", "command-end/c1", "receipt/7")
    assert Decision(lambda now: NOTHING).claims() == ()
