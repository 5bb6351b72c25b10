"""Who comes in, and how they will speak: the dialect, the table, the device and the token of a connection.

::

    query                        → A, C (``device=`` is there) or D (``/v1/ws``): decided at once, no greeting
    no query at all              → B: greeting, then the first frame decides
    /watch                       → a watcher, not a reporter

Nothing is compared with anything here: whether a token is good is the gateway's to say. Source: §1, §2, §10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from lineside.runtime.step import Secret
from lineside.studio.wire.closing import (
    INVALID_ID,
    INVALID_MESSAGE,
    INVALID_TOKEN,
    MISSING,
    Denied,
    bad_token,
    no_such_id,
)
from lineside.studio.wire.json_text import read_object
from lineside.studio.wire.message import Malformed
from lineside.studio.wire.vocabulary import Dialect

QUERY_BYTES_MAX = 2048
"""An id, a token and a handful of switches (§1); a longer query is no query."""

WATCHED_TABLES_MAX = 1000
"""More names than a studio has tables, fewer than the query has room for commas."""

PATH_D = "/v1/ws"
"""Where dialect D comes in."""

PATH_WATCH = "/watch"
"""Where watchers come in."""

_TABLE = re.compile(r"[A-Za-z0-9.-]{1,64}")
_DEVICE = re.compile(r"[A-Za-z0-9._-]{0,128}")
_VENDOR_ID = re.compile(r"([A-Z]{3}-[0-9]{3})-.+", re.DOTALL)
_SINCE = re.compile(r"[0-9]{1,18}")
_NOBODY: Mapping[str, str] = {}


class Entrance(msgspec.Struct, frozen=True, gc=False):
    """A reporter that named itself and brought a token.

    Attributes:
        device: may be empty.
        wants_snapshot: it expects the table's snapshot as its next frame.
    """

    dialect: Dialect
    table: str
    device: str
    token: Secret
    wants_snapshot: bool


class NeedsGreeting(msgspec.Struct, frozen=True, gc=False):
    """No query: dialect B. Greet, and wait for the first frame."""


class Watch(msgspec.Struct, frozen=True, gc=False):
    """A watcher.

    Attributes:
        token: may be empty.
        tables: those asked for; None means all.
        since: the last number that it has seen, to be continued from there.
    """

    token: Secret
    tables: frozenset[str] | None = None
    since: int | None = None


def parse_query(path: str) -> dict[str, str]:
    """The parameters of a path: values percent-decoded (``+`` stays), a piece without ``=`` ignored, the last counts.

    Empty when there is no query, or one of more than `QUERY_BYTES_MAX`.
    """
    _, _, query = path.partition("?")
    if len(query) > QUERY_BYTES_MAX:
        return {}
    pieces = (piece.partition("=") for piece in query.split("&"))
    return {name: unquote(value) for name, equals, value in pieces if equals}


def entrance_of_path(
    path: str, registry: Mapping[str, str] = _NOBODY, *, profile_d: bool = True
) -> Entrance | Denied | NeedsGreeting:
    """Who comes in by this path.

    Args:
        path: with query, as in the request line.
        registry: device id → table (§9).
        profile_d: whether ``/v1/ws`` is dialect D; otherwise it is a path as any other.
    """
    head, _, query_text = path.partition("?")
    is_d = profile_d and head == PATH_D
    if not query_text and not is_d:
        return NeedsGreeting()
    query = parse_query(path)
    dialect = Dialect.D if is_d else Dialect.C if "device" in query else Dialect.A
    wants_snapshot = dialect is Dialect.A or query.get("snapshot") == "1"
    return _entrance(dialect, query, registry, wants_snapshot)


def entrance_of_message(text: str | bytes, registry: Mapping[str, str] = _NOBODY) -> Entrance | Denied:
    """Who comes in by this first frame (dialect B)."""
    value = read_object(text)
    if isinstance(value, Malformed):
        return INVALID_MESSAGE
    credentials = {name: value[name] for name in ("id", "token") if value.get(name) is not None}
    if not all(isinstance(part, str) for part in credentials.values()):
        return INVALID_MESSAGE
    return _entrance(Dialect.B, credentials, registry, wants_snapshot=True)


def watch_of_path(path: str) -> Watch | None:
    """The watcher that comes in by this path; None when it is the path of a reporter."""
    head, _, _ = path.partition("?")
    if head != PATH_WATCH:
        return None
    query = parse_query(path)
    names = frozenset(filter(None, query.get("table", "").split(",", WATCHED_TABLES_MAX)))
    since = query.get("since", "")
    return Watch(Secret(query.get("token", "")), names or None, int(since) if _SINCE.fullmatch(since) else None)


def table_and_device(query: Mapping[str, str], registry: Mapping[str, str] = _NOBODY) -> tuple[str, str]:
    """What ``id`` and its companions mean; the six rules of §1, in their order."""
    name = query.get("id", "")
    if "device" in query:
        return name, query["device"]
    if "gameCode" in query:
        return query["gameCode"], name.removeprefix(query["gameCode"] + "-")
    if "_" in name:
        table, _, device = name.partition("_")
        return table, device
    if name in registry:
        return registry[name], name
    vendor = _VENDOR_ID.fullmatch(name)
    return (vendor[1], name) if vendor else (name, "")


def invalid_token(entrance: Entrance) -> Denied:
    """The denial of a reporter whose token is wrong, in its own dialect."""
    return bad_token(entrance.device or entrance.table) if entrance.dialect is Dialect.D else INVALID_TOKEN


def _entrance(
    dialect: Dialect, query: Mapping[str, str], registry: Mapping[str, str], wants_snapshot: bool
) -> Entrance | Denied:
    is_d = dialect is Dialect.D
    name, token = query.get("id", ""), query.get("token", "")
    if not name:
        return no_such_id() if is_d else MISSING
    if not token:
        return bad_token(name) if is_d else MISSING
    table, device = table_and_device(query, registry)
    if not (_TABLE.fullmatch(table) and _DEVICE.fullmatch(device)):
        return no_such_id() if is_d else INVALID_ID
    return Entrance(dialect, table, device, Secret(token), wants_snapshot)
