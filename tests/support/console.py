"""The whole console over a real socket: a real journal, hub and desk, and units that are lamps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import structlog

from lineside.adapters.web_server import WebLimits, WebServer
from lineside.console import access as access_module
from lineside.console.access import Access
from lineside.console.admin_api import Tools
from lineside.console.api import Console
from lineside.console.sessions import AccessSettings
from lineside.console.units_api import GatewayInfo
from lineside.errors import LinesideError
from lineside.runtime import command, journal
from lineside.runtime.clock import SystemClock
from lineside.runtime.command import Command, CommandClass, CommandSpec, Role
from lineside.runtime.desk import Desk
from lineside.runtime.drive import Unit
from lineside.runtime.envelope import CommandKey, KeyKind
from lineside.runtime.guard import Guard, Limits
from lineside.runtime.hub import Hub
from lineside.runtime.journal import Catalogue, Journal, Keys
from lineside.runtime.step import (
    NOTHING,
    End,
    Event,
    Moment,
    Outcome,
    OutcomeKind,
    Secret,
    Show,
    Step,
    UnitState,
    UnitStatus,
)
from lineside.runtime.units import Units

LIT_AT = datetime(2026, 1, 1, tzinfo=UTC)


class CodeParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Secret


SPECS = (
    CommandSpec("ON", "Lights it.", waits=CommandClass.LIVE),
    CommandSpec("LATER", "Ends when the test says so."),
    CommandSpec("set_code", "Sets its code.", CodeParams),
    CommandSpec("wipe", "For admins.", role=Role.ADMIN),
)


class LampLit(Event, frozen=True):
    by: str


class CodeSet(Event, frozen=True):
    code: Secret


class Lamp:
    """The smallest model: commands end at once, `LATER` when `end` is called."""

    def __init__(self) -> None:
        self.status = UnitStatus(UnitState.LIVE, "it shines", True, LIT_AT)
        self.lit = 0

    def on_open(self, link: str, now: Moment) -> Step:
        return NOTHING

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        return NOTHING

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        return None

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
        return NOTHING

    def on_command(self, asked: Command, now: Moment) -> Step:
        done = End(asked.id, Outcome(OutcomeKind.DONE, "it is done"))
        match asked.name:
            case "LATER":
                return NOTHING
            case "set_code":
                code = asked.params["code"]
                return Step(record=(CodeSet(code if isinstance(code, Secret) else Secret(code)),), end=(done,))
            case _:
                return Step(record=(LampLit(asked.actor),), end=(done,))

    def on_expiry(self, asked: Command, now: Moment) -> Step:
        return NOTHING

    def on_time(self, now: Moment) -> Step:
        return NOTHING

    def on_answer(self, ask_id: str, answer: Any, now: Moment) -> Step:
        return NOTHING

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        return NOTHING

    def deadline(self) -> float | None:
        return None

    def apply(self, event: Event, at: datetime) -> None:
        self.lit += isinstance(event, LampLit)

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        return (Show("lamp", {"lit": self.lit}), Show("flashes", self.lit, feed=True))

    def carry(self) -> Any:
        return self.lit

    def restore(self, state: Any, commands: Any) -> None:
        self.lit = state


def end(command_id: str, now: Moment) -> Step:
    """The Step that ends a LATER."""
    return Step(end=(End(command_id, Outcome(OutcomeKind.DONE, "at last")),))


HMAC_KEY = CommandKey("office", KeyKind.HMAC, b"k" * 32, Role.OPERATOR, frozenset({"ward"}))


@dataclass
class Rig:
    """Everything that a test of the console may want to touch."""

    server: WebServer
    ask: aiohttp.ClientSession
    journal: Journal
    hub: Hub
    units: Units
    desk: Desk
    access: Access
    console: Console
    control: Path
    gateways: list[GatewayInfo] = field(default_factory=list)

    async def token(self, role: str, *gateways: str) -> dict[str, str]:
        """The header of a new token."""
        bound = frozenset(gateways) or None
        _, text = await self.access.create_token(f"test {role}", Role(role), bound, None, "test")
        return {"Authorization": f"Bearer {text}"}

    async def error(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = await self.ask.request(method, path, **more)
        told = await answer.json()
        assert set(told) == {"error"}, told
        assert set(told["error"]) == {"code", "message", "retry"}
        return answer.status, told["error"]["code"]

    async def get(self, path: str, **more: Any) -> Any:
        """The JSON answer of a success."""
        answer = await self.ask.get(path, **more)
        told = await answer.json()
        assert answer.status == 200, told
        return told

    async def command(self, headers: dict[str, str], **asked: Any) -> Any:
        """The report of an accepted command."""
        answer = await self.ask.post("/api/commands", json={"unit": "ward/1", "name": "ON", **asked}, headers=headers)
        told = await answer.json()
        assert answer.status == 202, told
        return told

    def end(self, command_id: str) -> None:
        """End a LATER of ward/1."""
        self.units.find("ward/1").submit(partial(end, command_id))


def open_journal(folder: Path, *events: type[Event], **more: Any) -> Journal:
    """A journal that knows the console's events, and those of commands and lamps."""
    catalogue = Catalogue(journal.EVENTS, command.EVENTS, access_module.EVENTS, (LampLit, CodeSet), events)
    return Journal.open(
        folder / "journal.db", keys=more.pop("keys", None) or Keys.generate(), catalogue=catalogue, **more
    )


@asynccontextmanager
async def console(
    folder: Path,
    *,
    tools: Tools | None = None,
    limits: WebLimits | None = None,
    reasons: list[str] | None = None,
    access_settings: AccessSettings | None = None,
    **more: Any,
) -> AsyncIterator[Rig]:
    """A running console with units ward/1, ward/2 and hall/1."""
    clock, hub, units = SystemClock(), Hub(), Units()
    kept = open_journal(folder)
    desk = Desk(units, kept, hub, clock)
    for name in ("ward/1", "ward/2", "hall/1"):
        unit = Unit(
            name, "lamp", Lamp(), clock=clock, journal=kept, hub=hub, log=structlog.get_logger(), commands=SPECS
        )
        unit.on_report = desk.on_report
        await unit.restore()
        units.add(unit)
    access = Access(kept, clock, access_settings)
    await access.load()
    gateways = [GatewayInfo(name, "lamp", "running", "", clock.now().utc, 1) for name in ("ward", "hall")]
    made = Console(
        journal=kept,
        hub=hub,
        desk=desk,
        units=units,
        access=access,
        clock=clock,
        gateways=lambda: gateways,
        command_keys=lambda: [HMAC_KEY],
        tools=tools,
        more_reasons=lambda: reasons or [],
    )
    control = folder / "control.sock"
    guard = Guard(Limits(connections_per_address_max=256), "web")
    server = WebServer(
        made.routes(),
        access,
        guard,
        control=control,
        limits=limits,
        on_answer=made.metrics.on_answer,
        **more,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(kept.close)
        await server.start()
        stack.push_async_callback(server.stop)
        stack.callback(hub.close)
        stack.callback(made.stop)
        ask = await stack.enter_async_context(
            aiohttp.ClientSession(server.url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        yield Rig(server, ask, kept, hub, units, desk, access, made, control, gateways)
