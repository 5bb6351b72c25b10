"""Who gets a reply: nobody whose codes it could take without being asked."""

from __future__ import annotations

import pytest

from lineside.lockers.model import UnknownPolicy
from lineside.lockers.model.events import BoardApproved, BoardRegistered, CellOpened, Heard
from lineside.runtime.step import NOTHING, OutcomeKind, UnitState
from tests.lockers.model.story import GRID, Story

# ---------------------------------------------------------------------------------------------- no reply


def test_new_board_with_codes_from_elsewhere_gets_no_reply() -> None:
    story = Story(unknown=None)
    assert story.says(1, engaged=[2, 5], **GRID) is None
    assert story.says(2, engaged=[2, 5], accessed=[5]) is None
    assert story.of(BoardRegistered)[0].pending.startswith("it reports 2 codes that were not set here")
    assert story.of(CellOpened) == [CellOpened(5)]
    status = story.board.status
    assert (status.state, status.connected) == (UnitState.LIVE, False)
    assert status.reason.startswith("waits for approval: it reports 2 codes")
    assert story.latest("board").pending.is_pending


def test_it_gets_none_either_when_the_codes_have_run_out_meanwhile() -> None:
    story = Story(unknown=None)
    story.says(1, engaged=[2])
    assert story.says(2, engaged=[]) is None


def test_new_board_gets_no_reply_where_new_ones_wait() -> None:
    story = Story(unknown=UnknownPolicy.PENDING)
    assert story.says(1, engaged=[]) is None
    assert story.says(2, engaged=[]) is None
    assert story.board.is_pending


def test_new_board_is_not_even_recorded_where_new_ones_are_rejected() -> None:
    story = Story(unknown=UnknownPolicy.REJECT)
    assert story.says(1, engaged=[]) is None
    assert story.step == NOTHING
    assert story.recorded == []
    assert story.state() is UnitState.WAITING


def test_board_that_another_gateway_knows_gets_no_reply() -> None:
    story = Story(unknown=None, known_elsewhere="hall")
    assert story.says(1, engaged=[]) is None
    assert story.of(BoardRegistered)[0].pending.startswith("gateway hall knows this board")
    again = story.restarted()
    assert again.says(2, engaged=[]) is None


def test_board_is_not_let_in_by_a_restart_that_knows_less() -> None:
    story = Story(unknown=None, known_elsewhere="hall")
    story.says(1, engaged=[])
    story.outer["known_elsewhere"] = ""
    again = story.restarted()
    assert again.says(2, engaged=[]) is None


def test_known_board_gets_no_reply_after_a_repair_or_restore_until_it_is_approved() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    story.asks("set_code", cell=2, minutes=10, code="1492")
    story.says(2, engaged=[])
    story.outer["era"] = 1
    again = story.restarted()
    assert again.says(3, engaged=[2]) is None
    assert "repaired or restored (era 1)" in again.board.status.reason
    again.asks("approve")
    assert again.codes(4, engaged=[2]) == [(2, "1492", 10)]
    assert again.of(BoardApproved) == [BoardApproved(1, "operator anna")]
    assert again.restarted().says(5, engaged=[2]) is not None


def test_accepting_all_does_not_mean_a_board_of_an_earlier_era() -> None:
    story = Story(unknown=UnknownPolicy.ACCEPT)
    story.says(1)
    story.outer["era"] = 2
    assert story.restarted().says(2) is None


def test_waiting_board_never_gets_an_empty_list() -> None:
    """Whatever is asked of it: each of these replies would be the list of a server that does not know."""
    story = Story(unknown=None)
    story.says(1, engaged=[2])
    story.asks("block")
    story.asks("reboot")
    story.asks("set_code", cell=3, minutes=5)
    for send in range(2, 9):
        assert story.says(send, engaged=[2], reset=send == 5) is None


# ---------------------------------------------------------------------------------------------- a reply


def test_new_board_without_codes_is_let_in_by_default() -> None:
    story = Story(unknown=None)
    reply = story.says(1, engaged=[])
    assert reply is not None
    assert reply.codes == ()
    assert story.of(BoardRegistered) == [BoardRegistered(0, "", "10.0.0.7")]
    assert story.says(2, engaged=[9]) is not None  # it is known now


def test_new_board_that_reports_no_list_is_let_in_by_default() -> None:
    assert Story(unknown=None).says(1) is not None


def test_new_board_with_codes_is_let_in_where_all_are_accepted() -> None:
    assert Story().says(1, engaged=[2, 5]) is not None
    assert Story(known_elsewhere="hall").says(1, engaged=[2]) is not None


def test_new_board_whose_codes_were_all_set_here_is_let_in() -> None:
    story = Story(unknown=None)
    story.asks("set_code", cell=2, minutes=10, code="1492")
    assert story.codes(1, engaged=[2]) == [(2, "1492", 10)]


def test_rejecting_does_not_mean_boards_that_are_expected_or_known() -> None:
    assert Story(unknown=UnknownPolicy.REJECT, expected=True).says(1) is not None
    story = Story()
    story.says(1)
    story.settings = Story(unknown=UnknownPolicy.REJECT).settings
    assert story.restarted().says(2) is not None
    waiting = Story(unknown=UnknownPolicy.REJECT)
    waiting.asks("set_code", cell=2, minutes=10)
    assert waiting.says(1) is not None


def test_approved_board_gets_its_first_reply_with_our_list() -> None:
    story = Story(unknown=None)
    story.says(1, engaged=[2], **GRID)
    story.asks("set_code", cell=2, minutes=10, code="1492")
    command = story.asks("approve")
    assert story.outcome(command).kind is OutcomeKind.DONE
    assert story.board.status.connected
    assert not story.latest("board").pending.is_pending
    assert story.codes(2, engaged=[2]) == [(2, "1492", 10)]


def test_board_may_be_approved_before_it_calls() -> None:
    story = Story(unknown=UnknownPolicy.PENDING)
    assert story.status.pending
    story.asks("approve")
    assert story.says(1, engaged=[2]) is not None


def test_approval_of_a_board_that_does_not_wait_is_refused() -> None:
    story = Story()
    story.says(1)
    command = story.asks("approve")
    assert (story.outcome(command).kind, story.outcome(command).code) == (OutcomeKind.REFUSED, "not_pending")


@pytest.mark.parametrize("engaged", [[2], []])
def test_waiting_board_is_heard_compactly_all_the_same(engaged: list[int]) -> None:
    story = Story(unknown=UnknownPolicy.PENDING)
    story.says(1, engaged=engaged)
    story.says(2, engaged=engaged)
    assert story.last_events() == [Heard("2")]
