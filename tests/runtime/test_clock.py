from __future__ import annotations

import asyncio
from datetime import timedelta

from lineside.runtime.clock import ManualClock, SystemClock
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


async def test_system_clock_calls_back_from_the_loop() -> None:
    clock = SystemClock()
    fired: list[asyncio.AbstractEventLoop] = []
    clock.call_at(clock.now().mono - 1, lambda: fired.append(asyncio.get_running_loop()))
    await until(lambda: fired)
    assert fired == [asyncio.get_running_loop()]
