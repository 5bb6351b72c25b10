"""``[sinks.NAME]`` with ``kind = "sql"``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from lineside.runtime.sink_settings import SinkSettings
from lineside.runtime.step import Secret

Identifier = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_$ ]{0,127}$")]
"""A name in the database; every dialect's own quoting is applied to it."""


class SqlSinkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows into a table of an SQL database.

    Attributes:
        url: any SQLAlchemy URL; it may hold a password, so write ``"${NAME}"`` or ``url_file``.
        rows: the export: ``events``, or one of a house (``lineside sinks exports`` lists them).
        table: where the rows go; the export's own table when empty. Made only if it is absent, never altered.
        schema: of the table and of the keys; the login's own when empty.
        keys_table: the side table with ``(sink, origin, seq)`` of everything delivered, written in the same
            transaction as the rows; it makes at-least-once one effect.
        gateways: whose events; all when empty.
        columns: the export's column → the table's; ``""`` leaves one out.
        constants: further columns of the table with one value for every row (a site, a source).
        create: make a table that is absent; false where the login may not, and an absent one is then an error.
        connect_s: until a connection attempt is given up. Databases that are there answer within a second.
        limits: of the queue.
    """

    kind: Literal["sql"] = "sql"
    url: Secret
    rows: str = "events"
    table: Identifier | Literal[""] = ""
    schema: Identifier | Literal[""] = ""
    keys_table: Identifier = "lineside_delivered"
    gateways: tuple[str, ...] = ()
    columns: dict[str, str] = {}
    constants: dict[Identifier, str | int] = {}
    create: bool = True
    connect_s: Annotated[float, Meta(gt=0, le=120)] = 10.0
    limits: SinkSettings = SinkSettings()
