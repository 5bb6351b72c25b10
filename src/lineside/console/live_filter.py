"""Live values for an actor who is bound to some gateways.

Most topics belong to one gateway, and the hub itself keeps the others away. Three topics tell of all gateways at once;
from these the foreign entries are taken out here, per reader. Only messages that hold such a topic are opened: the
waveforms of a thousand bound readers still share their bytes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.hub import Outlet, encode_value

GATEWAYS, EVENTS, COMMANDS, JOURNAL = "lineside/gateways", "lineside/events", "lineside/commands", "lineside/journal"

_MIXED = {GATEWAYS, EVENTS, COMMANDS}
_MARK = b'"lineside/'
_UNITS = frozenset({"*/*/*", "*/*/*/*"})
"""Every topic of a unit: gateway/unit/aspect. The foundation's own have two parts."""


def visible_topics(actor: Actor) -> frozenset[str] | None:
    """Patterns of the topics that the hub may show to an actor; None for all.

    ``lineside/sinks`` holds a database's own words and is for admins of everything, as ``/api/sinks`` is.
    """
    if actor.gateways is None:
        return None if actor.may(Role.ADMIN) else _UNITS | {*_MIXED, JOURNAL}
    return frozenset({f"{gateway}/**" for gateway in actor.gateways} | {*_MIXED, JOURNAL})


class GatewayFilter:
    """An outlet that takes foreign entries out of the mixed topics before they reach ``outlet``."""

    def __init__(self, outlet: Outlet, actor: Actor) -> None:
        self._outlet = outlet
        self._actor = actor

    def send(self, data: bytes) -> None:
        """One message, filtered."""
        left = self._filtered(data)
        if left is not None:
            self._outlet.send(left)

    def send_framed(self, frame: bytes) -> None:
        """One framed message: passed on as it is, or opened and filtered."""
        if _MARK in frame:
            self.send(unframed(frame))
        else:
            self._outlet.send_framed(frame)

    def unsent(self) -> int:
        """Of the outlet below."""
        return self._outlet.unsent()

    def close(self, code: int, reason: str) -> None:
        """Close the outlet below."""
        self._outlet.close(code, reason)

    def _filtered(self, data: bytes) -> bytes | None:
        """The message without what the actor may not see; None when nothing is left of a pulse."""
        if _MARK not in data:
            return data
        message = msgspec.json.decode(data)
        if message["op"] == "pulse":
            message["items"] = [item for item in message["items"] if self._may_see_item(item)]
            return encode_value(message) if message["items"] else None
        if message["op"] == "subscribed":
            for topic in message["topics"]:
                if topic["topic"] == GATEWAYS:
                    topic["value"] = self._own_gateways(topic["value"])
            return encode_value(message)
        return data

    def _may_see_item(self, item: dict[str, Any]) -> bool:
        topic, value = item["t"], item.get("v")
        if topic not in _MIXED or value is None:
            return True
        if topic == GATEWAYS:
            item["v"] = self._own_gateways(value)
            return True
        return self._actor.may_see(value["stream" if topic == EVENTS else "unit"].partition("/")[0])

    def _own_gateways(self, value: Any) -> Any:
        return {"gateways": [one for one in value["gateways"] if self._actor.may_see(one["name"])]}


def unframed(frame: bytes) -> bytes:
    """The message in a frame that `lineside.runtime.hub.frame_text` made."""
    size = frame[1]
    return frame[2 if size < 126 else 4 if size == 126 else 10 :]
