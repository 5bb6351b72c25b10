"""Settings of a simulated studio."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.errors import ConfigError
from lineside.studio.simulator import SimulatorSettings, settings_from


def test_names_are_made_up_in_turn_or_given() -> None:
    assert SimulatorSettings(tables=4).table_names == ("ARO-001", "SBO-001", "BAC-001", "ARO-002")
    assert SimulatorSettings(tables=4, names=("X",)).table_names == ("X",)


def test_dialects_are_spoken_in_turn() -> None:
    settings = SimulatorSettings(dialects="abd")
    assert [settings.dialect_of(index).value for index in range(4)] == ["a", "b", "d", "a"]


def test_place_may_be_short() -> None:
    assert SimulatorSettings(url="studio:8080").where == "ws://studio:8080"
    assert SimulatorSettings(url="wss://studio/x").where == "wss://studio/x"


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"tables": 0}, "tables"),
        ({"dialects": "abx"}, "dialects"),
        ({"names": ["A B"]}, "names"),
        ({"faults": {"flaky": 2}}, "faults.flaky"),
        ({"faults": {"drop_every_s": 5, "drop_for_s": 5}}, "drop_for_s"),
        ({"unknown": 1}, ""),
    ],
)
def test_wrong_values_are_refused_with_their_key(values: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        settings_from(values)
    assert key in refused.value.key
