"""The house's own calls on ``[web]``: a code in clear for who may know it, and the history of a board.

A code is shown to an operator, once per call, and after `CodeRead` with the reader's name is on disk; every other page,
log and event has it masked.
"""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.errors import LinesideError, NoSuchUnit, Unreadable
from lineside.lockers.model import Board
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.drive import Unit
from lineside.runtime.gateway import Shared
from lineside.runtime.journal import Recorded
from lineside.runtime.request_fields import read_json, read_query
from lineside.runtime.routes import NotFound, Request, Response, Route, RouteDoc, Unavailable, json_response

KIND = "lockers"

# For the record of who read a code; a page does not wait longer for a disk that hangs.
REVEAL_S = 10.0
# Events of one answer, and of one file: a year of a busy cell.
LIMIT_MAX = 1000
CSV_EVENTS_MAX = 10_000
# Events looked at for one answer. A board writes some 9,000 a day that say only that it lives; they are passed over.
SCAN_EVENTS_MAX = 20_000
# Read at once, so that nobody waits long for the journal's reader.
PART_EVENTS_MAX = 2000

SEQ_MAX = 2**63 - 1
"""An SQLite integer; a larger one could not be a seq."""

HEARD = "Heard"
"""Prefix of the kinds that say no more than that a board lives; told when they are asked for by name."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NO_STORE = {"Cache-Control": "no-store"}


class RevealRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a code is read; kept with the reader's name."""

    reason: Annotated[str, Meta(max_length=500)] = ""


class RevealAnswer(msgspec.Struct, frozen=True):
    """The code of one cell, in clear."""

    cell: int
    code: str


class HistoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which events of a board.

    Attributes:
        cell: only what is about this cell.
        kind: only events of this class, for example ``CellOpened``.
        before: only events with a lower seq.
    """

    cell: Annotated[int, Meta(ge=1, le=4096)] | None = None
    kind: Annotated[str, Meta(pattern=r"^[A-Za-z]{1,64}$(?!\n)")] | None = None
    before: Annotated[int, Meta(ge=1, le=SEQ_MAX)] | None = None
    limit: Annotated[int, Meta(ge=1, le=CSV_EVENTS_MAX)] = 100


class HistoryEvent(msgspec.Struct, frozen=True):
    """One recorded event, secrets masked."""

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]


class HistoryPage(msgspec.Struct, frozen=True):
    """Events of one board, newest first.

    Attributes:
        next: send this as ``before`` for what is older; null when there is nothing older.
    """

    events: list[HistoryEvent]
    next: int | None


def routes(shared: Shared) -> tuple[Route, ...]:
    """The calls of this house; registered once, for all its gateways."""
    calls = Calls(shared)
    base = "/api/lockers/{gateway}/{board}"
    reveal = RouteDoc(
        "Read the code of one cell; who read it is recorded first.",
        request=RevealRequest,
        response=RevealAnswer,
        statuses=(404, 503),
    )
    history = RouteDoc(
        "Events of one board, newest first.", response=HistoryPage, query=HistoryQuery, statuses=(404, 503)
    )
    csv_doc = RouteDoc(
        "The same as a table.", query=HistoryQuery, statuses=(404, 503), content_type="text/csv; charset=utf-8"
    )
    return (
        Route("POST", base + "/cells/{cell}/reveal", calls.reveal, Role.OPERATOR, reveal),
        Route("GET", base + "/history", calls.history, Role.VIEWER, history),
        Route("GET", base + "/history.csv", calls.history_csv, Role.VIEWER, csv_doc),
    )


class Calls:
    """The handlers."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def reveal(self, request: Request) -> Response:
        """Tell a code after the record of who read it."""
        unit, actor = self._unit_of(request), _actor_of(request)
        body = read_json(request, RevealRequest) if request.body else RevealRequest()
        cell = _cell_of(request.match["cell"])
        try:
            async with asyncio.timeout(REVEAL_S):
                code = await _read_code(unit, cell, actor, body.reason)
        except TimeoutError:
            raise Unavailable("the journal does not answer; nothing was shown") from None
        return json_response(RevealAnswer(cell, code), headers=_NO_STORE)

    async def history(self, request: Request) -> Response:
        """Events of a board, newest first."""
        name = self._board_of(request)
        query = read_query(request, HistoryQuery)
        query = msgspec.structs.replace(query, limit=min(query.limit, LIMIT_MAX))
        return json_response(await self._page(name, query))

    async def history_csv(self, request: Request) -> Response:
        """The same as a file for a table."""
        name = self._board_of(request)
        query = read_query(request, HistoryQuery)
        if "limit" not in request.query:
            query = msgspec.structs.replace(query, limit=CSV_EVENTS_MAX)
        page = await self._page(name, query)
        headers = {**_NO_STORE, "Content-Disposition": f'attachment; filename="{name.replace("/", "-")}.csv"'}
        return Response(200, csv_from_events(page.events), "text/csv; charset=utf-8", headers)

    # ------------------------------------------------------------------ inside

    def _unit_of(self, request: Request) -> Unit:
        """The board's unit, for an actor who may see its gateway.

        Raises:
            NotFound: there is none, or it is not theirs to see; which of these is not told.
        """
        name = f"{request.match['gateway']}/{request.match['board']}"
        try:
            unit = self._shared.units.find(name)
        except NoSuchUnit:
            raise NotFound(f"no board {name[:130]!r}") from None
        if unit.kind != KIND or not _actor_of(request).may_see(unit.gateway):
            raise NotFound(f"no board {name[:130]!r}")
        return unit

    def _board_of(self, request: Request) -> str:
        return self._unit_of(request).name

    async def _page(self, name: str, query: HistoryQuery) -> HistoryPage:
        found: list[HistoryEvent] = []
        before, looked = query.before, 0
        while looked < SCAN_EVENTS_MAX:
            part = await self._shared.journal.events(
                unit=name, kind=query.kind, before=before, limit=PART_EVENTS_MAX, newest=True
            )
            for one in part:
                before = one.seq
                if _is_told(one, query) and (event := _event_of(one, query.cell)) is not None:
                    found.append(event)
                    if len(found) == query.limit:
                        return HistoryPage(found, before)
            looked += len(part)
            if not part:
                return HistoryPage(found, None)
        return HistoryPage(found, before)


def csv_from_events(events: list[HistoryEvent]) -> bytes:
    """A table with a head, one line per event; a cell that a table program would take for a formula gets a ``'``."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(("seq", "at", "kind", "cell", "details"))
    for event in events:
        details = {key: value for key, value in event.data.items() if key != "cell"}
        row = (event.seq, event.at.isoformat(), event.kind, event.data.get("cell", ""), _words(details))
        table.writerow([_plain(value) for value in row])
    return text.getvalue().encode()


def _words(details: dict[str, Any]) -> str:
    return "; ".join(f"{key}={value if isinstance(value, str) else _json(value)}" for key, value in details.items())


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _plain(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _is_told(one: Recorded, query: HistoryQuery) -> bool:
    return query.kind is not None or not one.kind.startswith(HEARD)


def _event_of(one: Recorded, cell: int | None) -> HistoryEvent | None:
    """The event, masked; None when it is not about the cell."""
    try:
        data = one.masked()
    except Unreadable:
        data = {"error": "this event cannot be read"}
    if cell is not None and not _is_about(data, cell):
        return None
    return HistoryEvent(one.seq, one.at, one.kind, data)


def _is_about(data: dict[str, Any], cell: int) -> bool:
    """Whether an event names the cell: its own field, or the parameter of the command that it accepts."""
    if data.get("cell") == cell:
        return True
    command = data.get("command")
    params = command.get("params") if isinstance(command, dict) else None
    return isinstance(params, dict) and params.get("cell") == cell


def _actor_of(request: Request) -> Actor:
    assert request.actor is not None, "the route needs a role"
    return request.actor


def _cell_of(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise NotFound(f"no cell {text[:20]!r}")
    return int(text)


async def _read_code(unit: Unit, cell: int, actor: Actor, reason: str) -> str:
    """Record who reads, then take the code, in one turn of the loop so that it is the one that was recorded."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    board = unit.model
    assert isinstance(board, Board)

    def told(error: LinesideError | None) -> None:
        if answer.done():
            return
        code = board.code_of(cell) if error is None else None
        if error is not None:
            answer.set_exception(error)
        elif code is None:
            answer.set_exception(NotFound(f"cell {cell} has no code"))
        else:
            answer.set_result(code.reveal())

    unit.submit(partial(board.read_code, cell, actor.name, reason=reason), told=told)
    return await answer
