from __future__ import annotations

import itertools

import pytest

from lineside.runtime.hub.pace import Pace, phase_of
from lineside.runtime.hub.settings import HubSettings

SETTINGS = HubSettings(pulse_ms=20, pulse_ms_max=30, pulse_share_max=0.4)


def paced(writing_s: float, pulses: int = 200) -> float:
    """The pulse after many whose writing took so long."""
    pace, now = Pace(SETTINGS), 100.0
    for _ in range(pulses):
        now += pace.pulse_s
        pace.wrote(now, writing_s)
    return pace.pulse_s


def test_pulse_stretches_when_writing_takes_more_than_its_share_and_no_further() -> None:
    assert paced(0.001) == 0.020
    assert paced(0.008) == pytest.approx(0.020, rel=0.05)
    assert paced(0.010) == pytest.approx(0.025, rel=0.05)
    assert paced(0.100) == 0.030


def test_pulse_shortens_again() -> None:
    pace = Pace(SETTINGS)
    for turn in range(100):
        pace.wrote(100.0 + turn * 0.03, 0.1)
    assert pace.pulse_s == 0.030
    for turn in range(100):
        pace.wrote(200.0 + turn * 0.2, 0.001)
    assert pace.pulse_s == 0.020


def test_share_counts_all_beats_together() -> None:
    pace, now = Pace(SETTINGS), 100.0
    for _ in range(200):
        now += pace.pulse_s
        for _ in range(8):
            pace.wrote(now, 0.00125)
    assert pace.pulse_s == pytest.approx(0.025, rel=0.05)


def test_first_value_after_quiet_goes_at_once() -> None:
    pace = Pace(SETTINGS)
    assert pace.due(100.0, float("-inf"), None) == 100.0
    assert pace.due(100.0, 99.97, 0.5) == 100.0


def test_only_beat_keeps_its_distance_exactly() -> None:
    assert Pace(SETTINGS).due(100.001, 100.0, None) == pytest.approx(100.020)


@pytest.mark.parametrize("phase", [0.0, 0.125, 0.5, 0.875])
def test_beats_find_their_places_in_the_pulse(phase: float) -> None:
    """After a first pulse that all beats had together each goes to its own place and stays there."""
    pace = Pace(SETTINGS)
    pulsed_at = 100.0
    dues = []
    for _ in range(10):
        due = pace.due(pulsed_at + 0.001, pulsed_at, phase)
        assert 0.010 - 1e-9 <= due - pulsed_at <= 0.030 + 1e-9
        pulsed_at = due + 0.0005  # a timer is a little late
        dues.append(due)
    places = {round((due / 0.020) % 1, 3) % 1 for due in dues}
    assert places == {phase}
    assert [round(b - a, 6) for a, b in itertools.pairwise(dues)] == [0.020] * 9


def test_phases_lie_in_the_widest_gaps() -> None:
    assert [phase_of(index) for index in range(8)] == [0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875]
