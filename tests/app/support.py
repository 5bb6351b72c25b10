"""Settings for servers that bind only free ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lineside.app.kinds import SETTINGS_KINDS
from lineside.app.server import Server
from lineside.config import Settings, settings_from_table


def ventilator(folder: Path, **keys: Any) -> dict[str, Any]:
    """One ventilator gateway whose line is a pseudo-terminal that nobody has made."""
    free = "127.0.0.1:0"
    return {"kind": "ventilator", "line": f"pty:{folder}/vent", "broadcast": [free], "request": free, **keys}


def settings(folder: Path, **gateways: dict[str, Any]) -> Settings:
    """Settings with everything in ``folder`` and the web server on a free port."""
    table = {
        "data_dir": str(folder / "var"),
        "keys": {"file": str(folder / "keys.toml")},
        "web": {"address": "127.0.0.1:0"},
        "gateways": gateways,
    }
    return settings_from_table(table, SETTINGS_KINDS, {})


@asynccontextmanager
async def serving(given: Settings, reread: Callable[[], Settings] | None = None) -> AsyncIterator[Server]:
    """A server in the test's own loop, from the moment its web server listens."""
    started = asyncio.Event()
    server = Server(given, reread=reread, on_web=lambda login_url: started.set())
    running = asyncio.create_task(server.run())
    try:
        await started.wait()
        yield server
    finally:
        server.stop()
        await running


FILE = """\
data_dir = "var"
[keys]
file = "keys.toml"
[web]
address = "127.0.0.1:{web}"
[gateways.ward]
kind = "ventilator"
line = "pty:{folder}/vent"
broadcast = ["127.0.0.1:{broadcast}"]
request = "127.0.0.1:{request}"
"""


def settings_file(folder: Path, web: int, broadcast: int, request: int) -> Path:
    """The same as a file, with ports that the caller knows."""
    file = folder / "lineside.toml"
    file.write_text(FILE.format(folder=folder, web=web, broadcast=broadcast, request=request))
    return file
