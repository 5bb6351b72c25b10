"""The reporter's side of the studio protocol: what a table's PC says, and what it makes of the server's frames.

::

    A   GET /?id=<table>_<device>&token=<t>            ◄ snapshot    ► {"sdp": "up"}   ◄ {"status": "updated", …}
    B   GET /      ◄ greeting   ► {"id", "token"}      ◄ snapshot    ► {"sdp": "up"}   ◄ {"status": "updated", …}
    C   GET /?token=<t>&id=<table>&device=<device>                   ► {"sdp": "up"}   ◄ {…, "tableId": …}
    D   GET /v1/ws?id=<device>&token=<t>               ► {"event": "service_status", "data": {…}}

The protocol numbers nothing: an answer belongs to the update before it, so that a reporter keeps one update under way
and takes only a frame of the right form, for its own table, as the answer. Everything else is a `Stray`.

Source: wire/studio.md sections 1 to 4, 7 and 9.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from lineside.studio.wire.entrance import PATH_D
from lineside.studio.wire.message import Confirmed, ErrorReply, Greeting
from lineside.studio.wire.vocabulary import FIELDS, MAINTENANCE, Dialect, key_of

# A snapshot has 300 bytes; a server's frame beyond this is not of this protocol and is not parsed.
FRAME_BYTES_MAX = 64 * 1024


class SnapshotSeen(msgspec.Struct, frozen=True):
    """The table as the server has it.

    Attributes:
        fields: name as clients write it → value: the nine that can be set.
        uptime: the server's count of updates; 0 of a table that it does not know yet, -1 when it told none.
    """

    table: str
    uptime: int
    fields: dict[str, Any]


class Told(msgspec.Struct, frozen=True):
    """An envelope or an order of D: ack, kick, activateBackup, ``signal``, or ``down``."""

    kind: str
    data: dict[str, Any]


class Stray(msgspec.Struct, frozen=True):
    """Nothing that a reporter of this table waits for."""

    text: str


Heard = Greeting | SnapshotSeen | Confirmed | ErrorReply | Told | Stray
"""What one frame of a server means to a reporter."""


def field_name(name: str) -> str | None:
    """The name of a field as every server understands it, from any spelling; None for what is no field."""
    key = key_of(name)
    if key is None:
        return None
    return MAINTENANCE.lower() if key == MAINTENANCE else FIELDS[key].name


class ReporterSide:
    """How one reporter speaks.

    Args:
        device: for D alone it is the whole id and may carry the table (``ARO-001-1``).
    """

    def __init__(self, dialect: Dialect, table: str, device: str, token: str) -> None:
        self.dialect = dialect
        self.table = table
        self.device = device
        self._token = token

    # ------------------------------------------------------------------ what it says

    def url(self, base: str) -> str:
        """Where it connects: ``base`` is ``ws://host:port``, with or without a path and a query of its own."""
        place, _, query = base.partition("?")
        if self.dialect is Dialect.B:
            return base
        if self.dialect is Dialect.D and not place.rstrip("/").endswith(PATH_D):
            place = place.rstrip("/") + PATH_D
        given = {
            Dialect.A: (("id", self._whole_id), ("token", self._token)),
            Dialect.C: (("token", self._token), ("id", self.table), ("device", self.device)),
            Dialect.D: (("id", self.device), ("token", self._token)),
        }[self.dialect]
        own = "&".join(f"{name}={quote(value, safe='')}" for name, value in given)
        return f"{place}?{query}&{own}" if query else f"{place}?{own}"

    def credentials(self) -> str:
        """The frame that answers a greeting."""
        return json.dumps({"id": self._whole_id, "token": self._token})

    def update(self, fields: Mapping[str, Any]) -> str:
        """One update; the keys go out as they are given.

        Raises:
            ValueError: a value is no JSON (NaN, an object of Python).
        """
        try:
            return json.dumps(self._wrapped(fields), allow_nan=False)
        except (TypeError, RecursionError) as error:
            raise ValueError(str(error)) from None

    def liveness(self, status: str) -> str:
        """The device's own ``up`` or ``down`` (D's envelope, which every dialect may send)."""
        return json.dumps({"event": "status", "data": {"status": status}})

    def signal(self, message_id: str, content: str, *, kind: str = "warn") -> str:
        """An error signal; ``kind`` is ``warn`` at first and ``error`` when it comes again."""
        metadata = {"title": message_id, "description": content, "code": "ARE.3", "suggestion": "", "signalType": kind}
        signal = {"msgId": message_id, "content": content, "metadata": metadata}
        return json.dumps({"event": "exception", "data": {"signal": signal, "cmd": {}}})

    def _wrapped(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {"event": "service_status", "data": dict(fields)} if self.dialect is Dialect.D else dict(fields)

    @property
    def _whole_id(self) -> str:
        return f"{self.table}_{self.device}"

    # ------------------------------------------------------------------ what it hears

    @property
    def wants_snapshot(self) -> bool:
        """Whether the server's snapshot comes before the first update."""
        return self.dialect in (Dialect.A, Dialect.B)

    def receive(self, data: str | bytes) -> Heard:
        """What one frame of the server means."""
        text = data if isinstance(data, str) else data.decode(errors="replace")
        try:
            value = json.loads(text) if len(text) <= FRAME_BYTES_MAX else None
        except (ValueError, RecursionError):
            value = None
        return self._meaning(value, text) if isinstance(value, dict) else Stray(text)

    def _meaning(self, value: dict[str, Any], text: str) -> Heard:
        match value:
            case {"TABLE_ID": self.table}:
                return _snapshot(self.table, value)
            case {"type": "updated", "data": {"tableId": self.table}}:
                return Confirmed(self.table)
            case {"type": "errorSignal"}:  # the answer to a signal
                return Confirmed(self.table)
            case {"type": "error", "error": {"message": str(reason)}}:
                return ErrorReply(reason)
            case {"type": str(kind)}:
                data = value.get("data", value.get("error"))
                return Told(kind, data if isinstance(data, dict) else {})
            case {"status": "updated"} if self._is_own(value):
                return Confirmed(self.table)
            case {"error": str(reason)}:
                return ErrorReply(reason)
            case {"status": "ready", "message": str()}:
                return Greeting()
            case {"tableId": _} if self.dialect is Dialect.C and self._is_own(value):
                return Confirmed(self.table)
            case {"signal": dict() as signal}:
                return Told("signal", signal)
            case {"sdp": "down"}:
                return Told("down", value)
        return Stray(text)

    def _is_own(self, value: dict[str, Any]) -> bool:
        return self.table in (value.get("table_id"), value.get("tableId"))


def _snapshot(table: str, value: dict[str, Any]) -> SnapshotSeen:
    uptime = value.get("UPTIME")
    fields = {known: found for name, found in value.items() if (known := field_name(name)) is not None}
    return SnapshotSeen(table, uptime if isinstance(uptime, int) else -1, fields)
