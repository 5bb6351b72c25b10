"""Which numbers `/metrics` shows of listeners (the others are looked at in `test_openapi`)."""

from __future__ import annotations

import asyncio

from lineside.console.metrics import Metrics
from lineside.console.watch import watch_guards
from lineside.runtime.guard import Guard, Limits, Ticket
from lineside.runtime.routes import Request


async def test_connections_are_shown_by_listener_and_reason() -> None:
    guard = Guard(Limits(connections_max=1, errors_max=1), "ward requests")
    metrics = Metrics()
    watch_guards(metrics, lambda: [guard])
    ticket = guard.admit("10.0.0.1")
    guard.admit("10.0.0.2")
    text = await shown(metrics)
    assert 'lineside_connections{listener="ward requests"} 1.0' in text
    assert 'lineside_connections_admitted_total{listener="ward requests"} 1.0' in text
    refused = 'lineside_connections_refused_total{listener="ward requests",reason="too_many_connections"} 1.0'
    assert refused in text
    assert isinstance(ticket, Ticket)
    ticket.error("noise")
    assert 'lineside_connections_cut_total{listener="ward requests",reason="too_many_errors"} 1.0' in await shown(
        metrics
    )
    await asyncio.sleep(0)


async def shown(metrics: Metrics) -> str:
    (route,) = metrics.routes()
    return (await route.handler(Request("GET", "/metrics"))).body.decode()
