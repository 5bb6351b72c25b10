"""Which numbers of the foundation `/metrics` shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from lineside.console.access import Access
from lineside.console.live import Live
from lineside.console.metrics import Metrics, Values
from lineside.console.units_api import GatewayInfo
from lineside.runtime.guard import Guard
from lineside.runtime.hub import Hub
from lineside.runtime.journal import Journal
from lineside.runtime.units import Units


def watch_journal(metrics: Metrics, journal: Journal) -> None:
    """The journal's state and how far it is."""
    metrics.gauges(
        "lineside_journal_state", "1 for the state that the journal is in.", ("state",), lambda: _state(journal)
    )
    metrics.gauge("lineside_journal_seq", "The newest event on disk.", lambda: journal.health.recorded_seq)
    metrics.gauge("lineside_journal_era", "1, and one more per repair or restore.", lambda: journal.health.era)


def _state(journal: Journal) -> Values:
    return {(str(journal.health.state),): 1.0}


def watch_hub(metrics: Metrics, hub: Hub) -> None:
    """What the hub has done, and for whom."""
    counts = hub.counts
    metrics.gauge("lineside_hub_subscribers", "Readers of live topics.", lambda: hub.subscriber_count)
    metrics.gauge("lineside_hub_behind", "Readers over their budget now.", lambda: hub.behind_count)
    metrics.counter("lineside_hub_values", "Values shown.", lambda: counts.values)
    metrics.counter("lineside_hub_values_refused", "Values that could not be shown.", lambda: counts.values_refused)
    metrics.counter(
        "lineside_hub_values_skipped", "Values in gaps that readers were told.", lambda: counts.values_skipped
    )
    metrics.counter("lineside_hub_writes", "Writes to readers.", lambda: counts.writes)
    metrics.counters(
        "lineside_hub_dismissed",
        "Readers that were let go.",
        ("reason",),
        lambda: {(reason,): float(count) for reason, count in counts.dismissed.items()},
    )


def watch_units(metrics: Metrics, units: Units, gateways: Callable[[], Sequence[GatewayInfo]]) -> None:
    """How many units are in which state, and the states of gateways."""

    def by_state() -> Values:
        return Counter((view.gateway, str(view.status.state)) for view in units.all())

    metrics.gauges("lineside_units", "Units by state.", ("gateway", "state"), by_state)
    metrics.gauges(
        "lineside_gateway_state",
        "1 for the state that a gateway is in.",
        ("gateway", "state"),
        lambda: {(one.name, one.state): 1.0 for one in gateways()},
    )


def watch_console(metrics: Metrics, access: Access, live: Live) -> None:
    """Who is signed in."""
    metrics.gauge("lineside_sessions", "Browsers signed in.", lambda: access.sessions.count)
    metrics.gauge("lineside_live_connections", "Open live connections.", lambda: live.count)


def watch_guards(metrics: Metrics, guards: Callable[[], Sequence[Guard]]) -> None:
    """Connections of every listener, those refused and those cut; ``guards`` gives all that are there now."""
    metrics.gauges(
        "lineside_connections",
        "Open connections by listener.",
        ("listener",),
        lambda: {(guard.name,): float(guard.open_count) for guard in guards()},
    )
    metrics.counters(
        "lineside_connections_admitted",
        "Connections let in.",
        ("listener",),
        lambda: {(guard.name,): float(guard.admitted) for guard in guards()},
    )
    metrics.counters(
        "lineside_connections_refused",
        "Connections not let in.",
        ("listener", "reason"),
        lambda: {(guard.name, str(why)): float(n) for guard in guards() for why, n in guard.refused.items()},
    )
    metrics.counters(
        "lineside_connections_cut",
        "Connections ended by a bound.",
        ("listener", "reason"),
        lambda: {(guard.name, str(why)): float(n) for guard in guards() for why, n in guard.was_cut.items()},
    )
