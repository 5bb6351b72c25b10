"""The seed's server by its Python names: `StudioWebSocketServer`, `StudioStatus` and the two enums.

Two lives::

    server = StudioWebSocketServer()                       in memory: handle_connection(ws[, path]) and
    await server.handle_connection(websocket, path)        _handle_status_update(ws, table, text) with any object that
                                                           has send, recv, close and `async for`. NOTHING IS ON DISK.

    await server.start()                                   for real: the studio gateway listens on host:port over a
                                                           journal in ``data_dir``; what it confirms is on disk, and
                                                           the same calls now go to the gateway.

``studio_status`` is the present state by table, in both lives, as a live dict of `StudioStatus`.

Source: wire/studio.md sections 2 to 4, 6 and 7.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from lineside.errors import LinesideError
from lineside.runtime.command import Role
from lineside.runtime.data_lock import DataLock
from lineside.runtime.desk import Actor
from lineside.runtime.guard import Refusal
from lineside.runtime.listener import address_text
from lineside.runtime.log import get_log
from lineside.runtime.step import OutcomeKind
from lineside.studio.borrowed import PEER, BorrowedSocket, OneMessage
from lineside.studio.gateway import Config
from lineside.studio.model import TableView
from lineside.studio.single import NAME, Single
from lineside.studio.status import StudioStatus
from lineside.studio.wire import (
    ERRORS_MAX,
    INVALID_MESSAGE,
    MISSING,
    TOO_MANY_ERRORS,
    CloseCode,
    Confirmed,
    Denied,
    DeviceStatus,
    Dialect,
    Entrance,
    ErrorReply,
    Greeting,
    Malformed,
    NeedsGreeting,
    ServiceStatus,
    TableWire,
    Update,
    entrance_of_message,
    entrance_of_path,
    parse_query,
)
from lineside.studio.wire.encode import text_of

__all__ = ["StudioDeviceStatusEnum", "StudioServiceStatusEnum", "StudioStatus", "StudioWebSocketServer"]

StudioServiceStatusEnum = ServiceStatus
StudioDeviceStatusEnum = DeviceStatus

HOST, PORT = "localhost", 8080
DATA_DIR = Path("var/studio")
"""Where `StudioWebSocketServer.start` keeps its journal; its keys lie beside it, as for any data folder."""

ACTOR = Actor("studio_status", Role.OPERATOR)
"""Who a change of the program counts as."""

TABLE = re.compile(r"[A-Za-z0-9.-]{1,64}")

log = get_log("studio")


class StudioWebSocketServer:
    """The seed's server.

    Args:
        host: name or address to listen on.
        port: 0 takes a free one; the attribute has it once `start` listens.
        data_dir: folder of the journal that `start` keeps. The direct calls without `start` write nothing.
        config: further settings of the gateway, tokens for example; its address is that of ``host`` and ``port``.

    Attributes:
        studio_status: table → `StudioStatus`, live. Without `start` it *is* the state: put objects in, change them.
            While `start` serves it mirrors the tables; see there.
    """

    def __init__(
        self,
        host: str = HOST,
        port: int = PORT,
        *,
        data_dir: str | Path = DATA_DIR,
        config: Config | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.data_dir = Path(data_dir)
        self.studio_status: dict[str, StudioStatus] = {}
        self._config = config or Config()
        self._single: Single | None = None
        self._serving: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._asked: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------ for real

    async def start(self) -> None:
        """Serve on host:port until `stop` or cancellation; every confirmation is on disk before it leaves.

        The tables of the journal appear in ``studio_status``, and those that reporters make. Their objects follow the
        tables (a repeated report, which changes nothing but ``uptime``, within a second). The other way round:
        what was put into the dict before the start becomes a table where the journal knows none of that name, and a
        field or ``maintenance`` that the program sets on an object is recorded as a command of an operator, soon after.
        ``uptime`` and ``timestamp`` are the table's own.

        Raises:
            LinkError: the address cannot be bound.
            DataBusy: another process has the data folder.
        """
        from lineside.adapters.web_socket_listener import listen_web

        assert self._single is None, "it serves already"
        lock = DataLock.take(self.data_dir)
        try:
            self._single = single = Single(self._settings(), self.data_dir, listen_web, self._show)
            self._serving = serving = asyncio.create_task(single.run(), name="studio gateway")
            await _first(single.listening.wait(), serving)
            if not serving.done():
                self.port = single.port
                self._listening.set()
                await asyncio.wait((serving,))
            if not serving.cancelled():
                serving.result()
        finally:
            self._listening.clear()
            await self.stop()
            self._single = None
            lock.close()

    async def started(self) -> None:
        """Wait until `start`, which runs in another task, listens."""
        await self._listening.wait()

    async def stop(self) -> None:
        """End `start`; what was confirmed is on disk. Again, or without it, does nothing."""
        tasks = [*self._asked, *([self._serving] if self._serving is not None else [])]
        self._serving = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _settings(self) -> Config:
        given = [name for name in self.studio_status if TABLE.fullmatch(name)]
        for name in self.studio_status.keys() - set(given):
            log.warning("no table of this name can be", table=name)
        return msgspec.structs.replace(
            self._config,
            address=address_text((self.host, self.port)),
            tables=tuple(dict.fromkeys((*self._config.tables, *given))),
        )

    def _show(self, view: TableView) -> None:
        """A table is there, or has changed."""
        status = self.studio_status.setdefault(view.table, StudioStatus(view.table))
        if not status.is_served:
            has_past = view.uptime_updates or view.maintenance.since or any(f.changed_at for f in view.fields)
            if not has_past and (changes := status.changes()):
                self._ask(view.table, changes)
            status.serve(lambda name, value: self._ask(view.table, {name: value}))
        status.show(view)

    def _ask(self, table: str, changes: dict[str, Any]) -> None:
        """Have the program's own changes recorded."""
        task = asyncio.get_running_loop().create_task(self._record(table, changes), name=f"record {table}")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _record(self, table: str, changes: dict[str, Any]) -> None:
        assert self._single is not None, "only a served table asks"
        fields = {name: str(value) for name, value in changes.items() if name != "maintenance"}
        asked: list[tuple[str, dict[str, Any]]] = [("set_status", {"fields": fields})] if fields else []
        if "maintenance" in changes:
            asked.append(("set_maintenance", {"on": changes["maintenance"]}))
        for name, params in asked:
            try:
                report = await self._single.desk.request(f"{NAME}/{table}", name, params, actor=ACTOR)
            except LinesideError as error:
                log.warning("change not recorded", table=table, changes=changes, reason=str(error))
                self.studio_status[table].show()
            else:
                if report.outcome is not None and report.outcome.kind is not OutcomeKind.DONE:
                    log.warning("change refused", table=table, changes=changes, reason=report.outcome.text)
                    self.studio_status[table].show()

    # ------------------------------------------------------------------ one connection

    async def handle_connection(self, websocket: Any, path: str | None = None) -> None:
        """Serve one connection until it ends.

        Without `start` this is in memory: nothing of it is recorded, whatever the peer is told. While `start` serves,
        the connection is handed to the gateway as if it had come in by the port.

        Args:
            websocket: anything with ``send``, ``recv``, ``close`` (coroutines) and ``async for``.
            path: of the request. Given, it must carry the credentials (A, C). Left out, ``websocket.request.path`` is
                looked at; without a query there, the credentials are asked for (B).
        """
        asked = getattr(getattr(websocket, "request", None), "path", None) if path is None else path
        asked = asked if isinstance(asked, str) else "/"
        if path is not None and isinstance(entrance_of_path(path, profile_d=False), NeedsGreeting):
            await websocket.close(int(MISSING.code), MISSING.reason)
        elif self._single is not None:
            await self._hand_over(self._single, websocket, asked)
        else:
            try:
                await self._serve_in_memory(websocket, asked)
            except Exception as error:  # of any library: its socket has ended, and whoever called us goes on
                log.warning("connection ended", error=repr(error))

    async def _handle_status_update(self, websocket: Any, table_id: str, message: str | bytes) -> None:
        """Take one message for a table and answer on ``websocket`` alone; in memory without `start`."""
        if self._single is None:
            await self._answer(websocket, TableWire(Dialect.A, table_id), message)
        else:
            token = quote(self._own_token(), safe="")
            await self._hand_over(self._single, OneMessage(websocket, message), f"/?id={table_id}_&token={token}")

    async def _hand_over(self, single: Single, websocket: Any, path: str) -> None:
        assert single.guard is not None, "it listens"
        assert single.on_socket is not None, "it listens"
        ticket = single.guard.admit(PEER)
        if isinstance(ticket, Refusal):
            await websocket.close(int(CloseCode.TRY_LATER), ticket.text)
            return
        socket = BorrowedSocket(websocket, path, ticket)
        try:
            await single.on_socket(socket)
        finally:
            await socket.finish()

    def _own_token(self) -> str:
        """A token of the settings, for calls of the program itself; any will do where none is configured."""
        known = [self._config.token, *(entry.token for entry in self._config.tokens.values())]
        return next((token.reveal() for token in known if token is not None), PEER)

    def _parse_query_params(self, path: str) -> dict[str, str]:
        """The query of a path as a dict; a piece without ``=`` is ignored."""
        return parse_query(path)

    # ------------------------------------------------------------------ in memory

    async def _serve_in_memory(self, websocket: Any, path: str) -> None:
        entrance = await self._enter(websocket, path)
        if isinstance(entrance, Denied):
            await websocket.close(int(entrance.code), entrance.reason)
            return
        wire = TableWire(entrance.dialect, entrance.table)
        if entrance.wants_snapshot:
            await websocket.send(wire.send(self._status(entrance.table).snapshot()).decode())
        errors = 0
        async for message in websocket:
            errors += not await self._answer(websocket, wire, message)
            if errors >= ERRORS_MAX:
                await websocket.close(int(CloseCode.POLICY), TOO_MANY_ERRORS)
                return

    async def _enter(self, websocket: Any, path: str) -> Entrance | Denied:
        entrance = entrance_of_path(path, profile_d=False)
        if not isinstance(entrance, NeedsGreeting):
            return entrance
        await websocket.send(text_of(Greeting(), Dialect.B))
        first = await websocket.recv()
        return entrance_of_message(first) if isinstance(first, str | bytes) else INVALID_MESSAGE

    async def _answer(self, websocket: Any, wire: TableWire, message: str | bytes) -> bool:
        """Take one message; False when it was refused."""
        heard = wire.read(message)
        said: Confirmed | ErrorReply = Confirmed(wire.table)
        match heard:
            case Malformed(text=text):
                said = ErrorReply(text)
            case Update():
                self._status(wire.table).take(heard)
        await websocket.send(wire.send(said).decode())
        return isinstance(said, Confirmed)

    def _status(self, table: str) -> StudioStatus:
        if table not in self.studio_status:
            self.studio_status[table] = StudioStatus(table)
        return self.studio_status[table]


async def _first(one: Coroutine[Any, Any, Any], other: asyncio.Task[None]) -> None:
    """Wait for the first of both; the task goes on."""
    waiting = asyncio.ensure_future(one)
    try:
        await asyncio.wait((waiting, other), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
