"""Settings: what no machine is, is refused with the key's name."""

from __future__ import annotations

import pytest

from lineside.errors import ConfigError
from lineside.slots.simulator import PROFILES, FaultSettings, MachineSettings, SimulatorSettings, settings_from


@pytest.mark.parametrize(
    "values",
    [
        {"profile_name": "nobody"},
        {"machines": 100, "address": 100},
        {"machine": {"validation": "magic"}},
        {"machine": {"denomination": 0x1B}},
        {"faults": {"drop": 2}},
        {"faults": {"unplug_every_s": 1}},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_simulated_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        settings_from(values)


def test_machines_count_on_and_take_the_named_profile() -> None:
    settings = SimulatorSettings(machines=3, profile_name="merkur", machine=MachineSettings(serial="0099", asset=7))
    machine = settings.machine_at(2)
    assert (machine.serial, machine.asset, machine.profile) == ("0101", 9, PROFILES["merkur"])
    assert SimulatorSettings(machine=MachineSettings(serial="AB", asset=0)).machine_at(2).serial == "AB"
    assert SimulatorSettings(machine=MachineSettings(asset=0)).machine_at(2).asset == 0


def test_defaults_are_whole() -> None:
    assert settings_from({}) == SimulatorSettings()
    assert MachineSettings().cents == 1
    assert FaultSettings().drop == 0
