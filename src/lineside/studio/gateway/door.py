"""The door of a studio: who a connection is, whether it may come in, and to which table.

::

    Origin of a page that is not listed                 1008 Foreign origin
    /watch                                              1008 Invalid token, or the feed
    a query (A, C, D)                                   1008 / 3000, or a seat at the table
    no query (B): greeting, first frame in auth_s       1008, or a seat at the table

No frame leaves before a refusal, but the greeting of B, which nobody has asked for and everybody there waits for.
Source: the wire sheet for studio tables, §1, §2, §9, §10.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from lineside.errors import JournalError
from lineside.runtime.gateway import Runtime
from lineside.runtime.web_socket import SocketLink, WebSocket
from lineside.studio.gateway.config import Config, DuplicatePolicy
from lineside.studio.gateway.reporter import Reporter
from lineside.studio.gateway.tables import NOT_NOW, TableDenied, Tables
from lineside.studio.gateway.tokens import Pass, Tokens
from lineside.studio.watch import Feed
from lineside.studio.wire import (
    AUTHENTICATION_TIMEOUT,
    DUPLICATE_KICKED,
    DUPLICATE_LOGIN,
    DUPLICATE_REFUSED,
    FOREIGN_ORIGIN,
    INVALID_TOKEN,
    Denied,
    Dialect,
    Entrance,
    Greeting,
    NeedsGreeting,
    TableWire,
    Watch,
    entrance_of_message,
    entrance_of_path,
    invalid_token,
    watch_of_path,
)


class Door:
    """Lets connections in.

    Attributes:
        denied: how often, by reason.
    """

    def __init__(self, config: Config, runtime: Runtime, tokens: Tokens, tables: Tables, feed: Feed) -> None:
        self._config = config
        self._runtime = runtime
        self._log = runtime.log
        self._tokens = tokens
        self._tables = tables
        self._feed = feed
        self._origins = frozenset(config.origins)
        self._greeting = TableWire(Dialect.B, "").send(Greeting())
        self._present: dict[tuple[str, str], dict[Reporter, None]] = {}
        self._acked: dict[Reporter, None] = {}
        self.denied: Counter[str] = Counter()

    async def on_socket(self, socket: WebSocket) -> None:
        """Serve one connection until it ends."""
        origin = socket.headers.get("origin")
        if origin is not None and origin not in self._origins and "*" not in self._origins:
            self._deny(socket, FOREIGN_ORIGIN)
            return
        watch = watch_of_path(socket.path)
        if watch is not None:
            await self._let_watch(socket, watch)
            return
        entrance = await self._entrance(socket)
        if isinstance(entrance, Denied):
            self._deny(socket, entrance)
        elif entrance is not None:
            await self._let_report(socket, entrance)

    async def keep_acked(self) -> None:
        """Dialect D wants a sign of life every few seconds."""
        while True:
            await asyncio.sleep(self._config.ack_s)
            at = self._runtime.clock.now().utc
            for reporter in list(self._acked):
                reporter.ack(at)

    @property
    def reporter_count(self) -> int:
        """Reporters that are connected now."""
        return sum(len(reporters) for reporters in self._present.values())

    # ------------------------------------------------------------------ watchers

    async def _let_watch(self, socket: WebSocket, watch: Watch) -> None:
        scope = self._tokens.admit_watcher(watch.token, watch.tables)
        if scope is None:
            self._deny(socket, INVALID_TOKEN)
            return
        socket.ticket.authenticated()
        await self._feed.serve(socket, scope, watch.since)

    # ------------------------------------------------------------------ reporters

    async def _entrance(self, socket: WebSocket) -> Entrance | Denied | None:
        """Who it says it is; None when it left before it said so."""
        config = self._config
        entrance = entrance_of_path(socket.path, config.devices, profile_d=config.profile_d)
        if not isinstance(entrance, NeedsGreeting):
            return entrance
        socket.send(self._greeting)
        try:
            async with asyncio.timeout(config.auth_s):
                frame = await socket.receive()
        except TimeoutError:
            return AUTHENTICATION_TIMEOUT
        return None if frame is None else entrance_of_message(frame, config.devices)

    async def _let_report(self, socket: WebSocket, entrance: Entrance) -> None:
        admitted = self._tokens.admit(entrance.token, entrance.table, entrance.device)
        if admitted is None:
            self._deny(socket, invalid_token(entrance))
            return
        socket.ticket.authenticated()
        try:
            unit = await self._tables.get(entrance.table)
        except TableDenied as error:
            self._deny(socket, error.denied)
            return
        except JournalError:
            self._deny(socket, NOT_NOW)
            return
        reporter = self._reporter(socket, entrance, admitted)
        older = self._older(entrance)
        if older and self._policy(entrance) is DuplicatePolicy.REFUSE:
            self._deny(socket, DUPLICATE_REFUSED)
            return
        self._present.setdefault((entrance.table, entrance.device), {})[reporter] = None
        if entrance.dialect is Dialect.D:
            self._acked[reporter] = None
        reporter.sit_down(unit)  # before the older one leaves: the device was never gone
        if self._policy(entrance) is DuplicatePolicy.KICK_OLD:
            for one in older:
                one.kick(DUPLICATE_LOGIN if one.entrance.dialect is Dialect.D else DUPLICATE_KICKED)
        await reporter.run()

    def _reporter(self, socket: WebSocket, entrance: Entrance, admitted: Pass) -> Reporter:
        config = self._config
        wire = TableWire(entrance.dialect, entrance.table, config.status_values, admitted.may_write)
        return Reporter(
            SocketLink(socket),
            entrance,
            wire,
            admitted.token_name,
            self._tables,
            self._runtime.clock,
            self._log,
            self._on_gone,
        )

    def _policy(self, entrance: Entrance) -> DuplicatePolicy:
        return DuplicatePolicy.KICK_OLD if entrance.dialect is Dialect.D else self._config.duplicate

    def _older(self, entrance: Entrance) -> list[Reporter]:
        return list(self._present.get((entrance.table, entrance.device), ()))

    def _on_gone(self, reporter: Reporter) -> None:
        """Takes away this very connection, and never one that took its place (the trap of §9)."""
        key = (reporter.entrance.table, reporter.entrance.device)
        self._acked.pop(reporter, None)
        reporters = self._present.get(key, {})
        reporters.pop(reporter, None)
        if not reporters:
            self._present.pop(key, None)

    def _deny(self, socket: WebSocket, denied: Denied) -> None:
        """Close without a frame. The first of each reason is logged, then the tenth, the hundredth …"""
        self.denied[denied.reason] += 1
        count = self.denied[denied.reason]
        if str(count).strip("0") == "1":
            self._log.warning("connection denied", peer=socket.name, reason=denied.reason, count=count)
        socket.close(denied.code, denied.reason)
