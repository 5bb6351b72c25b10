from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, timedelta

import pytest
import uvloop

from lineside.runtime.clock import ManualClock, SystemClock, Wakeup
from lineside.runtime.step import Moment
from tests.support.wait import until


def test_manual_clock_stands_still_until_told() -> None:
    clock = ManualClock()
    assert clock.now() == clock.now()


def test_manual_clock_moves_both_hands_together() -> None:
    clock = ManualClock()
    before = clock.now()
    after = clock.advance(1.5)
    assert after.mono - before.mono == 1.5
    assert after.utc - before.utc == timedelta(seconds=1.5)


def test_utc_step_moves_one_hand_alone() -> None:
    clock = ManualClock()
    before = clock.now()
    clock.step_utc(-3600)
    assert clock.now().mono == before.mono
    assert clock.now().utc == before.utc - timedelta(hours=1)


def test_manual_timers_fire_in_order_of_time_and_at_their_moment() -> None:
    clock = ManualClock(mono=0)
    fired: list[tuple[str, float]] = []
    clock.call_at(2, lambda: fired.append(("late", clock.mono)))
    clock.call_at(1, lambda: fired.append(("early", clock.mono)))
    clock.call_at(9, lambda: fired.append(("never", clock.mono)))
    clock.advance(3)
    assert fired == [("early", 1), ("late", 2)]


def test_timer_set_by_a_timer_fires_in_the_same_advance() -> None:
    clock = ManualClock(mono=0)
    fired: list[float] = []
    clock.call_at(1, lambda: clock.call_at(2, lambda: fired.append(clock.mono)) and None)
    clock.advance(5)
    assert fired == [2]


def test_cancelled_timer_is_silent() -> None:
    clock = ManualClock(mono=0)
    fired: list[int] = []
    clock.call_at(1, lambda: fired.append(1)).cancel()
    clock.advance(2)
    assert fired == []


def test_system_clock_gives_a_moment_as_its_class_makes_it() -> None:
    now = SystemClock().now()
    assert type(now) is Moment
    assert now == Moment(mono=now.mono, utc=now.utc)
    assert now.utc.tzinfo is UTC


async def test_system_clock_calls_back_from_the_loop() -> None:
    clock = SystemClock()
    fired: list[asyncio.AbstractEventLoop] = []
    clock.call_at(clock.now().mono - 1, lambda: fired.append(asyncio.get_running_loop()))
    await until(lambda: fired)
    assert fired == [asyncio.get_running_loop()]


@pytest.mark.parametrize("loop_of", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_system_clock_never_calls_before_the_moment(loop_of: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """One that comes too early asks for itself again, round and round until it is time (uvloop rounds to 1 ms)."""

    async def watch() -> list[float]:
        clock = SystemClock()
        early: list[float] = []
        for tenth_ms in range(10, 30):
            due = clock.now().mono + tenth_ms / 10_000
            called = asyncio.Event()
            clock.call_at(due, called.set)
            await called.wait()
            early.append(due - clock.now().mono)
        return early

    with asyncio.Runner(loop_factory=loop_of) as runner:
        assert max(runner.run(watch())) <= 0


def test_wakeup_fires_at_the_earliest_moment_that_was_asked_for() -> None:
    clock = ManualClock(mono=0)
    fired: list[float] = []
    wakeup = Wakeup(clock, lambda: fired.append(clock.mono))
    for mono in (5, 3, 4):
        wakeup.set(mono)
    assert wakeup.at == 3
    clock.advance(10)
    assert fired == [3]
    assert wakeup.at == float("inf")


def test_wakeup_can_be_set_by_who_is_woken() -> None:
    clock = ManualClock(mono=0)
    fired: list[float] = []

    def wake() -> None:
        fired.append(clock.mono)
        wakeup.set(clock.mono + 2)

    wakeup = Wakeup(clock, wake)
    wakeup.set(1)
    clock.advance(6)
    assert fired == [1, 3, 5]


def test_cancelled_wakeup_is_silent_and_can_be_set_again() -> None:
    clock = ManualClock(mono=0)
    fired: list[float] = []
    wakeup = Wakeup(clock, lambda: fired.append(clock.mono))
    wakeup.cancel()
    wakeup.set(1)
    wakeup.cancel()
    clock.advance(2)
    assert fired == []
    wakeup.set(1)
    clock.advance(0)
    assert fired == [2]
