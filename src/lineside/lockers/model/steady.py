"""The time that codes end by: our wall clock, but a step of it moves nothing by more than a minute.

At a start with the wall clock behind the journal nobody knows the time: it goes on from the journal's last event, so
that a code set now has its length, and nothing expires until the wall clock has caught up. Then the codes that were
set meanwhile are moved (`SteadyClock.shift_us`), and time is the wall clock's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lineside.lockers.model.cells import EPOCH, Assignment, us_of
from lineside.runtime.step import Moment

STEP_US_MAX = 60_000_000
"""A minute, which is what the protocol counts in: as far as the wall clock may move an expiry while we run."""

# A wake-up that comes a rounding too early would ask for itself at once, again and again.
_LATER_S = 0.001


class SteadyClock:
    """Tells the time of codes, in microseconds since 1970.

    Attributes:
        is_behind: the wall clock is known to be wrong; nothing expires.
        shift_us: how far codes are moved that were set while it was; 0 when it never was.
    """

    __slots__ = ("_base_mono", "_base_us", "_drift_us", "_floor", "is_behind", "shift_us")

    def __init__(self, now: Moment, floor: datetime | None) -> None:
        self.is_behind = floor is not None and now.utc < floor
        self.shift_us = 0
        self._floor = floor
        self._base_mono = now.mono
        self._base_us = us_of(floor if self.is_behind and floor is not None else now.utc)
        self._drift_us = 0

    def us(self, now: Moment) -> int:
        """The time now."""
        if self.is_behind:
            self._catch_up(now)
        run = self._base_us + int((now.mono - self._base_mono) * 1e6)
        if self.is_behind:
            return run
        drift = us_of(now.utc) - run
        self._drift_us = drift = max(-STEP_US_MAX, min(drift, STEP_US_MAX))
        return run + drift

    def ends_us(self, one: Assignment) -> int | None:
        """When a code ends; one that was set with a wrong clock keeps its length, also before it has been moved."""
        expires_us = one.expires_us
        return expires_us if expires_us is None or not one.adrift else expires_us + self.shift_us

    def mono_at(self, us: int) -> float:
        """Monotonic seconds at which `us` will have reached a value, as far as can be told now."""
        return self._base_mono + (us - self._base_us - self._drift_us) / 1e6 + _LATER_S

    def _catch_up(self, now: Moment) -> None:
        assert self._floor is not None
        if now.utc < self._floor:
            return
        wall_us = us_of(now.utc)
        self.shift_us = wall_us - self._us_behind(now)
        self.is_behind = False
        self._base_mono, self._base_us, self._drift_us = now.mono, wall_us, 0

    def _us_behind(self, now: Moment) -> int:
        """The time as it went on from the journal's last event."""
        return self._base_us + int((now.mono - self._base_mono) * 1e6)


def utc_of(us: int) -> datetime:
    """The instant of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)
