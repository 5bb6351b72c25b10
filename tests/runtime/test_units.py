from __future__ import annotations

import pytest

from lineside.errors import NoSuchUnit
from lineside.runtime.units import Units
from tests.support.stage import Stage


async def test_units_are_found_by_name_and_listed_in_its_order() -> None:
    units = Units()
    stage = Stage()
    other = Stage(name="h/0")
    units.add(other.unit)
    units.add(stage.unit)
    assert units.find("g/1") is stage.unit
    assert [view.unit for view in units.all()] == ["g/1", "h/0"]
    assert [view.unit for view in units.all("h")] == ["h/0"]
    view = units.get("g/1")
    assert (view.gateway, view.kind, view.status, view.commands) == ("g", "test", stage.model.status, ())


async def test_unknown_unit_is_refused_and_the_known_ones_are_named() -> None:
    units = Units()
    with pytest.raises(NoSuchUnit, match="known: none"):
        units.find("g/1")
    units.add(Stage().unit)
    with pytest.raises(NoSuchUnit, match="known: g/1"):
        units.get("g/2")


async def test_name_is_taken_once() -> None:
    units = Units()
    units.add(Stage().unit)
    with pytest.raises(AssertionError, match="g/1 exists"):
        units.add(Stage().unit)


async def test_unit_that_has_stopped_is_forgotten_and_its_successor_stays() -> None:
    units = Units()
    first, second = Stage().unit, Stage().unit
    units.add(first)
    units.remove(first)
    units.add(second)
    units.remove(first)
    assert units.find("g/1") is second
