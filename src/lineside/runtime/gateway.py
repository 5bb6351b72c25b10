"""What a gateway is given, and the loop that keeps a link open for ever."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from structlog.typing import FilteringBoundLogger

from lineside.errors import LinkError
from lineside.runtime.backoff import Backoff, BackoffSettings
from lineside.runtime.burst import OpenBurstLine, no_burst_line
from lineside.runtime.clock import Clock
from lineside.runtime.command import CommandSpec
from lineside.runtime.desk import Desk
from lineside.runtime.drive import Shower, Unit, UnitSettings
from lineside.runtime.guard import Guard
from lineside.runtime.journal import Journal
from lineside.runtime.line import LineSettings
from lineside.runtime.link import Link
from lineside.runtime.model import Model
from lineside.runtime.units import Units
from lineside.runtime.web_socket import ListenWeb, no_web
from lineside.runtime.wire import Wire


class GatewayState(StrEnum):
    """What a page shows of a gateway at a glance."""

    RUNNING = "running"
    WAITING = "waiting"  # for a device or peer; the reason says which and when it is tried again
    FAILED = "failed"  # ended by an error; supervision starts it again
    STOPPED = "stopped"


class Reporter(Protocol):
    """Takes a gateway's own word about its state."""

    def __call__(self, state: GatewayState, reason: str, next_attempt_s: float | None = None) -> None:
        """``next_attempt_s``: seconds from now until something is tried again."""
        ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """What ``run(config, runtime)`` of every house gets.

    Attributes:
        name: the gateway's name in the settings; its units are ``name/…``.
        data_dir: the process's data folder; a gateway keeps recordings in ``data_dir/name``.
        watch_guard: makes the guard of a listener known to the metrics.
        open_line: opens a serial device, ``pty:PATH``, ``socket://…`` or ``rfc2217://…`` (adapters.serial_link).
        listen_web: takes WebSockets, and plain HTTP beside them, on a port of the gateway's own
            (adapters.web_socket_listener).
        open_burst_line: opens a line with a ninth bit, ``nine://…`` or any of the above (adapters.burst_link).
    """

    name: str
    clock: Clock
    journal: Journal
    hub: Shower
    desk: Desk
    units: Units
    log: FilteringBoundLogger
    data_dir: Path
    open_line: Callable[[str, LineSettings], Awaitable[Link]]
    report: Reporter
    watch_guard: Callable[[Guard], None] = lambda guard: None
    chance: random.Random = field(default_factory=random.Random)
    listen_web: ListenWeb = no_web
    open_burst_line: OpenBurstLine = no_burst_line

    async def make_unit(
        self,
        name: str,
        kind: str,
        model: Model,
        commands: tuple[CommandSpec, ...],
        settings: UnitSettings | None = None,
        **outside: Callable[[Any], Awaitable[Any]],
    ) -> Unit:
        """Make the unit ``gateway/name``, rebuild its state from the journal and make it known."""
        unit = Unit(
            f"{self.name}/{name}",
            kind,
            model,
            clock=self.clock,
            journal=self.journal,
            hub=self.hub,
            log=self.log,
            commands=commands,
            settings=settings,
            outside=outside,
        )
        unit.on_report = self.desk.on_report
        await unit.restore()
        self.units.add(unit)
        return unit


@dataclass(frozen=True, slots=True)
class Shared:
    """What the routes of a house get, once per kind, whether or not a gateway of the kind runs.

    A handler finds a unit with ``units.find("hall/1953")`` and checks that its actor may see the gateway.
    """

    clock: Clock
    journal: Journal
    hub: Shower
    desk: Desk
    units: Units


async def keep_open(
    unit: Unit,
    name: str,
    open_link: Callable[[], Awaitable[Link]],
    make_wire: Callable[[], Wire],
    runtime: Runtime,
    settings: BackoffSettings,
) -> None:
    """Open one link of a unit, again and again, until cancelled.

    A link that cannot be opened or is lost is told to the model (`on_close` with the reason) and reported with the
    next attempt; the waits grow to a cap and begin anew after a link has held for longer than that.

    Raises:
        ConfigError: the link's name or settings are wrong; trying again would not help.
    """
    backoff = Backoff(settings, runtime.chance)
    reason_told = ""
    while True:
        reason, held_s = await _hold_open(unit, name, open_link, make_wire, runtime)
        if held_s > settings.cap_s:
            backoff.reset()
        wait_s = backoff.next_s()
        if held_s > 0 or reason != reason_told:  # going away is told once, not at every attempt
            runtime.log.warning("link away", unit=unit.name, link=name, reason=reason, next_attempt_s=round(wait_s, 2))
            reason_told = reason
        runtime.report(GatewayState.WAITING, reason, wait_s)
        await asyncio.sleep(wait_s)


async def _hold_open(
    unit: Unit, name: str, open_link: Callable[[], Awaitable[Link]], make_wire: Callable[[], Wire], runtime: Runtime
) -> tuple[str, float]:
    """Open the link and wait for its end; the reason why it is not open (any more), and the seconds it was."""
    try:
        link = await open_link()
    except LinkError as error:
        unit.submit(partial(unit.model.on_close, name, str(error)))
        return str(error), 0.0
    opened_at = runtime.clock.now().mono
    try:
        runtime.log.info("link open", unit=unit.name, link=link.name)
        runtime.report(GatewayState.RUNNING, f"{link.name} is open")
        reason = await unit.attach(name, link, make_wire()).closed
    finally:
        link.close("the gateway stops")
    return reason, max(runtime.clock.now().mono - opened_at, 1e-9)


async def run_together(**parts: Coroutine[Any, Any, Any]) -> None:
    """Run the parts of a gateway side by side until cancelled; the first that fails ends the others.

    Its own error is raised and not a group of one, so that supervision sees what it is: wrong settings are not tried
    again by themselves.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            for name, part in parts.items():
                tasks.create_task(part, name=name)
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        raise group.exceptions[0] from None
