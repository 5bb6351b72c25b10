"""The tables of one gateway: each a unit, made when it is first named, rebuilt from the journal.

Tables that the journal or the settings know are made in the background after a start, those that somebody asks for
first. A table whose model breaks is made anew from the journal when it is next named; the others do not notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from lineside.errors import JournalError, LinesideError
from lineside.runtime.drive import Unit
from lineside.runtime.gateway import Runtime
from lineside.studio.gateway.config import Config, table_settings
from lineside.studio.model import COMMANDS, Table, TableView
from lineside.studio.watch import Scope
from lineside.studio.wire import CloseCode, Denied

UNKNOWN_TABLE = Denied(CloseCode.POLICY, "Unknown table")
TOO_MANY_TABLES = Denied(CloseCode.TRY_LATER, "Too many tables")
NOT_NOW = Denied(CloseCode.TRY_LATER, "Table not available, try again")

RETRY_S = 5.0
"""Between tries to read the journal for the tables that it knows: what it cannot read now is not gone."""

BROKEN_S = 1.0
"""From a table that broke until it may be made anew: a message that breaks it must not turn into a busy loop."""


class TableDenied(LinesideError):
    """A table that is not made; ``denied`` is what a reporter is told."""

    code = "table_denied"

    def __init__(self, denied: Denied) -> None:
        self.denied = denied
        super().__init__(denied.reason)


class Tables:
    """Makes tables and knows those that there are.

    Args:
        watched: told of what changes (aspect ``watch``).
    """

    def __init__(self, config: Config, runtime: Runtime, watched: Callable[[Any], None]) -> None:
        self._config = config
        self._runtime = runtime
        self._watched = watched
        self._known = set(config.tables)  # by the settings or the journal: these may always be made
        self._units: dict[str, Unit] = {}
        self._making: dict[str, asyncio.Task[Unit]] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._is_read = False  # whether the journal's tables are among the known ones
        self._is_closed = False

    # ------------------------------------------------------------------ face

    def find(self, name: str) -> Unit | None:
        """A table that is there now."""
        return self._units.get(name)

    def names(self) -> list[str]:
        """All tables that are there now."""
        return sorted(self._units)

    async def get(self, name: str) -> Unit:
        """A table, made now if it has to be.

        Raises:
            TableDenied: nobody knows it and none may be invented, or there are too many.
            JournalError: its past cannot be read now.
        """
        unit = self._units.get(name)
        if unit is not None:
            return unit
        making = self._making.get(name)
        if making is None:
            self._check(name)
            making = asyncio.create_task(self._make(name), name=f"make table {name}")
            self._making[name] = making
            making.add_done_callback(lambda done: self._on_made(name, done))
        return await asyncio.shield(making)

    def views(self, scope: Scope) -> dict[str, TableView]:
        """The present state of all tables in a scope, by name."""
        now = self._runtime.clock.now()
        return {
            name: model.table_view(now)
            for name, unit in sorted(self._units.items())
            if scope.covers(name) and isinstance(model := unit.model, Table)
        }

    async def read_names(self) -> None:
        """Learn which tables the journal knows. Until that is done nobody is told that a table is unknown."""
        if self._is_read:
            return
        prefix = f"{self._runtime.name}/"
        try:
            heads = await self._runtime.journal.streams(prefix)
        except JournalError as error:
            self._runtime.log.warning("tables not read yet", reason=str(error), next_attempt_s=RETRY_S)
            return
        self._known |= {head.stream.removeprefix(prefix) for head in heads}
        self._is_read = True

    async def make_known(self) -> None:
        """Make the tables of the settings and those of the journal, for as long as that takes."""
        while True:
            await self.read_names()
            if self._is_read and await self._make_all(sorted(self._known)):
                return
            await asyncio.sleep(RETRY_S)

    def close(self, reason: str) -> None:
        """End all of them; what was recorded stays."""
        self._is_closed = True
        for task in [*self._making.values(), *self._watching]:
            task.cancel()
        for unit in self._units.values():
            unit.close(reason)
            self._runtime.units.remove(unit)
        self._units.clear()

    # ------------------------------------------------------------------ making

    def _check(self, name: str) -> None:
        if self._is_closed:
            raise TableDenied(NOT_NOW)
        if name in self._known:
            return
        if self._config.unknown_tables == "reject":
            raise TableDenied(UNKNOWN_TABLE if self._is_read else NOT_NOW)
        if len(self._known | self._units.keys() | self._making.keys()) >= self._config.tables_max:
            raise TableDenied(TOO_MANY_TABLES if self._is_read else NOT_NOW)

    async def _make_all(self, names: Iterable[str]) -> bool:
        """Whether all of them are there; those that cannot be read now are tried again."""
        try:
            for name in names:
                await self.get(name)
        except JournalError:
            return False
        except TableDenied:
            pass  # the gateway stops
        return True

    async def _make(self, name: str) -> Unit:
        runtime = self._runtime
        model = Table(name, table_settings(self._config, name), runtime.clock.now())
        unit = await runtime.make_unit(name, self._config.kind, model, COMMANDS)
        unit.outlets["watch"] = self._watched
        self._units[name] = unit
        watching = asyncio.create_task(self._watch(name, unit), name=f"watch {unit.name}")
        self._watching.add(watching)
        watching.add_done_callback(self._watching.discard)
        return unit

    def _on_made(self, name: str, done: asyncio.Task[Unit]) -> None:
        if self._making.get(name) is done:
            del self._making[name]
        if not done.cancelled() and (error := done.exception()) is not None:
            self._runtime.log.warning("table not made", unit=f"{self._runtime.name}/{name}", reason=str(error))

    async def _watch(self, name: str, unit: Unit) -> None:
        """A table that breaks is taken away, so that the next who names it gets it rebuilt."""
        try:
            await unit.failed()
        except asyncio.CancelledError:
            raise
        except Exception:  # told by the unit itself
            await asyncio.sleep(BROKEN_S)
            self._runtime.units.remove(unit)
            if self._units.get(name) is unit:
                del self._units[name]
