"""Rows and keys in one transaction, on real databases: once each, whatever fails in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from lineside.adapters.sql_sink.target import SqlTarget
from lineside.errors import ConfigError, RowRefused, SinkAway
from lineside.runtime.export import EVENTS, Column, ColumnType, Export
from tests.adapters.sql_sink.rows import AT, Read, config, rows_in, target
from tests.support.postgres import PASSWORD, Postgres


async def test_events_become_rows_once_each(database: str) -> None:
    sink = target(database)
    first = [Read(seq) for seq in range(1, 11)]
    await sink.deliver(first)
    await sink.deliver([*first[5:], Read(11)])
    sink.close()
    rows = rows_in(database)
    assert [row["seq"] for row in rows] == list(range(1, 12))
    assert rows[0]["data"] == '{"by":"x"}'
    assert (rows[0]["gateway"], rows[0]["unit"], rows[0]["kind"], rows[0]["origin"]) == (
        "ward",
        "1",
        "LampLit",
        "boot1",
    )
    assert len(rows_in(database, "lineside_delivered")) == 11


async def test_instants_are_utc(database: str) -> None:
    sink = target(database)
    await sink.deliver([Read(0)])
    sink.close()
    at = rows_in(database)[0]["at"]
    assert (at if at.tzinfo else at.replace(tzinfo=UTC)) == AT


async def test_same_seq_of_another_boot_is_another_event(database: str) -> None:
    sink = target(database)
    await sink.deliver([Read(1), Read(1, origin="boot2")])
    sink.close()
    assert len(rows_in(database)) == 2


async def test_two_sinks_share_a_keys_table(database: str) -> None:
    one = target(database)
    other = SqlTarget("other", config(database, table="others"), EVENTS)
    await one.deliver([Read(1)])
    await other.deliver([Read(1)])
    one.close()
    other.close()
    assert len(rows_in(database)) == len(rows_in(database, "others")) == 1


async def test_connection_cut_after_the_commit_makes_no_second_row(database: str) -> None:
    """The database has the batch and its answer is lost: the repetition finds the keys."""
    sink = target(database)

    class Cut(Exception):
        pass

    def cut(connection: Any) -> None:
        connection.detach()
        raise sa.exc.OperationalError("COMMIT", {}, Cut("server closed the connection"), connection_invalidated=True)

    await sink.deliver([Read(1)])
    engine = sink._engine
    assert engine is not None
    sa.event.listen(engine, "commit", lambda connection: None)
    real = sink._write

    def write_then_cut(connection: Any, tables: Any, batch: Any) -> None:
        real(connection, tables, batch)
        connection.commit()
        cut(connection)

    sink._write = write_then_cut  # type: ignore[method-assign]
    with pytest.raises(SinkAway):
        await sink.deliver([Read(2), Read(3)])
    sink._write = real  # type: ignore[method-assign]
    await sink.deliver([Read(2), Read(3)])
    sink.close()
    assert [row["seq"] for row in rows_in(database)] == [1, 2, 3]


async def test_keys_outside_the_transaction_would_double_a_row(database: str) -> None:
    """The broken build: keys that are not asked for. The check above would see it."""
    sink = target(database)
    sink._taken = lambda connection, tables, batch: set()  # type: ignore[method-assign]
    await sink.deliver([Read(1)])
    with pytest.raises(RowRefused):  # the side table's own unique key still holds
        await sink.deliver([Read(1)])
    sink.close()
    assert len(rows_in(database)) == 1


async def test_row_that_does_not_fit_names_its_event(database: str) -> None:
    sink = target(database)
    # SQLite takes texts of any length and PostgreSQL none with a zero character; a number of 65 bits fits nowhere.
    poison = Read(2)
    poison.version = 2**64
    with pytest.raises(RowRefused) as batch:
        await sink.deliver([Read(1), poison])
    assert batch.value.seq is None
    with pytest.raises(RowRefused) as single:
        await sink.deliver([poison])
    assert single.value.seq == 2
    await sink.deliver([Read(1)])
    sink.close()
    assert [row["seq"] for row in rows_in(database)] == [1]


def make_existing(url: str) -> None:
    engine = sa.create_engine(url)
    table = sa.Table(
        "Gaming Events",
        sa.MetaData(),
        sa.Column("Id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("Number", sa.Integer, nullable=False, unique=True),
        sa.Column("When", sa.DateTime, nullable=False),
        sa.Column("Site", sa.String(20)),
        sa.Column("Text", sa.String(200)),
    )
    table.create(engine)
    engine.dispose()


MAPPED = {
    "table": "Gaming Events",
    "columns": {
        "origin": "",
        "seq": "Number",
        "at": "When",
        "gateway": "",
        "unit": "",
        "version": "",
        "kind": "",
        "data": "Text",
    },
    "constants": {"Site": "north"},
}


async def test_existing_table_is_mapped_and_never_altered(database: str) -> None:
    make_existing(database)
    sink = target(database, **MAPPED)
    await sink.deliver([Read(1), Read(2)])
    sink.close()
    rows = rows_in(database, "Gaming Events", "Id")
    assert [(row["Number"], row["Site"], row["Text"]) for row in rows] == [
        (1, "north", '{"by":"x"}'),
        (2, "north", '{"by":"x"}'),
    ]
    assert rows[0]["When"] == datetime(2026, 1, 2, 3, 4, 6, 678901)
    assert list(rows[0]) == ["Id", "Number", "When", "Site", "Text"]


async def test_unique_violation_in_the_table_itself_refuses_that_event(database: str) -> None:
    make_existing(database)
    sink = target(database, **MAPPED)
    await sink.deliver([Read(1)])
    with pytest.raises(RowRefused) as refused:
        await sink.deliver([Read(1, origin="boot2")])
    assert refused.value.seq == 1
    sink.close()
    assert len(rows_in(database, "lineside_delivered")) == 1, "the key went back with the row"


async def test_missing_column_is_named(database: str) -> None:
    make_existing(database)
    sink = target(database, table="Gaming Events")
    with pytest.raises(SinkAway, match="has no column origin, seq, at"):
        await sink.deliver([Read(1)])
    sink.close()


async def test_table_that_may_not_be_made_is_named(database: str) -> None:
    sink = target(database, create=False)
    with pytest.raises(SinkAway, match="lineside_events is not there"):
        await sink.deliver([Read(1)])
    sink.close()


async def test_dropped_table_is_made_again_and_keys_are_kept(database: str) -> None:
    sink = target(database)
    await sink.deliver([Read(1)])
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        sa.Table("lineside_events", sa.MetaData(), autoload_with=connection).drop(connection)
    engine.dispose()
    with pytest.raises(SinkAway):
        await sink.deliver([Read(2)])
    await sink.deliver([Read(2)])
    sink.close()
    assert [row["seq"] for row in rows_in(database)] == [2]


async def test_wrong_password_is_a_state_without_the_password(postgres: Postgres) -> None:
    sink = target(postgres.url(password="not-the-word"))
    with pytest.raises(SinkAway, match="password authentication failed") as away:
        await sink.deliver([Read(1)])
    sink.close()
    assert "not-the-word" not in str(away.value)
    assert PASSWORD not in sink.place


async def test_server_that_is_gone_and_comes_back(fresh_postgres: Callable[[], str], postgres: Postgres) -> None:
    url = fresh_postgres()
    sink = target(url)
    await sink.deliver([Read(1)])
    postgres.stop()
    try:
        with pytest.raises(SinkAway):
            await sink.deliver([Read(2)])
        with pytest.raises(SinkAway):
            await sink.deliver([Read(2)])
    finally:
        postgres.start()
    await sink.deliver([Read(2)])
    sink.close()
    assert [row["seq"] for row in rows_in(url)] == [1, 2]


async def test_deadlock_is_tried_again_and_parks_nothing(fresh_postgres: Callable[[], str]) -> None:
    url = fresh_postgres()
    sink = target(url)
    await sink.deliver([Read(1)])
    original = type("Deadlock", (Exception,), {"sqlstate": "40P01"})("deadlock detected")
    real = sink._write

    def deadlock(connection: Any, tables: Any, batch: Any) -> None:
        raise sa.exc.OperationalError("INSERT", {}, original)

    sink._write = deadlock  # type: ignore[method-assign]
    with pytest.raises(SinkAway, match="try again"):
        await sink.deliver([Read(2)])
    sink._write = real  # type: ignore[method-assign]
    await sink.deliver([Read(2)])
    sink.close()


async def test_event_that_makes_no_row_is_delivered_without_one(database: str) -> None:
    quiet = Export("quiet", "quiet", "", (Column("seq", ColumnType.INTEGER, ""),), lambda r: r.stream, lambda r: [])
    sink = target(database, quiet)
    await sink.deliver([Read(1)])
    sink.close()
    assert rows_in(database, "quiet") == []
    assert len(rows_in(database, "lineside_delivered")) == 1


async def test_export_that_cannot_tell_an_event_refuses_it_alone(database: str) -> None:
    def rows(recorded: Any) -> list[Any]:
        if recorded.seq == 2:
            raise KeyError("meter")
        return [{"seq": recorded.seq}]

    picky = Export("picky", "picky", "", (Column("seq", ColumnType.INTEGER, ""),), lambda r: r.stream, rows)
    sink = target(database, picky)
    with pytest.raises(RowRefused) as refused:
        await sink.deliver([Read(1), Read(2)])
    assert refused.value.seq == 2
    await sink.deliver([Read(1)])
    sink.close()
    assert rows_in(database, "picky") == [{"seq": 1}]


def test_gateways_choose_events() -> None:
    sink = target("sqlite://", gateways=("floor",))
    assert sink.order_key(Read(1, "ward/1")) is None
    assert sink.order_key(Read(1, "floor/1")) == "floor/1"
    assert sink.order_key(Read(1, "lineside/access")) is None
    assert target("sqlite://").order_key(Read(1, "lineside/access")) is None
    sink.close()


def test_url_that_cannot_be_read_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match="SQLAlchemy URL") as refused:
        target("not a url: secret")
    assert "secret" not in str(refused.value)


def test_column_that_the_export_does_not_have_is_named() -> None:
    with pytest.raises(ConfigError, match="speed is no column of events; it has origin, seq"):
        target("sqlite://", columns={"speed": "Speed"})


async def test_driver_that_is_missing_says_what_to_install() -> None:
    sink = target("mssql+nodriver://x@y/z")
    with pytest.raises(SinkAway, match=r"lineside\[mssql\].*msodbcsql18"):
        await asyncio.wait_for(sink.deliver([Read(1)]), 20)
    sink.close()
