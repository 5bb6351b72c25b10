"""The conversation: order, what is new, what is not known, what is read again."""

from __future__ import annotations

import datetime

import msgspec
import pytest

from lineside.slots.line import FailReason, Tune
from lineside.slots.model import events as ev
from lineside.slots.wire import ClockTime, Features, GamesImplemented
from tests.slots.model.story import INFO, KEY, PLAIN, Story


def whats(story: Story) -> list[str]:
    return [event.what for event in story.of(ev.ConfigurationRead)]


def test_everything_is_recorded_once_and_then_only_what_is_new() -> None:
    story = Story().comes_up()
    assert whats(story) == [
        *("version", "info", "games", "features", "denominations", "denomination", "game 1", "game 2"),
        *("registration", "aft", "transfer", "validation"),
    ]
    story.goes_down()
    story.answers[0x1F] = msgspec.structs.replace(INFO, payback="9500")
    story.comes_up()
    assert whats(story)[12:] == ["info"]
    assert story.of(ev.ConfigurationRead)[-1].away


def test_key_of_a_registration_is_nowhere() -> None:
    story = Story().comes_up()
    everything = f"{story.recorded!r}{story.shown!r}{story.machine.carry()!r}"
    assert KEY not in everything
    assert "key" not in story.machine.carry().config["registration"]


def test_machine_that_knows_nothing_but_general_polls_is_ready_all_the_same() -> None:
    story = Story()
    story.answers = dict.fromkeys(range(256), FailReason.SILENCE)
    story.comes_up()
    assert story.status.phase == "ready"
    assert whats(story) == []


def test_machine_without_aft_is_not_asked_about_it() -> None:
    story = Story()
    story.answers[0xA0] = Features(0, PLAIN.features1, PLAIN.features2 & ~0x40, PLAIN.features3)
    story.comes_up()
    assert not {0x72, 0x73, 0x74} & set(story.log)


def test_clock_is_set_only_when_it_is_wrong_and_somebody_may() -> None:
    for off_h, may, sets in ((0, True, False), (1, True, True), (1, False, False)):
        story = Story(set_clock=may)
        clock = ClockTime(story.clock.utc.date(), story.clock.utc.time().replace(hour=story.clock.utc.hour + off_h))
        story.answers[0x7E] = clock
        story.comes_up()
        assert (0x7F in story.log) is sets
        assert story.status.clock_off_s == off_h * 3600


def test_clock_without_a_date_is_set() -> None:
    story = Story()
    story.answers[0x7E] = ClockTime(None, datetime.time())
    story.comes_up()
    assert 0x7F in story.log


@pytest.mark.parametrize(("rte", "fast", "ms"), [(True, 0x01, 40), (False, 0x00, 200)])
def test_pace_and_events_are_told_to_the_line(rte: bool, fast: int, ms: int) -> None:
    story = Story(rte=rte)
    story.answers[0xA0] = Features(0, PLAIN.features1, PLAIN.features2, fast)
    story.comes_up()
    assert Tune(poll_ms=ms) in story.orders
    assert Tune(rte=rte) in story.orders


def test_events_are_left_alone_when_the_settings_say_so() -> None:
    assert 0x0E not in Story(rte=None).comes_up().log


def test_games_are_bounded() -> None:
    story = Story(games_max=3)
    story.answers[0x51] = GamesImplemented(9_999)
    story.comes_up()
    assert story.log.count(0x53) == 3


def test_changed_options_are_read_again() -> None:
    story = Story().comes_up()
    story.log.clear()
    story.tells(0x3C)
    assert [command for command in story.log if command not in (0x6F, 0xAF)] == [
        *(0x54, 0x1F, 0x51, 0xA0, 0xB2, 0xB1, 0x53, 0x53, 0x56)
    ]


def test_link_that_goes_in_the_middle_begins_anew() -> None:
    story = Story()
    story.answers[0x51] = FailReason.LINK_DOWN
    story.comes_up()
    story.goes_down()
    story.log.clear()
    story.comes_up()
    assert story.log[0] == 0x54
