from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from lineside.lockers.model.cells import Assignment, us_of
from lineside.lockers.model.steady import STEP_US_MAX, SteadyClock, utc_of
from lineside.runtime.clock import ManualClock
from lineside.runtime.step import Secret

S = 1_000_000


def test_time_is_that_of_the_wall_clock() -> None:
    clock = ManualClock()
    steady = SteadyClock(clock.now(), None)
    clock.advance(12.5)
    assert steady.us(clock.now()) == us_of(clock.utc)
    assert utc_of(steady.us(clock.now())) == clock.utc


@pytest.mark.parametrize("step_s", [-86_400.0, -61.0, 61.0, 86_400.0 * 365])
def test_step_of_the_wall_clock_moves_time_by_a_minute_at_most(step_s: float) -> None:
    clock = ManualClock()
    steady = SteadyClock(clock.now(), None)
    before = steady.us(clock.now())
    clock.step_utc(step_s)
    assert abs(steady.us(clock.now()) - before) == STEP_US_MAX
    clock.advance(3600.0)
    assert steady.us(clock.now()) - before == pytest.approx(3600 * S, abs=STEP_US_MAX)


def test_many_small_steps_are_no_way_around_it() -> None:
    clock = ManualClock()
    steady = SteadyClock(clock.now(), None)
    before = steady.us(clock.now())
    for _ in range(100):
        clock.step_utc(30.0)
        steady.us(clock.now())
    assert steady.us(clock.now()) - before == STEP_US_MAX


def test_small_correction_is_followed() -> None:
    clock = ManualClock()
    steady = SteadyClock(clock.now(), None)
    clock.step_utc(-20.0)
    assert utc_of(steady.us(clock.now())) == clock.utc


def test_moment_of_an_expiry_is_never_early() -> None:
    clock = ManualClock()
    steady = SteadyClock(clock.now(), None)
    due = steady.us(clock.now()) + 90 * S + 1
    clock.advance(steady.mono_at(due) - clock.mono)
    assert due <= steady.us(clock.now()) < due + S


def test_clock_behind_the_journal_goes_on_from_there() -> None:
    clock = ManualClock()
    floor = clock.utc + timedelta(hours=1)
    steady = SteadyClock(clock.now(), floor)
    assert steady.is_behind
    assert steady.us(clock.now()) == us_of(floor)
    clock.advance(600.0)
    assert steady.is_behind
    assert steady.us(clock.now()) == us_of(floor) + 600 * S


def test_clock_that_was_set_right_is_believed_and_tells_how_far_it_moved() -> None:
    clock = ManualClock()
    floor = clock.utc + timedelta(hours=1)
    steady = SteadyClock(clock.now(), floor)
    clock.advance(600.0)
    clock.step_utc(3 * 3600.0)
    assert steady.us(clock.now()) == us_of(clock.utc)
    assert not steady.is_behind
    assert steady.shift_us == 2 * 3600 * S


def test_clock_that_catches_up_by_itself_had_run_ahead_by_what_it_was_behind() -> None:
    clock = ManualClock()
    floor = clock.utc + timedelta(hours=1)
    steady = SteadyClock(clock.now(), floor)
    clock.advance(3600.0)
    assert steady.us(clock.now()) == us_of(floor)
    assert steady.shift_us == -3600 * S


def test_code_that_was_set_with_a_wrong_clock_keeps_its_length() -> None:
    clock = ManualClock()
    floor = clock.utc + timedelta(hours=1)
    steady = SteadyClock(clock.now(), floor)
    clock.step_utc(3 * 3600.0)
    steady.us(clock.now())
    right = Assignment(cell=2, code=Secret("0042"), minutes=5, set_at=floor, expires_at=floor)
    adrift = msgspec.structs.replace(right, adrift=True)
    assert steady.ends_us(right) == us_of(floor)
    assert steady.ends_us(adrift) == us_of(floor) + 2 * 3600 * S
    assert steady.ends_us(msgspec.structs.replace(adrift, expires_at=None)) is None


def test_clock_that_is_right_at_the_start_has_nothing_to_catch_up() -> None:
    clock = ManualClock()
    steady = SteadyClock(clock.now(), clock.utc)
    assert not steady.is_behind
    clock.step_utc(-3600.0)
    steady.us(clock.now())
    assert not steady.is_behind
    assert steady.shift_us == 0
