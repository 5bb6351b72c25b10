"""The defaults of a machine's settings."""

from __future__ import annotations

import msgspec
import pytest

from lineside.slots.model import METERS_READ, MachineSettings
from lineside.slots.wire import METERS


def test_every_meter_that_is_read_stands_in_the_table_once() -> None:
    assert set(METERS_READ) <= set(METERS)
    assert len(set(METERS_READ)) == len(METERS_READ)
    assert METERS_READ[0] == 0x0C, "credits first"


@pytest.mark.parametrize("values", [{"address": 0}, {"address": 128}, {"address": 1, "meters_s": 0}, {"adress": 1}])
def test_what_cannot_be_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, MachineSettings)
