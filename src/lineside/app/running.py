"""Run a server as the main thing of a process: event loop, signals, log, open files."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
from collections.abc import Awaitable, Callable

import uvloop

from lineside.app.server import Server
from lineside.config import LogFormat, Settings
from lineside.runtime.log import get_log, set_up_log

OPEN_FILES = 65_536
"""Wanted at most: a connection is a file, and the usual 1,024 would end below our own limits of connections."""

COLLECT_AFTER = (20_000, 20, 100)
"""Objects between two rounds of the cycle collector, and rounds between those over older objects. A message makes some
thirty objects and no cycles; with the usual 700 the collector takes a quarter of its time."""

log = get_log("app")

Beside = Callable[[Server], Awaitable[None]]
"""Something that lives beside a server (a demo's simulators) until it is cancelled."""


def serve(
    settings: Settings,
    *,
    reread: Callable[[], Settings] | None = None,
    on_web: Callable[[str], None] | None = None,
    duration_s: float | None = None,
    beside: Beside | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or the end of ``duration_s``; SIGHUP reads the settings again.

    Args:
        reread: see `Server`.
        on_web: see `Server`.
        beside: runs while the server runs; its end is not the server's.

    Raises:
        DataBusy: another process holds the data folder.
        ConfigError: the keys or the control socket cannot be used.
    """
    set_up_log(settings.log.level.value, json=_is_json(settings.log.format))
    _raise_open_files()
    for warning in settings.warnings:
        log.warning(warning)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, reread, on_web, duration_s, beside))


async def _serve(
    settings: Settings,
    reread: Callable[[], Settings] | None,
    on_web: Callable[[str], None] | None,
    duration_s: float | None,
    beside: Beside | None,
) -> None:
    server = Server(settings, reread=reread, on_web=on_web)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    loop.add_signal_handler(signal.SIGHUP, server.reload_soon)
    timer = loop.call_later(duration_s, server.stop) if duration_s is not None else None
    gc.freeze()  # what is there now stays: modules, classes, settings
    gc.set_threshold(*COLLECT_AFTER)
    companion = asyncio.create_task(_as_coroutine(beside, server), name="beside") if beside is not None else None
    try:
        await server.run()
    finally:
        if timer is not None:
            timer.cancel()
        if companion is not None:
            companion.cancel()
            await asyncio.gather(companion, return_exceptions=True)


async def _as_coroutine(beside: Beside, server: Server) -> None:
    await beside(server)


def _is_json(form: LogFormat) -> bool | None:
    return None if form is LogFormat.AUTO else form is LogFormat.JSON


def _raise_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
