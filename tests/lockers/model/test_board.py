"""A board through time: silence and return, expiries, wrong clocks, codes that are read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lineside.lockers.model import COMMANDS, Board
from lineside.lockers.model.events import (
    BoardAway,
    BoardReturned,
    CodeExpired,
    CodeRead,
    ExpiryMoved,
)
from lineside.lockers.model.messages import Report
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import Command, CommandClass
from lineside.runtime.model import LiveTimed, Model
from lineside.runtime.step import NOTHING, OutcomeKind, Secret, UnitState
from tests.lockers.model.story import GRID, Story, request

# ---------------------------------------------------------------------------------------------- silence and return


def test_board_is_waited_for_until_its_first_message() -> None:
    story = Story()
    assert story.state() is UnitState.WAITING
    assert not story.board.status.connected
    story.waits(3600.0)
    assert story.state() is UnitState.WAITING
    assert story.recorded == []


def test_connections_say_nothing() -> None:
    story = Story()
    assert story.opens("10.0.0.7:40112") == NOTHING
    assert story.state() is UnitState.WAITING
    story.says(1)
    assert story.closes("the peer has ended", "10.0.0.7:40112") == NOTHING
    assert story.state() is UnitState.LIVE


def test_silent_board_is_away_and_told_once() -> None:
    story = Story(board_timeout_s=180.0)
    story.says(1)
    story.waits(179.0)
    assert story.state() is UnitState.LIVE
    story.waits(2.0)
    assert story.state() is UnitState.AWAY
    assert story.board.status.reason == "no message for 180 s"
    story.waits(100_000.0)
    assert story.of(BoardAway) == [BoardAway(180.0)]


def test_any_message_keeps_it_there_late_ones_too() -> None:
    story = Story(board_timeout_s=180.0)
    story.says(100)
    for send in (99, 100, 99):
        story.waits(110.0)
        story.says(send)
    assert story.state() is UnitState.LIVE
    assert story.of(BoardAway) == []


def test_board_that_returns_is_there_at_once_and_says_how_long_it_was_away() -> None:
    story = Story(board_timeout_s=180.0)
    story.says(1)
    story.waits(3600.0)
    story.says(2)
    assert story.state() is UnitState.LIVE
    assert story.of(BoardReturned) == [BoardReturned(3600.0)]
    assert story.board.status.since == story.clock.utc
    story.waits(200.0)
    assert len(story.of(BoardAway)) == 2


def test_silence_and_return_are_shown_while_the_journal_cannot_write() -> None:
    story = Story(board_timeout_s=180.0)
    story.says(1)
    story.writable = False
    story.waits(181.0)
    assert story.state() is UnitState.AWAY
    assert story.says(2) is None
    assert story.state() is UnitState.LIVE
    assert story.of(BoardAway) == []


def test_known_board_that_does_not_call_after_a_start_is_away() -> None:
    story = Story(board_timeout_s=180.0)
    story.says(1)
    again = story.restarted()
    assert again.state() is UnitState.WAITING
    again.waits(200.0)
    assert again.state() is UnitState.AWAY
    assert len(again.of(BoardAway)) == 1
    third = again.restarted()
    third.waits(200.0)
    assert len(third.of(BoardAway)) == 1


def test_what_was_heard_is_shown_once_a_second_and_the_last_of_it_too() -> None:
    story = Story()
    story.says(1)
    story.forget()
    for send in range(2, 52):
        story.waits(0.1)
        story.says(send)
    story.waits(2.0)
    heard = [show.value.send for show in story.shown if show.aspect == "heard"]
    assert 5 <= len(heard) <= 7
    assert heard[-1] == "51"
    story.forget()
    story.waits(100.0)
    assert story.shown == []


def test_what_came_in_the_pause_is_shown_by_the_next_message_or_by_the_clock_when_none_comes() -> None:
    story = Story()
    story.says(1)
    story.waits(0.5)
    story.forget()
    story.says(2)
    story.waits(0.6)
    assert story.shown == []
    story.says(3)
    assert [show.value.send for show in story.shown] == ["3"]
    story.says(4)
    story.waits(1.9)
    assert len(story.shown) == 1
    story.waits(0.2)
    assert [show.value.send for show in story.shown] == ["3", "4"]


def test_status_is_a_new_object_only_when_something_in_it_changed() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    status = story.board.status
    for send in range(2, 9):
        story.waits(5.0)
        story.says(send, engaged=[])
    story.says(9, engaged=[2])
    assert story.board.status is status
    story.asks("block")
    assert story.board.status is not status


# ---------------------------------------------------------------------------------------------- expiries


def test_code_expires_by_the_clock_while_the_board_is_silent() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    command = story.asks("set_code", cell=2, minutes=5)
    story.waits(299.0)
    assert story.of(CodeExpired) == []
    story.waits(2.0)
    assert story.of(CodeExpired) == [CodeExpired(2)]
    assert story.outcome(command).kind is OutcomeKind.EXPIRED
    assert story.cell(2).minutes == 0


def test_expiry_that_cannot_be_recorded_is_tried_again_and_its_code_is_in_no_reply() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=5)
    story.says(1, engaged=[])
    story.writable = False
    story.waits(400.0)
    story.writable = True
    assert story.codes(2, engaged=[]) == []
    assert story.of(CodeExpired) == [CodeExpired(2)]


@pytest.mark.parametrize("step_s", [-86_400.0, -3600.0, 3600.0, 86_400.0 * 30])
def test_step_of_the_wall_clock_moves_an_expiry_by_a_minute_at_most(step_s: float) -> None:
    story = Story(board_timeout_s=1e9)
    story.asks("set_code", cell=2, minutes=60)
    story.says(1, engaged=[])
    story.says(2, engaged=[2])
    story.clock.step_utc(step_s)
    story.waits(58 * 60.0)
    assert len(story.codes(3, engaged=[2])) == 1
    assert story.sent[-1].codes[0].minutes in (1, 2, 3)
    story.waits(3.1 * 60.0)
    assert story.of(CodeExpired) == [CodeExpired(2)]
    assert story.codes(4, engaged=[2]) == []


# ---------------------------------------------------------------------------------------------- a clock that is wrong


def behind(hours: float = 1.0) -> Story:
    """A confirmed code of ten minutes, and a new process whose clock is behind the journal."""
    story = Story(board_timeout_s=1e9)
    story.asks("set_code", cell=2, minutes=10, code="1492")
    story.says(1, engaged=[], **GRID)
    story.says(2, engaged=[2])
    story.outer["clock_floor"] = story.clock.utc
    story.clock.step_utc(-hours * 3600.0)
    return story.restarted()


def test_nothing_expires_while_the_clock_is_behind_the_journal_and_the_status_says_so() -> None:
    story = behind()
    assert story.status.alarms == ("clock_behind",)
    story.waits(3599.0)
    assert story.codes(3, engaged=[2]) == [(2, "1492", 1)]
    assert story.of(CodeExpired) == []


def test_it_expires_when_the_clock_has_caught_up() -> None:
    story = behind()
    story.waits(3600.0 + 9 * 60.0)
    assert story.status.alarms == ()
    assert story.of(CodeExpired) == []
    story.waits(61.0)
    assert story.of(CodeExpired) == [CodeExpired(2)]


def test_it_expires_when_the_clock_is_set_right() -> None:
    story = behind()
    story.waits(60.0)
    story.clock.step_utc(2 * 3600.0)
    story.waits(31.0)
    assert story.of(CodeExpired) == [CodeExpired(2)]
    assert story.codes(3, engaged=[2]) == []


@pytest.mark.parametrize("step_s", [3540.0, 5 * 3600.0])
def test_code_that_is_set_with_a_wrong_clock_keeps_its_length(step_s: float) -> None:
    story = behind()
    story.asks("set_code", cell=3, minutes=30, code="7310")
    story.waits(600.0)
    story.clock.step_utc(step_s)
    story.waits(31.0)
    assert [event.cell for event in story.of(ExpiryMoved)] == [3]
    assert (3, "7310", 20) in story.codes(4, engaged=[])
    story.waits(18 * 60.0)
    assert (3, "7310", 2) in story.codes(5, engaged=[3])
    story.waits(121.0)
    assert story.codes(6, engaged=[3]) == []


def test_message_that_comes_before_the_code_was_moved_does_not_end_it() -> None:
    story = behind()
    story.asks("set_code", cell=3, minutes=30, code="7310")
    story.clock.step_utc(86_400.0)
    assert story.codes(3, engaged=[2]) == [(3, "7310", 30)]


def test_date_is_a_date_whatever_the_clock_said() -> None:
    story = behind()
    until = story.clock.utc + timedelta(hours=5)
    story.asks("set_code", cell=3, until=until.isoformat(), code="7310")
    story.waits(60.0)
    story.clock.step_utc(3600.0)
    story.waits(31.0)
    assert story.of(ExpiryMoved) == []
    assert story.board.carry().assignments[3].expires_at == until


def test_clock_that_is_right_is_not_looked_at_all_the_time() -> None:
    clock = ManualClock()
    story = Story(clock=clock, clock_floor=clock.utc)
    assert story.board.deadline() is None
    story.waits(1e6)


# ---------------------------------------------------------------------------------------------- codes that are read


def test_reading_a_code_is_recorded_with_the_name_of_who_reads() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=5, code="0042")
    step = story.board.read_code(2, "operator anna", story.clock.now(), "forgot it")
    assert step.record == (CodeRead(2, "operator anna", "forgot it"),)
    assert story.board.code_of(2) == Secret("0042")


def test_cell_without_a_code_has_nothing_to_read() -> None:
    story = Story()
    assert story.board.read_code(2, "operator anna", story.clock.now()) == NOTHING
    assert story.board.code_of(2) is None


# ---------------------------------------------------------------------------------------------- the rest of a model


def test_board_is_a_model_with_a_clock_of_its_own() -> None:
    board: Model = Story().board
    assert isinstance(board, LiveTimed)


def test_every_command_of_the_house_is_known() -> None:
    story = Story()
    params: dict[str, Any] = {"set_code": {"cell": 2, "minutes": 5}, "revoke_code": {"cell": 2}}
    for spec in COMMANDS:
        story.asks(spec.name, **params.get(spec.name, {}))
    with pytest.raises(AssertionError, match="no command of this house"):
        story.asks("open_all")


def test_nothing_is_answered_before_it_is_recorded() -> None:
    story = Story()
    assert story.board.on_live("link", Report(request(1), "10.0.0.7"), story.clock.now()) is None
    assert story.board.on_answer("a1", 42, story.clock.now()) == NOTHING


def test_command_that_ends_elsewhere_needs_no_expiry_of_ours() -> None:
    story = Story()
    command = Command("c9", "hall/1953", "block", {}, "anna", "", CommandClass.DURABLE)
    assert story.board.on_expiry(command, story.clock.now()) == NOTHING


def test_restored_board_waits_for_what_it_waited_for() -> None:
    story = Story()
    story.says(1, engaged=[], **GRID)
    command = story.asks("set_code", cell=2, minutes=5, code="0042")
    story.says(2, engaged=[])
    fresh = story.fresh(story.clock)
    fresh.restore(story.board.carry(), [])
    assert fresh.carry() == story.board.carry()
    story.model = fresh
    story.says(3, engaged=[2])
    assert story.outcome(command).kind is OutcomeKind.DONE
    assert isinstance(story.model, Board)
