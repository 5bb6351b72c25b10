"""Every limit of a sink, with its reason."""

from __future__ import annotations

import msgspec

from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.lanes import LaneLimits


class SinkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of one sink."""

    # Events per delivery. One transaction of this many rows costs the target about as much as two transactions of one.
    # A target that takes events one by one (a webhook) sets 1.
    deliver_events_max: int = 256
    # Deliveries at the same time: a target with a pool of connections is used well by a few; more only queue there.
    lanes_max: int = 4
    # Events in memory: two full rounds of deliveries, so that reading overlaps delivering.
    window_events_max: int = 2048
    # Bytes in memory, for events with large data; one event larger than this still passes alone.
    window_bytes_max: int = 16 * 1024 * 1024
    # A row refused this often is not refused by accident (a deadlock, a lock time-out); it waits for a person.
    tries_max: int = 5
    # Parked lanes. So many refusals mean that the target is wrong, not the events: the sink stops and says so.
    parked_events_max: int = 1000
    # Events done above a parked one are remembered one by one, in every cursor that is written (70 kB of it at this
    # number); beyond it the sink stops until the parked one is tried again or given up.
    done_events_max: int = 10_000
    # Waits between attempts while the target is away, and between tries of a refused event.
    backoff: BackoffSettings = BackoffSettings(first_s=0.5, cap_s=60.0)
    # A delivery without an end within this is over: databases cut a statement at about this age themselves.
    deliver_s_max: float = 30.0
    # The cursor is written at most this often: it costs the journal a part of a commit, and a lag costs only repeats.
    cursor_period_s: float = 0.2
    # At the end, for the last cursor; what is not written by then is delivered again.
    stop_s_max: float = 2.0
    # The present rate is an average over about this time: long enough to be calm, short enough to show a change.
    rate_s: float = 60.0

    def lane_limits(self) -> LaneLimits:
        """Those that `Lanes` keeps."""
        return LaneLimits(
            window_events_max=self.window_events_max,
            window_bytes_max=self.window_bytes_max,
            parked_events_max=self.parked_events_max,
            done_events_max=self.done_events_max,
            tries_max=self.tries_max,
        )
