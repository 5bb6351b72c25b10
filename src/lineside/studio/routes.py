"""The studio's calls on ``[web]``: tables, their history as JSON and CSV, and how much of each day they were up."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

import msgspec

from lineside.errors import NoSuchUnit
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.drive import Unit
from lineside.runtime.gateway import Shared
from lineside.runtime.journal import Carried, Recorded
from lineside.runtime.request_fields import read_query
from lineside.runtime.routes import (
    BadRequest,
    NotFound,
    NotSignedIn,
    Request,
    Response,
    Route,
    RouteDoc,
    SocketRoute,
    json_response,
)
from lineside.studio.gateway.run import Listening
from lineside.studio.model import AlarmsView, PresenceView, Table, TableStatus, TableView
from lineside.studio.past import Availability, Change, Day, changes_of, csv_text

KIND = "studio"

# A page of a list that a person reads; more is asked for with `before`.
ROWS_MAX = 1000
# A year of a busy table; a spreadsheet takes a million rows, our memory some ten megabytes.
CSV_ROWS_MAX = 50_000
# Events looked at for one answer: repeated reports make no row and are most of a day.
EVENTS_MAX = 400_000
# One read of the journal, in its own thread.
READ_EVENTS_MAX = 1000
# As long as events are kept by default.
DAYS_MAX = 92

CSV = "text/csv; charset=utf-8"

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.~-]{1,64}$(?!\n)")]
FieldName = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Seq = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class TablesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which studio; all that the asker may see when left out."""

    gateway: Name | None = None


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows.

    Attributes:
        gateway: needed only when several studios have a table of this name.
        field: a key of the snapshot, MAINTENANCE, REPORTER or ``custom.NAME``.
        before: only rows of events with a lower seq.
    """

    gateway: Name | None = None
    field: FieldName | None = None
    before: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=ROWS_MAX)] = 100


class CsvQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows; as `HistoryQuery`."""

    gateway: Name | None = None
    field: FieldName | None = None
    before: Seq | None = None


class AvailabilityQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many days, today included."""

    gateway: Name | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=DAYS_MAX)] = 7


class TableInfo(msgspec.Struct, frozen=True):
    """A table in a list."""

    gateway: str
    unit: str
    table: str
    status: TableStatus
    state: TableView


class TableList(msgspec.Struct, frozen=True):
    """Studios and their tables, by name."""

    gateways: list[Listening]
    tables: list[TableInfo]


class TableDetail(msgspec.Struct, frozen=True):
    """One table, whole."""

    gateway: str
    unit: str
    table: str
    status: TableStatus
    state: TableView
    presence: PresenceView
    alarms: AlarmsView


class HistoryPage(msgspec.Struct, frozen=True):
    """Rows, newest first; ``next`` is the ``before`` of the following page, null on the last."""

    table: str
    rows: list[Change]
    next: int | None


class AvailabilityPage(msgspec.Struct, frozen=True):
    """Days, oldest first, UTC."""

    table: str
    days: list[Day]


def routes(shared: Shared) -> tuple[Route | SocketRoute, ...]:
    """What a viewer may ask of studios."""
    calls = TableCalls(shared)
    tables = RouteDoc("Studios and their tables.", response=TableList, query=TablesQuery)
    table = RouteDoc("One table, whole.", response=TableDetail, query=TablesQuery, statuses=(404,))
    history = RouteDoc("Changes of a table.", response=HistoryPage, query=HistoryQuery, statuses=(404, 503))
    as_csv = RouteDoc("The same as CSV.", query=CsvQuery, statuses=(404, 503), content_type=CSV)
    up = RouteDoc(
        "Percent up per field and day.", response=AvailabilityPage, query=AvailabilityQuery, statuses=(404, 503)
    )
    return (
        Route("GET", "/api/tables", calls.list_tables, Role.VIEWER, tables),
        Route("GET", "/api/tables/{table}", calls.show, Role.VIEWER, table),
        Route("GET", "/api/tables/{table}/history", calls.history, Role.VIEWER, history),
        Route("GET", "/api/tables/{table}/history.csv", calls.history_csv, Role.VIEWER, as_csv),
        Route("GET", "/api/tables/{table}/availability", calls.availability, Role.VIEWER, up),
    )


class TableCalls:
    """The handlers."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def list_tables(self, request: Request) -> Response:
        """``GET /api/tables``."""
        actor, gateway = _actor_of(request), read_query(request, TablesQuery).gateway
        listening = [
            note
            for name, note in sorted(self._shared.units.notes.items())
            if isinstance(note, Listening) and actor.may_see(name) and gateway in (None, name)
        ]
        now = self._shared.clock.now()
        tables = []
        for unit, model in self._tables(actor, gateway):
            status = unit.status
            assert isinstance(status, TableStatus)
            tables.append(TableInfo(unit.gateway, unit.name, model.name, status, model.table_view(now)))
        return json_response(TableList(listening, tables))

    async def show(self, request: Request) -> Response:
        """``GET /api/tables/{table}``."""
        unit, model = self._table(request, read_query(request, TablesQuery).gateway)
        status = unit.status
        assert isinstance(status, TableStatus)
        state = model.table_view(self._shared.clock.now())
        presence, alarms = model.presence_view(), model.alarms_view()
        return json_response(TableDetail(unit.gateway, unit.name, model.name, status, state, presence, alarms))

    async def history(self, request: Request) -> Response:
        """``GET /api/tables/{table}/history``."""
        query = read_query(request, HistoryQuery)
        unit, model = self._table(request, query.gateway)
        rows, following = await self._rows(unit.name, query.field, query.before, query.limit)
        return json_response(HistoryPage(model.name, rows, following))

    async def history_csv(self, request: Request) -> Response:
        """``GET /api/tables/{table}/history.csv``: all rows, newest first."""
        query = read_query(request, CsvQuery)
        unit, model = self._table(request, query.gateway)
        rows, _ = await self._rows(unit.name, query.field, query.before, CSV_ROWS_MAX)
        headers = {"Content-Disposition": f'attachment; filename="{model.name}.csv"'}
        return Response(200, csv_text(rows).encode(), CSV, headers)

    async def availability(self, request: Request) -> Response:
        """``GET /api/tables/{table}/availability``."""
        query = read_query(request, AvailabilityQuery)
        unit, model = self._table(request, query.gateway)
        now = self._shared.clock.now().utc
        start = datetime.combine(now.date() - timedelta(days=query.days - 1), time.min, UTC)
        counted = Availability(start, now)
        for at, event in reversed(await self._events_since(unit.name, start)):
            counted.take(at, event)
        return json_response(AvailabilityPage(model.name, counted.days()))

    # ------------------------------------------------------------------ which table

    def _tables(self, actor: Actor, gateway: str | None) -> list[tuple[Unit, Table]]:
        units = self._shared.units
        names = [view.unit for view in units.all(gateway) if view.kind == KIND and actor.may_see(view.gateway)]
        found = [units.find(name) for name in names]
        return [(unit, unit.model) for unit in found if isinstance(unit.model, Table)]

    def _table(self, request: Request, gateway: str | None) -> tuple[Unit, Table]:
        """The one table of that name which the asker may see.

        Raises:
            NotFound: there is none.
            BadRequest: several studios have one; names them.
        """
        name, actor = request.match["table"], _actor_of(request)
        gateways = [gateway] if gateway is not None else self._gateways()
        found = [(unit, unit.model) for one in gateways if (unit := self._find(one, name, actor)) is not None]
        if len(found) > 1:
            several = ", ".join(unit.gateway for unit, _ in found)
            raise BadRequest(f"several studios have a table {name!r}: add ?gateway= with one of {several}")
        if not found:
            raise NotFound(f"no table {name[:64]!r}")
        unit, model = found[0]
        assert isinstance(model, Table)
        return unit, model

    def _gateways(self) -> list[str]:
        return sorted({view.gateway for view in self._shared.units.all() if view.kind == KIND})

    def _find(self, gateway: str, name: str, actor: Actor) -> Unit | None:
        if not actor.may_see(gateway):
            return None
        try:
            unit = self._shared.units.find(f"{gateway}/{name}")
        except NoSuchUnit:
            return None
        return unit if unit.kind == KIND and isinstance(unit.model, Table) else None

    # ------------------------------------------------------------------ the past

    async def _newest(self, unit: str, before: int | None) -> list[Recorded]:
        events = self._shared.journal.events
        return await events(unit=unit, before=before, limit=READ_EVENTS_MAX, newest=True)

    async def _rows(
        self, unit: str, field: str | None, before: int | None, limit: int
    ) -> tuple[list[Change], int | None]:
        """Rows, newest first, and the seq before which there are more; an event's rows stay together."""
        rows: list[Change] = []
        looked = 0
        while looked < EVENTS_MAX:
            part = await self._newest(unit, before)
            for one in part:
                before, looked = one.seq, looked + 1
                rows += _rows_of(one, field)
                if len(rows) >= limit:
                    return rows, one.seq
            if not part:
                return rows, None
        return rows, before

    async def _events_since(self, unit: str, start: datetime) -> list[tuple[datetime, Any]]:
        """Events newest first: those of the window, and what came before as far as it says how the window began."""
        found: list[tuple[datetime, Any]] = []
        before: int | None = None
        looked = 0
        while looked < EVENTS_MAX and (part := await self._newest(unit, before)):
            for one in part:
                before, looked = one.seq, looked + 1
                if one.kind in _COUNTED:
                    found.append((one.at, one.event_left))
                if one.kind == Carried.__name__ and one.at < start:
                    return found
        return found


_TELLING = frozenset(
    (
        "StatusUpdated",
        "MaintenanceStarted",
        "MaintenanceEnded",
        "CustomCleared",
        "ReporterJoined",
        "ReporterLeft",
        "ReporterLost",
    )
)
"""Kinds of which there are rows; others are not even decoded."""

_COUNTED = (_TELLING - {"CustomCleared", "ReporterLeft"}) | {Carried.__name__}


def _rows_of(one: Recorded, field: str | None) -> list[Change]:
    if one.kind not in _TELLING:
        return []
    changes = changes_of(one.seq, one.at, one.event_left)
    return changes[::-1] if field is None else [change for change in changes[::-1] if change.field == field]


def _actor_of(request: Request) -> Actor:
    if request.actor is None:
        raise NotSignedIn("sign in, or send a token")
    return request.actor
