"""Gaps measured inside bursts, and the settings of a line with a ninth bit."""

from __future__ import annotations

import pytest

from lineside.runtime.burst import GAPS_KEPT, BurstSettings, GapMeter, LineMode, no_burst_line
from lineside.runtime.line import ControlLine, Parity


def test_gaps_are_told_by_their_share_and_those_too_long_are_counted() -> None:
    meter = GapMeter()
    assert meter.at(0.999) == 0.0
    for gap_ms in range(1, 11):
        meter.note(gap_ms / 1000)
    assert (meter.count, meter.over_count, meter.last_s, meter.max_s) == (10, 5, 0.010, 0.010)
    assert meter.at(0.0) == 0.001
    assert meter.at(0.5) == 0.006
    assert meter.at(1.0) == 0.010


def test_the_newest_gaps_alone_are_kept() -> None:
    meter = GapMeter()
    meter.note(1.0)
    for _ in range(GAPS_KEPT):
        meter.note(0.001)
    assert meter.at(1.0) == 0.001
    assert meter.max_s == 1.0


def test_a_plain_line_is_set_the_same() -> None:
    settings = BurstSettings(baud=9600, dtr=ControlLine.HIGH, rts=ControlLine.LOW, exclusive=False)
    line = settings.line_settings(Parity.EVEN)
    assert (line.baud, line.parity, line.dtr, line.rts, line.exclusive) == (9600, "even", "high", "low", False)
    assert BurstSettings().character_s == pytest.approx(0.000573, abs=1e-6)


async def test_a_process_without_such_lines_says_so() -> None:
    with pytest.raises(NotImplementedError, match="pty:x"):
        await no_burst_line("pty:x", LineMode.NONE, BurstSettings())
