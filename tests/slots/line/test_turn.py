"""One machine's place in the turns."""

from __future__ import annotations

from lineside.slots.line import LineTiming, LinkState, MachinePolling, Priority, Want
from lineside.slots.line.turn import GENERAL, Turn
from lineside.slots.wire import LongPoll


def make_turn(state: LinkState = LinkState.UP) -> Turn:
    turn = Turn(MachinePolling(address=1), LineTiming())
    turn.state = state
    return turn


def test_a_long_poll_is_due_after_a_general_poll_and_only_while_the_machine_is_up() -> None:
    for state in LinkState:
        turn = make_turn(state)
        turn.queue.add(Want(LongPoll(1, 0x1A), Priority.NORMAL, "a"))
        assert turn.next_want(0.0, 3) is None
        turn.note_sent(0.0, GENERAL)
        assert (turn.next_want(0.0, 3) is not None) is (state is LinkState.UP)


def test_urgent_polls_may_follow_a_long_poll_up_to_the_limit() -> None:
    turn = make_turn()
    turn.queue.add(Want(LongPoll(1, 0x1A), Priority.URGENT, "a"))
    turn.note_sent(0.0, 0x1A)
    assert turn.next_want(0.0, 2) is not None
    turn.note_sent(0.0, 0x1A)
    assert turn.next_want(0.0, 2) is None


def test_measures_are_told_after_their_time_and_begin_anew() -> None:
    turn = make_turn()
    assert turn.measured(0.0, 10.0) is None
    turn.note_sent(1.0, GENERAL)
    turn.lateness.note(0.004)
    assert turn.measured(9.9, 10.0) is None
    told = turn.measured(10.0, 10.0)
    assert told is not None
    assert (told.counts, told.late_max_s, sum(told.lateness)) == ({"polls": 1}, 0.004, 1)
    assert turn.counts == {}
    assert turn.lateness.max_s == 0.0
