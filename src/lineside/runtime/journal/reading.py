"""What can be asked of a journal without changing it: events, streams, claims, and to follow it for ever.

Called from the event loop's thread; each question is one short transaction in the reader's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from lineside.errors import JournalError
from lineside.runtime.journal.chain import utc_from_us
from lineside.runtime.journal.events import Carried, HistoryLost
from lineside.runtime.journal.health import Health, HealthState, JournalHealth, error_of
from lineside.runtime.journal.reader import SEQ_MAX, Reader, StreamHead, Wanted
from lineside.runtime.journal.recorded import Recorded
from lineside.runtime.journal.recording import Commit, Recording
from lineside.runtime.journal.settings import JournalSettings

T = TypeVar("T")

_BACKLOG = """
SELECT count(*), coalesce(sum(size), 0), max(seq)
FROM (SELECT seq, length(data) AS size FROM events WHERE seq > ? ORDER BY seq LIMIT ?)
"""


class Reading:
    """The reading half of a `Journal`."""

    def __init__(self, reader: Reader, recording: Recording, health: Health, settings: JournalSettings) -> None:
        self._reader = reader
        self._recording = recording
        self._health = health
        self._settings = settings
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="journal-read")

    # ------------------------------------------------------------------ how it is

    @property
    def health(self) -> JournalHealth:
        """State, reason, newest event."""
        return self._health.picture()

    @property
    def last_at(self) -> datetime | None:
        """``at`` of the newest event on disk; None when there is none."""
        at_us = self._health.recorded_at_us
        return None if at_us is None else utc_from_us(at_us)

    def on_health(self, listener: Callable[[JournalHealth], None]) -> None:
        """Call ``listener`` from the loop whenever the state or its reason has changed."""
        self._recording.on_health(listener)

    def on_commit(self, listener: Callable[[list[Commit]], None]) -> None:
        """Call ``listener`` from the loop with each batch of new events, in order of ``seq``."""
        self._recording.on_commit(listener)

    # ------------------------------------------------------------------ events

    async def _read(self, work: Callable[..., T], *values: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reading, lambda: work(*values))

    async def read(self, stream: str, after: int = 0, limit: int = 1000) -> list[Recorded]:
        """Events of one stream above version ``after``, in order; fewer than ``limit`` when they are long.

        An empty list means that there are no more.

        Raises:
            JournalError: it cannot be read now.
        """
        return await self._read(self._reader.of_stream, stream, after, self._bounded(limit))

    async def events(
        self,
        after: int = 0,
        limit: int = 1000,
        *,
        gateway: str | None = None,
        unit: str | None = None,
        kind: str | None = None,
        before: int | None = None,
        newest: bool = False,
        but: Collection[str] = (),
    ) -> list[Recorded]:
        """Events of all streams by ``seq``.

        Args:
            after, before: only ``seq`` above and below these.
            gateway: only its streams.
            unit: ``gateway/unit``, or the last part alone.
            kind: only events of this class.
            but: no events of these classes.
            newest: the last ``limit`` of them, newest first, in place of the first.

        Raises:
            JournalError: it cannot be read now.
        """
        limit, low, high = self._bounded(limit), after, SEQ_MAX if before is None else before
        wanted = Wanted(gateway, unit, kind, tuple(but))
        if wanted == Wanted() and not newest and before is None:
            return await self._read(self._reader.after_seq, low, limit)
        stream = wanted.stream
        if stream is not None and kind is None and not but:
            read = partial(self._reader.of_stream, stream, 0, limit, low=low, high=high, newest=newest)
            return await self._read(read)
        found: list[Recorded] = []
        place: int | None = low
        while place is not None and len(found) < limit:
            part, place = await self._read(self._reader.scan, low, high, limit - len(found), wanted, newest)
            found += part
            if part and place is None and len(found) < limit and part[-1].seq not in (low, high):
                # The byte limit may have cut this part short: look behind its last event.
                place = part[-1].seq
            if place is not None:
                low, high = (low, place) if newest else (place, high)
        return found

    async def tail(self, after_seq: int) -> AsyncIterator[list[Recorded]]:
        """Follow all streams for ever: batches of events above ``after_seq``, in order, as they come to disk.

        Ends when the journal is closed. While the file cannot be read, it waits.

        Raises:
            JournalDamaged: somebody has to repair the journal first.
        """
        after = after_seq
        while not self._health.is_closed:
            seen = self._health.recorded_seq
            try:
                found = await self._read(self._reader.after_seq, after, self._settings.tail_events_max)
            except JournalError:
                if self._health.is_damaged:
                    raise
                found, seen = [], self._health.recorded_seq
            if found:
                after = found[-1].seq
                yield found
            elif seen == self._health.recorded_seq and not self._health.is_closed:
                await self._recording.changed()

    async def replay(self, stream: str) -> tuple[Carried | None, list[Recorded]]:
        """What a model is rebuilt from: the newest carried state, and every event after that state.

        The list begins with the `Carried` event itself where there is one, so that its last version is the stream's.

        Raises:
            JournalError: it cannot be read now.
        """
        found: list[Recorded] = []
        high = SEQ_MAX
        while part := await self._read(self._replay_part, stream, high):
            for recorded in part:
                found.append(recorded)
                if recorded.kind == Carried.__name__:
                    carried = recorded.event_left
                    assert isinstance(carried, Carried)
                    return carried, self._whole(found[::-1], carried.version)
            high = part[-1].seq
        return None, self._whole(found[::-1], 0)

    def _whole(self, events: list[Recorded], version: int) -> list[Recorded]:
        """The events themselves, when none is missing behind ``version`` without a `HistoryLost` that says so."""
        missing = next((v for v, one in enumerate(events, version + 1) if one.version != v), None)
        if missing is not None and not any(one.kind == HistoryLost.__name__ for one in events):
            reason = f"{events[0].stream} has no version {missing}, and nothing says why"
            self._health.set(HealthState.DAMAGED, reason)
            raise error_of(HealthState.DAMAGED, reason)
        return events

    def _replay_part(self, stream: str, high: int) -> list[Recorded]:
        return self._reader.of_stream(stream, 0, self._settings.read_events_max, high=high, newest=True)

    async def streams(self, prefix: str = "") -> list[StreamHead]:
        """Heads of all streams whose name begins with ``prefix``, by name.

        Raises:
            JournalError: it cannot be read now.
        """
        return await self._read(self._reader.streams, prefix)

    async def claimed(self, claim: str) -> int | None:
        """``seq`` of the first event of the append that took a claim, or None.

        Raises:
            JournalError: it cannot be read now.
        """
        row = await self._read(self._reader.one, "SELECT seq FROM claims WHERE claim = ?", (claim,))
        return None if row is None else row[0]

    async def backlog(self, after_seq: int) -> tuple[int, int]:
        """How many events, and how many bytes of data, lie above ``after_seq``.

        Raises:
            JournalError: it cannot be read now.
        """
        events = size = 0
        while True:
            values = (after_seq, self._settings.scan_events_max)
            count, length, end = await self._read(self._reader.one, _BACKLOG, values)
            events += count
            size += length
            if count < self._settings.scan_events_max:
                return events, size
            after_seq = end

    def _bounded(self, limit: int) -> int:
        return max(1, min(limit, self._settings.read_events_max))
