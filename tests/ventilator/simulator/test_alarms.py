from __future__ import annotations

import random

from lineside.ventilator.simulator.alarms import AlarmMaker


def play(maker: AlarmMaker, seconds: float, step: float = 0.01) -> list[tuple[float, int]]:
    return [(round(count * step, 3), code) for count in range(int(seconds / step)) for code in maker.due(count * step)]


def test_each_alarm_begins_on_time_and_is_repeated_until_it_ends() -> None:
    told = play(AlarmMaker(random.Random(1), every_s=10, lasting_s=1, repeat_s=0.4), 25)
    assert [at for at, _ in told] == [10.0, 10.4, 10.8, 20.0, 20.4, 20.8]
    assert len({code for _, code in told[:3]}) == 1


def test_long_alarms_overlap() -> None:
    told = play(AlarmMaker(random.Random(1), every_s=1, lasting_s=2.5, repeat_s=0.5), 10)
    assert max(sum(at == other for other, _ in told) for at, _ in told) == 3


def test_a_stalled_loop_does_not_make_up_for_repetitions() -> None:
    maker = AlarmMaker(random.Random(1), every_s=1, lasting_s=100, repeat_s=0.1)
    maker.due(0)
    assert len(maker.due(1.0)) == 1
    assert len(maker.due(1.95)) == 1


def test_the_same_seed_draws_the_same_codes() -> None:
    first, second, other = (play(AlarmMaker(random.Random(seed), 1, 0.1, 1), 60) for seed in (5, 5, 6))
    assert first == second != other
    assert {code for _, code in first} <= set(range(1, 26))
