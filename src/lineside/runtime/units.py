"""Who is there: every unit of every gateway, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lineside.errors import NoSuchUnit
from lineside.runtime.command import CommandSpec
from lineside.runtime.drive import Unit
from lineside.runtime.step import UnitStatus


@dataclass(frozen=True, slots=True)
class UnitView:
    """What the API and the pages know of a unit."""

    unit: str
    gateway: str
    kind: str
    status: UnitStatus
    commands: tuple[CommandSpec, ...]


class Units:
    """All units that run now.

    Attributes:
        notes: what a running gateway tells the routes of its own house, by the gateway's name (where it listens).
    """

    def __init__(self) -> None:
        self._units: dict[str, Unit] = {}
        self.notes: dict[str, Any] = {}

    def add(self, unit: Unit) -> None:
        """Make a unit known; its name must be new."""
        assert unit.name not in self._units, f"unit {unit.name} exists"
        self._units[unit.name] = unit

    def remove(self, unit: Unit) -> None:
        """Forget a unit that has stopped; another one of its name stays."""
        if self._units.get(unit.name) is unit:
            del self._units[unit.name]

    def find(self, name: str) -> Unit:
        """The unit itself.

        Raises:
            NoSuchUnit: names the units that exist (the first ten).
        """
        unit = self._units.get(name)
        if unit is None:
            known = ", ".join(sorted(self._units)[:10]) or "none"
            raise NoSuchUnit(f"no unit {name!r}; known: {known}")
        return unit

    def all(self, gateway: str | None = None) -> list[UnitView]:
        """Views of all units (of one gateway), by name."""
        return [_view_of(u) for _, u in sorted(self._units.items()) if gateway is None or u.gateway == gateway]

    def get(self, name: str) -> UnitView:
        """The view of one unit; raises `NoSuchUnit`."""
        return _view_of(self.find(name))


def _view_of(unit: Unit) -> UnitView:
    return UnitView(unit.name, unit.gateway, unit.kind, unit.status, unit.commands)
