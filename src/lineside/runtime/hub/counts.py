"""What the hub has done since the start, for metrics and pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class HubCounts:
    """Counts that only rise.

    Attributes:
        values: published.
        values_refused: not shown: not JSON, too large, or one topic too many.
        pulses: done.
        writes: shared frames given to outlets.
        fell_behind: times that a reader went over its budget.
        gaps_told: items with a gap, once per audience or straggler.
        values_skipped: values in those gaps.
        dismissed: readers closed by the hub, by `CloseCode` name in lower case; ``lost`` for those found gone.
    """

    values: int = 0
    values_refused: int = 0
    pulses: int = 0
    writes: int = 0
    fell_behind: int = 0
    gaps_told: int = 0
    values_skipped: int = 0
    dismissed: Counter[str] = field(default_factory=Counter)

    def add_gap(self, skipped: int) -> None:
        """A reader or audience is told that ``skipped`` values are left out; 0 is none."""
        if skipped:
            self.gaps_told += 1
            self.values_skipped += skipped
