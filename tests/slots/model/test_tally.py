"""What readings mean: changes, rollover, resets with and without 7A, and the sum over any of it."""

from __future__ import annotations

import msgspec

from lineside.slots.line import ExceptionHeard
from lineside.slots.model import LINE
from lineside.slots.model import events as ev
from tests.slots.model.story import INFO, Story, sums


def test_first_reading_is_a_beginning_and_later_ones_are_changes() -> None:
    story = Story().comes_up()
    assert [e.old for e in story.of(ev.MeterRead)] == [None] * 4
    story.meters |= {0x00: 1005, 0x05: 41, 0x0C: 495}
    story.reads_meters()
    assert (story.changes(0x00), story.changes(0x05), story.changes(0x0C)) == ([5], [1], [-5])
    last = story.of(ev.MeterRead)[-1]
    assert (last.name, last.unit, last.denomination, last.old) == ("games_played", "count", 1, 40)
    count = len(story.recorded)
    story.reads_meters()
    assert len(story.recorded) == count, "what has not changed is not recorded"


def test_rollover_is_counted_across_the_end_of_the_field() -> None:
    story = Story()
    story.meters[0x00] = 99_999_990
    story.comes_up()
    story.meters[0x00] = 5
    story.reads_meters()
    read = story.of(ev.MeterRead)[-1]
    assert (read.change, read.rollover, read.value) == (15, True, 5)
    assert story.of(ev.MetersReset) == []


def test_meter_cleared_with_7a_is_a_reset_and_what_was_played_since_counts_from_zero() -> None:
    story = Story().comes_up()
    story.meters = {0x0C: 0, 0x00: 7, 0x01: 0, 0x05: 2}
    story.tells(0x7A)
    assert story.of(ev.MetersReset) == [ev.MetersReset("soft_meters", {0x00: 1000, 0x01: 700, 0x05: 40})]
    assert story.changes(0x00) == [7]
    assert sums(story.recorded) == story.meters
    assert not story.machine.carry().is_reset_noted


def test_7a_near_the_end_of_the_field_is_a_reset_and_no_rollover() -> None:
    story = Story()
    story.meters[0x00] = 99_999_990
    story.comes_up()
    story.meters[0x00] = 5
    story.tells(0x7A)
    assert story.of(ev.MetersReset)[0].meters[0x00] == 99_999_990
    assert story.changes(0x00) == [5]
    assert sums(story.recorded) == story.meters


def test_7a_after_which_everything_goes_on_is_dismissed() -> None:
    story = Story().comes_up()
    story.meters[0x00] += 3
    story.tells(0x7A)
    assert story.of(ev.MetersReset) == []
    assert len(story.of(ev.ResetDismissed)) == 1
    assert story.changes(0x00) == [3]


def test_fall_that_is_seen_before_7a_is_heard_waits_for_it() -> None:
    story = Story().comes_up()
    story.meters = {0x0C: 0, 0x00: 0, 0x01: 0, 0x05: 0}
    story.clock.advance(story.settings.meters_s)
    story.turns_due()
    (want,) = story.sent
    story.sent.clear()
    story.answers_to(want)
    assert story.of(ev.MetersReset) == []
    assert story.changes(0x00) == []
    story.tells(0x7A)
    assert [event.cause for event in story.of(ev.MetersReset)] == ["soft_meters"]
    assert sums(story.recorded) == story.meters


def test_fall_without_7a_is_a_reset_of_that_meter_alone_after_a_second_look() -> None:
    story = Story().comes_up()
    story.meters |= {0x01: 10, 0x00: 1001}
    story.reads_meters()
    assert story.of(ev.MetersReset) == [ev.MetersReset("unexplained", {0x01: 700})]
    assert story.changes(0x01) == [10]
    assert story.changes(0x00) == [1]
    assert sums(story.recorded) == story.meters


def test_reset_that_was_noted_and_not_looked_at_is_decided_after_a_restart() -> None:
    story = Story().comes_up()
    story.raises(0x7A)
    story.meters = {0x0C: 0, 0x00: 2, 0x01: 0, 0x05: 1}
    story.restarts()
    story.comes_up()
    assert [event.cause for event in story.of(ev.MetersReset)] == ["soft_meters"]
    assert sums(story.recorded) == story.meters


def test_change_tells_what_happened_since_the_meter_was_read() -> None:
    story = Story().comes_up()
    story.tells(0x11)
    story.meters[0x00] += 1
    story.reads_meters()
    assert story.of(ev.MeterRead)[-1].context == ("door", "door_open")
    story.tells(0x12)
    story.meters[0x00] += 1
    story.reads_meters()
    assert story.of(ev.MeterRead)[-1].context == ()
    story.raises(0x18)
    story.meters[0x00] += 1
    story.works()
    story.reads_meters()
    assert story.of(ev.MeterRead)[-1].context == ("power",)


def test_change_across_a_restart_is_counted_once() -> None:
    story = Story().comes_up()
    story.meters[0x00] += 5
    story.reads_meters()
    for _ in range(3):
        story.meters[0x00] += 2
        story.restarts()
        story.comes_up()
    assert sum(story.changes(0x00)) == 11
    assert sums(story.recorded) == story.meters


def test_reading_whose_record_was_refused_is_counted_once_and_still_as_of_away() -> None:
    story = Story().comes_up()
    story.goes_down()
    story.comes_up()
    story.goes_down()
    story.meters[0x00] += 5
    story.writable = True
    story.hears(ExceptionHeard(1, 0x2D, None, 1), LINE)
    story.comes_up()
    read = story.of(ev.MeterRead)[-1]
    assert (read.change, read.away) == (5, True)
    assert sums(story.recorded) == story.meters


def test_wide_and_narrow_readings_of_one_meter_are_the_same_meter() -> None:
    story = Story()
    story.meter_bytes = 9
    story.meters[0x00] = 123_000_000_010
    story.comes_up()
    story.meter_bytes = 4
    story.meters[0x00] += 5
    story.reads_meters()
    assert story.changes(0x00) == [5]
    story.meter_bytes = 9
    story.meters[0x00] += 6
    story.reads_meters()
    assert story.changes(0x00) == [5, 6]


def test_new_denomination_goes_on_counting_or_begins_anew_as_the_settings_say() -> None:
    for rescales, changes in ((False, [-300]), (True, [])):
        story = Story(denomination_rescales=rescales, meters=(0x0C,)).comes_up()
        story.answers[0x1F] = msgspec.structs.replace(INFO, denomination=4)
        story.meters[0x0C] = 200
        story.tells(0x3C)
        story.reads_meters()
        assert story.of(ev.DenominationChanged) == [ev.DenominationChanged(1, 4)]
        assert sum(story.changes(0x0C)) == sum(changes)
        assert sums(story.recorded) == {0x0C: 200}
