#!/usr/bin/env python3
"""The seed's studio client by its old name: ``ws_client.py [--interactive]`` is ``lineside studio client``.

Without a flag it demonstrates eight updates; ``--help`` tells the options (server, table, device, token).
"""

from __future__ import annotations

import sys

from lineside.cli import main as lineside
from lineside.cli.studio_talk import demo_status_updates, interactive_mode
from lineside.studio import StudioWebSocketClient

__all__ = ["StudioWebSocketClient", "demo_status_updates", "interactive_mode", "main"]


def main() -> None:
    sys.argv = ["lineside", "studio", "client", *sys.argv[1:]]
    lineside()


if __name__ == "__main__":
    main()
