"""Reads the meters of a machine, round after round, with the best list that it knows.

::

    6F/AF  ──silent──►  2F  ──silent──►  0F, 1C (or 19), 1A        tried anew after each time it was away

A place in a round is told by the tag alone (``meters.turn``), and rounds begin by the clock: so any message whose
record was refused can be decided once more. What a reading means is decided in `tally`.
"""

from __future__ import annotations

from lineside.runtime.step import Moment
from lineside.slots.line.messages import FailReason, PollDone, PollFailed, Priority
from lineside.slots.model import readings as rd
from lineside.slots.model.draft import Draft
from lineside.slots.model.memory import Memory
from lineside.slots.model.settings import MachineSettings, MeterSource
from lineside.slots.model.tally import Tally
from lineside.slots.wire import MeterReadings

PREFIX = "meters"

_NEXT = {MeterSource.EXTENDED: MeterSource.SHORT, MeterSource.SHORT: MeterSource.TOTALS}

_UNKNOWN_POLL = frozenset({FailReason.SILENCE, FailReason.NACK})
"""How a machine says that it does not know a poll: by silence; some refuse it."""


class MeterRounds:
    """The rounds of one machine.

    Attributes:
        source: of the present round.
    """

    def __init__(self, memory: Memory, settings: MachineSettings, tally: Tally) -> None:
        self.source = MeterSource.EXTENDED
        self._memory = memory
        self._settings = settings
        self._tally = tally
        self._turn = 0
        self._first = 1  # turn of the round's first poll
        self._polls: list[rd.MeterPoll] = []
        self._is_running = False
        self._is_wanted = False  # another round, as soon as this one is over
        self._due: float | None = None
        self._strikes = 0
        self._absent: set[int] = set()
        self._silent: set[int] = set()

    def begin_session(self) -> None:
        """The machine can be reached again; it may be another, or know other polls."""
        self._absent.clear()
        self._silent.clear()
        self._strikes = 0
        self.source = self._best_source()

    def _best_source(self) -> MeterSource:
        if self._settings.meter_source is not MeterSource.AUTO:
            return self._settings.meter_source
        features = self._memory.lasting.config.get("features", {})
        return MeterSource.EXTENDED if features.get("has_extended_meters", True) else MeterSource.SHORT

    def want(self, now: Moment) -> None:
        """Read all meters soon: now, or after the round that is running. It begins by the clock."""
        if self._is_running:
            self._is_wanted = True
        else:
            self._due = now.mono

    def restart(self, now: Moment) -> None:
        """Exception 7A: what this round has read so far may be of before and after; begin another one."""
        self.stop()
        self._due = now.mono

    def stop(self) -> None:
        """The machine cannot be reached."""
        self._first = self._turn + 1
        self._is_running, self._is_wanted, self._due = False, False, None

    def deadline(self) -> float | None:
        """When the next round is due."""
        return None if self._is_running else self._due

    def on_time(self, draft: Draft, now: Moment) -> None:
        """Begin a round that is due."""
        if self._due is not None and not self._is_running and now.mono >= self._due:
            self._start(draft)

    # ------------------------------------------------------------------ one round

    def _start(self, draft: Draft) -> None:
        codes = tuple(code for code in self._settings.meters if code not in self._absent)
        self._polls = rd.polls_for(self.source, codes, frozenset(self._silent))
        self._is_wanted, self._due = False, None
        self._first = self._turn + 1
        self._is_running = bool(self._polls)
        self._tally.begin_round()
        if self._polls:
            self._ask(draft, 0)

    def _ask(self, draft: Draft, index: int) -> None:
        self._turn = self._first + index
        command, message = rd.request(self._polls[index], self._turn)
        draft.want(command, message, tag=f"{PREFIX}.{self._turn}", priority=Priority.BACKGROUND)

    def on_done(self, draft: Draft, place: str, done: PollDone, now: Moment) -> None:
        """Take the meters of an answer and go on."""
        index = self._index_of(place)
        if index is None:
            return
        self._strikes = 0
        found = rd.readings_of(done.poll.command, done.answer)
        if isinstance(done.answer, MeterReadings):
            self._absent |= set(self._polls[index].codes) - {one.code for one in found}
        if self._tally.take(draft, found):
            self._is_wanted = True
        self._go_on(draft, index, now)

    def on_failed(self, draft: Draft, place: str, failed: PollFailed, now: Moment) -> None:
        """Go on; a list that the machine seems not to know gives way to the next one."""
        index = self._index_of(place)
        if index is None:
            return
        if failed.reason in _UNKNOWN_POLL:
            if self.source is MeterSource.TOTALS:
                self._silent.add(failed.poll.command)
            elif self._is_unknown_now():
                self.source = _NEXT[self.source]
                self._strikes = 0
                self._start(draft)
                return
        self._go_on(draft, index, now)

    def _is_unknown_now(self) -> bool:
        self._strikes += 1
        return self._settings.meter_source is MeterSource.AUTO and self._strikes >= self._settings.silent_max

    def _index_of(self, place: str) -> int | None:
        turn = int(place)
        return turn - self._first if self._first <= turn <= self._turn else None

    def _go_on(self, draft: Draft, index: int, now: Moment) -> None:
        if index + 1 < len(self._polls):
            self._ask(draft, index + 1)
            return
        self._tally.end_round(draft)
        self._is_running = False
        self._due = now.mono if self._is_wanted else now.mono + self._settings.meters_s
