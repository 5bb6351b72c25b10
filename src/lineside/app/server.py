"""The server: the only place that sees everything, and wires it.

::

    lock the data ─► keys ─► journal ─► hub, units, desk ─► supervisor
                                                               ├── each gateway
                                                               ├── web server and control socket
                                                               ├── live feeds of events, journal, gateways
                                                               ├── each sink
                                                               ├── pruning
                                                               └── watchdog, loop lag

Start-up waits for the lock and the journal's file, and for nothing else: a device, a peer or a busy port is a state of
its part, with a reason and a next attempt.
"""

from __future__ import annotations

import asyncio
import importlib
import ssl
from collections.abc import Callable
from contextlib import suppress

from lineside import __version__
from lineside.adapters.control_socket import control_socket_path
from lineside.adapters.web_server import WebServer, server_context
from lineside.app.foundation import catalogue, journal_path, open_journal
from lineside.app.gateways import Foundation, Gateways
from lineside.app.kinds import EXPORTS, KEEP, KINDS, ROUTINE, routes_of_houses
from lineside.app.login import LoginNote
from lineside.app.pruning import Pruning
from lineside.app.reload import Reloader
from lineside.app.sinks import Sinks, check_rows
from lineside.config import Settings
from lineside.console.access import Access
from lineside.console.admin_api import Tools
from lineside.console.api import PAGE, Console
from lineside.console.feeds import show_events, show_states
from lineside.console.watch import watch_guards
from lineside.errors import JournalError
from lineside.runtime.clock import SystemClock
from lineside.runtime.data_lock import DataLock
from lineside.runtime.desk import Desk
from lineside.runtime.gateway import Shared
from lineside.runtime.guard import Guard
from lineside.runtime.hub import Hub
from lineside.runtime.journal import Keys, PruneReport, VerifyReport, verify
from lineside.runtime.lag import LagProbe
from lineside.runtime.line import LineSettings
from lineside.runtime.link import Link
from lineside.runtime.log import get_log
from lineside.runtime.notify import Notifier
from lineside.runtime.supervise import PartPhase, Supervisor
from lineside.runtime.units import Units

OWN_PART = "lineside/"
"""Prefix of the process's own parts; a gateway's name has no slash, so that they cannot meet."""

log = get_log("app")


async def open_line(line: str, settings: LineSettings) -> Link:
    """`lineside.adapters.serial_link.open_line`, loaded beside the loop by the first line: the page comes first."""
    module = await asyncio.to_thread(importlib.import_module, "lineside.adapters.serial_link")
    link: Link = await module.open_line(line, settings)
    return link


class Server:
    """One running lineside.

    Args:
        settings: what to run.
        reread: reads the settings again, for a reload.
        on_web: told a fresh login URL whenever the web server begins to listen.

    Raises:
        DataBusy: another process holds the data folder.
        ConfigError: the keys cannot be used, or a sink asks for rows that nobody exports.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        reread: Callable[[], Settings] | None = None,
        on_web: Callable[[str], None] | None = None,
    ) -> None:
        self._settings = settings
        self._on_web = on_web or (lambda login_url: None)
        self._stop_asked = asyncio.Event()
        self._notifier = Notifier()
        self._note = LoginNote(settings.data_dir)
        for sink in settings.sinks.values():
            check_rows(sink, EXPORTS)
        self._lock = DataLock.take(settings.data_dir)
        try:
            self._keys = Keys.load_or_make(settings.keys_file, data_dir=settings.data_dir)
            self.journal = open_journal(settings.data_dir, self._keys, settings.journal)
        except BaseException:
            self._lock.close()
            raise
        self._make_parts(reread or (lambda: settings))

    def _make_parts(self, reread: Callable[[], Settings]) -> None:
        settings, clock = self._settings, SystemClock()
        self.hub = Hub(settings.hub)
        self.units = Units()
        self.desk = Desk(self.units, self.journal, self.hub, clock, settings.desk)
        self.supervisor = Supervisor(settings.supervise, clock=clock)
        shared = Foundation(
            clock, self.journal, self.hub, self.desk, self.units, self.supervisor, settings.data_dir, open_line
        )
        self.gateways = Gateways(shared, KINDS)
        self.pruning = Pruning(self.journal, self.units, settings.journal, clock, KEEP)
        self.sinks = Sinks(settings.sinks, EXPORTS, self.journal, self.hub, clock, self.supervisor)
        self.reloader = Reloader(settings, self.gateways, self.journal, reread)
        self._guard = Guard(settings.web.limits, "web")
        self.access = Access(self.journal, clock, settings.web.access)
        self._house_routes = routes_of_houses(Shared(clock, self.journal, self.hub, self.desk, self.units))
        self.console = Console(
            journal=self.journal,
            hub=self.hub,
            desk=self.desk,
            units=self.units,
            access=self.access,
            clock=clock,
            gateways=self.gateways.infos,
            command_keys=lambda: self._keys.command_keys.values(),
            tools=self._tools(),
            routine=ROUTINE,
            more_reasons=self._reasons,
        )
        watch_guards(self.console.metrics, lambda: [self._guard, *self.gateways.guards()])

    # ------------------------------------------------------------------ life

    async def run(self) -> None:
        """Serve until `stop` is called; then end every part within its limit, and close the journal."""
        try:
            await self.access.load()
            await self.sinks.try_start()
            self._add_parts()
            supervising = asyncio.create_task(self.supervisor.run(), name="supervisor")
            self._notifier.ready(f"{len(self._settings.gateways)} gateways")
            log.info("started", version=__version__, data_dir=str(self._settings.data_dir))
            await self._stop_asked.wait()
            self._notifier.stopping()
            self.console.stop()
            stuck = await self.supervisor.stop()
            await supervising
            log.info("stopped", stuck=stuck)
        finally:
            await self.journal.close()
            self._lock.close()

    def stop(self) -> None:
        """Ask for the end; `run` returns when everything has stopped. Calling it again does nothing."""
        self._stop_asked.set()

    def reload_soon(self) -> None:
        """Read the settings again (SIGHUP); the log tells what came of it."""
        self._reloading = asyncio.create_task(self.reloader.reload(), name="reload")

    # ------------------------------------------------------------------ parts

    def _add_parts(self) -> None:
        self._add("web", self._serve_web)
        self._add("events", lambda: show_events(self.journal, self.hub, ROUTINE))
        self._add("states", lambda: show_states(self.journal, self.hub, self.gateways.infos))
        self._add("sinks", self.sinks.run)
        self._add("pruning", self.pruning.run)
        self._add("lag", LagProbe(self.console.metrics.registry).run)
        self._add("watchdog", lambda: self._notifier.keep_fed(self._prove_alive))
        for gateway in self._settings.gateways.values():
            self.gateways.start(gateway)

    def _add(self, name: str, run: Callable[[], object]) -> None:
        self.supervisor.add(OWN_PART + name, name, run)  # type: ignore[arg-type]

    def _reasons(self) -> list[str]:
        """The process's own parts that do not run, for ``/readyz``."""
        own = [part for part in self.supervisor.parts() if part.name.startswith(OWN_PART)]
        return [f"{part.kind} {part.state}" for part in own if part.state is not PartPhase.RUNNING]

    async def _serve_web(self) -> None:
        web = self._make_web()
        try:
            await web.start()
            login_url = self.console.login_url(web.url)
            self._note.write(login_url)
            log.info("web server listens", url=web.url)
            self._on_web(login_url)
            await asyncio.Event().wait()
        finally:
            self._note.remove()
            await web.stop()

    def _make_web(self) -> WebServer:
        settings = self._settings
        return WebServer(
            self.console.routes(self._house_routes),
            self.access,
            self._guard,
            address=settings.web.address,
            control=control_socket_path(settings.data_dir),
            tls=self._tls(),
            hosts=settings.web.hosts,
            page=PAGE,
            limits=settings.web.http,
            on_answer=self.console.metrics.on_answer,
        )

    def _tls(self) -> ssl.SSLContext | None:
        cert, key = self._settings.cert, self._settings.key
        return server_context(cert, key) if cert is not None and key is not None else None

    # ------------------------------------------------------------------ tools

    def _tools(self) -> Tools:
        return Tools(
            verify=self._verify,
            backup=self.journal.backup,
            checkpoint=self.journal.checkpoint,
            prune=self._compact,
            reload=self.reloader.reload,
            sinks=self.sinks.infos,
            forget_sink=self.sinks.forget,
            retry_parked=self.sinks.retry,
            skip_parked=self.sinks.skip,
        )

    async def _prove_alive(self) -> None:
        """A round trip through the journal's writer. That it cannot write is its state, and no reason for an end."""
        with suppress(JournalError):
            await self.journal.checkpoint()

    async def _compact(self) -> PruneReport:
        report = await self.pruning.prune()
        await self.journal.compact()
        return report

    async def _verify(self) -> VerifyReport:
        path = journal_path(self._settings.data_dir)
        return await asyncio.to_thread(verify, path, self._keys, catalogue())
