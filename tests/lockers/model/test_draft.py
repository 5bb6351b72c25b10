from __future__ import annotations

from lineside.lockers.model.draft import Draft, refusal
from lineside.lockers.model.events import CodeConfirmed, CodeExpired
from lineside.runtime.step import NOTHING, OutcomeKind


def test_events_keep_their_order() -> None:
    draft = Draft()
    draft.record(CodeConfirmed(2))
    draft.record(CodeExpired(2))
    assert draft.step().record == (CodeConfirmed(2), CodeExpired(2))


def test_nothing_is_the_step_that_does_nothing() -> None:
    assert Draft().step() == NOTHING


def test_command_ends_once_and_the_first_way() -> None:
    draft = Draft()
    draft.done("c1", "the board lists it", send="5")
    draft.expired("c1", "too late")
    ends = draft.step().end
    assert [(end.command_id, end.outcome.kind) for end in ends if hasattr(end, "outcome")] == [("c1", OutcomeKind.DONE)]


def test_no_command_is_none() -> None:
    draft = Draft()
    draft.done("", "x")
    draft.refused("", "x", "y")
    draft.sent("")
    assert draft.step() == NOTHING


def test_command_that_ends_is_not_sent() -> None:
    draft = Draft()
    draft.sent("c1")
    draft.sent("c2")
    draft.refused("c1", "no", "superseded")
    assert draft.step().sent == ("c2",)


def test_refusal_ends_a_command_with_its_reason() -> None:
    step = refusal("c1", "cell 65: this board has cells 1 to 64")
    assert step.record == ()
    assert [end.outcome.code for end in step.end if hasattr(end, "outcome")] == ["bad_params"]
