from __future__ import annotations

import asyncio
import sys
import time

import pytest
from prometheus_client import CollectorRegistry

from lineside.runtime import lag
from lineside.runtime.hub import text
from lineside.runtime.lag import LagProbe, Stall, culprit_in
from tests.support.wait import until


def hog_the_loop(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


async def test_stuck_loop_is_measured_and_its_culprit_named() -> None:
    registry = CollectorRegistry()
    probe = LagProbe(registry, stuck_s=0.15, period_s=0.02)
    measuring = asyncio.create_task(probe.run())
    await until(lambda: registry.get_sample_value("lineside_loop_lag_seconds_count"))
    assert probe.last_stall is None
    hog_the_loop(0.3)
    await until(lambda: probe.last_stall is not None and probe.last_stall.seconds > 0.25)
    stall = probe.last_stall
    assert stall is not None
    assert "hog_the_loop" in stall.culprit
    assert any("hog_the_loop" in line for line in stall.stack)
    assert registry.get_sample_value("lineside_loop_stalls_total") == 1
    slow = registry.get_sample_value("lineside_loop_lag_seconds_bucket", {"le": "0.1"})
    total = registry.get_sample_value("lineside_loop_lag_seconds_count")
    assert slow is not None
    assert total is not None
    assert total > slow, "the measurement that was late is told"
    measuring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await measuring


async def test_loop_that_is_stuck_for_ever_is_told_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Stall] = []
    probe = LagProbe(CollectorRegistry(), stuck_s=0.25, period_s=0.01)
    right = probe._begin

    def begin(stuck_s: float) -> Stall:
        told.append(right(stuck_s))
        return told[-1]

    monkeypatch.setattr(probe, "_begin", begin)
    measuring = asyncio.create_task(probe.run())
    await asyncio.sleep(0.03)
    end = time.monotonic() + 10
    while not told and time.monotonic() < end:
        hog_the_loop(0.01)
    assert len(told) == 1
    assert "hog_the_loop" in told[0].culprit
    measuring.cancel()
    await asyncio.gather(measuring, return_exceptions=True)


def test_culprit_is_the_innermost_line_of_lineside() -> None:
    seen: list[str] = []

    class Spy:
        def __iter__(self) -> object:
            seen.append(culprit_in(sys._getframe()))
            return iter((b"x",))

    text.pulse_text(Spy())  # type: ignore[arg-type]
    assert seen[0].startswith("lineside/runtime/hub/text.py:")
    assert seen[0].endswith(" pulse_text")
    assert culprit_in(None) == "unknown"
    assert lag._stack(None) == ()
