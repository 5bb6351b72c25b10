"""Who is there: gateways and units, in what state and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from lineside.console.sign_in import Name, actor_of
from lineside.errors import NoSuchUnit, NotAllowed
from lineside.runtime.command import CommandClass, CommandSpec, Role
from lineside.runtime.desk import Actor
from lineside.runtime.hub import Hub, Kind, encode_value
from lineside.runtime.request_fields import read_query
from lineside.runtime.routes import Request, Response, Route, RouteDoc, json_response
from lineside.runtime.step import UnitState
from lineside.runtime.units import Units, UnitView


class GatewayInfo(msgspec.Struct, frozen=True):
    """A gateway, as its page and the topic ``lineside/gateways`` show it.

    Attributes:
        state: running, waiting, failed or stopped; ``reason`` says why, for people.
        since: UTC instant of the last change of state.
        units: how many it has now.
        next_attempt: UTC instant at which something is tried again, or null.
    """

    name: str
    kind: str
    state: str
    reason: str
    since: datetime
    units: int = 0
    next_attempt: datetime | None = None


class GatewayList(msgspec.Struct, frozen=True):
    """All gateways that the asker may see, in the order of the settings."""

    gateways: list[GatewayInfo]


class CommandInfo(msgspec.Struct, frozen=True):
    """A command that a unit takes.

    Attributes:
        does: one sentence.
        waits: live (only if connected now), expiring, or durable.
        role: the least role that may ask for it.
        params: JSON Schema of its parameters.
    """

    name: str
    does: str
    waits: CommandClass
    expires_s: float
    role: Role
    params: dict[str, Any]


class UnitInfo(msgspec.Struct, frozen=True):
    """A unit in a list.

    Attributes:
        unit: ``gateway/unit``.
        connected: a live command could be sent now.
        since: UTC instant of the last change of state.
        commands: names of the commands that it takes.
    """

    unit: str
    gateway: str
    kind: str
    state: UnitState
    reason: str
    connected: bool
    since: datetime
    commands: list[str]


class UnitList(msgspec.Struct, frozen=True):
    """Units, by name."""

    units: list[UnitInfo]


class UnitDetail(msgspec.Struct, frozen=True):
    """One unit with everything that it shows now.

    Attributes:
        values: the last value of each of its state topics, by aspect: ``sensors``, ``alarms`` …
    """

    unit: str
    gateway: str
    kind: str
    state: UnitState
    reason: str
    connected: bool
    since: datetime
    commands: list[CommandInfo]
    values: dict[str, Any]


class UnitsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which units."""

    gateway: Name | None = None


class UnitsApi:
    """The routes of gateways and units.

    Args:
        gateways: all gateways as they stand now, from who supervises them.
    """

    def __init__(self, units: Units, hub: Hub, gateways: Callable[[], Sequence[GatewayInfo]]) -> None:
        self._units = units
        self._hub = hub
        self._gateways = gateways

    def routes(self) -> list[Route]:
        """What a viewer may ask."""
        gateways = RouteDoc("All gateways and their state.", response=GatewayList)
        units = RouteDoc("All units and their state.", response=UnitList, query=UnitsQuery)
        unit = RouteDoc("One unit with its commands and last values.", response=UnitDetail, statuses=(404,))
        return [
            Route("GET", "/api/gateways", self._list_gateways, Role.VIEWER, gateways),
            Route("GET", "/api/units", self._list_units, Role.VIEWER, units),
            Route("GET", "/api/units/{gateway}/{unit}", self._show_unit, Role.VIEWER, unit),
        ]

    async def _list_gateways(self, request: Request) -> Response:
        actor = actor_of(request)
        return json_response(GatewayList([one for one in self._gateways() if actor.may_see(one.name)]))

    async def _list_units(self, request: Request) -> Response:
        actor = actor_of(request)
        gateway = read_query(request, UnitsQuery).gateway
        if gateway is not None:
            require_gateway(actor, gateway)
        return json_response(UnitList([_info(u) for u in self._units.all(gateway) if actor.may_see(u.gateway)]))

    async def _show_unit(self, request: Request) -> Response:
        name = f"{request.match['gateway']}/{request.match['unit']}"
        view = visible_unit(self._units, actor_of(request), name)
        return json_response(_detail(view, self._values(name)))

    def _values(self, unit: str) -> dict[str, Any]:
        states = [topic for topic in self._hub.topics(f"{unit}/**") if topic.kind is Kind.STATE]
        return {
            topic.topic.removeprefix(f"{unit}/"): msgspec.Raw(encode_value(self._hub.latest(topic.topic)))
            for topic in states
        }


def require_gateway(actor: Actor, gateway: str) -> None:
    """Accept only a gateway that the actor may see.

    Raises:
        NotAllowed: names the gateway.
    """
    if not actor.may_see(gateway):
        raise NotAllowed(f"{actor.name} may not see gateway {gateway[:64]!r}")


def visible_unit(units: Units, actor: Actor, name: str) -> UnitView:
    """The unit, for an actor who may see it.

    Raises:
        NotAllowed: its gateway is not the actor's.
        NoSuchUnit: names those that exist, to an actor who may see all.
    """
    require_gateway(actor, name.partition("/")[0])
    try:
        return units.get(name)
    except NoSuchUnit:
        if actor.gateways is None:
            raise
        raise NoSuchUnit(f"no unit {name[:130]!r}") from None


def _info(view: UnitView) -> UnitInfo:
    return UnitInfo(**_common(view), commands=[spec.name for spec in view.commands])


def _detail(view: UnitView, values: dict[str, Any]) -> UnitDetail:
    return UnitDetail(**_common(view), commands=[_command_info(spec) for spec in view.commands], values=values)


def _common(view: UnitView) -> dict[str, Any]:
    status = view.status
    return {
        "unit": view.unit,
        "gateway": view.gateway,
        "kind": view.kind,
        "state": status.state,
        "reason": status.reason,
        "connected": status.connected,
        "since": status.since,
    }


def _command_info(spec: CommandSpec) -> CommandInfo:
    schema = msgspec.json.schema(spec.params, schema_hook=lambda _: {"type": "string", "writeOnly": True})
    return CommandInfo(spec.name, spec.does, spec.waits, spec.expires_s, spec.role, schema)
