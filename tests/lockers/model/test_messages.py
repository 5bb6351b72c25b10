"""Messages in the order of boots and numbers, and the replies that they get."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.lockers.model.events import (
    BoardRebooted,
    CellOpened,
    ChannelChanged,
    CodeExpired,
    Heard,
    Reported,
)
from lineside.lockers.model.messages import Report
from lineside.lockers.wire import Flag, Reply
from lineside.runtime.step import OutcomeKind
from tests.lockers.model.story import GRID, Story, request

WIFI, GSM = 1, 2


# ---------------------------------------------------------------------------------------------- replies


def test_reply_echoes_header_id_and_send_to_the_letter() -> None:
    story = Story()
    story.hears(Report(request("000141349"), "10.0.0.7"))
    assert story.sent == [Reply(header="ACon_V1.0", board="1953", send="000141349")]


def test_every_message_is_answered_with_its_own_number() -> None:
    story = Story()
    sends = [5, 6, 6, 5, 9, 1, 2]
    assert [getattr(story.says(send), "send", None) for send in sends] == [str(send) for send in sends]


def test_there_is_no_reply_when_the_journal_cannot_write() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=5, code="1492")
    story.says(1, engaged=[])
    story.writable = False
    assert story.says(2, engaged=[2]) is None
    assert story.says(3, engaged=[]) is None
    story.writable = True
    assert story.codes(4, engaged=[2]) == [(2, "1492", 5)]


def test_refused_record_leaves_no_trace_in_the_lasting_state() -> None:
    story = Story()
    story.says(1, engaged=[])
    before = story.board.carry()
    story.writable = False
    story.says(2, engaged=[2], accessed=[2], connection=WIFI, states=[1])
    story.says(3)
    assert story.board.carry() == before


def test_replies_are_made_anew_each_time() -> None:
    story = Story()
    story.says(1)
    assert story.codes(1) == []
    story.asks("set_code", cell=2, minutes=5, code="1492")
    assert story.codes(1) == [(2, "1492", 5)]
    story.asks("set_code", cell=2, minutes=5, code="7310")
    assert story.codes(1) == [(2, "7310", 5)]


# ---------------------------------------------------------------------------------------------- without news


def test_message_that_moves_send_alone_is_one_compact_event() -> None:
    story = Story()
    fields: dict[str, Any] = {"connection": WIFI, "engaged": [2], "states": [0], "locks": ["1" * 8] * 8, **GRID}
    story.says(1, **fields)
    story.forget()
    for send in range(2, 50):
        story.clock.advance(10.0)
        assert story.says(send, **fields) is not None
        assert story.last_events() == [Heard(str(send))]
    assert not [show for show in story.shown if show.aspect == "board"]


def test_short_way_and_long_way_answer_alike() -> None:
    """The same message from another address goes the long way."""
    story = Story()
    story.asks("set_code", cell=2, minutes=5, code="1492")
    story.says(1, engaged=[])
    for send in range(2, 6):
        address = "10.0.0.7" if send % 2 else "10.0.0.8"
        assert story.says(send, address, engaged=[2]) is not None
        assert story.sent[-1].codes == story.sent[-2].codes
    assert story.last_events() == [Heard("5")]


def test_unknown_keys_that_change_all_the_time_are_recorded_now_and_then() -> None:
    story = Story(board_timeout_s=1e6)
    story.says(1, extra={"TEMP": "20"})
    for send in range(2, 122):
        story.waits(10.0)
        story.says(send, extra={"TEMP": str(send)})
    assert 2 <= len(story.of(Reported)) <= 4
    assert len(story.of(Heard)) >= 117


def test_odd_messages_are_counted_and_their_flags_shown() -> None:
    story = Story()
    story.says(1, flags=(Flag.BAD_NUMBER,), **GRID)
    assert story.latest("board").flags == ("bad_number",)
    story.says(2)
    assert story.latest("board").flags == ()


# ---------------------------------------------------------------------------------------------- order


def test_late_packet_is_answered_and_changes_nothing() -> None:
    story = Story()
    story.says(101, connection=WIFI, engaged=[2])
    before = story.board.carry()
    reply = story.says(100, connection=GSM, engaged=[], accessed=[5], states=[1], reset=False)
    assert reply is not None
    assert story.last_events() == []
    assert story.board.carry() == before


def test_same_message_over_the_other_channel_is_answered_and_applied_once() -> None:
    story = Story()
    story.says(101, connection=WIFI, accessed=[5])
    story.says(101, connection=GSM, accessed=[5])
    assert story.last_events() == []
    assert story.of(CellOpened) == [CellOpened(5)]


def test_gap_is_normal() -> None:
    story = Story()
    story.says(5)
    story.says(7)
    story.says(6)
    story.says(1_000_000)
    assert story.of(BoardRebooted) == []
    assert story.board.carry().send == "1000000"


def test_reboot_begins_a_new_count() -> None:
    story = Story()
    story.says(141_349, reset=False)
    story.says(1, reset=True, engaged=[])
    story.says(2, reset=True)
    story.says(3, reset=False)
    assert story.of(BoardRebooted) == [BoardRebooted(2, "1")]
    assert story.board.carry().send == "3"


def test_reboot_that_the_board_does_not_tell_of_is_implied() -> None:
    story = Story()
    story.says(141_349)
    story.says(1, engaged=[2])
    assert story.of(BoardRebooted) == [BoardRebooted(2, "1", implied=True)]
    assert story.board.carry().engaged == (2,)


def test_near_number_after_a_pause_is_an_implied_reboot() -> None:
    story = Story()
    story.says(10)
    story.clock.advance(121.0)
    story.says(5)
    assert story.of(BoardRebooted) == [BoardRebooted(2, "5", implied=True)]


def test_packet_of_the_boot_before_does_not_overwrite_the_new_one() -> None:
    story = Story()
    story.says(141_349, engaged=[2])
    story.says(1, reset=True, engaged=[])
    story.says(2, reset=True)
    story.says(141_350, engaged=[2], reset=False)
    assert story.board.carry().engaged == ()
    story.says(3, reset=False)
    assert len(story.of(BoardRebooted)) == 1


def test_same_boot_over_both_channels_is_one_reboot() -> None:
    story = Story()
    story.says(500, connection=WIFI)
    story.says(1, connection=WIFI, reset=True, accessed=[5])
    story.says(1, connection=GSM, reset=True, accessed=[5])
    assert len(story.of(BoardRebooted)) == 1
    assert len(story.of(CellOpened)) == 1


@pytest.mark.parametrize("pause_s", [0.0, 100.0])
def test_order_is_known_after_a_restart(pause_s: float) -> None:
    story = Story()
    story.says(101, engaged=[2])
    story.clock.advance(pause_s)
    again = story.restarted()
    again.says(100, engaged=[])
    assert again.board.carry().engaged == (2,)
    again.says(101, engaged=[])
    assert again.board.carry().engaged == (2,)


def test_near_number_long_after_a_restart_is_an_implied_reboot() -> None:
    story = Story()
    story.says(101, engaged=[2])
    story.clock.advance(3600.0)
    again = story.restarted()
    again.says(100, engaged=[])
    assert again.of(BoardRebooted) == [BoardRebooted(2, "100", implied=True)]


def test_channels_that_change_all_the_time_are_told_now_and_then() -> None:
    story = Story(board_timeout_s=1e6)
    for send in range(1, 130):
        story.says(send, connection=WIFI if send % 2 else GSM)
        story.waits(10.0)
    assert story.of(ChannelChanged)[0] == ChannelChanged(GSM, WIFI)
    assert len(story.of(ChannelChanged)) == 3
    assert story.last_events()[0].__class__ is Heard


# ---------------------------------------------------------------------------------------------- expiry


def test_code_whose_time_is_over_is_left_out_of_the_reply_that_comes_first() -> None:
    story = Story()
    command = story.asks("set_code", cell=2, minutes=5, code="1492")
    story.says(1, engaged=[])
    story.clock.advance(300.0)
    assert story.codes(2, engaged=[]) == []
    assert story.of(CodeExpired) == [CodeExpired(2)]
    assert story.outcome(command).kind is OutcomeKind.EXPIRED


def test_code_that_is_confirmed_and_over_in_one_message_is_done() -> None:
    story = Story()
    command = story.asks("set_code", cell=2, minutes=5, code="1492")
    story.says(1, engaged=[])
    story.clock.advance(300.0)
    assert story.codes(2, engaged=[2]) == []
    assert story.outcome(command).kind is OutcomeKind.DONE


def test_late_packet_does_not_bring_a_code_back() -> None:
    story = Story()
    story.asks("set_code", cell=2, minutes=5, code="1492")
    story.says(2, engaged=[])
    story.clock.advance(299.0)
    story.says(3, engaged=[2])
    story.clock.advance(1.0)
    assert story.codes(2, engaged=[2]) == []
