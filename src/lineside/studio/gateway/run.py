"""Runs one studio gateway: the port, the door behind it, the tables and the watch feed."""

from __future__ import annotations

import asyncio
import time

import msgspec

from lineside.runtime.gateway import GatewayState, Runtime, run_together
from lineside.runtime.guard import Guard
from lineside.studio.gateway.calls import Calls
from lineside.studio.gateway.config import Config, check_config
from lineside.studio.gateway.door import Door
from lineside.studio.gateway.tables import Tables
from lineside.studio.gateway.tokens import Tokens
from lineside.studio.watch import Feed, seq_at
from lineside.studio.wire import SHUTDOWN


class Listening(msgspec.Struct, frozen=True):
    """Where a studio listens, for its routes and pages.

    Attributes:
        auth: ``open`` (every token is taken) or ``tokens``.
    """

    gateway: str
    address: str
    auth: str


async def run(config: Config, runtime: Runtime) -> None:
    """Serve one studio until cancelled.

    Raises:
        LinkError: the address cannot be bound; supervision tries again.
        ConfigError: the settings contradict themselves.
    """
    check_config(config)
    if config.is_open:
        runtime.log.warning("auth = open: every token that is not empty is taken", address=config.address)
    guard = Guard(config.limits, runtime.name)
    runtime.watch_guard(guard)
    tokens = Tokens(config)
    feed: Feed
    tables = Tables(config, runtime, lambda value: feed.tell(value))
    last_at = runtime.journal.last_at
    known = () if last_at is None else (last_at.timestamp(),)
    feed = Feed(tables.views, seq_at(time.time(), known), time.monotonic, config.watch)
    door = Door(config, runtime, tokens, tables, feed)
    calls = Calls(config, runtime, tokens, tables)
    await tables.read_names()
    listener = await runtime.listen_web(
        config.address, guard, door.on_socket, calls.routes(), hosts=config.hosts, times=config.times
    )
    auth = "open" if config.is_open else "tokens"
    runtime.units.notes[runtime.name] = Listening(runtime.name, listener.address, auth)
    runtime.report(GatewayState.RUNNING, f"listens on {listener.address}")
    try:
        await run_together(
            **{
                f"{runtime.name} tables": tables.make_known(),
                f"{runtime.name} acks": door.keep_acked(),
                f"{runtime.name} port": asyncio.Event().wait(),
            }
        )
    finally:
        runtime.units.notes.pop(runtime.name, None)
        feed.close()
        # Before the listener: that we stop is no departure of anybody, and nothing of it is recorded.
        tables.close(SHUTDOWN.reason)
        await listener.close(SHUTDOWN.reason)
        guard.stop("the gateway stops")
