"""What the console shows of the foundation itself on live topics: events, the journal, the gateways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from lineside.console import access
from lineside.console.admin_api import journal_info
from lineside.console.events_api import event_info
from lineside.console.live_filter import EVENTS, GATEWAYS, JOURNAL
from lineside.console.units_api import GatewayInfo, GatewayList
from lineside.errors import JournalError, LinesideError
from lineside.runtime.hub import Hub
from lineside.runtime.journal import Journal, Recorded
from lineside.runtime.log import get_log

# People read the tail, and nobody reads a thousand events a second; programs that need every event read /api/events,
# which skips nothing. So that a busy floor does not pay for a page, no more than these are read per look.
BEHIND_MAX = 100
LOOK_EVENTS_S = 0.1
# The states of journal and gateways are told when they change, and looked at so often in case nobody told.
LOOK_S = 1.0

log = get_log("console")


async def show_events(journal: Journal, hub: Hub, routine: Collection[str] = ()) -> None:
    """Feed ``lineside/events`` with the events from now on, secrets masked, until cancelled.

    Up to `BEHIND_MAX` events per `LOOK_EVENTS_S` are shown whole; of more, only the newest. Events about who has access
    are not shown here: they are for admins, in ``/api/events``.

    Args:
        routine: kinds that are not shown: machines make them by the thousand while nothing happens.
    """
    after = journal.health.recorded_seq
    while True:
        await asyncio.sleep(LOOK_EVENTS_S)
        until = journal.health.recorded_seq
        if until > after:
            try:
                found = await journal.events(after, BEHIND_MAX, before=until + 1, newest=True, but=routine)
            except JournalError:
                continue  # it says so itself; what was missed meanwhile is in `/api/events`
            for recorded in sorted(found, key=lambda one: one.seq):
                _show_event(recorded, hub)
            after = until


def _show_event(recorded: Recorded, hub: Hub) -> None:
    if recorded.stream == access.STREAM:
        return
    try:
        hub.feed(EVENTS, event_info(recorded))
    except LinesideError as error:  # an event that this version cannot read is the journal's to tell, not the feed's
        log.warning("event not shown", seq=recorded.seq, kind=recorded.kind, reason=str(error))


async def show_states(journal: Journal, hub: Hub, gateways: Callable[[], Sequence[GatewayInfo]]) -> None:
    """Keep ``lineside/journal`` and ``lineside/gateways`` up to date, until cancelled."""
    changed = asyncio.Event()
    journal.on_health(lambda *_: changed.set())
    shown_journal: object = None
    shown_gateways: object = None
    while True:
        changed.clear()
        journal_now, gateways_now = journal_info(journal), GatewayList(list(gateways()))
        if journal_now != shown_journal:
            hub.state(JOURNAL, shown_journal := journal_now)
        if gateways_now != shown_gateways:
            hub.state(GATEWAYS, shown_gateways := gateways_now)
        try:
            async with asyncio.timeout(LOOK_S):
                await changed.wait()
        except TimeoutError:
            continue
