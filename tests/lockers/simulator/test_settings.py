"""What can be simulated, and what is refused by name."""

from __future__ import annotations

import pytest

from lineside.errors import ConfigError
from lineside.lockers.simulator import Channels, FaultSettings, SimulatorSettings, settings_from
from lineside.lockers.wire import Channel


def test_boards_count_on_from_the_first() -> None:
    assert SimulatorSettings(boards=3).names() == ["1953", "1954", "1955"]
    assert SimulatorSettings(board="0099", boards=2).names() == ["0099", "0100"]
    assert SimulatorSettings(board="gate", boards=3).names() == ["gate", "gate-2", "gate-3"]


def test_channels_are_in_order_of_preference() -> None:
    assert Channels.BOTH.numbers == (Channel.WIFI, Channel.GSM)
    assert Channels.GSM.numbers == (Channel.GSM,)
    assert Channels("wifi").numbers == (Channel.WIFI,)


def test_plain_values_become_settings() -> None:
    settings = settings_from(
        {"channels": "both", "missing": [1, 2], "faults": {"late": 0.5}, "lists_cleared": "reboot"}
    )
    assert settings.channels is Channels.BOTH
    assert settings.missing == (1, 2)
    assert settings.faults.late == 0.5


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"board": "a b"}, "board"),
        ({"boards": 0}, "boards"),
        ({"columns": 65}, "columns"),
        ({"channels": "lan"}, "channels"),
        ({"eol": "cr"}, "eol"),
        ({"header": "ACon"}, "header"),
        ({"faults": {"lost": 2}}, "faults.lost"),
        ({"period_s": 0}, "period_s"),
        ({"periods": 1}, ""),
    ],
)
def test_wrong_values_are_refused_by_name(values: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        settings_from(values)
    assert refused.value.key == key


@pytest.mark.parametrize("name", ["wifi", "gsm", "short"])
def test_spell_that_does_not_end_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="not shorter"):
        FaultSettings(**{f"{name}_every_s": 5.0})
    FaultSettings(**{f"{name}_every_s": 5.0, f"{name}_for_s": 4.0})
