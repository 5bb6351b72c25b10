"""A decision while it is made."""

from __future__ import annotations

from lineside.runtime.step import End, OutcomeKind, Unsure
from lineside.slots.line import Priority, Release, Want
from lineside.slots.model.draft import LINE, Draft
from lineside.slots.model.events import PowerFailed
from lineside.slots.wire import GameNumber, LongPoll


def test_release_is_the_last_order_and_goes_once() -> None:
    draft = Draft(3)
    draft.release()
    draft.want(0xA0, GameNumber(0), tag="a", hold=True)
    draft.release()
    draft.record(PowerFailed())
    step = draft.step()
    want = Want(LongPoll(3, 0xA0, b"\x00\x00"), Priority.NORMAL, "a", hold=True)
    assert [send.message for send in step.send] == [want, Release()]
    assert {send.link for send in step.send} == {LINE}
    assert step.record == (PowerFailed(),)


def test_ends_of_commands() -> None:
    draft = Draft(1)
    draft.done("a", "well", answer=0)
    draft.refused("b", "not now", "busy")
    draft.unsure("c", "silence")
    draft.show("aft", {"lock": 255})
    done, refused, unsure = draft.step().end
    assert isinstance(done, End)
    assert done.outcome.evidence == {"answer": 0}
    assert isinstance(refused, End)
    assert (refused.outcome.kind, refused.outcome.code) == (OutcomeKind.REFUSED, "busy")
    assert unsure == Unsure("c", "silence")
    assert draft.step().show[0].aspect == "aft"
