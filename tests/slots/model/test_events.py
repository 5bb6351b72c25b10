"""The catalogue of events: complete, and each through JSON and back."""

from __future__ import annotations

import msgspec

from lineside.runtime.step import Event
from lineside.slots.model import EVENTS, events


def test_every_event_of_the_module_is_in_the_catalogue() -> None:
    kinds = {one for one in vars(events).values() if isinstance(one, type) and issubclass(one, Event)}
    assert set(EVENTS) == kinds - {Event}


def test_a_reset_keeps_its_codes_through_json() -> None:
    event = events.MetersReset("soft_meters", {0: 5, 0xA2: 7})
    assert msgspec.json.decode(msgspec.json.encode(event), type=events.MetersReset) == event
