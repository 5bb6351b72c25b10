"""The two tables of an SQL sink: the rows' own, found or made, and the keys' beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql

from lineside.adapters.sql_sink.settings import SqlSinkConfig
from lineside.errors import SinkAway
from lineside.runtime.export import Column, ColumnType, Export, Row

# Names in the settings are at most so long.
SINK_CHARACTERS_MAX = 64
# A boot id has 16 hexadecimal digits today.
ORIGIN_CHARACTERS_MAX = 32
SHOWN_MAX = 10
"""Names listed in one message."""


def keys_table(config: SqlSinkConfig) -> sa.Table:
    """The side table: one row per delivered event, unique over sink, origin and seq."""
    return sa.Table(
        config.keys_table,
        sa.MetaData(),
        sa.Column("sink", sa.Unicode(SINK_CHARACTERS_MAX), primary_key=True),
        sa.Column("origin", sa.String(ORIGIN_CHARACTERS_MAX), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        schema=config.schema or None,
    )


def rows_table(config: SqlSinkConfig, export: Export) -> sa.Table:
    """The rows' table as it is made when it is absent. It has no key of its own: uniqueness lies in the side table."""
    columns: list[sa.Column[Any]] = []
    for column in export.columns:
        name = config.columns.get(column.name, column.name)
        if name:
            columns.append(sa.Column(name, _type_of(column), nullable=column.is_optional))
    for name, value in config.constants.items():
        constant: sa.types.TypeEngine[Any] = sa.BigInteger() if isinstance(value, int) else sa.Unicode(255)
        columns.append(sa.Column(name, constant, nullable=True))
    return sa.Table(config.table or export.table, sa.MetaData(), *columns, schema=config.schema or None)


def _type_of(column: Column) -> sa.types.TypeEngine[Any]:
    match column.type:
        case ColumnType.TEXT:
            return sa.Unicode(column.characters_max)
        case ColumnType.LONG_TEXT:
            return sa.UnicodeText().with_variant(mssql.NVARCHAR(None), "mssql")  # NTEXT is deprecated there
        case ColumnType.INTEGER:
            return sa.BigInteger()
        case ColumnType.INSTANT:
            instant = sa.DateTime(timezone=True)
            microseconds = instant.with_variant(mssql.DATETIMEOFFSET(6), "mssql")  # type: ignore[no-untyped-call]
            return microseconds.with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


class Tables:
    """Both tables as they are in the database.

    Args:
        rows: reflected when it was there before us, so that values take the form of its own columns.
    """

    def __init__(self, config: SqlSinkConfig, export: Export, rows: sa.Table, keys: sa.Table) -> None:
        self.rows = rows
        self.keys = keys
        self._constants = dict(config.constants)
        names = {column.name: config.columns.get(column.name, column.name) for column in export.columns}
        self._names = {column: name for column, name in names.items() if name}
        self._forms = {name: _form_of(rows.c[name].type) for name in self._names.values()}

    def values(self, row: Row) -> dict[str, Any]:
        """The values of one row by the table's own column names."""
        values: dict[str, Any] = dict(self._constants)
        for column, name in self._names.items():
            value = row[column]
            values[name] = self._forms[name](value) if isinstance(value, datetime) else value
        return values


def find_tables(connection: sa.Connection, config: SqlSinkConfig, export: Export) -> Tables:
    """Look both tables up, make what is absent, and check that every column is there.

    Raises:
        SinkAway: a table is absent and may not be made, or a column is missing; names them.
        sqlalchemy.exc.SQLAlchemyError: the database refused.
    """
    wanted, keys = rows_table(config, export), keys_table(config)
    inspector = sa.inspect(connection)
    for table in (wanted, keys):
        if not inspector.has_table(table.name, schema=table.schema):
            if not config.create:
                raise SinkAway(f"table {table.fullname} is not there, and `create` is off")
            table.create(connection, checkfirst=True)
    rows = sa.Table(wanted.name, sa.MetaData(), schema=wanted.schema, autoload_with=connection)
    _require(rows, wanted)
    _require(sa.Table(keys.name, sa.MetaData(), schema=keys.schema, autoload_with=connection), keys)
    return Tables(config, export, rows, keys)


def _require(found: sa.Table, wanted: sa.Table) -> None:
    missing = [column.name for column in wanted.columns if column.name not in found.columns]
    if missing:
        has = ", ".join(column.name for column in list(found.columns)[:SHOWN_MAX])
        raise SinkAway(
            f"table {found.fullname} has no column {', '.join(missing[:SHOWN_MAX])} (it has {has}); "
            "map names with `columns`, or leave one out with an empty name"
        )


def _form_of(kind: sa.types.TypeEngine[Any]) -> Any:
    """How an instant is written into a column that may not be one of ours: always UTC."""
    if isinstance(kind, sa.DateTime):
        with_zone = bool(getattr(kind, "timezone", False)) or isinstance(kind, mssql.DATETIMEOFFSET)
        return _as_it_is if with_zone else _without_zone
    if isinstance(kind, sa.String):
        return _as_text
    return _as_it_is


def _as_it_is(value: datetime) -> datetime:
    return value


def _without_zone(value: datetime) -> datetime:
    return value.replace(tzinfo=None)


def _as_text(value: datetime) -> str:
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")


def ddl(config: SqlSinkConfig, export: Export, dialect: sa.Dialect) -> Mapping[str, str]:
    """The statements that would make the two tables in one dialect, for people who make tables by hand."""
    tables = (rows_table(config, export), keys_table(config))
    return {table.fullname: str(sa.schema.CreateTable(table).compile(dialect=dialect)).strip() for table in tables}
