#!/usr/bin/env python3
"""The seed's studio server by its old name: what it confirms is on disk, in var/studio by default.

    python studio_api/ws.py [--host localhost] [--port 8080] [--data-dir var/studio]

`lineside run` with a gateway of ``kind = "studio"`` does the same and more: pages, alarms by web-hook, other gateways.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from lineside.errors import ConfigError, LinesideError
from lineside.studio import (
    StudioDeviceStatusEnum,
    StudioServiceStatusEnum,
    StudioStatus,
    StudioWebSocketServer,
)

__all__ = ["StudioDeviceStatusEnum", "StudioServiceStatusEnum", "StudioStatus", "StudioWebSocketServer", "main"]


async def main(host: str = "localhost", port: int = 8080, data_dir: str = "var/studio") -> None:
    server = StudioWebSocketServer(host, port, data_dir=data_dir)
    serving = asyncio.create_task(server.start())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    telling = asyncio.create_task(tell(server))
    try:
        await serving
    except asyncio.CancelledError:
        pass  # a signal
    finally:
        telling.cancel()


async def tell(server: StudioWebSocketServer) -> None:
    await server.started()
    print(f"Studio WebSocket Server on ws://{server.host}:{server.port}, journal in {server.data_dir}", flush=True)


def run() -> int:
    parser = argparse.ArgumentParser(description="Serves the status of live-roulette tables.")
    parser.add_argument("--host", default="localhost", help="name or address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--data-dir", default="var/studio", help="where what was confirmed is kept")
    options = parser.parse_args()
    try:
        asyncio.run(main(options.host, options.port, options.data_dir))
    except LinesideError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(run())
