"""Block, unblock, reboot: refusals first."""

from __future__ import annotations

from lineside.lockers.model.events import (
    AlarmCleared,
    AlarmRaised,
    BlockConfirmed,
    BoardRebooted,
    BoardUnblocked,
    OrdersSent,
    RebootFailed,
)
from lineside.runtime.command import CommandSent
from lineside.runtime.step import OutcomeKind
from tests.lockers.model.story import GRID, Story

# ---------------------------------------------------------------------------------------------- refusals


def test_what_is_wanted_already_is_refused() -> None:
    story = Story()
    story.says(1, states=[0], **GRID)
    assert story.outcome(story.asks("unblock")).text == "the board is not blocked"
    story.asks("block")
    assert story.outcome(story.asks("block")).code == "already"
    story.says(2)
    story.says(3, states=[3])
    assert story.outcome(story.asks("block")).text == "the board is blocked"
    story.asks("unblock")
    again = story.outcome(story.asks("unblock"))
    assert again.text == "the board is to be not blocked already; it has not confirmed it yet"


def test_second_reboot_is_refused_while_the_first_is_on_its_way() -> None:
    story = Story()
    story.asks("reboot")
    assert story.outcome(story.asks("reboot")).code == "busy"


# ---------------------------------------------------------------------------------------------- block


def test_block_is_said_in_every_reply_and_confirmed_by_a_later_message() -> None:
    story = Story()
    story.says(1, states=[0], **GRID)
    command = story.asks("block")
    for send in (2, 3, 4):
        reply = story.says(send, states=[0])
        assert reply is not None
        assert reply.block
    assert command not in story.ended
    assert (story.latest("board").block.wanted, story.latest("board").block.confirmed) == (True, False)
    story.says(5, states=[3])
    assert story.outcome(command).kind is OutcomeKind.DONE
    assert story.latest("board").block.confirmed
    assert story.of(BlockConfirmed) == [BlockConfirmed(blocked=True)]
    assert len(story.of(OrdersSent)) == 1


def test_state_of_the_same_message_confirms_no_block() -> None:
    story = Story()
    story.says(1, states=[3])
    command = story.asks("block")
    story.says(2, states=[3])
    assert command not in story.ended
    story.says(3, states=[3])
    assert command in story.ended


def test_end_of_a_block_is_confirmed_by_a_later_message() -> None:
    story = Story()
    story.says(1, states=[0])
    story.asks("block")
    story.says(2)
    story.says(3, states=[3])
    command = story.asks("unblock")
    reply = story.says(4, states=[3])
    assert reply is not None
    assert not reply.block
    assert command not in story.ended
    story.says(5)
    assert command not in story.ended
    story.says(6, states=[1])
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_block_that_only_the_board_knows_of_may_be_ended() -> None:
    story = Story()
    story.says(1, states=[3])
    command = story.asks("unblock")
    story.says(2, states=[3])
    story.says(3, states=[0])
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_block_that_was_never_told_is_ended_at_once() -> None:
    story = Story()
    story.says(1, states=[0])
    block = story.asks("block")
    command = story.asks("unblock")
    assert story.outcome(block).code == "superseded"
    assert story.outcome(command).text == "the board was never told to block"
    assert story.of(BoardUnblocked)[0].command == ""
    reply = story.says(2, states=[0])
    assert reply is not None
    assert not reply.block


def test_block_ends_the_wait_for_the_end_of_one() -> None:
    story = Story()
    story.says(1, states=[3])
    unblock = story.asks("unblock")
    story.asks("block")
    assert story.outcome(unblock).code == "superseded"


def test_blocked_board_keeps_its_codes() -> None:
    story = Story()
    story.asks("set_code", cell=64, minutes=1, code="0042")
    story.asks("block")
    assert story.codes("0009", states=[1, 2], engaged=[], timed_out=[], accessed=[]) == [(64, "0042", 1)]
    assert story.sent[-1].block


# ---------------------------------------------------------------------------------------------- reboot


def test_reboot_is_ordered_until_a_new_boot_says_so() -> None:
    story = Story()
    story.says(19)
    command = story.asks("reboot")
    reply = story.says(20, reset=False)
    assert reply is not None
    assert reply.reset
    assert CommandSent(command) in story.recorded
    assert story.latest("board").reboot.replies_left == 4
    reply = story.says(1, reset=True)
    assert reply is not None
    assert not reply.reset
    assert story.outcome(command).kind is OutcomeKind.DONE
    assert story.of(BoardRebooted) == [BoardRebooted(2, "1", ordered=True)]
    assert story.latest("board").reboot is None


def test_implied_reboot_is_the_one_that_was_ordered_too() -> None:
    story = Story()
    story.says(500)
    command = story.asks("reboot")
    story.says(501)
    story.says(1)
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_reboot_of_its_own_accord_is_not_the_one_that_was_ordered_and_not_yet_sent() -> None:
    story = Story()
    story.says(500)
    command = story.asks("reboot")
    reply = story.says(1, reset=True)
    assert reply is not None
    assert reply.reset
    assert command not in story.ended


def test_board_that_goes_on_saying_reset_since_its_last_boot_has_not_rebooted() -> None:
    story = Story()
    story.says(1, reset=True)
    command = story.asks("reboot")
    story.says(2, reset=True)
    reply = story.says(3, reset=True)
    assert reply is not None
    assert reply.reset
    assert command not in story.ended
    story.says(1, reset=True)
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_reboot_fails_after_five_replies() -> None:
    story = Story()
    story.says(1)
    command = story.asks("reboot")
    resets = [getattr(story.says(send), "reset", None) for send in range(2, 10)]
    assert resets == [True] * 5 + [False] * 3
    assert (story.outcome(command).kind, story.outcome(command).code) == (OutcomeKind.EXPIRED, "reboot_failed")
    assert story.of(RebootFailed) == [RebootFailed(5)]
    assert [event.name for event in story.of(AlarmRaised)] == ["reboot_failed"]


def test_reboot_fails_at_its_expiry() -> None:
    story = Story()
    story.says(1)
    command = story.asks("reboot")
    story.says(2)
    story.expires(command)
    assert (story.outcome(command).kind, story.outcome(command).code) == (OutcomeKind.EXPIRED, "reboot_failed")
    reply = story.says(3)
    assert reply is not None
    assert not reply.reset


def test_expiry_of_what_has_ended_does_nothing() -> None:
    story = Story()
    story.says(1)
    command = story.asks("reboot")
    story.says(2)
    story.says(1, reset=True)
    assert story.expires(command).record == ()


def test_next_order_clears_the_failure() -> None:
    story = Story()
    story.says(1)
    story.asks("reboot")
    for send in range(2, 9):
        story.says(send)
    story.asks("reboot")
    assert story.of(AlarmCleared) == [AlarmCleared("reboot_failed")]
    story.expires("c2")
    story.asks("reboot")
    for send in range(9, 16):
        story.says(send)
    assert len(story.of(RebootFailed)) == 3


def test_repetitions_and_late_packets_order_no_reboot() -> None:
    """An order is no level: the board would reboot for each answer that it takes."""
    story = Story()
    story.says(2)
    story.asks("reboot")
    for send in (2, 1):
        reply = story.says(send)
        assert reply is not None
        assert not reply.reset
