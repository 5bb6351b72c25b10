"""How long things took, counted in steps, so that a floor of machines costs no memory and percentiles can be told."""

from __future__ import annotations

from bisect import bisect_left

_BOUNDS_MS = (0.25, 0.5, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 50, 100, 200, 500, 1000)

BOUNDS_S = tuple(bound / 1000 for bound in _BOUNDS_MS)
"""Upper bounds of the steps: fine where the protocol has its limits (5 ms, 20 ms), coarse elsewhere."""


class Histogram:
    """Counts durations in the steps of `BOUNDS_S`.

    Attributes:
        counts: one per bound, and a last one for what is longer than all.
        max_s: the longest.
    """

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.max_s = 0.0

    def note(self, duration_s: float) -> None:
        """One more duration; what is below 0 counts as 0."""
        self.counts[bisect_left(BOUNDS_S, duration_s)] += 1
        self.max_s = max(self.max_s, duration_s)

    def add(self, counts: tuple[int, ...], max_s: float) -> None:
        """Add what another one has counted."""
        self.counts = [mine + other for mine, other in zip(self.counts, counts, strict=True)]
        self.max_s = max(self.max_s, max_s)

    def at(self, share: float) -> float:
        """A bound that at least ``share`` (0 to 1) of the durations do not exceed; the longest beyond all bounds."""
        wanted = share * sum(self.counts)
        seen = 0
        for count, bound in zip(self.counts, BOUNDS_S, strict=False):
            seen += count
            if seen >= wanted:
                return min(bound, self.max_s)
        return self.max_s
