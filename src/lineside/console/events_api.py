"""The journal's events over HTTP: by page, newest first pages, and waiting for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any

import msgspec

from lineside.console import access
from lineside.console.sign_in import Name, actor_of
from lineside.console.units_api import require_gateway
from lineside.console.waits import Waits
from lineside.errors import NotAllowed
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.journal import Journal, Recorded
from lineside.runtime.request_fields import read_query
from lineside.runtime.routes import BadRequest, Request, Response, Route, RouteDoc, json_response

# An SQLite integer; a larger one could not be a seq.
SEQ_MAX = 2**63 - 1
# A page in one answer; below the memory of one write at the largest event.
LIMIT_MAX = 1000
# Longest wait for the next event: below the 60 s after which proxies and phones drop a silent request.
WAIT_S_MAX = 30.0
# Events looked at for one answer when most of them are not the asker's to see; then the answer says how far it came.
SCAN_EVENTS_MAX = 20_000
# Between two looks while commits come that are not wanted; a busy floor commits hundreds of times a second.
LOOK_S_MIN = 0.05

Seq = Annotated[int, msgspec.Meta(ge=0, le=SEQ_MAX)]
UnitName = Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9_.~-]{1,64}/)?[A-Za-z0-9_.~-]{1,64}$(?!\n)")]


class EventsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which events.

    Attributes:
        after: only events with a higher seq.
        before: only events with a lower seq.
        unit: ``gateway/unit``, or the unit's own name together with ``gateway``.
        newest: the last ``limit`` events in place of the first; still oldest first in the answer.
        wait: seconds to wait for the first event when there is none yet.
        routine: also the kinds that machines make by the thousand while nothing happens (a board that was heard of).
    """

    after: Seq = 0
    before: Annotated[int, msgspec.Meta(ge=1, le=SEQ_MAX)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=LIMIT_MAX)] = 100
    gateway: Name | None = None
    unit: UnitName | None = None
    kind: Name | None = None
    newest: bool = False
    wait: Annotated[float, msgspec.Meta(ge=0, le=WAIT_S_MAX)] = 0.0
    routine: bool = True


class EventInfo(msgspec.Struct, frozen=True):
    """A recorded event with its secrets masked.

    Attributes:
        seq: its number in the journal.
        version: its number in its stream.
        at: UTC instant.
        schema: version of its kind.
        origin: which start of the server recorded it.
    """

    seq: int
    stream: str
    version: int
    at: datetime
    kind: str
    schema: int
    origin: str
    data: dict[str, Any]


class EventPage(msgspec.Struct, frozen=True):
    """Events, oldest first.

    Attributes:
        next: send this as ``after`` to go on where this page ends.
        recorded_seq: the newest seq of the journal.
    """

    events: list[EventInfo]
    next: int
    recorded_seq: int


class EventsApi:
    """The route of events.

    Args:
        routine: kinds that are left out when somebody asks so.
    """

    def __init__(self, journal: Journal, waits: Waits, routine: Collection[str] = ()) -> None:
        self._journal = journal
        self._waits = waits
        self._routine = tuple(routine)

    def routes(self) -> list[Route]:
        """What a viewer may ask."""
        doc = RouteDoc("Events of the journal.", response=EventPage, query=EventsQuery, statuses=(503,))
        return [Route("GET", "/api/events", self._list_events, Role.VIEWER, doc)]

    async def _list_events(self, request: Request) -> Response:
        actor = actor_of(request)
        query = narrowed(read_query(request, EventsQuery), actor)
        loop = asyncio.get_running_loop()
        end = loop.time() + query.wait
        while True:
            page = await self._page(query, actor)
            left_s = end - loop.time()
            if page.events or left_s <= 0 or self._waits.is_stopped:
                return json_response(page)
            await self._waits.wait(self._recorded_after(page.next), left_s)
            await asyncio.sleep(LOOK_S_MIN)
            query = msgspec.structs.replace(query, after=page.next)

    async def _recorded_after(self, seq: int) -> None:
        """Return when there is an event with a higher seq, of whatever stream."""
        async for _ in self._journal.tail(seq):
            return

    async def _page(self, query: EventsQuery, actor: Actor) -> EventPage:
        recorded_seq = self._journal.health.recorded_seq
        if query.newest:
            found = await self._newest(query, actor)
            return EventPage(found, max(recorded_seq, query.after), recorded_seq)
        found, scanned = await self._following(query, actor)
        if scanned is None:  # everything up to here was looked at
            scanned = max(recorded_seq, query.after, found[-1].seq if found else 0)
        return EventPage(found, scanned, recorded_seq)

    async def _following(self, query: EventsQuery, actor: Actor) -> tuple[list[EventInfo], int | None]:
        """Events after ``after``, and the last seq that was looked at; None: there are no more."""
        found: list[EventInfo] = []
        after, looked = query.after, 0
        while looked < SCAN_EVENTS_MAX:
            recorded = await self._read(query, limit=query.limit, after=after, before=query.before)
            for one in recorded:
                after = one.seq
                if may_see(actor, one.stream):
                    found.append(event_info(one))
                    if len(found) == query.limit:
                        return found, after
            if not recorded:  # a short page only means that its events are long
                return found, None
            looked += len(recorded)
        return found, after

    async def _newest(self, query: EventsQuery, actor: Actor) -> list[EventInfo]:
        found: list[EventInfo] = []
        before, looked = query.before, 0
        while looked < SCAN_EVENTS_MAX:
            recorded = await self._read(query, limit=query.limit, after=query.after, before=before, newest=True)
            recorded.sort(key=lambda one: one.seq)
            seen = [event_info(one) for one in recorded if may_see(actor, one.stream)]
            found = (seen + found)[-query.limit :]
            looked += len(recorded)
            if len(found) == query.limit or not recorded:
                return found
            before = recorded[0].seq
        return found

    async def _read(self, query: EventsQuery, **window: Any) -> list[Recorded]:
        but = () if query.routine or query.kind is not None else self._routine
        return list(
            await self._journal.events(gateway=query.gateway, unit=query.unit, kind=query.kind, but=but, **window)
        )


def narrowed(query: EventsQuery, actor: Actor) -> EventsQuery:
    """The query with its unit in full and, for an actor of one gateway, that gateway.

    Raises:
        BadRequest: a unit without its gateway, or of another one.
        NotAllowed: a gateway that is not the actor's.
    """
    gateway, unit = query.gateway, query.unit
    if unit is not None:
        prefix, slash, _ = unit.rpartition("/")
        if not slash and gateway is None:
            raise BadRequest(f"parameter unit = {unit!r}: accepted is gateway/unit, or unit together with gateway")
        if slash and gateway not in (None, prefix):
            raise BadRequest(f"parameter unit = {unit!r} is not a unit of gateway {gateway!r}")
        gateway = prefix or gateway
        unit = unit if slash else f"{gateway}/{unit}"
    if gateway is not None:
        require_gateway(actor, gateway)
    elif actor.gateways is not None and len(actor.gateways) == 1:
        (gateway,) = actor.gateways
    elif actor.gateways is not None and not actor.gateways:
        raise NotAllowed(f"{actor.name} is bound to no gateway")
    return msgspec.structs.replace(query, gateway=gateway, unit=unit)


def may_see(actor: Actor, stream: str) -> bool:
    """Whether an actor may read a stream: its gateway is theirs, and who has access is for admins."""
    if stream == access.STREAM and not actor.may(Role.ADMIN):
        return False
    return actor.may_see(stream.partition("/")[0])


def event_info(recorded: Recorded) -> EventInfo:
    """What leaves the house of a recorded event."""
    return EventInfo(
        recorded.seq,
        recorded.stream,
        recorded.version,
        recorded.at,
        recorded.kind,
        recorded.schema,
        recorded.origin,
        recorded.masked(),
    )
