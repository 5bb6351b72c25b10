"""The vendor's HTTP calls on the studio's own port: status of tables, tables, devices, health.

::

    GET        /v1/service/status[?tableId=…]        one table, or all that the token covers
    POST|PATCH /v1/service/status[?tableId=…]        camelCase fields; done when it is on disk
    GET        /v1/service/table[?tableId=…&tableId=…]
    GET        /v1/service/device
    GET        /v1/service/healthcheck               open to all

Answers are ``{"error": null, "data": …}``; refusals ``{"error": {"code", "message"}, "data": null}``, status 400, as
the vendor's clients expect, 401 without a token and 503 while the journal does not write. The token stands in
``x-signature`` or ``Authorization: Bearer``. Making tables and moving devices is not offered here: tables are made by
reporting for them, devices stand in the settings.

Source: the wire sheet for studio tables, §9. The vendor's answer to an update that changes nothing (an error) is not
copied.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from lineside.errors import CommandRefused, JournalError, LinesideError, LinkError
from lineside.runtime.command import CommandState, Role
from lineside.runtime.desk import Actor
from lineside.runtime.gateway import Runtime
from lineside.runtime.journal import HealthState
from lineside.runtime.routes import Request, Response, Route, RouteDoc, json_response
from lineside.runtime.step import Secret
from lineside.studio.gateway.config import Config
from lineside.studio.gateway.tables import TableDenied, Tables
from lineside.studio.gateway.tokens import Tokens
from lineside.studio.model import PresenceView, Table, TableView
from lineside.studio.watch import Scope
from lineside.studio.wire import FIELDS, MAINTENANCE, Malformed, Update, accepted_values, read_object
from lineside.studio.wire.update import read_update

BAD_REQUEST = 22001
NOT_FOUND = 22002
BAD_TOKEN = 22003
NOT_NOW = 22006
"""``error.code``: 22002 is the vendor's; the others are decided here, as in dialect D."""


class Refused(LinesideError):
    """A call that is not done."""

    code = "refused_call"

    def __init__(self, status: int, number: int, text: str) -> None:
        self.status = status
        self.number = number
        super().__init__(text)


Answer = Callable[[Request], Awaitable[Any]]


class Calls:
    """The calls of one gateway."""

    def __init__(self, config: Config, runtime: Runtime, tokens: Tokens, tables: Tables) -> None:
        self._config = config
        self._runtime = runtime
        self._tokens = tokens
        self._tables = tables
        self._accepted = accepted_values(config.status_values)

    def routes(self) -> list[Route]:
        """All of them; who asks is looked at here, not by the listener."""
        calls: list[tuple[str, str, Answer, str]] = [
            ("GET", "/v1/service/status", self._status, "Status of one table, or of all."),
            ("POST", "/v1/service/status", self._update, "Write the status of a table."),
            ("PATCH", "/v1/service/status", self._update, "Write the status of a table."),
            ("GET", "/v1/service/table", self._list_tables, "Tables, and whether anybody reports for them."),
            ("GET", "/v1/service/device", self._list_devices, "Devices and their tables."),
            ("GET", "/v1/service/healthcheck", self._health, "Whether updates can be confirmed."),
        ]
        return [
            Route(method, path, _in_vendors_words(call), None, RouteDoc(does)) for method, path, call, does in calls
        ]

    # ------------------------------------------------------------------ calls

    async def _status(self, request: Request) -> Any:
        views = self._tables.views(self._readable(request))
        name = request.query.get("tableId", "")
        if not name:
            return [_vendors_status(view) for view in views.values()]
        if name not in views:
            raise Refused(400, NOT_FOUND, f"table {name[:64]} not found")
        return _vendors_status(views[name])

    async def _update(self, request: Request) -> Any:
        body = read_object(request.body)
        if isinstance(body, Malformed):
            raise Refused(400, BAD_REQUEST, body.text)
        name = request.query.get("tableId") or body.get("tableId")
        if not isinstance(name, str):
            raise Refused(400, BAD_REQUEST, "tableId is missing")
        token = _token_of(request)
        admitted = self._tokens.admit(token, name, None)
        if admitted is None:
            raise Refused(401, BAD_TOKEN, "invalid token")
        update = read_update(body, self._accepted)
        if isinstance(update, Malformed):
            raise Refused(400, BAD_REQUEST, update.text)
        if update.custom:
            raise Refused(400, BAD_REQUEST, f"unknown field {next(iter(update.custom))}")
        await self._write(name, update, Actor(f"http {request.remote} {admitted.token_name}", Role.OPERATOR))
        unit = await self._tables.get(name)
        assert isinstance(unit.model, Table)
        return _vendors_status(unit.model.table_view(self._runtime.clock.now()))

    async def _write(self, name: str, update: Update, actor: Actor) -> None:
        unit = await self._tables.get(name)
        maintenance = update.fields.get(MAINTENANCE)
        fields = {key: value for key, value in update.fields.items() if key != MAINTENANCE}
        if maintenance is not None:
            await self._ask(unit.name, "set_maintenance", {"on": maintenance}, actor)
        if fields:
            await self._ask(unit.name, "set_status", {"fields": fields}, actor)

    async def _ask(self, unit: str, name: str, params: dict[str, Any], actor: Actor) -> None:
        report = await self._runtime.desk.request(unit, name, params, actor=actor, reason="HTTP call")
        if report.state is not CommandState.DONE:
            text = report.outcome.text if report.outcome is not None else report.state
            raise Refused(400, BAD_REQUEST, text)

    async def _list_tables(self, request: Request) -> Any:
        scope = self._readable(request)
        asked = frozenset(filter(None, request.query.get("tableId", "").split(",")))
        names = [name for name in self._tables.names() if scope.covers(name) and (not asked or name in asked)]
        return [{"tableId": name, "tableStatus": "active" if self._reporters(name) else "inactive"} for name in names]

    async def _list_devices(self, request: Request) -> Any:
        scope = self._readable(request)
        found = dict(self._config.devices)
        for name in self._tables.names():
            found |= {reporter: name for reporter in self._reporters(name) if reporter}
        return [{"deviceId": d, "tableId": table} for d, table in sorted(found.items()) if scope.covers(table)]

    async def _health(self, request: Request) -> Any:
        health = self._runtime.journal.health
        if health.state is not HealthState.OK:
            raise Refused(503, NOT_NOW, "updates cannot be confirmed now")
        return {"status": "ok"}

    # ------------------------------------------------------------------ inside

    def _readable(self, request: Request) -> Scope:
        scope = self._tokens.admit_reader(_token_of(request))
        if scope is None:
            raise Refused(401, BAD_TOKEN, "invalid token")
        return scope

    def _reporters(self, table: str) -> list[str]:
        unit = self._tables.find(table)
        if unit is None or not isinstance(unit.model, Table):
            return []
        presence: PresenceView = unit.model.presence_view()
        return [reporter.device for reporter in presence.reporters]


def _token_of(request: Request) -> Secret:
    bearer = request.headers.get("authorization", "")
    return Secret(request.headers.get("x-signature") or bearer.removeprefix("Bearer "))


def _vendors_status(view: TableView) -> dict[str, Any]:
    return {
        "tableId": view.table,
        "uptime": view.uptime_seconds,
        "timestamp": round(view.timestamp.timestamp() * 1000),
        "maintenance": view.maintenance.on,
        **{FIELDS[field.key].camel: field.value for field in view.fields},
    }


def _in_vendors_words(call: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def handler(request: Request) -> Response:
        try:
            return json_response({"error": None, "data": await call(request)})
        except Refused as error:
            return _refusal(error.status, error.number, str(error))
        except TableDenied as error:
            return _refusal(400, NOT_FOUND, error.denied.reason)
        except CommandRefused as error:
            return _refusal(400, BAD_REQUEST, str(error))
        except (JournalError, LinkError):
            return _refusal(503, NOT_NOW, "it could not be recorded, so it is not done; try again")

    return handler


def _refusal(status: int, number: int, text: str) -> Response:
    return json_response({"error": {"code": number, "message": text}, "data": None}, status)
