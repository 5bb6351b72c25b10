"""Is it alive, is it ready: for monitors, open to all and therefore terse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from lineside.console.units_api import GatewayInfo
from lineside.runtime.journal import HealthState, Journal
from lineside.runtime.routes import Request, Response, Route, RouteDoc, json_response


class Health(msgspec.Struct, frozen=True):
    """Whether the loop turns and the journal can write. That this answer came shows the first."""

    ok: bool
    journal: str


class Readiness(msgspec.Struct, frozen=True):
    """Whether it does its work.

    Attributes:
        ready: the journal writes and no gateway has failed. A gateway that waits for its device is ready: the device
            is away, not the server.
        reasons: what is not as it should be, by name and state. Why, tells `GET /api/gateways` to who is signed in.
    """

    ready: bool
    reasons: list[str]


class HealthApi:
    """The two routes of monitors.

    Args:
        more_reasons: further parts that are not ready (sinks, listeners), by name and state.
    """

    def __init__(
        self,
        journal: Journal,
        gateways: Callable[[], Sequence[GatewayInfo]],
        more_reasons: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._journal = journal
        self._gateways = gateways
        self._more_reasons = more_reasons

    def routes(self) -> list[Route]:
        """Open to all."""
        alive = RouteDoc("Is the server alive and the journal writable? 503 when not.", response=Health, also=(503,))
        ready = RouteDoc("Does every part do its work? 503 when not.", response=Readiness, also=(503,))
        return [
            Route("GET", "/healthz", self._tell_health, None, alive),
            Route("GET", "/readyz", self._tell_readiness, None, ready),
        ]

    async def _tell_health(self, request: Request) -> Response:
        state = self._journal.health.state
        health = Health(state is HealthState.OK, str(state))
        return json_response(health, 200 if health.ok else 503)

    async def _tell_readiness(self, request: Request) -> Response:
        state = self._journal.health.state
        gateways = [one for one in self._gateways() if one.state != "running"]
        more = list(self._more_reasons())
        reasons = [f"journal {state}"] * (state is not HealthState.OK)
        reasons += [f"gateway {one.name} {one.state}" for one in gateways] + more
        is_ready = state is HealthState.OK and not more and all(one.state != "failed" for one in gateways)
        return json_response(Readiness(is_ready, reasons), 200 if is_ready else 503)
