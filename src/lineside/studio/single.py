"""One studio gateway alone in a process that somebody else has written: journal, desk and units around `gateway.run`.

`lineside run` is the whole server; this is what `compat.StudioWebSocketServer.start` needs of it. There is no web page,
no pruning and no supervision here: what fails is raised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lineside.errors import ConfigError
from lineside.runtime import command
from lineside.runtime.clock import SystemClock
from lineside.runtime.desk import Desk
from lineside.runtime.gateway import GatewayState, Runtime
from lineside.runtime.guard import Guard
from lineside.runtime.journal import Catalogue, Journal, Keys
from lineside.runtime.line import LineSettings
from lineside.runtime.link import Link
from lineside.runtime.log import get_log
from lineside.runtime.routes import Route
from lineside.runtime.units import Units
from lineside.runtime.web_socket import ListenWeb, OnSocket, SocketTimes, WebListener
from lineside.studio.gateway import Config, run
from lineside.studio.model import EVENTS, TableView

NAME = "studio"
"""Of the gateway; its tables are ``studio/ARO-001``."""

JOURNAL_FILE = "journal.db"


class Single:
    """A running gateway.

    Args:
        config: of the gateway.
        data_dir: folder of the journal; it exists and is locked. The keys lie beside it, as for any data folder.
        listen_web: `lineside.adapters.web_socket_listener.listen_web`.
        on_table: told of each table's state when it is known and whenever it changed.

    Attributes:
        desk: takes commands for the tables.
        on_socket: serves a socket as if it had come in by the port; from the moment that the port is open.
        guard: of the port; the same.
        port: that is bound; the same.
        listening: set when the port is open.
    """

    def __init__(
        self, config: Config, data_dir: Path, listen_web: ListenWeb, on_table: Callable[[TableView], None]
    ) -> None:
        self.on_socket: OnSocket | None = None
        self.guard: Guard | None = None
        self.port = 0
        self.listening = asyncio.Event()
        self._config = config
        self._listen_web = listen_web
        self._on_table = on_table
        self._clock = SystemClock()
        self._units = Units()
        keys = Keys.load_or_make(data_dir.parent / f"{data_dir.name}.keys.toml", data_dir=data_dir)
        self._journal = Journal.open(data_dir / JOURNAL_FILE, keys=keys, catalogue=Catalogue(command.EVENTS, EVENTS))
        self.desk = Desk(self._units, self._journal, self, self._clock)
        self._runtime = Runtime(
            name=NAME,
            clock=self._clock,
            journal=self._journal,
            hub=self,
            desk=self.desk,
            units=self._units,
            log=get_log("gateway").bind(gateway=NAME),
            data_dir=data_dir,
            open_line=_no_line,
            report=_note,
            listen_web=self._listen,
        )

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            LinkError: the address cannot be bound.
            ConfigError: the settings contradict themselves.
        """
        try:
            await run(self._config, self._runtime)
        finally:
            await self._journal.close()

    # ------------------------------------------------------------------ what the gateway shows (it takes us for a hub)

    def state(self, topic: str, value: Any) -> None:
        """A value that a table shows."""
        if isinstance(value, TableView):
            self._on_table(value)

    def feed(self, topic: str, value: Any) -> None:
        """Nobody listens to feeds here; watchers have their own."""

    # ------------------------------------------------------------------ the port

    async def _listen(
        self,
        address: str,
        guard: Guard,
        on_socket: OnSocket,
        routes: Iterable[Route] = (),
        *,
        hosts: Iterable[str] = (),
        times: SocketTimes | None = None,
    ) -> WebListener:
        listener = await self._listen_web(address, guard, on_socket, routes, hosts=hosts, times=times)
        self.guard, self.on_socket, self.port = guard, on_socket, listener.port
        self.listening.set()
        return listener


async def _no_line(line: str, settings: LineSettings) -> Link:
    raise ConfigError("a studio has no line")


def _note(state: GatewayState, reason: str, next_attempt_s: float | None = None) -> None:
    """What becomes of the gateway is raised; in between there is nothing to note."""
