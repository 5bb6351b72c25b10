"""Timers keep running while they are wanted."""

from __future__ import annotations

from lineside.studio.model.timers import Due, Key, Timers

LOST, RAISE = Key(Due.LOST, "pc"), Key(Due.RAISE, "SDP")


def test_timer_that_is_still_wanted_runs_on() -> None:
    timers = Timers()
    timers.want({LOST: 60.0}, 100.0)
    timers.want({LOST: 60.0, RAISE: 10.0}, 130.0)
    assert timers.deadline == 140.0
    timers.want({LOST: 60.0}, 135.0)
    assert timers.deadline == 160.0


def test_due_ones_are_told_and_stay_until_they_are_not_wanted() -> None:
    timers = Timers()
    timers.want({LOST: 60.0, RAISE: 10.0}, 100.0)
    assert timers.due(109.9) == []
    assert timers.due(110.0) == timers.due(111.0) == [RAISE]
    assert timers.due(160.0) == [LOST, RAISE]
    timers.want({}, 160.0)
    assert timers.due(1000.0) == []
    assert timers.deadline is None


def test_another_turn_is_another_timer() -> None:
    timers = Timers()
    timers.want({Key(Due.REPEAT, "SDP", 1): 10.0}, 100.0)
    timers.want({Key(Due.REPEAT, "SDP", 2): 10.0}, 110.0)
    assert timers.deadline == 120.0


def test_timer_is_set_anew() -> None:
    timers = Timers()
    timers.want({LOST: 0.0}, 100.0)
    timers.start(LOST, 130.0)
    assert (timers.deadline, timers.due(129.0)) == (130.0, [])
