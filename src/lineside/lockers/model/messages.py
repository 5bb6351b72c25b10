"""Decides about one message of a board: what of it is recorded, and the reply.

Nearly all messages say what the one before said. Such a one is one `Heard` and the list of codes as it was (`_plain`);
everything else takes the long way (`_decide`). A reply is made from the state as it will be when it leaves: nothing of
the unit is decided between the two.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lineside.lockers.model.admission import Admission
from lineside.lockers.model.alarms import POSSIBLE_CLONE, note_alarms
from lineside.lockers.model.board_orders import BoardOrders
from lineside.lockers.model.cells import Phase
from lineside.lockers.model.clones import CloneWatch
from lineside.lockers.model.code_list import CodeList
from lineside.lockers.model.draft import Draft
from lineside.lockers.model.events import (
    AlarmRaised,
    BoardRebooted,
    BoardRegistered,
    BoardReturned,
    ChannelChanged,
    CodeExpired,
    Heard,
    OrdersSent,
    PossibleClone,
    Reported,
)
from lineside.lockers.model.memory import Memory
from lineside.lockers.model.report import Reading, grid_after, is_same, note_layout, reported_of
from lineside.lockers.model.settings import BoardSettings
from lineside.lockers.model.shown import Tally
from lineside.lockers.model.steady import SteadyClock
from lineside.lockers.model.turns import Before, Turn, turn_of
from lineside.lockers.wire import Reply, Request, locks_of
from lineside.runtime.step import NOTHING, Event, Moment, Send, Step

# A board that changes its channel with every message is told of six times an hour; each message has its channel.
CHANNEL_TOLD_S = 600.0
# Unknown keys that change all the time (a temperature) are recorded so often, and with a change of anything else.
EXTRA_TOLD_S = 600.0
# Two boards of one ID give a sign with nearly every message.
CLONE_TOLD_S = 600.0

_NEVER = float("-inf")


class Report(msgspec.Struct, frozen=True, gc=False):
    """What a gateway posts for each request; ``address`` is the peer's, without port."""

    request: Request
    address: str


class Messages:
    """Decides about the messages of one board. What it remembers itself is not lasting.

    Attributes:
        tally: what came.
        heard_mono: when the last message that counted was recorded, monotonic seconds; None since the start.
        booted_mono: when the last new boot was recorded.
        cloned_mono: when two boards of one ID were suspected last.
    """

    def __init__(
        self,
        memory: Memory,
        orders: BoardOrders,
        admission: Admission,
        clock: SteadyClock,
        settings: BoardSettings,
        now: Moment,
    ) -> None:
        self.tally = Tally()
        self.heard_mono: float | None = None
        self.booted_mono = _NEVER
        self.cloned_mono = now.mono
        self._memory = memory
        self._orders = orders
        self._admission = admission
        self._clock = clock
        self._settings = settings
        self._codes = CodeList(settings.minutes_mode, clock.ends_us)
        self._clones = CloneWatch(settings)
        self._address = ""
        self._channel_told_mono = self._clone_told_mono = self._extra_told_mono = _NEVER
        self._calm_version: object = None
        self._is_calm = False

    def decide(self, report: Report, now: Moment) -> Step:
        """Record and answer one message."""
        request, address = report.request, report.address
        self.tally.messages += 1
        if request.flags:
            self.tally.errors += 1
        number, us = int(request.send), self._clock.us(now)
        if self._is_plain(request, address, number, us):
            step = self._plain(request, us)
        elif self._admission.is_rejected:
            return NOTHING
        else:
            step = self._decide(request, address, number, us, now)
        self._clones.note(number, address, request.connection or 0, now.mono)
        self._address = address
        return step

    def note_recorded(self, events: tuple[Event, ...], now: Moment) -> None:
        """These events of the board are on disk: from here on they count as told."""
        for event in events:
            match event:
                case Heard():
                    self.heard_mono = now.mono
                case Reported():
                    self.heard_mono = self._extra_told_mono = now.mono
                case BoardRebooted():
                    self.booted_mono = now.mono
                case ChannelChanged():
                    self._channel_told_mono = now.mono
                case PossibleClone():
                    self._clone_told_mono = now.mono

    # ------------------------------------------------------------------ nothing new

    def _is_plain(self, request: Request, address: str, number: int, us: int) -> bool:
        memory = self._memory
        lasting = memory.lasting
        if memory.version is not self._calm_version:
            self._calm_version = memory.version
            self._is_calm = self._is_usual()
        return (
            self._is_calm
            and memory.number is not None
            and 0 < number - memory.number <= self._settings.late_distance
            and address == self._address
            and not request.reset
            and (not request.connection or request.connection == lasting.channel)
            and (memory.expires_us is None or us < memory.expires_us or self._clock.is_behind)
            and is_same(lasting, request)
            and request.extra == lasting.extra
        )

    def _is_usual(self) -> bool:
        lasting = self._memory.lasting
        is_there = lasting.is_registered and not lasting.is_away
        return is_there and self._memory.is_settled and not self._admission.why_pending()

    def _plain(self, request: Request, us: int) -> Step:
        self.tally.replies += 1
        lasting = self._memory.lasting
        codes = self._codes.codes(lasting.assignments, us, (), self._memory.codes_version)
        reply = Reply(
            header=request.header, board=request.board, send=request.send, block=lasting.block.wanted, codes=codes
        )
        return Step(record=(Heard(request.send, 0, request.accessed or ()),), send=(Send(reply),))

    # ------------------------------------------------------------------ everything else

    def _decide(self, request: Request, address: str, number: int, us: int, now: Moment) -> Step:
        channel = request.connection or 0
        turn = turn_of(
            number,
            is_reset=bool(request.reset),
            channel=channel,
            before=self._before(now),
            settings=self._settings,
        )
        draft = Draft()
        pending = self._admission.why_pending(request)
        is_ordered = False
        if turn.is_fresh:
            if not self._memory.lasting.is_registered:
                draft.record(BoardRegistered(self._admission.era, pending, address))
            epoch = self._epoch_of(turn)
            is_ordered = self._note_boot(draft, turn, request.send, epoch)
            self._read(draft, request, {"send": request.send, "epoch": epoch}, now)
        elif turn is Turn.LATE:
            self.tally.late += 1
        else:
            self.tally.duplicates += 1
        self._note_clone(draft, turn, request, number, address, now)
        self.expire(draft, us)
        if turn.is_fresh and not is_ordered:
            self._orders.give_up_reboot(draft)
        if pending:
            return draft.step()
        is_reboot = turn.is_fresh and not is_ordered and self._orders.is_reboot_due
        if turn is not Turn.LATE:  # the board drops the answer to a late packet, so it promises nothing
            self._note_orders(draft, request.send, is_reboot=is_reboot)
        return draft.step(send=(Send(self._reply(request, draft, us, is_reboot=is_reboot)),))

    def _before(self, now: Moment) -> Before:
        memory = self._memory
        lasting = memory.lasting
        if self.heard_mono is not None:
            age_s = now.mono - self.heard_mono
        else:  # by an earlier process; a wall clock that was set back says nothing, and a late packet harms nobody
            age_s = 0.0 if lasting.heard_at is None else max(0.0, (now.utc - lasting.heard_at).total_seconds())
        return Before(
            number=memory.number,
            was_reset=lasting.reset,
            channel=lasting.channel,
            age_s=age_s,
            previous=int(lasting.previous) if lasting.previous else None,
            boot_age_s=now.mono - self.booted_mono,
        )

    def _epoch_of(self, turn: Turn) -> int:
        epoch = self._memory.lasting.epoch
        return epoch + 1 if turn in (Turn.FIRST, Turn.REBOOTED, Turn.IMPLIED) else epoch

    def _note_boot(self, draft: Draft, turn: Turn, send: str, epoch: int) -> bool:
        """Tell of a new boot; whether it is the one that was ordered."""
        if turn not in (Turn.REBOOTED, Turn.IMPLIED):
            return False
        if turn is Turn.REBOOTED:
            self._clones.forget()
        reboot = self._memory.lasting.reboot
        is_ordered = reboot is not None and reboot.replies > 0
        draft.record(BoardRebooted(epoch, send, turn is Turn.IMPLIED, is_ordered))
        if reboot is not None and is_ordered:
            draft.done(reboot.command, "the board has rebooted", send=send, epoch=epoch)
        return is_ordered

    def _read(self, draft: Draft, request: Request, where: dict[str, Any], now: Moment) -> None:
        memory, settings = self._memory, self._settings
        lasting = memory.lasting
        if lasting.is_away:
            away_s = 0.0 if lasting.heard_at is None else (now.utc - lasting.heard_at).total_seconds()
            draft.record(BoardReturned(round(max(0.0, away_s), 1)))
        is_news = not is_same(lasting, request) or self._is_extra_due(request, now)
        self._note_channel(draft, request, now)
        if is_news:
            draft.record(reported_of(lasting, request))
        else:
            channel = request.connection or 0
            draft.record(Heard(request.send, channel if channel != lasting.channel else 0, request.accessed or ()))
        grid = grid_after(lasting, request, settings.cells_max)
        note_layout(draft, memory.grid, grid)
        Reading(memory, request, draft, where, settings.cells_max).read(is_news=is_news)
        if is_news or not memory.is_settled:
            states = lasting.states if request.states is None else request.states
            outside = grid is not None and any(cell > grid.cells for cell in lasting.assignments)
            note_alarms(draft, lasting, states, mismatch=self._is_mismatch(request), outside=outside)

    def _is_mismatch(self, request: Request) -> bool:
        if request.locks is None and request.columns is None and request.rows is None:
            return self._memory.locks.mismatch
        lasting, settings = self._memory.lasting, self._settings
        columns = lasting.columns if request.columns is None else request.columns
        rows = lasting.rows if request.rows is None else request.rows
        locks = lasting.locks if request.locks is None else request.locks
        return locks_of(locks, columns, rows, settings.act_con_mode, settings.cells_max).mismatch

    def _is_extra_due(self, request: Request, now: Moment) -> bool:
        return request.extra != self._memory.lasting.extra and now.mono - self._extra_told_mono >= EXTRA_TOLD_S

    def _note_channel(self, draft: Draft, request: Request, now: Moment) -> None:
        channel, before = request.connection or 0, self._memory.lasting.channel
        if before and channel and channel != before and now.mono - self._channel_told_mono >= CHANNEL_TOLD_S:
            draft.record(ChannelChanged(channel, before))

    def _note_clone(self, draft: Draft, turn: Turn, request: Request, number: int, address: str, now: Moment) -> None:
        other, text = self._clones.suspicion(
            turn,
            number,
            address,
            request.connection or 0,
            now.mono,
            is_same=turn is not Turn.AGAIN or is_same(self._memory.lasting, request),
        )
        if not other:
            return
        self.cloned_mono = now.mono
        if POSSIBLE_CLONE not in self._memory.lasting.alarms:
            draft.record(AlarmRaised(POSSIBLE_CLONE, f"{address} and {other}"))
        elif now.mono - self._clone_told_mono < CLONE_TOLD_S:
            return
        draft.record(PossibleClone(address, other, request.send, text))

    # ------------------------------------------------------------------ codes that end, and the reply

    def expire(self, draft: Draft, us: int) -> None:
        """End the codes whose time is over; none while our clock is known to be wrong."""
        memory, clock = self._memory, self._clock
        if clock.is_behind or memory.expires_us is None or (us < memory.expires_us and not clock.shift_us):
            return
        for cell, one in memory.lasting.assignments.items():
            ends_us = clock.ends_us(one)
            if cell not in draft.gone and ends_us is not None and ends_us <= us:
                draft.record(CodeExpired(cell))
                draft.expired(one.command, "its time was over before the board confirmed it")
                draft.gone.add(cell)
                if memory.may_have_code(cell):
                    draft.leaving.add(cell)

    def _note_orders(self, draft: Draft, send: str, *, is_reboot: bool) -> None:
        """Tell what this reply is the first to say."""
        lasting = self._memory.lasting
        cells = set(draft.leaving)
        for cell, one in lasting.assignments.items():
            if one.phase is Phase.PENDING and cell not in draft.gone:
                cells.add(cell)
                draft.sent(one.command)
        for cell, gone in lasting.revocations.items():
            if not gone.sent:
                cells.add(cell)
                draft.sent(gone.command)
        is_block = not lasting.block.is_sent
        if is_block:
            draft.sent(lasting.block.command)
        if is_reboot and lasting.reboot is not None and lasting.reboot.replies == 0:
            draft.sent(lasting.reboot.command)
        if cells or is_block or is_reboot:
            draft.record(OrdersSent(send, tuple(sorted(cells)), is_block, is_reboot))

    def _reply(self, request: Request, draft: Draft, us: int, *, is_reboot: bool) -> Reply:
        self.tally.replies += 1
        lasting = self._memory.lasting
        return Reply(
            header=request.header,
            board=request.board,
            send=request.send,
            reset=is_reboot,
            block=lasting.block.wanted,
            codes=self._codes.codes(lasting.assignments, us, draft.gone, self._memory.codes_version),
        )
