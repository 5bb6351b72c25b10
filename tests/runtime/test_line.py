from __future__ import annotations

import msgspec
import pytest

from lineside.runtime.line import ControlLine, LineSettings, Parity


def test_defaults_are_the_ventilators_line() -> None:
    settings = LineSettings()
    assert (settings.baud, settings.data_bits, settings.parity, settings.stop_bits) == (115_200, 8, Parity.NONE, 1)
    assert (settings.dtr, settings.rts, settings.exclusive) == (ControlLine.LEAVE, ControlLine.LEAVE, True)


def test_settings_read_from_plain_values() -> None:
    settings = msgspec.convert({"baud": 19200, "parity": "even", "dtr": "high"}, LineSettings)
    assert settings == LineSettings(baud=19_200, parity=Parity.EVEN, dtr=ControlLine.HIGH)


@pytest.mark.parametrize(
    "values",
    [
        {"baud": 0},
        {"data_bits": 9},
        {"stop_bits": 3},
        {"parity": "mark"},
        {"send_bytes_max": 1},
        {"connect_s": 0},
        {"x": 1},
    ],
)
def test_what_no_line_can_be_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, LineSettings)
