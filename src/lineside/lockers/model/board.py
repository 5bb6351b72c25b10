"""Decides for one locker board: its reports, the codes that it is to have, orders, and what is shown.

The board asks and we answer; there is nothing to send in between. Each reply is the whole list of codes as it is wanted
now, built from the state when it leaves and never kept: there is no queue. What a reply said is confirmed by a later
message alone. A board without approval gets no reply at all, because an empty list would revoke every code it has.

A board is no connection: it is there while any message of it is younger than the limit, whichever channel brought it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import inf
from typing import Any

from lineside.errors import LinesideError
from lineside.lockers.model.admission import Admission
from lineside.lockers.model.alarms import CLOCK_BEHIND, POSSIBLE_CLONE
from lineside.lockers.model.board_orders import BoardOrders
from lineside.lockers.model.code_orders import CodeOrders
from lineside.lockers.model.draft import Draft
from lineside.lockers.model.events import (
    AlarmCleared,
    BoardAway,
    CodeRead,
    ExpiryMoved,
    Heard,
)
from lineside.lockers.model.memory import Lasting, Memory
from lineside.lockers.model.messages import Messages
from lineside.lockers.model.settings import BoardSettings
from lineside.lockers.model.shown import BoardStatus, board_view, heard_view
from lineside.lockers.model.steady import SteadyClock, utc_of
from lineside.runtime.command import Command
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import NOTHING, Event, Moment, Secret, Show, Step, UnitState, UnitStatus

# While our clock is known to be wrong it is looked at so often, since nothing tells when it is set.
CLOCK_LOOK_S = 30.0


class Board:
    """The model of one board.

    Args:
        name: its ID.
        era: of the journal; a board that was approved in an earlier one waits for approval anew.
        known_elsewhere: another gateway whose stream knows the board; "" when none does.
        clock_floor: the journal's newest event; a wall clock that is behind it says nothing.
        draw: gives a random number from 0 to below its argument, for codes.
    """

    def __init__(
        self,
        name: str,
        settings: BoardSettings,
        now: Moment,
        *,
        era: int = 0,
        known_elsewhere: str = "",
        clock_floor: datetime | None = None,
        draw: Callable[[int], int],
    ) -> None:
        self.name = name
        self._settings = settings
        self._memory = Memory(settings)
        self._clock = SteadyClock(now, clock_floor)
        self._orders = BoardOrders(self._memory, settings)
        self._codes = CodeOrders(self._memory, settings, draw)
        self._admission = Admission(self._memory, settings, era, known_elsewhere)
        self._messages = Messages(self._memory, self._orders, self._admission, self._clock, settings, now)
        # Not lasting from here on.
        self._silent_since = now.mono
        self._looked_mono = now.mono
        self._shown_mono = float("-inf")
        self._is_unshown = False  # something was heard that no value of the topic tells yet
        self._status = BoardStatus(
            UnitState.WAITING, "", False, now.utc, label=settings.label, simulated=settings.simulated
        )
        self._refresh(UnitState.WAITING, now)

    # ------------------------------------------------------------------ status

    @property
    def status(self) -> UnitStatus:
        """The present status; a new object when something in it changed."""
        return self._status

    @property
    def is_pending(self) -> bool:
        """Whether the board gets no reply until somebody approves it."""
        return bool(self._admission.why_pending())

    def _refresh(self, state: UnitState, now: Moment) -> None:
        memory = self._memory
        lasting, grid = memory.lasting, memory.grid
        pending = self._admission.why_pending()
        alarms = (*lasting.alarms, CLOCK_BEHIND) if self._clock.is_behind else tuple(lasting.alarms)
        status = BoardStatus(
            state,
            self._reason_of(state, pending),
            state is UnitState.LIVE and not pending,
            self._status.since if state is self._status.state else now.utc,
            pending=bool(pending),
            blocked=lasting.block.wanted or memory.is_blocked,
            columns=grid.columns if grid else 0,
            rows=grid.rows if grid else 0,
            cells_with_code=len(lasting.assignments),
            alarms=alarms,
            label=self._settings.label,
            simulated=self._settings.simulated,
        )
        if status != self._status:
            self._status = status

    def _reason_of(self, state: UnitState, pending: str) -> str:
        if state is UnitState.AWAY:
            return f"no message for {self._settings.board_timeout_s:.0f} s"
        if pending and self._memory.lasting.is_registered:
            return f"waits for approval: {pending}"
        return "it reports" if state is UnitState.LIVE else "not heard since the start"

    # ------------------------------------------------------------------ what comes in

    def on_open(self, link: str, now: Moment) -> Step:
        """A connection says nothing; its first message does."""
        return NOTHING

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        """The board may have another connection, and opens a new one when it wants to talk."""
        return NOTHING

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        """Every message is recorded before it is answered."""
        return None

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
        """Record and answer one `Report`."""
        step = self._messages.decide(message, now)
        if step is not NOTHING:
            self._silent_since = now.mono
            self._is_unshown = True
            if self._status.state is not UnitState.LIVE:
                self._refresh(UnitState.LIVE, now)
        return step

    def on_command(self, command: Command, now: Moment) -> Step:
        """Codes, block, reboot, approval."""
        match command.name:
            case "set_code":
                us = self._clock.us(now)
                return self._codes.set(command, us, adrift=self._clock.is_behind)
            case "revoke_code":
                return self._codes.revoke(command)
            case "block":
                return self._orders.block(command)
            case "unblock":
                return self._orders.unblock(command)
            case "reboot":
                return self._orders.reboot(command)
            case "approve":
                return self._orders.approve(command, self._admission.era, self._admission.why_pending())
        raise AssertionError(f"no command of this house: {command.name}")

    def on_expiry(self, command: Command, now: Moment) -> Step:
        """A reboot that was ordered and did not come."""
        return self._orders.on_expiry(command)

    def read_code(self, cell: int, reader: str, now: Moment, reason: str = "") -> Step:
        """Record that a person reads the code of a cell; after it `code_of` may be asked. Nothing without a code."""
        if cell not in self._memory.lasting.assignments:
            return NOTHING
        return Step(record=(CodeRead(cell, reader, reason),))

    def code_of(self, cell: int) -> Secret | None:
        """The code that a cell is to have now; only for who has just been recorded by `read_code`."""
        one = self._memory.lasting.assignments.get(cell)
        return None if one is None else one.code

    # ------------------------------------------------------------------ time

    def deadline(self) -> float | None:
        """When something is to be recorded: an expiry, silence, the end of a suspicion."""
        memory = self._memory
        lasting, due = memory.lasting, inf
        if lasting.is_registered and not lasting.is_away:
            due = self._silent_since + self._settings.board_timeout_s
        if self._clock.is_behind:
            due = min(due, self._looked_mono + CLOCK_LOOK_S)
        elif (expires_us := memory.expires_us) is not None:
            due = min(due, 0.0 if self._is_adrift() else self._clock.mono_at(expires_us))
        if lasting.alarms and POSSIBLE_CLONE in lasting.alarms:
            due = min(due, self._messages.cloned_mono + self._settings.clone_clear_s)
        return None if due == inf else due

    def _is_adrift(self) -> bool:
        return self._clock.shift_us != 0 and any(one.adrift for one in self._memory.lasting.assignments.values())

    def on_time(self, now: Moment) -> Step:
        """Record what the clock brings."""
        lasting, draft = self._memory.lasting, Draft()
        was_behind, us = self._clock.is_behind, self._clock.us(now)
        self._looked_mono = now.mono
        if was_behind is not self._clock.is_behind:
            self._refresh(self._status.state, now)
        self._messages.expire(draft, us)
        if not self._clock.is_behind:
            self._move_adrift(draft)
        if lasting.is_registered and not lasting.is_away and now.mono >= self._away_at:
            draft.record(BoardAway(round(now.mono - self._silent_since, 1)))
        if POSSIBLE_CLONE in lasting.alarms and now.mono >= self._messages.cloned_mono + self._settings.clone_clear_s:
            draft.record(AlarmCleared(POSSIBLE_CLONE))
        return draft.step()

    def _move_adrift(self, draft: Draft) -> None:
        """Codes that were set while the clock was wrong keep their length."""
        for cell, one in self._memory.lasting.assignments.items():
            ends_us = self._clock.ends_us(one)
            if ends_us != one.expires_us and ends_us is not None and cell not in draft.gone:
                draft.record(ExpiryMoved(cell, utc_of(ends_us)))

    @property
    def _away_at(self) -> float:
        return self._silent_since + self._settings.board_timeout_s

    def live_deadline(self) -> float | None:
        """Silence is shown also when it cannot be recorded, and what was heard when the topic's pause is over."""
        shown_at = self._shown_mono + self._settings.shown_at_last_s if self._is_unshown else None
        if self._status.state is UnitState.AWAY or not self._memory.lasting.is_registered:
            return shown_at
        return self._away_at if shown_at is None else min(shown_at, self._away_at)

    def on_live_time(self, now: Moment) -> Step:
        """Show silence and what was heard."""
        if now.mono >= self._away_at and self._memory.lasting.is_registered:
            self._refresh(UnitState.AWAY, now)
        return Step(show=self._heard_shown(now)) if self._is_unshown else NOTHING

    # ------------------------------------------------------------------ lasting state

    def apply(self, event: Event, at: datetime) -> None:
        """Change the lasting state by one recorded event."""
        self._memory.apply(event, at)

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        """The cabinet as it now is; everything after a restart. A message without news shows that it came."""
        if len(events) == 1 and events[0].__class__ is Heard:
            self._messages.heard_mono = now.mono
            return self._heard_shown(now)
        self._messages.note_recorded(events, now)
        self._refresh(self._status.state, now)
        view = board_view(self._memory, self._settings, self._admission.why_pending())
        self._is_unshown = self._is_unshown or not events
        return Show("board", view), *self._heard_shown(now)

    def _heard_shown(self, now: Moment) -> tuple[Show, ...]:
        if now.mono - self._shown_mono < self._settings.shown_s or not self._is_unshown:
            return ()
        self._shown_mono, self._is_unshown = now.mono, False
        return (Show("heard", heard_view(self._memory, self._messages.tally)),)

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        """Nothing was applied or answered; the board asks again."""
        return NOTHING

    def on_answer(self, ask_id: str, answer: Any, now: Moment) -> Step:
        """This model asks nothing."""
        return NOTHING

    def carry(self) -> Lasting:
        """The lasting state, whole; open commands travel with the unit's commands."""
        return self._memory.carry()

    def restore(self, state: Any, commands: list[OpenCommandState]) -> None:
        """Take what `carry` gave."""
        self._memory.restore(state)
