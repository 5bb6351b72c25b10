"""What readings of meters mean: which changes are recorded, with their context, and what a meter that fell says.

A meter that fell is not believed at once. Exception 7A (soft meters reset) may still wait in the machine; so the next
whole round is held back and decided together at its end::

    7A was told, something fell        MetersReset for all that count up; then changes from 0
    7A was told, nothing fell          ResetDismissed; changes from where they were
    no 7A, some fell again             MetersReset(unexplained) for these alone

A change is the difference to the value that is on disk: nothing is counted twice, whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Iterable

from lineside.slots.model.counting import GAUGES, Course, judge, meter_name, meter_unit
from lineside.slots.model.draft import Draft
from lineside.slots.model.events import MeterRead, MetersReset, ResetDismissed
from lineside.slots.model.memory import Count, Memory
from lineside.slots.model.settings import MachineSettings
from lineside.slots.wire import MeterReading

SOFT_METERS = "soft_meters"
UNEXPLAINED = "unexplained"


class Tally:
    """Decides about readings."""

    def __init__(self, memory: Memory, settings: MachineSettings) -> None:
        self._memory = memory
        self._settings = settings
        self._is_suspect = False
        self._is_holding = False
        self._held: dict[int, MeterReading] = {}
        self._count_at_start = 0  # exceptions, when the session began
        self._seen: dict[int, int] = {}  # code → exceptions so far when it was read in this session
        self._fresh: dict[int, int] = {}  # the same, of the decision that is being made

    def begin_session(self) -> None:
        """The machine can be reached again: what changes by the first reading changed while we were away."""
        self._seen.clear()
        self._fresh.clear()
        self._is_suspect = False
        self._count_at_start = self._memory.lasting.count

    def settle(self) -> None:
        """The decision before is concluded: what it has seen is seen."""
        self._seen |= self._fresh
        self._fresh.clear()

    def forget(self) -> None:
        """The decision was refused: it is made once more."""
        self._fresh.clear()

    def begin_round(self) -> None:
        """A round begins."""
        self._is_holding = self._is_suspect or self._memory.lasting.is_reset_noted
        self._held = {}

    def take(self, draft: Draft, readings: Iterable[MeterReading]) -> bool:
        """Decide about readings, or hold them back; True when another round is wanted."""
        if self._is_holding:
            self._held |= {one.code: one for one in readings}
            return False
        fell = [one for one in readings if not self._record(draft, one, self._memory.lasting.meters.get(one.code))]
        self._is_suspect = self._is_suspect or bool(fell)
        return bool(fell)

    def end_round(self, draft: Draft) -> None:
        """Decide about what was held back. When nothing could be read, 7A still stands and the next round tells."""
        if not self._is_holding:
            return
        self._is_suspect = False
        if not self._held:
            return
        meters = self._memory.lasting.meters
        fell = [code for code, one in self._held.items() if self._fell(one, meters.get(code))]
        cleared: set[int] = set()
        if self._memory.lasting.is_reset_noted:
            cleared = {code for code in meters if code not in GAUGES} if fell else set()
            draft.record(MetersReset(SOFT_METERS, self._values(cleared)) if fell else ResetDismissed())
        elif fell:
            cleared = set(fell)
            draft.record(MetersReset(UNEXPLAINED, self._values(cleared)))
        for code, one in self._held.items():
            before = meters.get(code)
            if before is not None and code in cleared:
                before = Count(0, one.bytes, before.at)
            self._record(draft, one, before)

    def _values(self, codes: set[int]) -> dict[int, int]:
        return {code: self._memory.lasting.meters[code].value for code in sorted(codes)}

    def _fell(self, one: MeterReading, before: Count | None) -> bool:
        """Whether it went down; after 7A also when it might have rolled over."""
        if before is None:
            return False
        course = judge(one.code, before.value, before.bytes, one, self._settings.rollover_share).course
        return course is Course.FELL or (course is Course.ROLLED and self._memory.lasting.is_reset_noted)

    def _record(self, draft: Draft, one: MeterReading, before: Count | None) -> bool:
        """Record a change; False when the meter fell."""
        away = one.code not in self._seen
        if before is None:
            self._note(draft, one, None, 0, away=away)
            return True
        judged = judge(one.code, before.value, before.bytes, one, self._settings.rollover_share)
        if judged.course is Course.FELL:
            return False
        if judged.course is not Course.SAME:
            is_rolled = judged.course is Course.ROLLED
            self._note(draft, one, before.value, judged.change, away=away, rollover=is_rolled)
        self._fresh[one.code] = self._memory.lasting.count
        return True

    def _note(
        self, draft: Draft, one: MeterReading, old: int | None, change: int, *, away: bool, rollover: bool = False
    ) -> None:
        self._fresh[one.code] = self._memory.lasting.count
        draft.record(
            MeterRead(
                code=one.code,
                name=meter_name(one.code),
                unit=meter_unit(one.code),
                old=old,
                value=one.value,
                change=change,
                bytes=one.bytes,
                rollover=rollover,
                away=away,
                context=self._context(one.code),
                denomination=self._memory.lasting.denomination,
            )
        )

    def _context(self, code: int) -> tuple[str, ...]:
        lasting = self._memory.lasting
        since = self._seen.get(code, self._count_at_start)
        words = [mark for mark, number in lasting.marks.items() if number > since]
        return (*words, "door_open") if lasting.open_doors else tuple(words)
