"""The gateways of one process: each a supervised part with its own `Runtime`, named in the settings."""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lineside.adapters.web_socket_listener import listen_web
from lineside.app.kinds import House
from lineside.config import GatewaySettings
from lineside.console.units_api import GatewayInfo
from lineside.runtime.burst import BurstLink, BurstSettings, LineMode
from lineside.runtime.clock import Clock
from lineside.runtime.desk import Desk
from lineside.runtime.gateway import GatewayState, Runtime
from lineside.runtime.guard import Guard
from lineside.runtime.hub import Hub
from lineside.runtime.journal import Journal
from lineside.runtime.line import OpenLine
from lineside.runtime.log import get_log
from lineside.runtime.supervise import Supervisor
from lineside.runtime.units import Units


async def open_burst_line(line: str, mode: LineMode, settings: BurstSettings) -> BurstLink:
    """`lineside.adapters.burst_link.open_burst_line`, loaded beside the loop by the first line of this kind."""
    module = await asyncio.to_thread(importlib.import_module, "lineside.adapters.burst_link")
    link: BurstLink = await module.open_burst_line(line, mode, settings)
    return link


@dataclass(frozen=True, slots=True)
class Foundation:
    """What all gateways of a process share."""

    clock: Clock
    journal: Journal
    hub: Hub
    desk: Desk
    units: Units
    supervisor: Supervisor
    data_dir: Path
    open_line: OpenLine


class Gateways:
    """Starts, stops and shows the gateways that the settings name.

    Args:
        foundation: what they share.
        houses: kind → house.
        chance: for the jitter of their waits.
    """

    def __init__(
        self, foundation: Foundation, houses: Mapping[str, House], chance: random.Random | None = None
    ) -> None:
        self._foundation = foundation
        self._houses = houses
        self._chance = chance or random.Random()
        self._settings: dict[str, GatewaySettings] = {}
        self._guards: dict[str, list[Guard]] = {}

    def start(self, gateway: GatewaySettings) -> None:
        """Begin to serve one gateway; it runs as soon as the supervisor does."""
        self._settings[gateway.name] = gateway
        self._foundation.supervisor.add(gateway.name, gateway.kind, self._run_of(gateway))

    async def stop(self, name: str, reason: str) -> None:
        """End one gateway and forget it; its streams stay in the journal."""
        await self._foundation.supervisor.remove(name, reason)
        del self._settings[name]
        self._guards.pop(name, None)

    def arrange(self, names: tuple[str, ...]) -> None:
        """Show the gateways in this order: that of the settings."""
        self._settings = {name: self._settings[name] for name in names}

    def guards(self) -> list[Guard]:
        """The guards of every gateway's listeners, for metrics."""
        return [guard for guards in self._guards.values() for guard in guards]

    def infos(self) -> list[GatewayInfo]:
        """All gateways as pages show them, in the order of the settings."""
        return [self._info(name) for name in self._settings]

    def _info(self, name: str) -> GatewayInfo:
        part = self._foundation.supervisor.part(name)
        assert part is not None, f"gateway {name} has no part"
        units = len(self._foundation.units.all(name))
        return GatewayInfo(name, part.kind, part.state.value, part.reason, part.since, units, part.next_attempt)

    def _run_of(self, gateway: GatewaySettings) -> Callable[[], Awaitable[None]]:
        house = self._houses[gateway.kind]

        async def run() -> None:
            await house.run(gateway.config, self._runtime(gateway.name))

        return run

    def _runtime(self, name: str) -> Runtime:
        shared = self._foundation
        guards = self._guards[name] = []
        return Runtime(
            name=name,
            clock=shared.clock,
            journal=shared.journal,
            hub=shared.hub,
            desk=shared.desk,
            units=shared.units,
            log=get_log("gateway").bind(gateway=name),
            data_dir=shared.data_dir,
            open_line=shared.open_line,
            report=partial(self._report, name),
            watch_guard=guards.append,
            chance=random.Random(self._chance.random()),
            listen_web=listen_web,
            open_burst_line=open_burst_line,
        )

    def _report(self, name: str, state: GatewayState, reason: str, next_attempt_s: float | None = None) -> None:
        self._foundation.supervisor.report(name, state.value, reason, next_attempt_s)
