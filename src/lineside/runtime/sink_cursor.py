"""A sink's place, kept with the journal: loaded before anything is read, moved behind the target's acknowledgements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from random import Random
from typing import Protocol

from lineside.errors import JournalError
from lineside.runtime.backoff import Backoff
from lineside.runtime.clock import Clock
from lineside.runtime.journal import Cursor, JournalHealth, Parked, Recorded
from lineside.runtime.lanes import Lanes
from lineside.runtime.sink_settings import SinkSettings


class SinkJournal(Protocol):
    """What a sink needs of the journal."""

    @property
    def health(self) -> JournalHealth:
        """State and the last recorded seq."""
        ...

    def tail(self, after_seq: int) -> AsyncIterator[list[Recorded]]:
        """Events in order of seq, for ever."""
        ...

    async def cursor(self, sink: str) -> Cursor:
        """Where the sink stands."""
        ...

    async def move_cursor(
        self, sink: str, cursor: Cursor, *, parked: Iterable[Parked] = (), released: Iterable[int] = ()
    ) -> None:
        """Remember where the sink stands, and in the same transaction what is parked and not parked any more."""
        ...

    async def parked(self, sink: str) -> list[Parked]:
        """What is parked."""
        ...


async def pause(clock: Clock, seconds: float) -> None:
    """Wait on a clock that tests may turn by hand."""
    woken = asyncio.Event()
    timer = clock.call_at(clock.now().mono + seconds, woken.set)
    try:
        await woken.wait()
    finally:
        timer.cancel()


class CursorKeeper:
    """The lanes of one sink and what of them is on disk.

    Attributes:
        lanes: empty until `load` has returned.
        trouble: why the cursor cannot be written at present; empty when it can.
    """

    def __init__(self, sink: str, journal: SinkJournal, settings: SinkSettings, clock: Clock, random: Random) -> None:
        self.lanes = Lanes(Cursor(), (), settings.lane_limits())
        self.trouble = ""
        self._sink = sink
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._random = random
        self._unsaved = asyncio.Event()
        self._parked: list[Parked] = []
        self._released: list[int] = []
        self._saved_moves = 0

    async def load(self, on_trouble: Callable[[str], None]) -> None:
        """Fill the lanes from the journal, however long it takes until that answers."""
        waits = Backoff(self._settings.backoff, self._random)
        while True:
            try:
                cursor, parked = await self._journal.cursor(self._sink), await self._journal.parked(self._sink)
                # A cursor holds pruning back from the moment it is kept; without one, events would go undelivered.
                await self._journal.move_cursor(self._sink, cursor)
            except JournalError as error:
                on_trouble(f"the journal does not answer: {error}")
                await pause(self._clock, waits.next_s())
            else:
                self.lanes = Lanes(cursor, parked, self._settings.lane_limits())
                self._saved_moves = self.lanes.moved
                return

    async def run(self, on_change: Callable[[], None]) -> None:
        """Write whatever moves, for ever, not more often than the settings say; ``on_change``: look at `trouble`."""
        waits = Backoff(self._settings.backoff, self._random)
        while True:
            await self._unsaved.wait()
            self._unsaved.clear()
            try:
                await self.save()
            except JournalError as error:
                self.trouble = f"the journal does not keep the cursor: {error}"
                self._unsaved.set()
                wait_s = waits.next_s()
            else:
                self.trouble = ""
                waits.reset()
                wait_s = self._settings.cursor_period_s
            on_change()
            await pause(self._clock, wait_s)

    def moved(self) -> None:
        """Something may be there to write."""
        self._unsaved.set()

    def parked(self, event: Parked) -> None:
        """An event was parked: write it with the next cursor."""
        self._parked.append(event)
        self.moved()

    def release(self, seq: int) -> None:
        """An event is not parked any more: write it with the next cursor."""
        self._parked = [one for one in self._parked if one.seq != seq]
        self._released.append(seq)
        self.moved()

    async def release_now(self, seq: int) -> None:
        """Write that an event is not parked any more.

        Raises:
            JournalError: it still is (or, when its parking had not been written yet, will be tried after a restart).
        """
        # First, so that no write which begins meanwhile parks it again behind this one.
        self._parked = [one for one in self._parked if one.seq != seq]
        await self._journal.move_cursor(self._sink, self.lanes.cursor(), released=(seq,))

    async def save(self) -> None:
        """Write the cursor and, in the same transaction, what was parked or released, if anything moved.

        Raises:
            JournalError: nothing of it was written.
        """
        cursor, moves = self.lanes.cursor(), self.lanes.moved
        parked, released = tuple(self._parked), tuple(self._released)
        if moves == self._saved_moves and not parked and not released:
            return
        await self._journal.move_cursor(self._sink, cursor, parked=parked, released=released)
        self._saved_moves = moves
        self._parked = [one for one in self._parked if one not in parked]
        self._released = [seq for seq in self._released if seq not in released]
