"""The codes of a reply: the whole list, because a board throws its old one away and takes this one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from lineside.lockers.model.cells import Assignment
from lineside.lockers.model.settings import MinutesMode
from lineside.lockers.wire import CellCode

MINUTE_US = 60_000_000

_FAR = 1 << 62  # later than any time


class CodeList:
    """Makes the list, and keeps it until a minute of it changes.

    Args:
        ends_us: when a code ends by the time of codes; None for one that never does.
    """

    __slots__ = ("_codes", "_ends_us", "_from_us", "_mode", "_of", "_until_us")

    def __init__(self, mode: MinutesMode, ends_us: Callable[[Assignment], int | None]) -> None:
        self._mode = mode
        self._ends_us = ends_us
        self._codes: tuple[CellCode, ...] = ()
        self._of: object = None
        self._from_us = self._until_us = 0

    def codes(
        self, assignments: Mapping[int, Assignment], us: int, gone: Collection[int], version: object
    ) -> tuple[CellCode, ...]:
        """The list of this moment, by cell number.

        Args:
            us: the time of codes.
            gone: cells whose code ends with the decision that this list belongs to.
            version: another object whenever ``assignments`` has changed.
        """
        if not assignments:
            return ()
        if gone:
            return self._made({cell: one for cell, one in assignments.items() if cell not in gone}, us)[0]
        if self._of is not version or not self._from_us <= us < self._until_us:
            self._codes, self._until_us = self._made(assignments, us)
            self._of, self._from_us = version, us
        return self._codes

    def _made(self, assignments: Mapping[int, Assignment], us: int) -> tuple[tuple[CellCode, ...], int]:
        """The list, and the time at which one of its minutes changes."""
        codes, until = [], _FAR
        for cell in sorted(assignments):
            one = assignments[cell]
            minutes = one.minutes
            expires_us = self._ends_us(one)
            if expires_us is not None and self._mode is MinutesMode.REMAINING:
                minutes = minutes_left(expires_us, us, one.minutes)
                until = min(until, expires_us - (minutes - 1) * MINUTE_US)
            codes.append(CellCode(cell, one.code.reveal(), minutes))
        return tuple(codes), max(until, us + 1)


def minutes_left(expires_us: int, us: int, minutes_max: int) -> int:
    """Minutes until an expiry, rounded up; at least 1, at most what it was set with (§7)."""
    left = -((us - expires_us) // MINUTE_US)
    return max(1, min(left, minutes_max))
