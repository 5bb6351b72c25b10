"""What a message proves, and what it tells of the cells."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.lockers.model.cells import CellPhase
from lineside.lockers.model.events import (
    CellOpened,
    CellTimedOut,
    CodeConfirmed,
    CodeUsed,
    Heard,
    LayoutChanged,
    OrdersSent,
    Reported,
    RevocationConfirmed,
)
from lineside.lockers.model.memory import Lasting
from lineside.lockers.model.report import is_same, reported_of
from lineside.lockers.wire import Flag
from lineside.runtime.step import OutcomeKind
from tests.lockers.model.story import GRID, Story, request

# ---------------------------------------------------------------------------------------------- news or none


def test_what_is_not_reported_is_no_news() -> None:
    known = Lasting(engaged=(2,), states=(1,), wifi=2, reset=False)
    assert is_same(known, request(5))
    assert is_same(known, request(5, engaged=[2], states=[1], wifi=2, reset=False))


@pytest.mark.parametrize(
    "news",
    [
        {"engaged": ()},
        {"engaged": (3,)},
        {"accessed": ()},
        {"timed_out": (1,)},
        {"states": (1, 2)},
        {"locks": ("1",)},
        {"columns": 5},
        {"rows": 5},
        {"wifi": 0},
        {"gsm": 0},
        {"reset": True},
        {"flags": (Flag.BAD_NUMBER,)},
    ],
)
def test_what_differs_is_news_and_told_alone(news: dict[str, Any]) -> None:
    known, said = Lasting(engaged=(2,), states=(1,), wifi=2), request(5, **news)
    assert not is_same(known, said)
    assert reported_of(known, said) == Reported(send="5", **news)


def test_empty_list_is_news_after_none() -> None:
    assert not is_same(Lasting(), request(5, engaged=[]))


# ---------------------------------------------------------------------------------------------- codes


def test_code_is_pending_then_sent_then_confirmed_by_a_later_message() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    command = story.asks("set_code", cell=2, minutes=5, code="1492")
    assert story.cell(2).phase is CellPhase.PENDING
    assert story.codes(2, engaged=[]) == [(2, "1492", 5)]
    assert story.cell(2).phase is CellPhase.SENT
    assert story.of(OrdersSent) == [OrdersSent("2", (2,))]
    assert command not in story.ended
    story.says(3, engaged=[2])
    assert story.cell(2).phase is CellPhase.CONFIRMED
    assert story.cell(2).engaged
    assert story.outcome(command).kind is OutcomeKind.DONE
    assert story.outcome(command).evidence == {"send": "3", "epoch": 1}


def test_message_that_lists_the_cell_already_confirms_nothing_of_its_own_reply() -> None:
    story = Story()
    story.says(1, engaged=[2], **GRID)
    command = story.asks("set_code", cell=2, minutes=5, code="1492")
    story.says(2, engaged=[2])
    assert command not in story.ended
    story.says(2, engaged=[2])  # the same message over the other channel
    story.says(1, engaged=[2])  # a late one
    assert command not in story.ended
    story.says(3, engaged=[2])
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_answer_to_a_late_packet_promises_nothing() -> None:
    """The board drops it, because its SEND is not the one that it waits for."""
    story = Story()
    story.says(2, engaged=[])
    story.asks("set_code", cell=2, minutes=5, code="1492")
    reply = story.says(1, engaged=[])
    assert reply is not None
    assert len(reply.codes) == 1  # the whole list all the same
    assert story.of(OrdersSent) == []
    story.says(3, engaged=[2])
    assert story.of(CodeConfirmed) == []


def test_answer_to_the_same_message_over_the_other_channel_counts_as_sent() -> None:
    story = Story()
    story.says(1, engaged=[])
    command = story.asks("set_code", cell=2, minutes=5, code="1492")
    story.says(1, engaged=[])
    assert story.of(OrdersSent) == [OrdersSent("1", (2,))]
    story.says(2, engaged=[2])
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_list_that_is_not_reported_proves_nothing() -> None:
    story = Story()
    story.says(1, engaged=[2])
    story.asks("revoke_code", cell=2)
    for send in (2, 3, 4):
        story.says(send)
    assert story.of(RevocationConfirmed) == []
    story.says(5, engaged=[])
    assert story.of(RevocationConfirmed) == [RevocationConfirmed(2)]


def test_revocation_is_confirmed_by_a_later_list_without_the_cell() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    story.asks("set_code", cell=2, minutes=5, code="1492")
    story.says(2, engaged=[])
    story.says(3, engaged=[2])
    command = story.asks("revoke_code", cell=2)
    assert story.cell(2).phase is CellPhase.REVOKING
    assert story.codes(4, engaged=[2]) == []
    assert command not in story.ended
    story.says(5, engaged=[2])  # the reply was lost
    assert command not in story.ended
    story.says(6, engaged=[])
    assert story.outcome(command).kind is OutcomeKind.DONE
    assert story.cell(2).phase is CellPhase.FREE


def test_code_that_the_board_does_not_take_is_sent_again_and_again_and_never_confirmed() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=50, code="1492")
    for send in range(1, 30):
        assert len(story.codes(send, engaged=[])) == 1
    assert story.of(CodeConfirmed) == []
    assert len(story.of(OrdersSent)) == 1


def test_wish_that_waits_costs_no_more_than_a_message_without_news() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=50, code="1492")
    story.says(1, engaged=[])
    story.says(2, engaged=[])
    story.says(3, engaged=[])
    assert story.last_events() == [Heard("3")]


def test_cell_outside_of_the_locks_is_confirmed_all_the_same() -> None:
    """The sheet's own sample lists cells where ACT_CON shows no lock (§3)."""
    story = Story()
    story.says(1, locks=["01111111"] + ["11111111"] * 7, **GRID)
    command = story.asks("set_code", cell=1, minutes=5, code="1492")
    story.says(2, engaged=[])
    story.says(3, engaged=[1])
    assert story.outcome(command).kind is OutcomeKind.DONE
    assert story.cell(1).lock is False


# ---------------------------------------------------------------------------------------------- openings


def test_each_opening_is_an_event_in_the_order_given_and_a_listed_one_a_repetition() -> None:
    story = Story()
    story.says(1, accessed=[1, 54, 43])
    assert story.of(CellOpened) == [CellOpened(1), CellOpened(54), CellOpened(43)]
    story.says(2, accessed=[43, 7])
    assert story.of(CellOpened)[3:] == [CellOpened(43, repeat=True), CellOpened(7)]


def test_openings_that_are_listed_again_without_news_are_in_the_message_itself() -> None:
    story = Story()
    story.says(1, accessed=[1, 54])
    story.says(2, accessed=[1, 54])
    assert story.last_events() == [Heard("2", 0, (1, 54))]
    story.says(3)
    assert story.last_events() == [Heard("3")]


def test_openings_come_once_per_message() -> None:
    story = Story()
    story.says(1, accessed=[5, 5])
    story.says(1, accessed=[5, 5])
    assert story.of(CellOpened) == [CellOpened(5)]


def test_hostile_list_is_told_no_further_than_a_cabinet_can_go() -> None:
    story = Story(cells_max=256)
    story.says(1, accessed=list(range(1, 1500)), timed_out=list(range(1, 1500)))
    assert len(story.of(CellOpened)) == 256
    assert len(story.of(CellTimedOut)) == 256


# ---------------------------------------------------------------------------------------------- once


def test_code_for_one_opening_ends_with_it() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    command = story.asks("set_code", cell=2, minutes=50, code="1492", once=True)
    story.says(2, engaged=[])
    story.says(3, engaged=[2])
    assert story.codes(4, engaged=[2], accessed=[2]) == []
    assert story.of(CodeUsed) == [CodeUsed(2)]
    assert story.cell(2).phase is CellPhase.REVOKING
    story.says(5, engaged=[])
    assert story.cell(2).phase is CellPhase.FREE
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_code_for_one_opening_is_confirmed_and_used_by_one_message() -> None:
    story = Story()
    command = story.asks("set_code", cell=2, minutes=50, code="1492", once=True)
    story.says(1, engaged=[])
    assert story.codes(2, engaged=[2], accessed=[2]) == []
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_opening_from_before_the_code_does_not_use_it() -> None:
    story = Story()
    story.says(1, engaged=[], accessed=[2])
    story.asks("set_code", cell=2, minutes=50, code="1492", once=True)
    story.says(2, engaged=[], accessed=[2, 3])
    assert len(story.codes(3, engaged=[2], accessed=[2, 3, 4])) == 1
    assert story.of(CodeUsed) == []


def test_opening_does_not_end_a_code_for_many() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=50, code="1492")
    story.says(1, engaged=[])
    story.says(2, engaged=[2])
    assert len(story.codes(3, engaged=[2], accessed=[2])) == 1


# ---------------------------------------------------------------------------------------------- time-outs


def confirmed() -> Story:
    story = Story()
    story.asks("set_code", cell=2, minutes=50, code="1492")
    story.says(1, engaged=[], timed_out=[], **GRID)
    story.says(2, engaged=[2], timed_out=[])
    return story


def test_time_out_ends_a_confirmed_code_and_the_reply_does_not_revive_it() -> None:
    story = confirmed()
    assert story.codes(3, engaged=[], timed_out=[2]) == []
    assert story.of(CellTimedOut) == [CellTimedOut(2, ended=True)]
    assert story.cell(2).phase is CellPhase.TIMED_OUT
    assert story.codes(4, engaged=[], timed_out=[2]) == []
    assert len(story.of(CellTimedOut)) == 1


def test_time_out_from_before_does_not_end_a_code_that_is_on_its_way() -> None:
    story = Story()
    story.says(1, engaged=[], timed_out=[2])
    story.asks("set_code", cell=2, minutes=50, code="1492")
    for send in (2, 3):
        assert len(story.codes(send, engaged=[], timed_out=[2])) == 1
    assert len(story.codes(4, engaged=[2], timed_out=[2])) == 1  # it arrived; the old time-out is still listed
    assert len(story.codes(5, engaged=[2], timed_out=[2])) == 1
    assert story.codes(6, engaged=[], timed_out=[2]) == []  # and ran out in its turn
    assert story.of(CellTimedOut) == [CellTimedOut(2), CellTimedOut(2, ended=True)]


def test_time_out_is_believed_when_the_list_of_engaged_cells_is_not_reported() -> None:
    story = confirmed()
    assert story.codes(3, timed_out=[2]) == []
    story.asks("set_code", cell=2, minutes=50, code="7310")
    assert len(story.codes(4, timed_out=[2])) == 1


def test_board_that_lists_a_confirmed_cell_no_more_gets_its_code_again() -> None:
    story = confirmed()
    assert len(story.codes(3, engaged=[])) == 1
    assert not story.cell(2).engaged


# ---------------------------------------------------------------------------------------------- layout


def test_first_layout_is_no_change() -> None:
    story = Story()
    story.says(1, **GRID)
    assert story.of(LayoutChanged) == []


def test_change_of_the_layout_is_told_and_moves_no_code() -> None:
    story = Story()
    story.says(1, **GRID)
    story.asks("set_code", cell=9, minutes=5, code="1492")
    assert story.codes(2, columns=5, rows=6) == [(9, "1492", 5)]
    assert story.of(LayoutChanged) == [LayoutChanged(5, 6, 8, 8)]
    assert (story.cell(9).row, story.cell(9).column) == (1, 3)
    story.says(3)
    story.says(4, columns=5, rows=6)
    assert len(story.of(LayoutChanged)) == 1


def test_layout_of_a_board_without_columns_and_rows_is_that_of_its_locks() -> None:
    story = Story()
    story.says(1, locks=["111", "101"])
    board = story.latest("board")
    assert (board.columns, board.rows) == (3, 2)
    assert [cell.lock for cell in board.cells] == [True, True, True, True, False, True]
