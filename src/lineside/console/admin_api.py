"""The operator's tools over HTTP: the journal's health and care, sinks, reload. What `lineside` calls on a live server.

Each tool is a function that the app gives; a tool that is not given has no route. Paths on the server's disk are
accepted only over the control socket: who reaches that socket has the server's own rights on files already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from lineside.console.sign_in import actor_of, require_all_gateways
from lineside.errors import NotAllowed
from lineside.runtime.command import Role
from lineside.runtime.journal import Journal, Parked
from lineside.runtime.request_fields import read_json
from lineside.runtime.routes import Done, NotFound, Request, Response, Route, RouteDoc, json_response


class JournalInfo(msgspec.Struct, frozen=True):
    """The journal's state, as the topic ``lineside/journal`` shows it.

    Attributes:
        state: ok, full, read_only, failed, damaged or closed.
        seq: the newest event on disk.
        era: how often the journal was repaired or restored, from 1.
        at: UTC instant of the newest event.
    """

    state: str
    reason: str
    since: datetime
    seq: int
    era: int
    at: datetime | None = None


class BackupRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to write a backup: a path on the server, absolute."""

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=4096, pattern="^/")]


class SinkInfo(msgspec.Struct, frozen=True):
    """A reader of the journal.

    Attributes:
        state: starting, running, waiting, parked, held, stopped or orphaned (gone from the settings).
        behind_events: recorded and not carried out yet.
        behind_hours: the same at the present rate; null when it does not move.
        rows: name of what it carries out.
        delivered: events that the target has acknowledged since the start.
        oldest_at: when the oldest event that waits was recorded.
        parked_events: what the target does not take, each with its error; their lanes wait for a person.
    """

    name: str
    state: str
    reason: str
    behind_events: int
    behind_bytes: int | None = None
    behind_hours: float | None = None
    parked: int = 0
    rows: str = ""
    delivered: int = 0
    oldest_at: datetime | None = None
    next_attempt: datetime | None = None
    parked_events: list[Parked] = []


class ParkedRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which parked event, and why."""

    seq: Annotated[int, msgspec.Meta(ge=1)]
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class SinkList(msgspec.Struct, frozen=True):
    """All sinks, orphaned ones included."""

    sinks: list[SinkInfo]


class Reloaded(msgspec.Struct, frozen=True):
    """What reading the settings again changed.

    Attributes:
        changes: one line each; empty when nothing differs.
        refused: why nothing was changed, or "".
    """

    changes: list[str]
    refused: str = ""


Report = dict[str, Any]
"""What a tool of the journal found or did; its own type tells the fields."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the app lets an admin do; None: not built.

    Attributes:
        verify: checks the whole chain; may take minutes, so it runs beside the loop.
        backup: writes a copy to a path while the journal works.
        prune: applies the keep rules now and tells what went.
        reload: reads the settings again.
        forget_sink: drops an orphaned sink's cursor (name, who).
        retry_parked: has a parked event tried again (sink, seq, who).
        skip_parked: gives a parked event up (sink, seq, who, why).
    """

    verify: Callable[[], Awaitable[Any]] | None = None
    backup: Callable[[Path], Awaitable[None]] | None = None
    checkpoint: Callable[[], Awaitable[None]] | None = None
    prune: Callable[[], Awaitable[Any]] | None = None
    reload: Callable[[], Awaitable[Reloaded]] | None = None
    sinks: Callable[[], Sequence[SinkInfo]] | None = None
    forget_sink: Callable[[str, str], Awaitable[None]] | None = None
    retry_parked: Callable[[str, int, str], Awaitable[None]] | None = None
    skip_parked: Callable[[str, int, str, str], Awaitable[None]] | None = None


class AdminApi:
    """The routes of the tools."""

    def __init__(self, journal: Journal, tools: Tools) -> None:
        self._journal = journal
        self._tools = tools

    def routes(self) -> list[Route]:
        """Those whose tool is there."""
        tools, admin = self._tools, Role.ADMIN
        backup = RouteDoc("Write a backup on the server.", BackupRequest, Done, statuses=(413, 415, 503))
        every = [
            (tools.verify, "POST", "/api/journal/verify", self._verify, "Check the journal's chain.", Report),
            (tools.checkpoint, "POST", "/api/journal/checkpoint", self._checkpoint, "Sign a checkpoint now.", Done),
            (tools.prune, "POST", "/api/journal/prune", self._prune, "Apply the keep rules now.", Report),
            (tools.reload, "POST", "/api/reload", self._reload, "Read the settings again.", Reloaded),
            (tools.sinks, "GET", "/api/sinks", self._list_sinks, "All sinks.", SinkList),
            (tools.forget_sink, "DELETE", "/api/sinks/{name}", self._forget_sink, "Forget an orphaned sink.", Done),
        ]
        routes = [
            Route(method, path, handler, admin, RouteDoc(summary, response=answer, statuses=(404, 503)))
            for tool, method, path, handler, summary, answer in every
            if tool is not None
        ]
        parked = [
            (tools.retry_parked, "retry", self._retry_parked, "Try a parked event again."),
            (tools.skip_parked, "skip", self._skip_parked, "Give a parked event up."),
        ]
        routes += [
            Route(
                "POST",
                f"/api/sinks/{{name}}/{word}",
                handler,
                admin,
                RouteDoc(does, ParkedRequest, Done, statuses=(404, 413, 415, 503)),
            )
            for tool, word, handler, does in parked
            if tool is not None
        ]
        if tools.backup is not None:
            routes.append(Route("POST", "/api/journal/backup", self._backup, admin, backup))
        health = RouteDoc("The journal's state.", response=JournalInfo)
        return [Route("GET", "/api/journal", self._show_journal, Role.VIEWER, health), *routes]

    async def _show_journal(self, request: Request) -> Response:
        return json_response(journal_info(self._journal))

    async def _verify(self, request: Request) -> Response:
        require_all_gateways(actor_of(request))
        assert self._tools.verify is not None
        return json_response(await self._tools.verify())

    async def _backup(self, request: Request) -> Response:
        if not request.local:
            raise NotAllowed("a backup to a path on the server is asked for on the server itself (control socket)")
        assert self._tools.backup is not None
        await self._tools.backup(Path(read_json(request, BackupRequest).path))
        return json_response(Done())

    async def _checkpoint(self, request: Request) -> Response:
        require_all_gateways(actor_of(request))
        assert self._tools.checkpoint is not None
        await self._tools.checkpoint()
        return json_response(Done())

    async def _prune(self, request: Request) -> Response:
        require_all_gateways(actor_of(request))
        assert self._tools.prune is not None
        return json_response(await self._tools.prune())

    async def _reload(self, request: Request) -> Response:
        require_all_gateways(actor_of(request))
        assert self._tools.reload is not None
        return json_response(await self._tools.reload())

    async def _list_sinks(self, request: Request) -> Response:
        require_all_gateways(actor_of(request))
        assert self._tools.sinks is not None
        return json_response(SinkList(list(self._tools.sinks())))

    async def _forget_sink(self, request: Request) -> Response:
        require_all_gateways(actor_of(request))
        assert self._tools.forget_sink is not None
        name = request.match["name"]
        try:
            await self._tools.forget_sink(name, actor_of(request).name)
        except KeyError as error:
            raise NotFound(f"no orphaned sink has the name {name[:64]!r}") from error
        return json_response(Done())

    async def _retry_parked(self, request: Request) -> Response:
        actor = actor_of(request)
        require_all_gateways(actor)
        assert self._tools.retry_parked is not None
        asked = read_json(request, ParkedRequest)
        with _known_parked(request.match["name"], asked.seq):
            await self._tools.retry_parked(request.match["name"], asked.seq, actor.name)
        return json_response(Done())

    async def _skip_parked(self, request: Request) -> Response:
        actor = actor_of(request)
        require_all_gateways(actor)
        assert self._tools.skip_parked is not None
        asked = read_json(request, ParkedRequest)
        with _known_parked(request.match["name"], asked.seq):
            await self._tools.skip_parked(request.match["name"], asked.seq, actor.name, asked.reason)
        return json_response(Done())


@contextmanager
def _known_parked(name: str, seq: int) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise NotFound(f"sink {name[:64]!r} has no parked event {seq}") from error


def journal_info(journal: Journal) -> JournalInfo:
    """The journal's health in the form that pages and topics show."""
    health = journal.health
    return JournalInfo(str(health.state), health.reason, health.since, health.recorded_seq, health.era, journal.last_at)
