"""What the tests of the SQL sink share: events as the journal gives them, and a target on a URL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from lineside.adapters.sql_sink import SqlSinkConfig
from lineside.adapters.sql_sink.target import SqlTarget
from lineside.runtime.export import EVENTS, Export
from lineside.runtime.step import Secret

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


class Read:
    """A `Recorded` without a journal behind it."""

    def __init__(self, seq: int, stream: str = "ward/1", value: Any = "x", origin: str = "boot1") -> None:
        self.seq, self.stream, self.origin = seq, stream, origin
        self.version, self.kind, self.at = seq, "LampLit", AT + timedelta(seconds=seq)
        self.value = value
        self.data = msgspec.json.encode({"by": value})

    def masked(self) -> dict[str, Any]:
        return {"by": self.value}


def config(url: str, **keys: Any) -> SqlSinkConfig:
    return SqlSinkConfig(url=Secret(url), **keys)


def target(url: str, export: Export = EVENTS, **keys: Any) -> SqlTarget:
    return SqlTarget("archive", config(url, **keys), export)


def rows_in(url: str, table: str = "lineside_events", order: str = "seq") -> list[dict[str, Any]]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            found = sa.Table(table, sa.MetaData(), autoload_with=connection)
            return [dict(row) for row in connection.execute(sa.select(found).order_by(found.c[order])).mappings()]
    finally:
        engine.dispose()
