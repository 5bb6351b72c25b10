"""Courses of a meter between two readings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.slots.model.counting import Course, judge, meter_name, meter_unit
from lineside.slots.wire import MeterReading


@pytest.mark.parametrize(
    ("code", "old", "old_bytes", "value", "bytes_", "course", "change"),
    [
        (0x00, 10, 4, 10, 4, Course.SAME, 0),
        (0x00, 10, 4, 12, 4, Course.MOVED, 2),
        (0x00, 99_999_999, 4, 0, 4, Course.ROLLED, 1),
        (0x00, 9_999_999_999, 5, 4, 5, Course.ROLLED, 5),
        (0x00, 50_000_000, 4, 0, 4, Course.FELL, 0),
        (0x0C, 500, 4, 20, 4, Course.MOVED, -480),
        (0x00, 10, 4, 300_000_012, 9, Course.MOVED, 2),
        (0x00, 99_999_999, 4, 100_000_001, 9, Course.ROLLED, 2),
        (0x00, 10**18 - 1, 9, 0, 9, Course.ROLLED, 1),
    ],
)
def test_course(code: int, old: int, old_bytes: int, value: int, bytes_: int, course: Course, change: int) -> None:
    assert judge(code, old, old_bytes, MeterReading(code, 0, value, bytes_), 10) == (course, change)


@given(st.integers(0, 10**8 - 1), st.integers(1, 10**7))
def test_whatever_is_played_between_two_readings_is_what_is_counted(old: int, played: int) -> None:
    judged = judge(0x00, old, 4, MeterReading(0x00, 0, (old + played) % 10**8, 4), 10)
    assert judged.change == played
    assert judged.course in (Course.MOVED, Course.ROLLED)


def test_meters_that_no_source_names_have_a_name_all_the_same() -> None:
    assert (meter_name(0x00), meter_unit(0x00)) == ("coin_in", "credits")
    assert (meter_name(0x1234), meter_unit(0x1234)) == ("meter_1234", "unknown")
