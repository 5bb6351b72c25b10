"""Pruning of the journal: at the start of each day's work and then every few hours, old events give way.

What the units know is carried into one event per stream before anything older goes; a stream whose unit does not run
now is left alone until it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from lineside.errors import LinesideError
from lineside.runtime.clock import Clock
from lineside.runtime.journal import Carry, Journal, JournalSettings, KeepRules, PruneReport
from lineside.runtime.log import get_log
from lineside.runtime.units import Units

FIRST_S = 600.0
"""After a start the machines' first messages go before house-keeping."""
EVERY_S = 6 * 3600.0
"""Rules are kept in days; four times a day keeps what is pruned at once small."""

log = get_log("pruning")


class Pruning:
    """Applies the keep rules, by the clock and when somebody asks.

    Args:
        keep: kind of event → days (None: for ever), where that is not ``keep_days``.
    """

    def __init__(
        self,
        journal: Journal,
        units: Units,
        settings: JournalSettings,
        clock: Clock,
        keep: Mapping[str, int | None] | None = None,
    ) -> None:
        self._journal = journal
        self._units = units
        self._rules = KeepRules(keep_days=settings.keep_days, kinds=dict(keep or {}))
        self._clock = clock
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Prune by the clock until cancelled."""
        await asyncio.sleep(FIRST_S)
        while True:
            try:
                report = await self.prune()
                log.info("pruned", report=str(report))
            except LinesideError as error:  # a full disk is the journal's state, not the end of this part
                log.warning("not pruned", reason=str(error))
            await asyncio.sleep(EVERY_S)

    async def prune(self) -> PruneReport:
        """Apply the rules now.

        Raises:
            JournalError: the journal cannot write; nothing that was not carried has gone.
        """
        async with self._turn:
            return await self._journal.prune(self._clock.now().utc, self._rules, self._carry)

    async def _carry(self, stream: str) -> Carry | None:
        try:
            unit = self._units.find(stream)
        except LinesideError:
            return None
        carried = unit.carry()
        return None if carried is None else Carry(*carried)
