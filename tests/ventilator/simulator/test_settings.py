from __future__ import annotations

import msgspec
import pytest

from lineside.errors import ConfigError
from lineside.runtime.line import LineSettings
from lineside.ventilator.simulator import FaultSettings, SimulatorSettings, default_line, settings_from


def test_the_emulator_puts_itself_where_the_server_looks_for_it() -> None:
    assert default_line("var") == SimulatorSettings().where == "pty:var/ttyEMU0"
    assert SimulatorSettings(data_dir="x").where == "pty:x/ttyEMU0"
    assert SimulatorSettings(line="socket://127.0.0.1:1").where == "socket://127.0.0.1:1"


def test_plain_values_become_settings() -> None:
    settings = settings_from({"file": "a", "rate_hz": 5, "faults": {"lost": 0.1}, "serial": {"baud": 9600}})
    assert settings == SimulatorSettings(
        file="a", rate_hz=5, faults=FaultSettings(lost=0.1), serial=LineSettings(baud=9600)
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rate_hz": 1000}, r"rate_hz: Expected `float` <= 340"),
        ({"faults": {"lost": 2}}, r"faults.lost: Expected `float` <= 1"),
        ({"lots": 2}, r"unknown field `lots`"),
        ({"serial": {"parity": "mark"}}, r"serial.parity: Invalid enum value 'mark'"),
        ({"faults": {"unplug_every_s": 2, "unplug_for_s": 2}}, r"unplug_for_s: 2.0 s is not shorter"),
        ({"faults": {"silence_every_s": 2}}, r"silence_for_s: 5.0 s is not shorter"),
    ],
)
def test_wrong_values_are_named_with_what_is_accepted(values: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings_from(values)


def test_settings_survive_toml_types() -> None:
    plain = msgspec.to_builtins(SimulatorSettings(seed=4))
    assert settings_from(plain) == SimulatorSettings(seed=4)
