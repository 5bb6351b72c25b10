from __future__ import annotations

import random

import msgspec
import pytest

from lineside.runtime.backoff import Backoff, BackoffSettings


def test_waits_grow_to_the_cap_and_begin_anew_after_reset() -> None:
    backoff = Backoff(BackoffSettings(first_s=1, cap_s=8, jitter=0), random.Random(1))
    assert [backoff.next_s() for _ in range(6)] == [1, 2, 4, 8, 8, 8]
    backoff.reset()
    assert backoff.next_s() == 1


def test_jitter_keeps_each_wait_near_its_place() -> None:
    backoff = Backoff(BackoffSettings(first_s=1, cap_s=1, jitter=0.2), random.Random(1))
    waits = [backoff.next_s() for _ in range(200)]
    assert min(waits) >= 0.8
    assert max(waits) <= 1.2
    assert len(set(waits)) > 100


@pytest.mark.parametrize("wrong", [{"first_s": 0}, {"first_s": -1}, {"cap_s": 0}, {"jitter": 1}, {"jitter": -0.1}])
def test_settings_that_would_make_a_loop_without_a_pause_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, BackoffSettings)


def test_first_wait_is_below_the_cap_too() -> None:
    backoff = Backoff(BackoffSettings(first_s=60, cap_s=10, jitter=0), random.Random(1))
    assert backoff.next_s() == 10
