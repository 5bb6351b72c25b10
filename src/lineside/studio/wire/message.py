"""The messages between reporters and the server, whatever the dialect.

Source: the wire sheet for studio tables, §3 (snapshot), §4 (updates, envelopes, errors), §8 (error signals) and §9
(the duties of dialect D).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

# ------------------------------------------------------------------ reporter → server


class Update(msgspec.Struct, frozen=True, gc=False):
    """Everything that one message sets; taken whole or not at all.

    Attributes:
        fields: key of `FIELDS` → accepted value; ``MAINTENANCE`` → bool. In the order written; may be empty.
        custom: other keys with their JSON values.
        table: another table that the message names, where the token may write several; empty for the reporter's own.
    """

    fields: dict[str, str | bool]
    custom: dict[str, Any] = {}
    table: str = ""


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """A frame that is refused; nothing of it is taken.

    Attributes:
        text: for the peer, one of §4.
    """

    text: str


class Ping(msgspec.Struct, frozen=True, gc=False):
    """``{"event": "ping"}``: answered, changes nothing."""


class Liveness(msgspec.Struct, frozen=True, gc=False):
    """``{"event": "status", …}``: the device tells about itself and not about the table."""

    up: bool


class SignalReport(msgspec.Struct, frozen=True, gc=False):
    """An error signal (§8).

    Attributes:
        msg_id: ``ROULETTE_NO_BALL_DETECT``; unknown ids are taken as they are, bare texts too.
        metadata: title, description, code, suggestion, signalType and whatever else came; JSON.
    """

    msg_id: str
    content: str = ""
    metadata: dict[str, Any] = {}


Heard = Update | Malformed | Ping | Liveness | SignalReport
"""What one frame of a reporter holds."""


# ------------------------------------------------------------------ server → reporter


class Greeting(msgspec.Struct, frozen=True, gc=False):
    """The first frame in dialect B, before anybody has said who they are."""


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """The twelve keys.

    Attributes:
        timestamp: text, see `timestamp_text`.
        values: of `FIELDS`, in its order.
        custom: shown as a thirteenth key ``CUSTOM`` unless None.
    """

    table: str
    uptime: int
    timestamp: str
    maintenance: bool
    values: tuple[str, ...]
    custom: dict[str, Any] | None = None


class Confirmed(msgspec.Struct, frozen=True, gc=False):
    """An update is on disk; or a message that changes nothing was understood."""

    table: str


class ErrorReply(msgspec.Struct, frozen=True, gc=False):
    """A message was refused, told why."""

    text: str


class Ack(msgspec.Struct, frozen=True, gc=False):
    """Dialect D, every 5 s and in answer to a ping."""

    at: datetime


class Kick(msgspec.Struct, frozen=True, gc=False):
    """Dialect D: why the connection ends; travels as the reason of the close."""

    code: int
    text: str


class SignalAnswer(msgspec.Struct, frozen=True, gc=False):
    """Dialect D: an error signal is on disk; its metadata enriched."""

    signal_id: str
    table: str
    at: datetime
    metadata: dict[str, Any] = {}


class ActivateBackup(msgspec.Struct, frozen=True, gc=False):
    """Dialect D: the other machine of the table is down, take over."""


class DeviceOrder(msgspec.Struct, frozen=True, gc=False):
    """Dialect D: an order to a device, ``{"sdp": "down"}``. The vendor's clients read nothing but JSON safely."""

    field: str
    value: str


class SignalOrder(msgspec.Struct, frozen=True, gc=False):
    """Dialect D: a signal to a device, ``{"signal": {"msgId": "SDP_DOWN", "content": "DOWN", …}}``."""

    msg_id: str
    content: str
    metadata: dict[str, Any] = {}


Said = (
    Greeting
    | Snapshot
    | Confirmed
    | ErrorReply
    | Ack
    | Kick
    | SignalAnswer
    | ActivateBackup
    | DeviceOrder
    | SignalOrder
)
"""What a server sends."""
