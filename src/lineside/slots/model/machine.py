"""Decides for one slot machine: what it tells is recorded before the line may acknowledge it.

::

    ExceptionHeard ──► ExceptionRecorded ──────► Release ──► (the line sends 80)
    AckSent ─────────► ExceptionAcknowledged ──► Release ──► (the line polls on)
    PollDone ────────► what is new ────────────► the next poll; Release, when it was ordered with hold
    LinkMoved(up) ───► LinkFound ──────────────► the start-up conversation (§15), then meters, handpays, records

A message whose record was refused is decided once more, until it is on disk: the line stands still so long, because
polling anybody would acknowledge. So nothing that a message changes outside of `apply` may depend on how often it is
decided; what must be asked because of it begins by the clock.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any

import msgspec

from lineside.errors import LinesideError
from lineside.runtime.command import Command
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import NOTHING, Event, Moment, Show, Step, UnitState, UnitStatus
from lineside.slots.line.messages import (
    AckSent,
    ExceptionHeard,
    FrameSeen,
    LineEvent,
    LinkMoved,
    LinkState,
    OweAck,
    PollDone,
    PollFailed,
    TimingMeasured,
)
from lineside.slots.model import conversation, meanings, orders, papers, rounds
from lineside.slots.model import events as ev
from lineside.slots.model.conversation import Conversation, Local
from lineside.slots.model.draft import Draft
from lineside.slots.model.exceptions import record_exception
from lineside.slots.model.memory import Lasting, Memory
from lineside.slots.model.orders import Orders
from lineside.slots.model.papers import Papers
from lineside.slots.model.readings import readings_of
from lineside.slots.model.rounds import MeterRounds
from lineside.slots.model.settings import MachineSettings, MeterSource
from lineside.slots.model.shown import (
    MachineStatus,
    Phase,
    cents_of,
    fault_texts,
    frame_view,
    handpay_cents,
    shows_of,
    timing_view,
)
from lineside.slots.model.tally import Tally
from lineside.slots.wire import MeterReadings, RomSignature

_STATES = {
    LinkState.WAITING: UnitState.WAITING,
    LinkState.UP: UnitState.LIVE,
    LinkState.FAILING: UnitState.STALE,
    LinkState.DOWN: UnitState.AWAY,
    LinkState.CLOSED: UnitState.AWAY,
}

_HELD = frozenset({papers.HANDPAY, papers.MARK, papers.AGAIN})
"""First parts of the tags of polls that are ordered with ``hold``."""

CREDITS = 0x0C


class Machine:
    """The model of one machine.

    Args:
        local: an instant to the wall clock of the house, for the machine's own clock.
        simulated: for a mark on pages.
    """

    def __init__(
        self, settings: MachineSettings, now: Moment, *, local: Local = lambda utc: utc, simulated: bool = False
    ) -> None:
        self._settings = settings
        self._memory = Memory()
        self._tally = Tally(self._memory, settings)
        self._rounds = MeterRounds(self._memory, settings, self._tally)
        self._talk = Conversation(self._memory, settings, local)
        self._papers = Papers(self._memory, settings)
        self._orders = Orders(self._memory, settings, local, self)
        # Not lasting from here on.
        self._link = LinkState.WAITING
        self._is_in_session = False
        self._is_ready = False  # the start-up conversation of this session is through
        self._deciding: LineEvent | None = None
        self._refused: deque[LineEvent] = deque()  # messages in their order, until each is on disk
        self._is_retry = False
        self._status = MachineStatus(
            UnitState.WAITING, "", False, now.utc, link="", label=settings.label, simulated=simulated
        )
        self._refresh(now, LinkState.WAITING, "not heard since the start")

    # ------------------------------------------------------------------ status

    @property
    def status(self) -> UnitStatus:
        """The present status; a new object when something in it changed."""
        return self._status

    def _refresh(self, now: Moment, link: LinkState, reason: str) -> None:
        lasting, state = self._memory.lasting, _STATES[link]
        credits = lasting.meters.get(CREDITS)
        phase = Phase.READY if self._is_ready else Phase.STARTING
        status = msgspec.structs.replace(
            self._status,
            state=state,
            reason=reason,
            connected=link is LinkState.UP,
            since=self._status.since if link.value == self._status.link else now.utc,
            link=link.value,
            phase=phase if self._is_in_session else Phase.AWAY,
            credits=None if credits is None else credits.value,
            denomination_cents=cents_of(lasting.denomination),
            open_doors=lasting.open_doors,
            faults=fault_texts(self._memory),
            menu=lasting.menu,
            is_lamp_on=lasting.is_lamp_on,
            handpay=lasting.is_handpay_open,
            handpay_cents=handpay_cents(lasting.handpay),
            game=lasting.game,
            switches=lasting.switches,
            clock_off_s=self._talk.clock_off_s,
            exceptions=lasting.count,
        )
        self._link = link
        if status != self._status:
            self._status = status

    # ------------------------------------------------------------------ the line

    def on_open(self, link: str, now: Moment) -> Step:
        """Our place on the line: an exception without AckSent is acknowledged before anything else is asked (§15)."""
        self._deciding = None
        draft = Draft(self._settings.address)
        if self._memory.lasting.owes_ack:
            draft.order(OweAck(self._memory.lasting.count))
        return draft.step()

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        """The gateway stops."""
        self._deciding = None
        return self._lost(Draft(self._settings.address), LinkState.CLOSED, reason, now)

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        """Traffic and timing are shown at once and never recorded."""
        if isinstance(message, FrameSeen):
            return Step(show=(Show("frames", frame_view(message, now.utc), feed=True),))
        if isinstance(message, TimingMeasured):
            return Step(show=(Show("timing", timing_view(message)),))
        return None

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
        """An event of the line, in its turn: after those whose record was refused."""
        if self._refused:
            self._refused.append(message)
            return NOTHING
        self._is_retry = False
        return self._decide(message, now)

    def _decide(self, message: LineEvent, now: Moment) -> Step:
        self._tally.settle()
        self._deciding = message
        draft = Draft(self._settings.address)
        match message:
            case ExceptionHeard():
                self._on_exception(draft, message, now)
                draft.release()
            case AckSent():
                if self._memory.lasting.owes_ack:
                    draft.record(ev.ExceptionAcknowledged(self._memory.lasting.count))
                draft.release()
            case PollDone():
                self._on_done(draft, message, now)
                if message.tag.partition(".")[0] in _HELD:
                    draft.release()
            case PollFailed():
                self._on_failed(draft, message, now)
            case LinkMoved():
                self._on_moved(draft, message, now)
        return draft.step()

    # ------------------------------------------------------------------ exceptions

    def _on_exception(self, draft: Draft, heard: ExceptionHeard, now: Moment) -> None:
        code = heard.code
        record_exception(draft, heard, self._memory, away=not self._is_ready)
        if code in meanings.READ_AGAIN:
            self._talk.read_again(meanings.READ_AGAIN[code])
        if code in (meanings.POWER_ON, meanings.OVERFLOW):
            self._talk.read_again(conversation.EVERYTHING)
        if code in (meanings.METERS_CLEARED, meanings.OPTIONS_CHANGED):
            self._rounds.restart(now)
        elif code in meanings.MOVES_METERS:
            self._rounds.want(now)
        if code == meanings.HANDPAY_PENDING:
            self._papers.want_handpay()
        elif code == meanings.HANDPAY_RESET:
            self._orders.on_handpay_reset(draft, code)
        elif code in meanings.RECORD_WAITING:
            self._papers.want_records()

    # ------------------------------------------------------------------ polls

    def _on_done(self, draft: Draft, done: PollDone, now: Moment) -> None:
        kind, _, rest = done.tag.partition(".")
        if isinstance(done.answer, RomSignature):
            self._orders.on_signature(draft, done.answer)
        elif kind == conversation.PREFIX:
            if self._talk.on_done(draft, rest, done, now):
                self._converse_ended(draft, now)
        elif kind == rounds.PREFIX:
            self._rounds.on_done(draft, rest, done, now)
        elif kind == papers.HANDPAY:
            self._papers.on_handpay(draft, done, away=not self._is_ready)
        elif kind in (papers.LOOK, papers.MARK):
            self._papers.on_record(draft, kind, done)
        elif kind == papers.AGAIN:
            self._papers.on_again(draft, done, away=True)
        elif kind == orders.PREFIX:
            self._orders.on_done(draft, rest, done, now)
            if isinstance(done.answer, MeterReadings) and self._tally.take(draft, readings_of(0x6F, done.answer)):
                self._rounds.want(now)

    def _on_failed(self, draft: Draft, failed: PollFailed, now: Moment) -> None:
        kind, _, rest = failed.tag.partition(".")
        if kind == conversation.PREFIX:
            if self._talk.on_failed(draft, rest, failed):
                self._converse_ended(draft, now)
        elif kind == rounds.PREFIX:
            self._rounds.on_failed(draft, rest, failed, now)
        elif kind in (papers.HANDPAY, papers.LOOK, papers.MARK):
            self._papers.on_failed(kind, failed)
        elif kind == orders.PREFIX:
            self._orders.on_failed(draft, rest, failed)

    def _converse_ended(self, draft: Draft, now: Moment) -> None:
        """The last answer of a conversation: after that of the start everything else begins."""
        if not self._talk.is_start:
            return
        self._is_ready = True
        self._rounds.begin_session()
        self._rounds.want(now)
        self._papers.begin_session()
        self._refresh(now, self._link, self._status.reason)

    def can_read_extended(self) -> bool:
        """Whether meters are read by 6F."""
        return self._rounds.source is MeterSource.EXTENDED

    def converse(self, draft: Draft) -> None:
        """Have the start-up conversation again."""
        self._talk.read_again(conversation.EVERYTHING)

    # ------------------------------------------------------------------ how it is reached

    def _on_moved(self, draft: Draft, moved: LinkMoved, now: Moment) -> None:
        if moved.state in (LinkState.DOWN, LinkState.CLOSED):
            self._note_lost(draft, moved.state, moved.reason, now)
        elif moved.state is LinkState.UP and not self._is_in_session:
            self._begin_session(draft, moved.reason, now)
        else:
            self._refresh(now, moved.state, moved.reason)

    def _begin_session(self, draft: Draft, reason: str, now: Moment) -> None:
        lasting = self._memory.lasting
        draft.record(ev.LinkFound(reason, lasting.heard_at, restarted=lasting.is_linked))
        self._tally.begin_session()
        self._is_ready = False
        self._talk.begin(draft)

    def _note_lost(self, draft: Draft, state: LinkState, reason: str, now: Moment) -> None:
        if self._memory.lasting.is_linked:
            draft.record(ev.LinkLost(reason))
        self._is_in_session = self._is_ready = False
        self._talk.stop()
        self._rounds.stop()
        self._papers.stop()
        self._refresh(now, state, reason)

    def _lost(self, draft: Draft, state: LinkState, reason: str, now: Moment) -> Step:
        self._note_lost(draft, state, reason, now)
        return draft.step()

    # ------------------------------------------------------------------ commands

    def on_command(self, command: Command, now: Moment) -> Step:
        """Order it of the line; its answer ends it."""
        self._deciding = None
        if self._link is not LinkState.UP:
            draft = Draft(self._settings.address)
            draft.refused(command.id, f"the machine cannot be reached: {self._status.reason}", "not_connected")
            return draft.step()
        return self._orders.decide(command, now)

    def on_expiry(self, command: Command, now: Moment) -> Step:
        """Only evidence ends what was sent."""
        return NOTHING

    # ------------------------------------------------------------------ time

    def deadline(self) -> float | None:
        """When something is to be asked, or decided once more; a moment in the past means now."""
        if self._refused:
            return 0.0
        if not self._is_in_session:
            return None
        if self._talk.is_due or (self._is_ready and self._papers.is_due):
            return 0.0
        return self._rounds.deadline() if self._may_count() else None

    def _may_count(self) -> bool:
        """Meters are read when it is known what their credits are worth: not while that is being asked."""
        return self._is_ready and not self._talk.is_running and not self._talk.is_due

    def on_time(self, now: Moment) -> Step:
        """Decide once more what was refused; otherwise ask what is due."""
        self._deciding = None
        if self._refused:
            self._is_retry = True
            return self._decide(self._refused.popleft(), now)
        draft = Draft(self._settings.address)
        if self._is_in_session:
            self._talk.on_time(draft)
            if self._is_ready:
                self._papers.on_time(draft)
            if self._may_count():
                self._rounds.on_time(draft, now)
        return draft.step()

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        """The record of a message was refused; what the machine told stays with us, and the line stands still."""
        if self._deciding is not None:
            self._tally.forget()
            if self._is_retry:
                self._refused.appendleft(self._deciding)
            else:
                self._refused.append(self._deciding)
            self._deciding = None
        return NOTHING

    def on_answer(self, ask_id: str, answer: Any, now: Moment) -> Step:
        """This model asks nothing."""
        return NOTHING

    # ------------------------------------------------------------------ lasting state

    def apply(self, event: Event, at: datetime) -> None:
        """Change the lasting state by one recorded event."""
        self._memory.apply(event, at)

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        """What has changed; everything after a restart."""
        for event in events:
            if isinstance(event, ev.LinkFound):
                self._is_in_session = True
                self._link = LinkState.UP
                self._status = msgspec.structs.replace(self._status, reason=event.reason)
        self._refresh(now, self._link, self._status.reason)
        return shows_of(events, self._memory, now.utc)

    def carry(self) -> Lasting:
        """The lasting state, whole; open commands travel with the unit's commands."""
        return self._memory.carry()

    def restore(self, state: Any, commands: list[OpenCommandState]) -> None:
        """Take what `carry` gave."""
        self._memory.restore(state, commands)
