"""The registry of houses: every kind of gateway that is built, named in code. A new house is one entry here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lineside.config import Kind
from lineside.runtime.gateway import Runtime
from lineside.runtime.step import Event
from lineside.ventilator import gateway as ventilator_gateway
from lineside.ventilator import model as ventilator_model


@dataclass(frozen=True, slots=True)
class House:
    """What the app knows of one kind.

    Attributes:
        settings: its Config, and what the settings check of it.
        run: serves one gateway until cancelled.
        events: every event class that its models record.
    """

    settings: Kind
    run: Callable[[Any, Runtime], Awaitable[None]]
    events: tuple[type[Event], ...]


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
