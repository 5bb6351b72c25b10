"""The present rate of a sink, and cursors that nobody reads for."""

from __future__ import annotations

import pytest

from lineside.runtime.sink_status import Rate, orphaned


def test_rate_is_right_from_the_first_seconds_on_and_fades() -> None:
    rate = Rate(60.0, 0.0)
    for second in range(1, 11):
        rate.add(5, float(second))
    assert rate.per_second(10.0) == pytest.approx(5.0, rel=0.1)
    for second in range(11, 600):
        rate.add(5, float(second))
    assert rate.per_second(599.0) == pytest.approx(5.0, rel=0.1)
    assert rate.per_second(1200.0) < 0.01


def test_orphans_are_sinks_that_the_settings_do_not_name() -> None:
    assert orphaned({"b", "a", "c"}, ["c"]) == ["a", "b"]
