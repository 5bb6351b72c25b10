"""A sink's target in an SQL database, through SQLAlchemy Core: rows and their keys in one transaction.

::

    batch ─► begin ─► which keys are there already? ─► insert the new keys, then the new rows ─► commit
                                                        the same events again find their keys and change nothing

The database's own acknowledgement of the commit is what moves the sink's cursor. A connection that is cut between the
commit and its answer leaves the keys behind, so that the repetition makes no second row.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from lineside.adapters.sql_sink.faults import fault_of, missing_driver
from lineside.adapters.sql_sink.settings import SqlSinkConfig
from lineside.adapters.sql_sink.tables import Tables, find_tables
from lineside.errors import ConfigError, LinesideError, RowRefused, SinkAway
from lineside.runtime.export import Export
from lineside.runtime.journal import Recorded


class SqlTarget:
    """Delivers events as rows; implements `lineside.runtime.sink.Target`.

    Args:
        name: of the sink.
        export: how events become rows.

    Raises:
        ConfigError: the URL cannot be read, or a mapped column is none of the export's.
    """

    def __init__(self, name: str, config: SqlSinkConfig, export: Export) -> None:
        self.name = name
        self._config = config
        self._export = export
        self._url = url_of(config)
        self._gateways = frozenset(config.gateways)
        check_columns(config, export)
        self._engine: sa.Engine | None = None
        self._tables: Tables | None = None
        self._making = threading.Lock()
        # SQLite has one writer; several deliveries at once would only wait for each other's lock until they time out.
        deliveries = 1 if self._url.get_backend_name() == "sqlite" else config.limits.lanes_max
        self._threads = ThreadPoolExecutor(deliveries, thread_name_prefix=f"sink {name}")

    @property
    def place(self) -> str:
        """Where the rows go, without the password, for pages."""
        return self._url.render_as_string(hide_password=True)

    def order_key(self, recorded: Recorded) -> str | None:
        """The export's own lane, for the gateways that this sink wants."""
        if self._gateways and recorded.stream.partition("/")[0] not in self._gateways:
            return None
        return self._export.order_key(recorded)

    async def deliver(self, batch: list[Recorded]) -> None:
        """Write the batch in one transaction; returns when the database has committed it.

        Raises:
            SinkAway: the database, its table or its driver is not there; nothing is known of the batch.
            RowRefused: a row will not be taken.
        """
        await asyncio.get_running_loop().run_in_executor(self._threads, self._deliver, batch)

    def close(self) -> None:
        """Let go of connections and threads; a delivery that is on its way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._engine is not None:
            self._engine.dispose()

    # ------------------------------------------------------------------ in a thread

    def _deliver(self, batch: list[Recorded]) -> None:
        seq = batch[0].seq if len(batch) == 1 else None
        try:
            engine = self._get_engine()
            tables = self._find(engine)
            with engine.begin() as connection:
                self._write(connection, tables, batch)
        except LinesideError:
            raise
        except Exception as error:
            if not isinstance(error, exc.IntegrityError | exc.DataError):
                self._tables = None  # it may have been dropped or changed: look again
            raise fault_of(error, password=self._url.password or "", seq=seq) from error

    def _write(self, connection: sa.Connection, tables: Tables, batch: Sequence[Recorded]) -> None:
        taken = self._taken(connection, tables, batch)
        new = [recorded for recorded in batch if (recorded.origin, recorded.seq) not in taken]
        if not new:
            return
        rows = [tables.values(row) for recorded in new for row in self._rows_of(recorded)]
        keys = [{"sink": self.name, "origin": recorded.origin, "seq": recorded.seq} for recorded in new]
        connection.execute(sa.insert(tables.keys), keys)
        if rows:
            connection.execute(sa.insert(tables.rows), rows)

    def _taken(self, connection: sa.Connection, tables: Tables, batch: Sequence[Recorded]) -> set[tuple[str, int]]:
        keys = tables.keys.c
        found: set[tuple[str, int]] = set()
        for origin in {recorded.origin for recorded in batch}:
            seqs = [recorded.seq for recorded in batch if recorded.origin == origin]
            query = sa.select(keys.seq).where(keys.sink == self.name, keys.origin == origin, keys.seq.in_(seqs))
            found.update((origin, int(seq)) for seq in connection.execute(query).scalars())
        return found

    def _rows_of(self, recorded: Recorded) -> list[Any]:
        try:
            return list(self._export.rows(recorded))
        except Exception as error:  # an event that this version cannot read, or an export that cannot tell it
            raise RowRefused(f"{recorded.kind} makes no row: {error}", recorded.seq) from error

    def _find(self, engine: sa.Engine) -> Tables:
        with self._making:
            if self._tables is None:
                # In a transaction of their own: tables that were made must not go back with a batch that is refused.
                with engine.begin() as connection:
                    self._tables = find_tables(connection, self._config, self._export)
            return self._tables

    def _get_engine(self) -> sa.Engine:
        with self._making:
            if self._engine is None:
                self._engine = make_engine(self._url, self._config)
            return self._engine


def url_of(config: SqlSinkConfig) -> sa.URL:
    """The URL of a sink's settings.

    Raises:
        ConfigError: it cannot be read; never repeats it.
    """
    try:
        return sa.make_url(config.url.reveal())
    except exc.ArgumentError:
        raise ConfigError(
            "cannot be read; accepted is an SQLAlchemy URL such as postgresql+psycopg://user:…@host/database", "url"
        ) from None


def check_columns(config: SqlSinkConfig, export: Export) -> None:
    """Every column that the settings map must be one of the export's.

    Raises:
        ConfigError: names those that are not, and all that are.
    """
    known = [column.name for column in export.columns]
    unknown = [name for name in config.columns if name not in known]
    if unknown:
        raise ConfigError(f"{', '.join(unknown)} is no column of {export.name}; it has {', '.join(known)}", "columns")


def make_engine(url: sa.URL, config: SqlSinkConfig) -> sa.Engine:
    """An engine whose sessions speak UTC and give up a connection attempt in time.

    Raises:
        SinkAway: the driver is not installed; names the extra and the system package.
    """
    seconds = config.connect_s
    backend = url.get_backend_name()
    arguments: dict[str, Any] = {}
    options: dict[str, Any] = {"pool_size": config.limits.lanes_max, "max_overflow": 0}
    if backend == "postgresql":
        arguments = {"connect_timeout": max(1, round(seconds)), "options": "-c timezone=UTC"}
    elif backend == "mssql":
        arguments = {"timeout": max(1, round(seconds))}
        options["fast_executemany"] = True
    elif backend == "sqlite":
        arguments = {"timeout": seconds}
        options = {}
    try:
        return sa.create_engine(url, connect_args=arguments, **options)
    except (exc.NoSuchModuleError, ImportError) as error:
        raise missing_driver(url.drivername, error) from error
    except TypeError as error:  # a dialect that does not know an option of ours
        raise SinkAway(f"{url.drivername}: {error}") from error
