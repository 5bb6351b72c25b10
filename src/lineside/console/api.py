"""Everything that the console puts on ``[web]``, put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from lineside import __version__
from lineside.console.access import Access
from lineside.console.admin_api import AdminApi, Tools
from lineside.console.commands_api import CommandsApi
from lineside.console.events_api import EventsApi
from lineside.console.health import HealthApi
from lineside.console.live import Live
from lineside.console.metrics import Metrics
from lineside.console.openapi import OpenApi
from lineside.console.sign_in import SignIn, login_path
from lineside.console.units_api import GatewayInfo, UnitsApi
from lineside.console.waits import Waits
from lineside.console.watch import watch_console, watch_hub, watch_journal, watch_units
from lineside.runtime.clock import Clock
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor, Desk
from lineside.runtime.envelope import CommandKey
from lineside.runtime.hub import Hub
from lineside.runtime.journal import Journal
from lineside.runtime.routes import Route, SocketRoute
from lineside.runtime.units import Units

PAGE = Path(__file__).parent / "page"
"""Where `make install` puts the built page."""


class Console:
    """The routes of a running server, and what they share.

    Args:
        access: loaded.
        gateways: all gateways as they stand now, in the order of the settings.
        command_keys: the keys that may sign envelopes now.
        tools: what an admin may have done.
        routine: kinds of events that nobody wants to see scroll by.
        more_reasons: parts beside journal and gateways that are not ready, by name and state.

    Attributes:
        metrics: to add further numbers to.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        hub: Hub,
        desk: Desk,
        units: Units,
        access: Access,
        clock: Clock,
        gateways: Callable[[], Sequence[GatewayInfo]],
        command_keys: Callable[[], Iterable[CommandKey]] = tuple,
        tools: Tools | None = None,
        more_reasons: Callable[[], Sequence[str]] = tuple,
        routine: Collection[str] = (),
        version: str = __version__,
    ) -> None:
        self.metrics = Metrics()
        self._access = access
        self._waits = Waits()
        self._live = Live(hub, access)
        self._openapi = OpenApi(version)
        self._calls: list[Route] = [
            *SignIn(access).routes(),
            *UnitsApi(units, hub, gateways).routes(),
            *EventsApi(journal, self._waits, routine).routes(),
            *CommandsApi(desk, units, clock, command_keys, self._waits).routes(),
            *AdminApi(journal, tools or Tools()).routes(),
            *HealthApi(journal, gateways, more_reasons).routes(),
            *self.metrics.routes(),
            *self._openapi.routes(),
        ]
        watch_journal(self.metrics, journal)
        watch_hub(self.metrics, hub)
        watch_units(self.metrics, units, gateways)
        watch_console(self.metrics, access, self._live)

    def routes(self, more: Iterable[Route | SocketRoute] = ()) -> list[Route | SocketRoute]:
        """All routes, with ``more`` of the houses; the OpenAPI document tells of all calls among them."""
        every = [*self._calls, *more, *self._live.routes()]
        self._openapi.describe([route for route in every if isinstance(route, Route)])
        return every

    def login_url(self, server_url: str, name: str = "console", role: Role = Role.ADMIN) -> str:
        """A new single-use login link for a person at this machine; valid for ten minutes."""
        return server_url + login_path(self._access.sessions.make_code(Actor(name, role)))

    def stop(self) -> None:
        """Answer who waits for an event or a command's end, and say goodbye to who listens: the server will stop."""
        self._waits.stop()
        self._live.stop()
