"""The rules of wire/acon.md §5, one by one."""

from __future__ import annotations

import pytest

from lineside.lockers.model.settings import BoardSettings
from lineside.lockers.model.turns import Before, Turn, turn_of

SETTINGS = BoardSettings()
WIFI, GSM = 1, 2


def turn(number: int, before: Before, *, reset: bool = False, channel: int = 0) -> Turn:
    return turn_of(number, is_reset=reset, channel=channel, before=before, settings=SETTINGS)


def test_first_message_is_the_first_whatever_it_says() -> None:
    assert turn(5, Before(None)) is Turn.FIRST
    assert turn(5, Before(None), reset=True) is Turn.FIRST


@pytest.mark.parametrize("number", [101, 102, 5000, 10**19])
def test_rising_number_is_next_however_far(number: int) -> None:
    assert turn(number, Before(100)) is Turn.NEXT


def test_same_number_is_the_same_message() -> None:
    assert turn(100, Before(100)) is Turn.AGAIN
    assert turn(100, Before(100, age_s=1e6)) is Turn.AGAIN


@pytest.mark.parametrize(
    ("number", "age_s", "wanted"),
    [
        (99, 0.0, Turn.LATE),
        (84, 120.0, Turn.LATE),
        (83, 0.0, Turn.IMPLIED),
        (99, 120.1, Turn.IMPLIED),
        (1, 5.0, Turn.IMPLIED),
    ],
)
def test_falling_number_is_late_when_near_and_soon_and_a_reboot_otherwise(
    number: int, age_s: float, wanted: Turn
) -> None:
    assert turn(number, Before(100, age_s=age_s)) is wanted


def test_reset_after_none_is_a_reboot_whatever_the_number() -> None:
    for number in (1, 100, 101):
        assert turn(number, Before(100), reset=True) is Turn.REBOOTED


def test_reset_with_a_rising_number_goes_on_with_the_same_boot() -> None:
    assert turn(2, Before(1, was_reset=True), reset=True) is Turn.NEXT


@pytest.mark.parametrize("number", [1, 2])
def test_reset_that_does_not_rise_is_another_reboot(number: int) -> None:
    assert turn(number, Before(2, was_reset=True), reset=True) is Turn.REBOOTED
    assert turn(number, Before(2, was_reset=True, channel=WIFI), reset=True, channel=WIFI) is Turn.REBOOTED


def test_reset_that_comes_once_more_over_the_other_channel_is_no_second_reboot() -> None:
    before = Before(2, was_reset=True, channel=WIFI)
    assert turn(2, before, reset=True, channel=GSM) is Turn.AGAIN
    assert turn(1, before, reset=True, channel=GSM) is Turn.LATE
    long_ago = Before(2, was_reset=True, channel=WIFI, age_s=121.0)
    assert turn(2, long_ago, reset=True, channel=GSM) is Turn.REBOOTED


def test_packet_of_the_boot_before_is_late_and_no_jump_forward() -> None:
    before = Before(3, previous=141_349, boot_age_s=20.0)
    assert turn(141_350, before) is Turn.LATE
    assert turn(141_348, before) is Turn.LATE
    assert turn(141_400, before) is Turn.NEXT


def test_jump_forward_is_believed_when_the_boot_is_older() -> None:
    assert turn(141_350, Before(3, previous=141_349, boot_age_s=121.0)) is Turn.NEXT


def test_numbers_of_a_short_boot_before_are_next_all_the_same() -> None:
    assert turn(2, Before(1, previous=5, boot_age_s=1.0)) is Turn.NEXT


def test_what_is_fresh() -> None:
    assert {one for one in Turn if one.is_fresh} == {Turn.FIRST, Turn.NEXT, Turn.REBOOTED, Turn.IMPLIED}
