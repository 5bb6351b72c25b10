"""What a reporter's object means: an update, an envelope around one, or something that is refused whole.

::

    {"sdp": "up", "zCam": "up", "note": 5}                        bare: fields by any spelling, the rest is custom
    {"event": "service_status", "data": {…}}                      the same in an envelope
    {"event": "status", "data": {"status": "up"}}                 the device about itself
    {"event": "exception", "data": {"signal": {…}}}               an error signal
    {"event": "ping"}

One bad value refuses the whole message. Source: §4, §5, §8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lineside.studio.wire.json_text import is_within
from lineside.studio.wire.message import Heard, Liveness, Malformed, Ping, SignalReport, Update
from lineside.studio.wire.text import shown
from lineside.studio.wire.vocabulary import FIELDS, MAINTENANCE, is_settable, key_of

CUSTOM_NAME_MAX = 64
"""Characters of the name of a custom field (§5)."""

CUSTOM_VALUE_BYTES_MAX = 4096
"""JSON text of a custom value (§5), and of a signal's metadata."""

MSG_ID_MAX = 128
"""Characters of a signal's id; the longest known has 34."""

CONTENT_MAX = 1024
"""Characters of a signal's text; those seen are a line."""

_STATUS_EVENTS = frozenset({"service_status", "serviceStatus", "tableStatus"})
_SIGNAL_EVENTS = frozenset({"exception", "serviceSignal"})
_KNOWN_EVENTS = _STATUS_EVENTS | _SIGNAL_EVENTS | {"status", "ping"}
_SCALARS = (bool, int, float, type(None))

BAD_MAINTENANCE = Malformed("Invalid value for maintenance")
BAD_SIGNAL = Malformed("Invalid signal")
BAD_DATA = Malformed("Message must be a JSON object")

Accepted = Mapping[str, frozenset[str]]
MayWrite = Callable[[str], bool]


def read_update(value: dict[str, Any], accepted: Accepted) -> Update | Malformed:
    """A bare object as an update.

    Args:
        accepted: key → values, see `accepted_values`.
    """
    fields: dict[str, str | bool] = {}
    custom: dict[str, Any] = {}
    for name, given in value.items():
        key = key_of(name)
        if key is None:
            if is_settable(name):
                if not _is_custom(name, given):
                    return Malformed(f"Invalid custom field: {shown(name)}")
                custom[name] = given
        elif key == MAINTENANCE:
            if type(given) is not bool:
                return BAD_MAINTENANCE
            fields[key] = given
        elif type(given) is str and given in accepted[key]:
            fields[key] = given
        else:
            return Malformed(f"Invalid status for {FIELDS[key].name}: {shown(given)}")
    return Update(fields, custom)


def is_envelope(value: dict[str, Any], *, any_event: bool) -> bool:
    """Whether the object is an envelope.

    Args:
        any_event: dialect D, where everything is one; elsewhere an unknown ``event`` is a custom field.
    """
    event = value.get("event")
    return type(event) is str and (any_event or event in _KNOWN_EVENTS)


def read_envelope(value: dict[str, Any], accepted: Accepted, table: str, may_write: MayWrite | None = None) -> Heard:
    """The message in an envelope.

    Args:
        table: of the connection.
        may_write: whether the token may write another table that the envelope names; never when None.
    """
    event, data = value["event"], value.get("data")
    if event in _STATUS_EVENTS:
        return _status(data, accepted, table, may_write)
    if event == "status":
        return _liveness(data)
    if event in _SIGNAL_EVENTS:
        return _signal(data)
    return Ping() if event == "ping" else Malformed(f"Unknown event: {shown(event)}")


def _status(data: Any, accepted: Accepted, table: str, may_write: MayWrite | None) -> Update | Malformed:
    if type(data) is not dict:
        return BAD_DATA
    named = data.get("tableId", table)
    if named == table:
        return read_update(data, accepted)
    if type(named) is not str or may_write is None or not may_write(named):
        return Malformed(f"Invalid tableId: {shown(named)}")
    update = read_update(data, accepted)
    return update if isinstance(update, Malformed) else Update(update.fields, update.custom, named)


def _liveness(data: Any) -> Liveness | Malformed:
    status = data.get("status") if type(data) is dict else data
    if status not in ("up", "down"):
        return Malformed(f"Invalid status for device: {shown(status)}")
    return Liveness(status == "up")


def _signal(data: Any) -> SignalReport | Malformed:
    if type(data) is str:  # the older form, `SENSOR STUCK`
        return SignalReport(data[:MSG_ID_MAX], data[:CONTENT_MAX]) if data else BAD_SIGNAL
    signal = data.get("signal", data) if type(data) is dict else None
    if type(signal) is not dict:
        return BAD_SIGNAL
    msg_id, content, metadata = signal.get("msgId"), signal.get("content", ""), signal.get("metadata", {})
    if type(msg_id) is not str or not 0 < len(msg_id) <= MSG_ID_MAX:
        return BAD_SIGNAL
    if type(metadata) is not dict or not is_within(metadata, CUSTOM_VALUE_BYTES_MAX):
        return BAD_SIGNAL
    text = content if type(content) is str else shown(content)
    return SignalReport(_respelt(msg_id), text[:CONTENT_MAX], metadata)


def _respelt(msg_id: str) -> str:
    """One id of the vendor's list is misspelt in some of its programs; both mean the same signal (§8)."""
    return "ROULETTE_" + msg_id.removeprefix("ROUELTTE_") if msg_id.startswith("ROUELTTE_") else msg_id


def _is_custom(name: str, value: Any) -> bool:
    if not 0 < len(name) <= CUSTOM_NAME_MAX:
        return False
    if isinstance(value, _SCALARS) and not (type(value) is int and value.bit_length() > 64):
        return True
    return is_within(value, CUSTOM_VALUE_BYTES_MAX)
