from __future__ import annotations

import msgspec
import pytest

from lineside.runtime.journal import Catalogue
from lineside.runtime.step import Event
from lineside.ventilator.model.events import (
    EVENTS,
    AlarmAcknowledged,
    AlarmLatched,
    BreathingStarted,
    BreathingStopped,
    LineLost,
    LineOpened,
)

EXAMPLES: tuple[Event, ...] = (
    AlarmLatched("ARDUINO_FAIL", None, "high", "lineside", 0, "no sample for 2 s"),
    AlarmLatched("APNEA", 1, "high", "controller", 7.5),
    AlarmAcknowledged("APNEA", "operator anna"),
    LineOpened("line"),
    LineLost("unplugged"),
    BreathingStarted(5, "INHALE"),
    BreathingStopped(0, "IDLE"),
)


def test_every_event_is_named_once_and_has_an_example() -> None:
    Catalogue(EVENTS)
    assert {type(event) for event in EXAMPLES} == set(EVENTS)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_event_is_the_same_after_json(event: Event) -> None:
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
