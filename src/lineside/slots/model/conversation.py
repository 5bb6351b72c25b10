"""The start-up conversation and what is read again later: one poll after the other, in the order of §15."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from lineside.runtime.step import Moment
from lineside.slots.line.messages import PollDone, PollFailed, Tune
from lineside.slots.line.settings import FAST_POLL_MS, POLL_MS
from lineside.slots.model import configuration as conf
from lineside.slots.model.counting import is_credits
from lineside.slots.model.draft import Draft
from lineside.slots.model.events import ConfigurationRead, DenominationChanged, MetersRestated
from lineside.slots.model.memory import Memory
from lineside.slots.model.settings import MachineSettings
from lineside.slots.wire import ClockTime, Features, GamesImplemented, MachineInfo

PREFIX = "talk"

EVERYTHING = ("everything",)
"""For `Conversation.read_again`."""

Local = Callable[[datetime], datetime]
"""An aware instant to the wall clock of the house, without a zone."""


class Conversation:
    """Asks a machine what it is.

    A place in it is told by the tag alone (``talk.serial.index``), and what is read again begins by the clock: so any
    message whose record was refused can be decided once more.

    Attributes:
        is_running: a poll of it is out or waits.
        is_start: it is the start-up conversation.
        clock_off_s: the machine's clock less ours, when it was read last.
    """

    def __init__(self, memory: Memory, settings: MachineSettings, local: Local) -> None:
        self.is_running = False
        self.is_start = False
        self.clock_off_s: float | None = None
        self._memory = memory
        self._settings = settings
        self._local = local
        self._serial = 0
        self._index = 0
        self._names: frozenset[str] = frozenset()
        self._known = conf.Known()
        self._questions: list[conf.Question] = []
        self._again: frozenset[str] = frozenset()

    def begin(self, draft: Draft, *, is_start: bool = True, names: frozenset[str] = frozenset(conf.START)) -> None:
        """Begin anew; a conversation that is running is given up, and its answers count no more."""
        self._serial += 1
        self.is_running, self.is_start = True, is_start
        if is_start:
            self._again = frozenset()
        self._names = names
        self._known = conf.Known(rte=self._settings.rte)
        self._questions = conf.questions(names, self._known)
        self._ask(draft, 0)

    def read_again(self, names: tuple[str, ...]) -> None:
        """Read some of it again: as soon as the clock is looked at, or after what is running; `EVERYTHING` is all.

        A conversation of the start that has no answer yet reads everything anyway.
        """
        if self.is_running and self.is_start and self._index == 0:
            return
        self._again |= frozenset(conf.START if names == EVERYTHING else names)

    @property
    def is_due(self) -> bool:
        """Something is to be read again, and nothing is running."""
        return bool(self._again) and not self.is_running

    def on_time(self, draft: Draft) -> None:
        """Begin what is due."""
        if self.is_due:
            names, self._again = self._again, frozenset()
            self.begin(draft, is_start=False, names=names)

    def stop(self) -> None:
        """The machine cannot be reached: nothing is asked any more."""
        self._serial += 1
        self.is_running = False
        self._again = frozenset()

    # ------------------------------------------------------------------ answers

    def on_done(self, draft: Draft, place: str, done: PollDone, now: Moment) -> bool:
        """Take an answer; True when it was the last one."""
        index = self._index_of(place)
        if index is None:
            return False
        question = self._questions[index]
        if question.what == "clock":
            self._compare_clock(done.answer, now)
        elif question.what:
            record_configuration(draft, question.what, done.answer, self._memory, self._settings, away=self.is_start)
        elif question.command == 0x0E:
            draft.order(Tune(rte=bool(self._known.rte)))
        self._learn(done.answer)
        if isinstance(done.answer, Features) and self._settings.tune:
            draft.order(Tune(poll_ms=FAST_POLL_MS if done.answer.can_be_polled_fast else POLL_MS))
        return self._ask(draft, index + 1)

    def on_failed(self, draft: Draft, place: str, failed: PollFailed) -> bool:
        """A machine does not know every poll: go on with the next."""
        index = self._index_of(place)
        return False if index is None else self._ask(draft, index + 1)

    def _index_of(self, place: str) -> int | None:
        serial, _, index = place.partition(".")
        return int(index) if serial == str(self._serial) else None

    def _ask(self, draft: Draft, index: int) -> bool:
        """Ask the question at this place; True when there is none."""
        self._index = index
        if index < len(self._questions):
            question = self._questions[index]
            draft.want(question.command, question.message, tag=f"{PREFIX}.{self._serial}.{index}")
            return False
        self.is_running = False
        return True

    def _learn(self, answer: Any) -> None:
        """What this answer says about the questions to come; those behind us stay where they are."""
        known = self._known
        if isinstance(answer, GamesImplemented):
            known = known._replace(games=min(answer.count, self._settings.games_max))
        elif isinstance(answer, Features):
            known = known._replace(has_aft=answer.has_aft)
        if known is not self._known:
            self._known = known
            self._questions = conf.questions(self._names, known)

    def _compare_clock(self, clock: ClockTime, now: Moment) -> None:
        ours = self._local(now.utc).replace(tzinfo=None)
        off_s = None
        if clock.day is not None:
            off_s = (datetime.combine(clock.day, clock.time) - ours).total_seconds()
        self.clock_off_s = off_s
        is_right = off_s is not None and abs(off_s) <= self._settings.clock_tolerance_s
        wanted = None
        if self._settings.set_clock and not is_right:
            wanted = clock_time(ours)
        self._known = self._known._replace(clock=wanted)
        self._questions = conf.questions(self._names, self._known)


def clock_time(local: datetime) -> ClockTime:
    """A wall clock as 7F sets it; the machine counts whole seconds."""
    return ClockTime(local.date(), local.time().replace(microsecond=0))


def record_configuration(
    draft: Draft, what: str, answer: Any, memory: Memory, settings: MachineSettings, *, away: bool
) -> None:
    """Record what of an answer is new, and what follows from it; show the rest."""
    content = conf.content_of(answer)
    if what in conf.MONEY:
        draft.show(f"aft_{what}" if what != "aft" else "aft", content)
    kept = conf.kept_content(what, content)
    lasting = memory.lasting
    if kept == lasting.config.get(what):
        return
    if isinstance(answer, MachineInfo) and lasting.denomination not in (0, answer.denomination):
        draft.record(DenominationChanged(lasting.denomination, answer.denomination))
        if settings.denomination_rescales:
            draft.record(MetersRestated({code: one.value for code, one in lasting.meters.items() if is_credits(code)}))
    draft.record(ConfigurationRead(what, kept, away))
