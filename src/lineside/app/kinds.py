"""The registry of houses: every kind of gateway that is built, named in code. A new house is one entry here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lineside.config import Kind
from lineside.lockers import gateway as lockers_gateway
from lineside.lockers import model as lockers_model
from lineside.lockers import routes as lockers_routes
from lineside.runtime.export import EVENTS, Export
from lineside.runtime.gateway import Runtime, Shared
from lineside.runtime.routes import Route, SocketRoute
from lineside.runtime.step import Event
from lineside.slots import export as slots_export
from lineside.slots import gateway as slots_gateway
from lineside.slots import model as slots_model
from lineside.studio import gateway as studio_gateway
from lineside.studio import model as studio_model
from lineside.studio import routes as studio_routes
from lineside.ventilator import gateway as ventilator_gateway
from lineside.ventilator import model as ventilator_model

Routes = Callable[[Shared], Iterable[Route | SocketRoute]]


def _no_routes(_shared: Shared) -> Iterable[Route | SocketRoute]:
    return ()


@dataclass(frozen=True, slots=True)
class House:
    """What the app knows of one kind.

    Attributes:
        settings: its Config, and what the settings check of it.
        run: serves one gateway until cancelled.
        events: every event class that its models record.
        routes: its pages and calls on ``[web]``.
        exports: the rows that its events make for sinks.
        keep: kind of event → days that it is kept, where that is not ``[journal] keep_days``; None is for ever.
    """

    settings: Kind
    run: Callable[[Any, Runtime], Awaitable[None]]
    events: tuple[type[Event], ...]
    routes: Routes = _no_routes
    exports: tuple[Export, ...] = ()
    keep: Mapping[str, int | None] = field(default_factory=dict)


def _one_address(config: lockers_gateway.Config | studio_gateway.Config) -> Iterable[tuple[str, str]]:
    yield "address", config.address


def _slots_lines(config: slots_gateway.Config) -> Iterable[tuple[str, str]]:
    for name, settings in config.all_lines().items():
        yield f"lines.{name}.line" if name else "line", settings.line


def _ventilator_listens(config: ventilator_gateway.Config) -> Iterable[tuple[str, str]]:
    for index, address in enumerate(config.broadcast):
        yield f"broadcast[{index}]", address
    yield "request", config.request


KINDS: Mapping[str, House] = {
    "lockers": House(
        settings=Kind(lockers_gateway.Config, _one_address),
        run=lockers_gateway.run,
        events=lockers_model.EVENTS,
        routes=lockers_routes.routes,
        # A report that changes nothing but its number: thousands a day and board, and nobody asks for them tomorrow.
        keep={"Heard": 1},
    ),
    "slots": House(
        settings=Kind(slots_gateway.Config, lines=_slots_lines),
        run=slots_gateway.run,
        events=slots_model.EVENTS,
        exports=slots_export.EXPORTS,
    ),
    "studio": House(
        settings=Kind(studio_gateway.Config, _one_address),
        run=studio_gateway.run,
        events=studio_model.EVENTS,
        routes=studio_routes.routes,
        # An update that changes nothing is confirmed and counts; which one it was is nobody's question tomorrow.
        keep={"StatusRepeated": 1},
    ),
    "ventilator": House(
        settings=Kind(ventilator_gateway.Config, _ventilator_listens, lambda config: [("line", config.line)]),
        run=ventilator_gateway.run,
        events=ventilator_model.EVENTS,
    ),
}
"""Kind in the settings → its house."""

SETTINGS_KINDS: Mapping[str, Kind] = {name: house.settings for name, house in KINDS.items()}
"""The same, as the settings need it."""

KEEP: Mapping[str, int | None] = {kind: days for house in KINDS.values() for kind, days in house.keep.items()}
"""How long the houses want single kinds of events kept."""


ROUTINE = frozenset(kind for kind, days in KEEP.items() if days is not None)
"""Kinds that machines make by the thousand while nothing happens: kept for days of their own, and not shown live."""

EXPORTS: Mapping[str, Export] = {
    export.name: export for export in (EVENTS, *(export for house in KINDS.values() for export in house.exports))
}
"""What a sink can carry out, by name: every event as a row, and the houses' own."""


def routes_of_houses(shared: Shared) -> list[Route | SocketRoute]:
    """What every house puts on ``[web]``."""
    return [route for house in KINDS.values() for route in house.routes(shared)]
