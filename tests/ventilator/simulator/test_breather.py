from __future__ import annotations

import random

from lineside.ventilator.simulator.breather import Breather
from lineside.ventilator.simulator.breathing import BreathingMachine, FsmState
from lineside.ventilator.wire import profile_of


def make(*, seed: int = 1) -> Breather:
    return Breather(BreathingMachine(random.Random(seed), breathing=True), profile_of(0xA0), 50)


def has_room(_: int) -> bool:
    return False


def test_samples_do_not_depend_on_when_exactly_they_are_asked_for() -> None:
    steady, uneven = make(), make()
    times = random.Random(5)
    first = [payload for step in range(500) for payload in steady.payloads(step * 0.02, has_room)]
    at, second = 0.0, []
    while len(second) < 500:
        second += uneven.payloads(at, has_room)
        at += times.uniform(0, 0.1)
    assert first == second[:500]


def test_start_and_stop_reach_the_machine_and_nothing_else_does() -> None:
    breather = make()
    assert breather.timestamp_ms(5) == 0
    breather.payloads(5, has_room)
    assert breather.timestamp_ms(6.5) == 1500
    assert breather.on_order("GENERAL", "STOP")
    breather.payloads(20, has_room)
    assert breather.machine.state is FsmState.IDLE
    assert breather.on_order("GENERAL", "START")
    assert breather.machine.state is FsmState.BUFF_PREFILL
    assert not breather.on_order("GENERAL", "RESET")
