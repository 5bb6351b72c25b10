"""Durations counted in steps."""

from __future__ import annotations

import pytest

from lineside.slots.line import BOUNDS_S, Histogram


def test_steps_count_what_does_not_exceed_them() -> None:
    histogram = Histogram()
    for duration_s in (-1.0, 0.0, 0.005, 0.0051, 99.0):
        histogram.note(duration_s)
    assert histogram.counts[0] == 2
    assert histogram.counts[BOUNDS_S.index(0.005)] == 1
    assert histogram.counts[BOUNDS_S.index(0.0075)] == 1
    assert histogram.counts[-1] == 1
    assert histogram.max_s == 99.0


def test_a_share_is_told_by_its_bound_and_never_beyond_the_longest() -> None:
    histogram = Histogram()
    assert histogram.at(0.5) == 0.0
    for duration_s in (0.0004, 0.0019, 0.0042, 0.0043):
        histogram.note(duration_s)
    assert histogram.at(0.25) == 0.0005
    assert histogram.at(0.5) == 0.002
    assert histogram.at(1.0) == pytest.approx(0.0043)
    histogram.note(7.0)
    assert histogram.at(1.0) == 7.0


def test_two_add_up() -> None:
    one, other = Histogram(), Histogram()
    one.note(0.001)
    other.note(0.001)
    other.note(0.3)
    one.add(tuple(other.counts), other.max_s)
    assert sum(one.counts) == 3
    assert one.max_s == 0.3
