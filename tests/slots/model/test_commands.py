"""The list of commands."""

from __future__ import annotations

import msgspec
import pytest

from lineside.runtime.command import CommandClass, Role
from lineside.slots.model import COMMANDS
from lineside.slots.model.commands import ReadMetersParams


def test_all_are_live_and_only_reading_is_for_viewers() -> None:
    assert {spec.waits for spec in COMMANDS} == {CommandClass.LIVE}
    assert {spec.name for spec in COMMANDS if spec.role is Role.VIEWER} == {"read_meters", "read_configuration"}
    assert len({spec.name for spec in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("codes", [[], list(range(13)), [-1], [0x10000]])
def test_list_of_meters_is_bounded(codes: list[int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"codes": codes}, ReadMetersParams)
