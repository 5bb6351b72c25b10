"""The data server of a lab ventilator: serial controller in, JSON sockets out, commands, alarms. Not a medical device.

``HEVClient`` is the seed's Python client, loaded when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineside.ventilator.client import HEVClient

__all__ = ["HEVClient"]


def __getattr__(name: str) -> Any:
    if name == "HEVClient":
        from lineside.ventilator.client import HEVClient

        return HEVClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
