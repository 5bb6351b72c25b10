"""The sinks of one process: each a supervised part that carries events out, and what people may do about them."""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import Callable, Mapping
from functools import partial

from lineside.config import SinkEntry
from lineside.console.admin_api import SinkInfo
from lineside.errors import ConfigError, JournalError, SinkAway
from lineside.runtime.clock import Clock
from lineside.runtime.export import Export
from lineside.runtime.hub import Hub
from lineside.runtime.journal import Append, Cursor, Journal
from lineside.runtime.log import get_log
from lineside.runtime.sink import SinkRunner, Target
from lineside.runtime.sink_events import STREAM, SinkEventRetried, SinkEventSkipped, SinkForgotten
from lineside.runtime.sink_status import SinkState
from lineside.runtime.step import Event
from lineside.runtime.supervise import Supervisor

PART = "sink "
"""Prefix of the supervised parts; a gateway's name has no space, so that they cannot meet."""
TOPIC = "lineside/sinks"
# A person watches a backlog shrink; more often than this nobody can read it.
SHOW_S = 1.0
# A full disk is given room by people, within minutes.
START_S = 5.0

log = get_log("sinks")


MakeTarget = Callable[[SinkEntry, Export], Target]


def make_sql_target(entry: SinkEntry, export: Export) -> Target:
    """The target of ``kind = "sql"``; its library is an extra and is loaded here.

    Raises:
        SinkAway: the extra is not installed.
        ConfigError: the URL or the mapping is wrong.
    """
    try:
        module = importlib.import_module("lineside.adapters.sql_sink.target")
    except ImportError as error:
        raise SinkAway(f"SQL sinks need the extra lineside[sql] (SQLAlchemy): {error}") from error
    target: Target = module.SqlTarget(entry.name, entry.config, export)
    return target


class Sinks:
    """Starts the sinks that the settings name and shows all that the journal knows.

    Args:
        entries: of the settings; `check_rows` found nothing.
        exports: name → export, of the foundation and of every house.
    """

    def __init__(
        self,
        entries: Mapping[str, SinkEntry],
        exports: Mapping[str, Export],
        journal: Journal,
        hub: Hub,
        clock: Clock,
        supervisor: Supervisor,
        make_target: MakeTarget = make_sql_target,
    ) -> None:
        self._entries = entries
        self._exports = exports
        self._journal = journal
        self._hub = hub
        self._clock = clock
        self._supervisor = supervisor
        self._make_target = make_target
        self._runners: dict[str, SinkRunner] = {}
        self._orphans: list[str] = []
        self._is_started = False

    async def try_start(self) -> None:
        """Before anything is pruned: tell the journal which sinks there are, and begin to deliver.

        A journal that cannot write now has nothing to carry out either; `run` goes on trying.
        """
        try:
            await self._start()
        except JournalError as error:
            log.warning("sinks not started", reason=str(error), next_attempt_s=START_S)

    async def _start(self) -> None:
        self._orphans = await self._journal.name_sinks(self._entries)
        known = {mark.sink for mark in await self._journal.sinks()}
        for name in self._entries:
            if name not in known:  # its cursor exists from here on, so that pruning waits for its first delivery too
                await self._journal.move_cursor(name, Cursor())
        for name in self._orphans:
            log.warning("sink is gone from the settings and still holds its events", sink=name)
        for entry in self._entries.values():
            self._supervisor.add(PART + entry.name, "sink", partial(self._run, entry))
        self._is_started = True

    async def _run(self, entry: SinkEntry) -> None:
        target = self._make_target(entry, self._exports[entry.config.rows])
        chance = random.Random()
        runner = SinkRunner(self._journal, target, entry.config.limits, self._clock, chance)
        self._runners[entry.name] = runner
        try:
            await runner.run()
        finally:
            del self._runners[entry.name]
            close = getattr(target, "close", None)
            if close is not None:
                close()

    async def run(self) -> None:
        """Start what could not be started yet, and keep `TOPIC` up to date, until cancelled."""
        while not self._is_started:
            await asyncio.sleep(START_S)
            await self.try_start()
        shown: list[SinkInfo] | None = None
        while True:
            now = self.infos()
            if now != shown:
                self._hub.state(TOPIC, {"sinks": now})
                shown = now
            await asyncio.sleep(SHOW_S)

    # ------------------------------------------------------------------ what people see and do

    def infos(self) -> list[SinkInfo]:
        """All sinks as pages show them: those of the settings in order, then the orphans."""
        return [*(self._info(name) for name in self._entries), *map(_orphan, self._orphans)]

    def _info(self, name: str) -> SinkInfo:
        entry = self._entries[name]
        runner = self._runners.get(name)
        if runner is None:
            part = self._supervisor.part(PART + name)
            reason = "" if part is None else part.reason
            return SinkInfo(name, str(SinkState.WAITING), reason or "not started", 0, rows=entry.config.rows)
        status = runner.status()
        backlog = status.backlog
        return SinkInfo(
            name,
            str(status.state),
            status.reason,
            backlog.events,
            backlog.bytes,
            backlog.hours,
            len(status.parked),
            rows=entry.config.rows,
            delivered=status.delivered,
            oldest_at=backlog.oldest_at,
            next_attempt=status.next_attempt,
            parked_events=list(status.parked),
        )

    async def forget(self, name: str, by: str) -> None:
        """Drop an orphaned sink: its cursor holds nothing back any more.

        Raises:
            KeyError: no orphaned sink has this name.
        """
        await self._journal.forget_sink(name)
        self._orphans = [orphan for orphan in self._orphans if orphan != name]
        await self._record(SinkForgotten(name, by))

    async def retry(self, name: str, seq: int, by: str) -> None:
        """Have a parked event tried again.

        Raises:
            KeyError: no such sink runs, or the event is not parked there.
        """
        if not await self._runners[name].unpark(seq):
            raise KeyError(seq)
        await self._record(SinkEventRetried(name, seq, by))

    async def skip(self, name: str, seq: int, by: str, reason: str) -> None:
        """Give a parked event up.

        Raises:
            KeyError: no such sink runs, or the event is not parked there.
        """
        runner = self._runners[name]
        if all(parked.seq != seq for parked in runner.status().parked):
            raise KeyError(seq)
        await self._record(SinkEventSkipped(name, seq, by, reason))  # who and why is on disk before it is given up
        await runner.skip(seq)

    async def _record(self, event: Event) -> None:
        await self._journal.append(Append(((STREAM, event),), self._clock.now().utc))


def check_rows(entry: SinkEntry, exports: Mapping[str, Export]) -> None:
    """A sink must ask for rows that somebody exports.

    Raises:
        ConfigError: names the exports.
    """
    if entry.config.rows not in exports:
        text = f'"{entry.config.rows}" is exported by nobody; there are {", ".join(sorted(exports))}'
        raise ConfigError(text, f"sinks.{entry.name}.rows")


def _orphan(name: str) -> SinkInfo:
    reason = f"gone from the settings; its events are kept until `lineside sinks forget {name}`"
    return SinkInfo(name, str(SinkState.ORPHANED), reason, 0)
