from __future__ import annotations

from lineside.ventilator.model.shown import Counters, Tally, profile_value
from lineside.ventilator.wire import profile_of


def test_counters_are_a_picture_of_the_tally() -> None:
    tally = Tally(samples=1, alarms=2, other=3, repeated=4, refused=5, noise=6, undelivered=7)
    before = tally.frozen()
    tally.samples += 1
    assert before == Counters(samples=1, alarms=2, other=3, repeated=4, refused=5, noise=6, undelivered=7)
    assert tally.frozen().samples == 2


def test_profile_names_the_version_and_all_sensors_with_their_units_in_wire_order() -> None:
    value = profile_value(profile_of(0xA0))
    assert value["version"] == 160
    assert len(value["fields"]) == 17
    assert [field["name"] for field in value["fields"][:3]] == ["version", "fsm_state", "pressure_air_supply"]
    assert {"name": "pressure_buffer", "unit": "ADC counts"} in value["fields"]
