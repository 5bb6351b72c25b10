"""Read the settings again while everything runs: check first, then change only what differs.

A reload may add gateways and restart changed ones; those that did not change keep their connections. It is refused as
a whole, with nothing changed, when the file has a fault, when a key differs that only a new process can take over, and
when a gateway that has recorded something would go or become another kind: its streams would be orphans.
"""

from __future__ import annotations

from collections.abc import Callable

from lineside.app.gateways import Gateways
from lineside.config import Difference, Settings, difference
from lineside.console.admin_api import Reloaded
from lineside.errors import ConfigError
from lineside.runtime.journal import Journal
from lineside.runtime.log import get_log

log = get_log("reload")


class Reloader:
    """Knows the settings in force and takes over new ones.

    Args:
        settings: in force.
        reread: reads them again.

    Attributes:
        settings: in force now.
    """

    def __init__(
        self, settings: Settings, gateways: Gateways, journal: Journal, reread: Callable[[], Settings]
    ) -> None:
        self.settings = settings
        self._gateways = gateways
        self._journal = journal
        self._reread = reread

    async def reload(self) -> Reloaded:
        """Do it; what was changed, or why nothing was."""
        try:
            new = self._reread()
        except ConfigError as error:
            return self._refused([], str(error))
        found = difference(self.settings, new)
        lines = [str(change) for change in found.changes]
        refusal = await self._refusal(found, new)
        if refusal:
            return self._refused(lines, refusal)
        await self._take_over(found, new)
        log.info("reloaded", added=found.added, removed=found.removed, restarted=found.changed)
        return Reloaded(lines)

    async def _refusal(self, found: Difference, new: Settings) -> str:
        if found.process:
            return f"{', '.join(found.process)}: only a restart of the process takes this over; nothing was changed"
        for name in found.removed:
            if await self._journal.streams(f"{name}/"):
                return f"gateways.{name} has recorded events and cannot be dropped; nothing was changed"
        for name in found.changed:
            old_kind, kind = self.settings.gateways[name].kind, new.gateways[name].kind
            if old_kind != kind and await self._journal.streams(f"{name}/"):
                return (
                    f"gateways.{name} has recorded events as {old_kind} and cannot become {kind}; nothing was changed"
                )
        return ""

    async def _take_over(self, found: Difference, new: Settings) -> None:
        for name in (*found.removed, *found.changed):
            await self._gateways.stop(name, "reload")
        self.settings = new
        for name in (*found.changed, *found.added):
            self._gateways.start(new.gateways[name])
        self._gateways.arrange(tuple(new.gateways))

    def _refused(self, lines: list[str], reason: str) -> Reloaded:
        log.warning("reload refused", reason=reason)
        return Reloaded(lines, reason)
