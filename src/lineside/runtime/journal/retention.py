"""Pruning: old events give way, kind by kind, and verification still has something to stand on.

For each stream that has something to prune::

    1. a full checkpoint is signed: the heads of all streams as they are, before anything goes
    2. the stream's state is asked for (its unit knows it) and appended as `Carried`, if the stream did not move on;
       it names every gap that will be in the stream, with the hash of the gap's last event
    3. the events are deleted, the newest first, so that what is left of a gap after a cut always hangs on its end
    4. checkpoints older than the full one go

Nothing is pruned that a sink has not done (orphaned sinks count until they are forgotten) or has parked. A claim lives
as long as the first event of its append.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import msgspec

from lineside.errors import VersionMoved
from lineside.runtime.journal.append import Append
from lineside.runtime.journal.chain import us_from_utc
from lineside.runtime.journal.checkpoint import drop_covered
from lineside.runtime.journal.chores import carry_wal, sign_all
from lineside.runtime.journal.events import Carried, EraOpened, Gap, HistoryLost, PersonErased
from lineside.runtime.journal.reader import SEQ_MAX, Reader
from lineside.runtime.journal.recording import Recording
from lineside.runtime.journal.settings import JournalSettings

KEPT_FOR_EVER = frozenset(event.__name__ for event in (HistoryLost, EraOpened, PersonErased))
"""The journal's own kinds that no rule prunes; `Carried` gives way to the next one."""


class Carry(NamedTuple):
    """A unit's state at one version of its stream, for a `Carried` event."""

    version: int
    state: Any


class KeepRules(msgspec.Struct, frozen=True, kw_only=True):
    """How long events are kept.

    Attributes:
        keep_days: for every kind without a rule of its own.
        kinds: kind → days; None means for ever (money, draws).
        events_min: a stream with fewer events to prune is left alone; each pruning costs it a `Carried`.
    """

    keep_days: int = 90
    kinds: Mapping[str, int | None] = {}
    events_min: int = 1

    def cutoff_us(self, kind: str, now: datetime) -> int | None:
        """Events of this kind before this instant may go (microseconds since 1970); None: never."""
        days = self.kinds.get(kind, self.keep_days)
        if kind in KEPT_FOR_EVER or days is None:
            return None
        return us_from_utc(now - timedelta(days=days))


class PruneReport(msgspec.Struct, frozen=True):
    """What a pruning did.

    Attributes:
        pruned_events: how many events are gone.
        carried: streams that got a `Carried`.
        left: stream → why it was left alone although it has something to prune.
        held_by: the sink that holds back everything from ``held_seq`` on; "" when none does.
    """

    pruned_events: int
    carried: tuple[str, ...]
    left: dict[str, str]
    held_by: str
    held_seq: int


class Outline(NamedTuple):
    """An event without its data."""

    version: int
    seq: int
    at_us: int
    kind: str
    hash: bytes


@dataclass(slots=True)
class Run:
    """Versions of a stream that will be gone, without a hole.

    Attributes:
        first: lowest version.
        end: the gap as it will be named; None while nothing is in it.
        seqs: the events among them that are still there.
        worth: how many of these are no `Carried`.
    """

    first: int
    end: Gap | None = None
    seqs: list[int] = field(default_factory=list)
    worth: int = 0

    def grow(self, last: int, last_hash: str, last_seq: int) -> None:
        """Let the run reach up to version ``last``."""
        self.end = Gap(self.first, last, last_hash, last_seq)


_OLD = """
WITH cutoffs AS MATERIALIZED (SELECT CAST(key AS INTEGER) AS form, value AS at FROM json_each(?))
SELECT s.name, count(*) FROM events e JOIN cutoffs c ON c.form = e.form JOIN streams s ON s.id = e.stream
WHERE e.seq > ? AND e.seq <= ? AND e.at < c.at GROUP BY e.stream
"""
_WINDOW = "SELECT max(seq), count(*), min(at) FROM (SELECT seq, at FROM events WHERE seq > ? ORDER BY seq LIMIT ?)"
_OUTLINE = """
SELECT p.version, p.seq, e.at, f.kind, e.hash FROM places p
JOIN events e ON e.seq = p.seq JOIN forms f ON f.id = e.form
WHERE p.stream = (SELECT id FROM streams WHERE name = ?) AND p.version > ? AND p.version <= ?
ORDER BY p.version LIMIT ?
"""
_LOWEST_CURSOR = "SELECT sink, low FROM cursors ORDER BY low LIMIT 1"


class Pruner:
    """One pruning. Reads go through the reader, everything else through the writer, between the batches of others."""

    def __init__(
        self,
        recording: Recording,
        reader: Reader,
        read: Callable[..., Awaitable[Any]],
        settings: JournalSettings,
        now: datetime,
        rules: KeepRules,
    ) -> None:
        self._recording = recording
        self._reader = reader
        self._read = read
        self._settings = settings
        self._now = now
        self._rules = rules
        self._held_seq = SEQ_MAX
        self._held_by = ""
        self._parked: set[int] = set()
        self._pruned = 0

    async def run(self, carry: Callable[[str], Awaitable[Carry | None]]) -> PruneReport:
        """Prune every stream that has something old.

        Raises:
            JournalError: the journal cannot write; what was pruned until then is pruned.
        """
        await self._learn_sinks()
        carried: list[str] = []
        left: dict[str, str] = {}
        streams = await self._streams_with_old()
        if streams:
            await self._recording.do(sign_all, alone=True)
        for stream in streams:
            why = await self._prune_stream(stream, carry)
            if why:
                left[stream] = why
            else:
                carried.append(stream)
        if carried:
            await self._recording.do(drop_covered)
        held_seq = 0 if self._held_seq == SEQ_MAX else self._held_seq
        return PruneReport(self._pruned, tuple(carried), left, self._held_by, held_seq)

    async def _learn_sinks(self) -> None:
        row = await self._read(self._reader.one, _LOWEST_CURSOR)
        if row is not None:
            self._held_by, self._held_seq = row
        rows = await self._read(self._reader.all, "SELECT DISTINCT seq FROM parked")
        self._parked = {seq for (seq,) in rows}

    async def _streams_with_old(self) -> list[str]:
        """Streams with at least ``events_min`` events that the rules let go, by name."""
        forms = await self._read(self._reader.all, "SELECT id, kind FROM forms")
        cutoffs: dict[str, int] = {}
        for number, kind in forms:
            cutoff = self._rules.cutoff_us(kind, self._now)
            if cutoff is not None and kind != Carried.__name__:
                cutoffs[str(number)] = cutoff
        newest = max(cutoffs.values(), default=0)
        text = msgspec.json.encode(cutoffs).decode()
        counts: dict[str, int] = {}
        low = 0
        while True:
            end, count, oldest = await self._read(self._reader.one, _WINDOW, (low, self._settings.scan_events_max))
            if not count or low >= self._held_seq or oldest >= newest:
                break
            bounds = (text, low, min(end, self._held_seq - 1))
            for stream, found in await self._read(self._reader.all, _OLD, bounds):
                counts[stream] = counts.get(stream, 0) + found
            low = end
        return sorted(stream for stream, count in counts.items() if count >= self._rules.events_min)

    async def _prune_stream(self, stream: str, carry: Callable[[str], Awaitable[Carry | None]]) -> str:
        """Carry and prune one stream; returns why it was left alone, or ""."""
        for _ in range(3):
            state = await carry(stream)
            if state is None:
                return "its state is not to be had now"
            runs = await self._runs(stream, state.version)
            if sum(run.worth for run in runs) < self._rules.events_min:
                return "what is old is not in its carried state"
            event = Carried(state.version, state.state, tuple(run.end for run in runs if run.end is not None))
            try:
                await self._recording.submit(Append(((stream, event),), self._now, {stream: state.version}))
            except VersionMoved:
                continue  # the unit has decided something in the meantime
            await self._delete(stream, runs)
            return ""
        return "it changes too often"

    async def _runs(self, stream: str, version: int) -> list[Run]:
        """What may go of a stream up to ``version``, and what is gone already, as runs without holes."""
        known = {gap.last: gap for gap in await self._named_gaps(stream, version)}
        runs: list[Run] = []
        run, at = Run(1), 0
        async for one in self._outlines(stream, version):
            if one.version > at + 1:  # gone already
                gap = known.get(one.version - 1)
                if gap is None:  # nobody said so: it must stay a hole that verification finds
                    runs += [run] if run.end else []
                    run = Run(one.version)
                else:
                    run.grow(gap.last, gap.last_hash, gap.last_seq)
            if self._may_go(one):
                run.grow(one.version, one.hash.hex(), one.seq)
                run.seqs.append(one.seq)
                run.worth += one.kind != Carried.__name__
            else:
                runs += [run] if run.end else []
                run = Run(one.version + 1)
            at = one.version
            if len(runs) == self._settings.carried_gaps_max:
                return runs
        return [*runs, run] if run.end else runs

    async def _outlines(self, stream: str, version: int) -> AsyncIterator[Outline]:
        after = 0
        while True:
            limit = self._settings.read_events_max
            rows = await self._read(self._reader.all, _OUTLINE, (stream, after, version, limit))
            for row in rows:
                yield Outline(*row)
            if len(rows) < limit:
                return
            after = rows[-1][0]

    async def _named_gaps(self, stream: str, version: int) -> list[Gap]:
        gaps: list[Gap] = []
        async for one in self._outlines(stream, version):
            if one.kind in (Carried.__name__, HistoryLost.__name__):
                for recorded in await self._read(partial(self._reader.of_stream, stream, one.version - 1, 1)):
                    event = recorded.event_left
                    assert isinstance(event, Carried | HistoryLost)
                    gaps += event.gaps
        return gaps

    def _may_go(self, one: Outline) -> bool:
        if one.seq >= self._held_seq or one.seq in self._parked:
            return False
        if one.kind == Carried.__name__:  # the new one names its gaps as well
            return True
        cutoff = self._rules.cutoff_us(one.kind, self._now)
        return cutoff is not None and one.at_us < cutoff

    async def _delete(self, stream: str, runs: Iterable[Run]) -> None:
        seqs = sorted((seq for run in runs for seq in run.seqs), reverse=True)
        size = self._settings.prune_events_max
        for start in range(0, len(seqs), size):
            part = seqs[start : start + size]
            await self._recording.do(partial(delete_events, stream=stream, seqs=part))
            self._pruned += len(part)
        await self._recording.do(carry_wal, alone=True)


def delete_events(connection: Any, stream: str, seqs: list[int]) -> None:
    """Delete events of one stream, their places and their claims, inside the open transaction."""
    text = msgspec.json.encode(seqs).decode()
    sql = """DELETE FROM places WHERE stream = (SELECT id FROM streams WHERE name = ?) AND version IN
        (SELECT e.version FROM events e WHERE e.seq IN (SELECT value FROM json_each(?)))"""
    connection.execute(sql, (stream, text))
    connection.execute("DELETE FROM claims WHERE seq IN (SELECT value FROM json_each(?))", (text,))
    connection.execute("DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?))", (text,))
