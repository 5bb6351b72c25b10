"""What the keys of the slots seed may be called; ``docs/seed-files.md`` prints this table.

No source documents the keys of ``.env``, ``settings.json`` and ``listeners.json``. So the usual names of what such a
collector must know are accepted, in any spelling (`Entry.words`) and with the usual prefixes, and every other key is
reported. A name that could mean two things is not here, or counts only where its value says which (`CAREFUL`).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType

DATABASE_PREFIXES = ("db", "database", "mssql", "sql", "sql_server", "sqlserver", "odbc")

_DATABASE = {
    "database.server": ("server", "host", "hostname", "server_name"),
    "database.port": ("port",),
    "database.name": ("name", "database", "database_name", "db", "db_name", "catalog", "initial_catalog"),
    "database.user": ("user", "username", "user_name", "user_id", "uid", "login"),
    "database.password": ("password", "pass", "passwd", "pwd"),
    "database.driver": ("driver", "odbc_driver"),
    "database.table": ("table", "table_name"),
    "database.schema": ("schema",),
    "database.url": ("url", "uri"),
    "database.connection": ("connection_string", "conn_str", "connection"),
    "database.trust": ("trust_server_certificate",),
    "database.encrypt": ("encrypt",),
    "database.windows_login": ("trusted_connection", "integrated_security"),
}
_DATABASE_ALONE = {
    # Words of ODBC, or words that say by themselves that a database is meant.
    "database.server": ("server",),
    "database.name": ("database", "database_name", "db_name", "initial_catalog"),
    "database.user": ("uid",),
    "database.password": ("pwd",),
    "database.driver": ("driver", "odbc_driver"),
    "database.table": ("table", "table_name"),
    "database.url": ("database_uri", "sqlalchemy_database_uri", "sqlalchemy_url"),
    "database.connection": ("connection_string", "conn_str"),
    "database.trust": ("trust_server_certificate",),
    "database.windows_login": ("trusted_connection",),
}

LINE_PREFIXES = ("serial", "sas", "egm", "slot", "machine")

_LINE = {
    "line.device": ("port", "device", "line", "com", "com_port", "comport", "tty", "port_name"),
    "line.address": ("address", "addr"),
    "line.addresses": ("addresses",),
    "line.poll_ms": ("poll_ms", "polling_ms", "poll_interval_ms", "polling_interval_ms", "poll_period_ms"),
    "line.poll_s": (
        "poll_s",
        "poll_seconds",
        "poll_interval_s",
        "poll_interval_sec",
        "poll_interval_seconds",
        "polling_interval_s",
        "polling_interval_seconds",
    ),
    "line.parity": ("parity",),
    "line.baud": ("baud", "baudrate", "baud_rate"),
    "line.data_bits": ("bytesize", "byte_size", "data_bits", "databits"),
    "line.stop_bits": ("stopbits", "stop_bits"),
    "line.name": (),
    "line.enabled": (),
}
_LINE_ALONE = {
    "line.addresses": ("addresses", "machines"),
    "line.name": ("name", "label"),
    "line.enabled": ("enabled", "active"),
}

LISTS = ("listeners", "machines", "egms", "lines", "ports", "devices")
"""A key of this name that holds tables, in a list or by name, holds one line in each."""

CAREFUL = frozenset({"line.device", "line.address", "line.addresses", "line.name", "line.enabled", "database.table"})
"""Fields whose plain names have other meanings too: without a prefix they count only when the value fits."""


def _names(prefixes: tuple[str, ...], fields: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {f"{prefix}_{name}": field for field, names in fields.items() for prefix, name in product(prefixes, names)}


def _alone(fields: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {name: field for field, names in fields.items() for name in names}


PREFIXED: Mapping[str, str] = MappingProxyType(_names(DATABASE_PREFIXES, _DATABASE) | _names(LINE_PREFIXES, _LINE))
"""Name with its prefix → field."""

ALONE: Mapping[str, str] = MappingProxyType(_alone(_LINE) | _alone(_LINE_ALONE) | _alone(_DATABASE_ALONE))
"""Name without a prefix → field."""


WRAPPERS = ("settings", "config", "collector", "sas_collector", "slots")
"""Tables that hold everything, so that their own name adds nothing: ``collector.db.host`` is ``db.host``."""


def unwrapped(words: str) -> str:
    """The words without the name of a table that holds everything."""
    return next((words.removeprefix(f"{name}_") for name in WRAPPERS if words.startswith(f"{name}_")), words)


def field_of(words: str, *, in_list: bool = False) -> str | None:
    """The field that a key means, or None.

    Args:
        in_list: the key stands in a table of one line, where ``name`` and ``enabled`` mean that line.
    """
    words = unwrapped(words)
    field = ALONE.get(words) or PREFIXED.get(words)
    if field in ("line.name", "line.enabled") and not in_list:
        return None
    return field


def is_careful(words: str) -> bool:
    """Whether a key counts only when its value fits; see `CAREFUL`."""
    return ALONE.get(unwrapped(words)) in CAREFUL


def markdown() -> str:
    """The tables for the page: what is looked for and every name of it."""
    parts = (
        (LINE_PREFIXES, _LINE, _LINE | _LINE_ALONE),
        (DATABASE_PREFIXES, _DATABASE, _DATABASE_ALONE),
    )
    blocks = []
    for prefixes, prefixed, alone in parts:
        told = ", ".join(f"`{prefix}_`" for prefix in prefixes)
        rows = [f"| what | alone | with {told} before it |", "|---|---|---|"]
        rows.extend(f"| {field} | {_quoted(alone.get(field, ()))} | {_quoted(prefixed[field])} |" for field in prefixed)
        blocks.append("\n".join(rows) + "\n")
    return "\n".join(blocks)


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
