"""The registry of houses: every kind of gateway that is built, named in code. A new house is one entry here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lineside.config import Kind
from lineside.runtime.gateway import Runtime, Shared
from lineside.runtime.routes import Route, SocketRoute
from lineside.runtime.step import Event
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
        keep: kind of event → days that it is kept, where that is not ``[journal] keep_days``; None is for ever.
    """

    settings: Kind
    run: Callable[[Any, Runtime], Awaitable[None]]
    events: tuple[type[Event], ...]
    routes: Routes = _no_routes
    keep: Mapping[str, int | None] = field(default_factory=dict)


def _ventilator_listens(config: ventilator_gateway.Config) -> Iterable[tuple[str, str]]:
    for index, address in enumerate(config.broadcast):
        yield f"broadcast[{index}]", address
    yield "request", config.request


KINDS: Mapping[str, House] = {
    "ventilator": House(
        settings=Kind(ventilator_gateway.Config, _ventilator_listens, lambda config: config.line),
        run=ventilator_gateway.run,
        events=ventilator_model.EVENTS,
    ),
}
"""Kind in the settings → its house."""

SETTINGS_KINDS: Mapping[str, Kind] = {name: house.settings for name, house in KINDS.items()}
"""The same, as the settings need it."""

KEEP: Mapping[str, int | None] = {kind: days for house in KINDS.values() for kind, days in house.keep.items()}
"""How long the houses want single kinds of events kept."""


def routes_of_houses(shared: Shared) -> list[Route | SocketRoute]:
    """What every house puts on ``[web]``."""
    return [route for house in KINDS.values() for route in house.routes(shared)]
