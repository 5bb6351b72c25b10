"""Commands over HTTP: asked by a signed-in actor, or by an envelope that proves its own key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import msgspec

from lineside.console.sign_in import actor_of
from lineside.console.units_api import visible_unit
from lineside.console.waits import Waits
from lineside.errors import BadParams, NoSuchCommand
from lineside.runtime.clock import Clock
from lineside.runtime.command import CommandReport, Role
from lineside.runtime.desk import ENDED, Actor, Desk
from lineside.runtime.envelope import CommandKey, verify
from lineside.runtime.request_fields import decode_json, read_json, read_query
from lineside.runtime.routes import Request, Response, Route, RouteDoc, json_response
from lineside.runtime.units import Units

# Longest wait for a command's end: below the 60 s after which proxies and phones drop a silent request.
WAIT_S_MAX = 50.0
# The desk ends a wait by itself; this only bounds a fault.
GRACE_S = 5.0

CommandId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.~-]{1,64}$(?!\n)")]


class CommandRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command to ask for.

    Attributes:
        unit: ``gateway/unit``.
        name: one of the unit's commands.
        params: as the command's own schema says (see the unit).
        expires_s: seconds until it expires; the command's own default when null.
        reason: why, for the journal.
        id: your own id: sending the same request again then gets the first one's outcome.
    """

    unit: Annotated[str, msgspec.Meta(min_length=3, max_length=129)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    params: dict[str, Any] = {}
    expires_s: Annotated[float, msgspec.Meta(gt=0)] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    id: CommandId | None = None


class WaitQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether to wait for the end.

    Attributes:
        wait: seconds; the answer comes as soon as the command has ended, or as it stands then.
    """

    wait: Annotated[float, msgspec.Meta(ge=0, le=WAIT_S_MAX)] = 0.0


SIGNATURE_HEADERS = {
    "webhook-id": "1 to 64 of A-Z a-z 0-9 _ . ~ -; becomes the id of the command",
    "webhook-timestamp": "seconds since 1970; at most five minutes away",
    "webhook-signature": "v1,<base64 HMAC-SHA256> or v1a,<base64 Ed25519> of id.timestamp.body",
}


class CommandsApi:
    """The routes of commands.

    Args:
        command_keys: the keys that may sign envelopes now.
    """

    def __init__(
        self,
        desk: Desk,
        units: Units,
        clock: Clock,
        command_keys: Callable[[], Iterable[CommandKey]],
        waits: Waits,
    ) -> None:
        self._desk = desk
        self._units = units
        self._clock = clock
        self._command_keys = command_keys
        self._waits = waits

    def routes(self) -> list[Route]:
        """What an operator may ask, and a viewer may look up."""
        refusals = (400, 404, 409, 413, 415, 422, 429, 503)
        ask = RouteDoc(
            "Ask a unit for something.", CommandRequest, CommandReport, WaitQuery, statuses=refusals, success=202
        )
        signed = RouteDoc(
            "Ask with a signed envelope (Standard Webhooks).",
            CommandRequest,
            CommandReport,
            statuses=(401, 403, *refusals),
            success=202,
            headers=SIGNATURE_HEADERS,
        )
        show = RouteDoc("Where a command stands.", response=CommandReport, query=WaitQuery, statuses=(404, 503))
        return [
            Route("POST", "/api/commands", self._ask, Role.OPERATOR, ask),
            Route("POST", "/api/commands/signed", self._ask_signed, None, signed),
            Route("GET", "/api/commands/{id}", self._show, Role.VIEWER, show),
        ]

    async def _ask(self, request: Request) -> Response:
        wait_s = read_query(request, WaitQuery).wait
        report = await self._request(read_json(request, CommandRequest), actor_of(request))
        return json_response(await self._ended(report, wait_s), 202)

    async def _ask_signed(self, request: Request) -> Response:
        signed = verify(request.body, request.headers, self._command_keys(), self._clock.now().utc)
        wanted = decode_json(signed.body, CommandRequest)
        if wanted.id not in (None, signed.id):
            raise BadParams(f"id {wanted.id!r} is not the envelope's webhook-id {signed.id!r}; leave it out")
        key = signed.key
        actor = Actor(f"key {key.id}", key.role, key.gateways)
        report = await self._request(msgspec.structs.replace(wanted, id=signed.id), actor)
        return json_response(report, 202)

    async def _request(self, wanted: CommandRequest, actor: Actor) -> CommandReport:
        visible_unit(self._units, actor, wanted.unit)
        return await self._desk.request(
            wanted.unit,
            wanted.name,
            wanted.params,
            actor=actor,
            id=wanted.id,
            expires_s=wanted.expires_s,
            reason=wanted.reason,
        )

    async def _show(self, request: Request) -> Response:
        actor, command_id = actor_of(request), request.match["id"]
        wait_s = read_query(request, WaitQuery).wait
        report = await self._desk.report(command_id)
        if not actor.may_see(report.unit.partition("/")[0]):
            raise NoSuchCommand(f"no command with id {command_id[:64]!r} was accepted here")
        return json_response(await self._ended(report, wait_s))

    async def _ended(self, report: CommandReport, wait_s: float) -> CommandReport:
        """The report of the end, or of how it stands when the time is over or the server stops."""
        if report.state in ENDED or not wait_s:
            return report
        return await self._waits.wait(self._desk.wait(report.id, wait_s), wait_s + GRACE_S) or report
