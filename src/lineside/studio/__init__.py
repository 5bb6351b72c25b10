"""Status of live-roulette tables over WebSockets: reporters in, confirmations out, watchers, presence, alarms, history.

The seed's Python names are loaded when first asked for: ``StudioWebSocketServer``, ``StudioStatus`` and the two enums
from `compat`, ``StudioWebSocketClient`` from `client`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineside.studio.client import StudioWebSocketClient
    from lineside.studio.compat import (
        StudioDeviceStatusEnum,
        StudioServiceStatusEnum,
        StudioStatus,
        StudioWebSocketServer,
    )

__all__ = [
    "StudioDeviceStatusEnum",
    "StudioServiceStatusEnum",
    "StudioStatus",
    "StudioWebSocketClient",
    "StudioWebSocketServer",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "client" if name == "StudioWebSocketClient" else "compat"
    return getattr(import_module(f"{__name__}.{home}"), name)
