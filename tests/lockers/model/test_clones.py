"""Two boards of one ID, and everything that one board does and looks like it."""

from __future__ import annotations

from lineside.lockers.model.clones import ADDRESSES_MAX, CloneWatch
from lineside.lockers.model.events import AlarmCleared, AlarmRaised, PossibleClone
from lineside.lockers.model.settings import BoardSettings
from lineside.lockers.model.turns import Turn
from tests.lockers.model.story import Story

A, B = "10.0.0.7", "10.9.9.9"
WIFI, GSM = 1, 2


def test_overlapping_numbers_of_two_addresses_are_told() -> None:
    story = Story()
    for send in (100, 101, 102):
        story.says(send, A, connection=WIFI)
    story.says(101, B, connection=WIFI)
    (clone,) = story.of(PossibleClone)
    assert (clone.address, clone.other, clone.send) == (B, A, "101")
    assert story.of(AlarmRaised) == [AlarmRaised("possible_clone", f"{B} and {A}")]
    assert story.status.alarms == ("possible_clone",)


def test_two_counters_that_are_far_apart_are_told_when_one_goes_on() -> None:
    story = Story()
    story.says(100, A)
    story.says(5000, B)
    story.says(101, A)
    assert [event.text for event in story.of(PossibleClone)] == [
        "SEND went on from 100 to 101, with 5000 from there between"
    ]


def test_one_number_with_two_contents_is_told_also_over_two_channels() -> None:
    story = Story()
    story.says(100, A, connection=WIFI, engaged=[2])
    story.says(100, B, connection=GSM, engaged=[3])
    assert len(story.of(PossibleClone)) == 1


def test_numbers_that_rise_side_by_side_over_one_channel_are_told() -> None:
    story = Story()
    story.says(90, B, connection=WIFI)
    story.says(100, A, connection=WIFI)
    story.says(95, B, connection=WIFI)
    assert len(story.of(PossibleClone)) == 1


def test_it_is_told_once_in_ten_minutes_and_ends_after_an_hour_without_a_sign() -> None:
    story = Story(board_timeout_s=1e6)
    for send in range(100, 110):
        story.says(send, A, connection=WIFI)
        story.says(send, B, connection=WIFI)
    assert len(story.of(PossibleClone)) == 1
    story.waits(601.0)
    story.says(110, A, connection=WIFI)
    story.says(110, B, connection=WIFI)
    assert len(story.of(PossibleClone)) == 2
    story.waits(3599.0)
    assert story.of(AlarmCleared) == []
    story.waits(2.0)
    assert story.of(AlarmCleared) == [AlarmCleared("possible_clone")]


# ---------------------------------------------------------------------------------------------- one board


def test_board_that_sends_everything_over_both_channels_is_one_board() -> None:
    story = Story()
    for send in range(100, 140):
        story.says(send, A, connection=WIFI, engaged=[2])
        story.says(send, B, connection=GSM, engaged=[2])
    assert story.of(PossibleClone) == []


def test_board_whose_other_channel_is_slow_is_one_board() -> None:
    story = Story()
    for send in range(100, 140):
        story.says(send, A, connection=WIFI)
        story.says(send - 2, B, connection=GSM)
    assert story.of(PossibleClone) == []


def test_board_that_changes_between_its_channels_is_one_board() -> None:
    story = Story()
    for send in range(100, 140):
        address, channel = (A, WIFI) if send % 3 else (B, GSM)
        story.says(send, address, connection=channel)
    assert story.of(PossibleClone) == []


def test_board_with_another_address_at_each_connection_is_one_board() -> None:
    story = Story()
    for send in range(100, 140):
        story.says(send, f"10.0.0.{send % 5}", connection=GSM)
    assert story.of(PossibleClone) == []


def test_board_that_reboots_is_one_board() -> None:
    story = Story()
    for send in (500, 501):
        story.says(send, A)
    story.says(1, B, reset=True)
    for send in range(2, 6):
        story.says(send, A if send % 2 else B)
    assert story.of(PossibleClone) == []


def test_late_packet_over_the_other_channel_is_one_board() -> None:
    story = Story()
    story.says(99, B, connection=GSM)
    story.says(101, A, connection=WIFI)
    story.says(100, B, connection=GSM)
    assert story.of(PossibleClone) == []


def test_memory_of_addresses_is_bounded() -> None:
    watch = CloneWatch(BoardSettings())
    for number in range(100):
        watch.note(number, f"10.0.0.{number}", 0, 0.0)
    assert len(watch._by_address) == ADDRESSES_MAX
    assert watch.suspicion(Turn.NEXT, 100, "10.0.0.0", 0, 0.0, is_same=True) == ("", "")


def test_numbers_of_long_ago_say_nothing() -> None:
    watch = CloneWatch(BoardSettings())
    watch.note(100, A, 0, 0.0)
    watch.note(5000, B, 0, 1000.0)
    assert watch.suspicion(Turn.NEXT, 101, A, 0, 1001.0, is_same=True) == ("", "")
