"""Which polls read the meters, and what a machine that does not know them leads to."""

from __future__ import annotations

from itertools import pairwise

from lineside.slots.line import FailReason
from lineside.slots.model import MeterSource
from lineside.slots.model import events as ev
from lineside.slots.wire import MainMeters, MetersWithCancelled
from tests.slots.model.story import PLAIN, Story, sums


def asked(story: Story) -> list[int]:
    return [one for one in story.log if one in (0x6F, 0xAF, 0x2F, 0x0F, 0x19, 0x1C, 0x1A)]


def test_twins_are_used_in_turn() -> None:
    story = Story(meters=tuple(range(0x30)))
    story.meters = dict.fromkeys(range(0x30), 1)
    story.comes_up()
    reads = asked(story)
    assert len(reads) == 4
    assert all(one != next_one for one, next_one in pairwise(reads))


def test_codes_that_the_machine_has_not_are_asked_once() -> None:
    story = Story(meters=tuple(range(0x30))).comes_up()
    story.log.clear()
    story.reads_meters()
    assert len(asked(story)) == 1


def test_silence_leads_to_2f_and_then_to_the_totals() -> None:
    story = Story()
    story.answers |= {0x6F: FailReason.SILENCE, 0xAF: FailReason.SILENCE, 0x2F: FailReason.SILENCE}
    story.answers[0x0F] = MetersWithCancelled(1, 2, 3, 4, 5, 6)
    story.answers[0x19] = MainMeters(2, 3, 4, 5, 6)
    story.comes_up()
    for _ in range(6):
        story.reads_meters()
    assert set(asked(story)[-3:]) == {0x0F, 0x19, 0x1A}
    assert sums(story.recorded) == {0x04: 1, 0x00: 2, 0x01: 3, 0x24: 4, 0x02: 5, 0x05: 6, 0x0C: 500}


def test_features_without_extended_meters_begin_with_2f() -> None:
    story = Story()
    story.answers[0xA0] = type(PLAIN)(0, PLAIN.features1, PLAIN.features2 & ~0x08, PLAIN.features3)
    story.comes_up()
    assert set(asked(story)) == {0x2F}
    assert sums(story.recorded) == story.meters


def test_source_of_the_settings_is_kept_whatever_the_machine_says() -> None:
    story = Story(meter_source=MeterSource.EXTENDED)
    story.answers |= {0x6F: FailReason.SILENCE, 0xAF: FailReason.SILENCE}
    story.comes_up()
    for _ in range(4):
        story.reads_meters()
    assert set(asked(story)) <= {0x6F, 0xAF}


def test_exception_that_moves_meters_does_not_wait_for_the_next_round() -> None:
    story = Story().comes_up()
    story.meters[0x0C] += 2000
    story.tells(0x4A)
    assert story.status.credits == 2500


def test_rounds_stop_while_the_machine_is_away() -> None:
    story = Story().comes_up()
    story.goes_down()
    assert story.machine.deadline() is None
    assert story.of(ev.LinkLost)
