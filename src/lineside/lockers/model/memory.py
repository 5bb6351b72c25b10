"""The lasting state of one board: a fold of its events, live and on replay alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from lineside.lockers.model import events as ev
from lineside.lockers.model.cells import Assignment, Block, Mark, Phase, Reboot, Revocation
from lineside.lockers.model.commands import keep_secret
from lineside.lockers.model.settings import BoardSettings
from lineside.lockers.wire import BoardState, Channel, Grid, Locks, grid_of, locks_of
from lineside.runtime.command import CommandEnded
from lineside.runtime.step import Event

_CHANNELS = frozenset(Channel)
_REPORT_FIELDS = tuple(
    name for name in ev.Reported.__struct_fields__ if name not in ("send", "connection", "columns", "rows", "locks")
)


class Lasting(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is carried; the report's fields are those that were reported last, each by itself.

    Attributes:
        is_registered: a message came.
        is_approved: it may have replies, in journals of ``era``.
        pending: why not.
        epoch: boots that were seen; 0 before the first message.
        send: SEND of the last message that counted; ``previous`` that of the boot before (told by RESET).
        heard_at: when it came, by the journal.
        channel: that carried it; ``channels`` when each was heard last.
    """

    is_registered: bool = False
    is_approved: bool = False
    pending: str = ""
    era: int = 0
    epoch: int = 0
    send: str = ""
    previous: str = ""
    heard_at: datetime | None = None
    channel: int = 0
    channels: dict[int, datetime] = {}
    wifi: int | None = None
    gsm: int | None = None
    reset: bool = False
    states: tuple[int, ...] | None = None
    columns: int | None = None
    rows: int | None = None
    locks: tuple[str, ...] | None = None
    engaged: tuple[int, ...] | None = None
    timed_out: tuple[int, ...] | None = None
    accessed: tuple[int, ...] | None = None
    extra: dict[str, str] = {}
    flags: tuple[str, ...] = ()
    assignments: dict[int, Assignment] = {}
    revocations: dict[int, Revocation] = {}
    marks: dict[int, Mark] = {}
    alarms: dict[str, datetime] = {}
    block: Block = Block()
    reboot: Reboot | None = None
    is_away: bool = False


# Boards of one cabinet maker have the same locks: 6 KB each that a thousand of them need once.
_locks_of = lru_cache(1024)(locks_of)


class Memory:
    """Applies events.

    Attributes:
        lasting: read it; `apply` alone changes it.
        number: of ``lasting.send``; None before the first message.
        grid, locks: of the last report.
        version: another object after each event that is more than a `Heard`.
        codes_version: another object after each event that changes which codes there are.
    """

    def __init__(self, settings: BoardSettings) -> None:
        self._settings = settings
        self.lasting = Lasting()
        self.number: int | None = None
        self.grid: Grid | None = None
        self.locks = Locks()
        self.version: object = object()
        self.codes_version: object = object()
        self._is_settled = True
        self._expires_us: int | None = None
        self._settled_of: object = None  # the versions that these two belong to
        self._expires_of: object = None

    @property
    def is_settled(self) -> bool:
        """The board has and reports all that is wanted of it, so that a message that is no news needs no look."""
        if self._settled_of is not self.version:
            self._is_settled, self._settled_of = self._settle(), self.version
        return self._is_settled

    @property
    def expires_us(self) -> int | None:
        """When the next code expires by our clock, in microseconds since 1970; None when none does."""
        if self._expires_of is not self.codes_version:
            expiries = [us for one in self.lasting.assignments.values() if (us := one.expires_us) is not None]
            self._expires_us, self._expires_of = min(expiries, default=None), self.codes_version
        return self._expires_us

    @property
    def is_blocked(self) -> bool:
        """The board reports that access is blocked."""
        return BoardState.BLOCKED in (self.lasting.states or ())

    # ------------------------------------------------------------------ events

    def apply(self, event: Event, at: datetime) -> None:
        """Take one event."""
        if event.__class__ is ev.Heard:
            self._hear(event.s, event.c, at)
            if not self.is_settled:
                self._count_unwanted()
            return
        change = _CHANGES.get(event.__class__)
        if change is not None:
            change(self, event, at)
            self.version = object()
            if event.__class__ in _OF_CODES:
                self.codes_version = self.version

    def _hear(self, send: str, channel: int, at: datetime) -> None:
        lasting = self.lasting
        lasting.send = send
        lasting.heard_at = at
        self.number = int(send)
        if channel:
            lasting.channel = channel
        if lasting.channel in _CHANNELS:
            lasting.channels[lasting.channel] = at

    def _on_reported(self, event: ev.Reported, at: datetime) -> None:
        lasting = self.lasting
        for name in _REPORT_FIELDS:
            value = getattr(event, name)
            if value is not None:
                setattr(lasting, name, value)
        if event.columns is not None or event.rows is not None or event.locks is not None:
            lasting.columns = lasting.columns if event.columns is None else event.columns
            lasting.rows = lasting.rows if event.rows is None else event.rows
            lasting.locks = lasting.locks if event.locks is None else event.locks
            self._lay_out()
        self._hear(event.send, event.connection or 0, at)
        self._count_unwanted()

    def _count_unwanted(self) -> None:
        block = self.lasting.block
        unwanted = block.unwanted + 1 if self.is_blocked and not block.wanted else 0
        if unwanted != block.unwanted:
            self.lasting.block = msgspec.structs.replace(block, unwanted=min(unwanted, 2))

    def _on_registered(self, event: ev.BoardRegistered, at: datetime) -> None:
        lasting = self.lasting
        lasting.is_registered = True
        lasting.epoch = max(lasting.epoch, 1)
        lasting.pending = event.pending
        if not event.pending:
            lasting.is_approved, lasting.era = True, event.era

    def _on_approved(self, event: ev.BoardApproved, at: datetime) -> None:
        self.lasting.is_approved, self.lasting.era, self.lasting.pending = True, event.era, ""

    def _on_rebooted(self, event: ev.BoardRebooted, at: datetime) -> None:
        lasting = self.lasting
        lasting.epoch = event.epoch
        lasting.previous = "" if event.implied else lasting.send
        if event.ordered:
            lasting.reboot = None

    # ------------------------------------------------------------------ codes

    def _on_code_set(self, event: ev.CodeSet, at: datetime) -> None:
        fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "reason"}
        self.lasting.assignments[event.cell] = Assignment(set_at=at, **fields)
        self.lasting.revocations.pop(event.cell, None)
        self._mark(event.cell, "set")

    def _on_code_revoked(self, event: ev.CodeRevoked, at: datetime) -> None:
        self._end_code(event.cell, "revoked", event.command)

    def _on_code_expired(self, event: ev.CodeExpired, at: datetime) -> None:
        self._end_code(event.cell, "expired")

    def _on_code_used(self, event: ev.CodeUsed, at: datetime) -> None:
        self._end_code(event.cell, "used")

    def _end_code(self, cell: int, last_event: str, command: str = "") -> None:
        if self.may_have_code(cell):
            before = self.lasting.revocations.get(cell)
            self.lasting.revocations[cell] = Revocation(cell, command, before.sent if before else "")
        self.lasting.assignments.pop(cell, None)
        self._mark(cell, last_event)

    def may_have_code(self, cell: int) -> bool:
        """Whether the board may hold a code of this cell, so that leaving it out has to be confirmed."""
        one = self.lasting.assignments.get(cell)
        is_sent = one is not None and one.phase is not Phase.PENDING
        return is_sent or cell in self.lasting.revocations or cell in (self.lasting.engaged or ())

    def _on_expiry_moved(self, event: ev.ExpiryMoved, at: datetime) -> None:
        self._change(event.cell, expires_at=event.expires_at, adrift=False)

    def _on_orders_sent(self, event: ev.OrdersSent, at: datetime) -> None:
        lasting = self.lasting
        for cell in event.cells:
            one = lasting.assignments.get(cell)
            if one is not None and one.phase is Phase.PENDING:
                self._change(cell, phase=Phase.SENT, sent=event.send)
            gone = lasting.revocations.get(cell)
            if gone is not None and not gone.sent:
                lasting.revocations[cell] = msgspec.structs.replace(gone, sent=event.send)
        if event.block:
            lasting.block = msgspec.structs.replace(lasting.block, is_sent=True)
        if event.reboot and lasting.reboot is not None:
            lasting.reboot = msgspec.structs.replace(lasting.reboot, replies=lasting.reboot.replies + 1)

    def _on_code_confirmed(self, event: ev.CodeConfirmed, at: datetime) -> None:
        self._change(event.cell, phase=Phase.CONFIRMED, command="")
        self._mark(event.cell, "confirmed")

    def _on_revocation_confirmed(self, event: ev.RevocationConfirmed, at: datetime) -> None:
        self.lasting.revocations.pop(event.cell, None)

    def _change(self, cell: int, **changes: Any) -> None:
        one = self.lasting.assignments.get(cell)
        if one is not None:
            self.lasting.assignments[cell] = msgspec.structs.replace(one, **changes)

    # ------------------------------------------------------------------ cells, alarms, orders

    def _on_opened(self, event: ev.CellOpened, at: datetime) -> None:
        if not event.repeat:
            self._mark(event.cell, "opened", at)

    def _on_timed_out(self, event: ev.CellTimedOut, at: datetime) -> None:
        if event.ended:
            self.lasting.assignments.pop(event.cell, None)
        self._mark(event.cell, "timed_out")

    def _mark(self, cell: int, last_event: str, opened_at: datetime | None = None) -> None:
        if not 1 <= cell <= self._settings.cells_max:
            return  # a number that no cabinet has is in the history, and costs no memory
        before = self.lasting.marks.get(cell)
        self.lasting.marks[cell] = Mark(last_event, opened_at or (before.opened_at if before else None))

    def _on_alarm_raised(self, event: ev.AlarmRaised, at: datetime) -> None:
        self.lasting.alarms.setdefault(event.name, at)

    def _on_alarm_cleared(self, event: ev.AlarmCleared, at: datetime) -> None:
        self.lasting.alarms.pop(event.name, None)

    def _on_blocked(self, event: ev.BoardBlocked, at: datetime) -> None:
        self.lasting.block = Block(wanted=True, is_sent=False, is_open=True, command=event.command)

    def _on_unblocked(self, event: ev.BoardUnblocked, at: datetime) -> None:
        is_open = self.may_be_blocked()
        self.lasting.block = Block(wanted=False, is_sent=not is_open, is_open=is_open, command=event.command)

    def may_be_blocked(self) -> bool:
        """Whether the board may be blocked, so that the end of it has to be confirmed."""
        return self.is_blocked or (self.lasting.block.wanted and self.lasting.block.is_sent)

    def _on_block_confirmed(self, event: ev.BlockConfirmed, at: datetime) -> None:
        self.lasting.block = msgspec.structs.replace(self.lasting.block, is_open=False, command="")

    def _on_reboot_ordered(self, event: ev.RebootOrdered, at: datetime) -> None:
        self.lasting.reboot = Reboot(event.command)

    def _on_reboot_failed(self, event: ev.RebootFailed, at: datetime) -> None:
        self.lasting.reboot = None

    def _on_away(self, event: ev.BoardAway, at: datetime) -> None:
        self.lasting.is_away = True

    def _on_returned(self, event: ev.BoardReturned, at: datetime) -> None:
        self.lasting.is_away = False

    def _on_command_ended(self, event: CommandEnded, at: datetime) -> None:
        """Whoever waited for it waits no more; what is wanted of the board stays wanted, but for a reboot."""
        lasting = self.lasting
        for cell, one in lasting.assignments.items():
            if one.command == event.id:
                lasting.assignments[cell] = msgspec.structs.replace(one, command="")
        for cell, gone in lasting.revocations.items():
            if gone.command == event.id:
                lasting.revocations[cell] = msgspec.structs.replace(gone, command="")
        if lasting.block.command == event.id:
            lasting.block = msgspec.structs.replace(lasting.block, command="")
        if lasting.reboot is not None and lasting.reboot.command == event.id:
            lasting.reboot = None

    # ------------------------------------------------------------------ what follows from it

    def _lay_out(self) -> None:
        lasting, settings = self.lasting, self._settings
        self.grid = grid_of(lasting.columns, lasting.rows, lasting.locks, settings.cells_max)
        self.locks = _locks_of(lasting.locks, lasting.columns, lasting.rows, settings.act_con_mode, settings.cells_max)

    def _settle(self) -> bool:
        lasting = self.lasting
        return not (
            lasting.revocations
            or lasting.block.is_open
            or (self.is_blocked and not lasting.block.wanted)
            or lasting.reboot is not None
            or any(one.phase is not Phase.CONFIRMED for one in lasting.assignments.values())
        )

    # ------------------------------------------------------------------ carried

    def carry(self) -> Lasting:
        """A copy; what is in it never changes."""
        lasting = self.lasting
        names = ("channels", "extra", "assignments", "revocations", "marks", "alarms")
        return msgspec.structs.replace(lasting, **{name: dict(getattr(lasting, name)) for name in names})

    def restore(self, state: Any) -> None:
        """Take what `carry` gave, in JSON types and secrets."""
        self.lasting = msgspec.convert(state, Lasting, dec_hook=keep_secret, str_keys=True)
        self.number = int(self.lasting.send) if self.lasting.send else None
        self._lay_out()
        self.version = self.codes_version = object()


_CHANGES: dict[type[Event], Callable[[Memory, Any, datetime], None]] = {
    ev.Reported: Memory._on_reported,
    ev.BoardRegistered: Memory._on_registered,
    ev.BoardApproved: Memory._on_approved,
    ev.BoardRebooted: Memory._on_rebooted,
    ev.CodeSet: Memory._on_code_set,
    ev.CodeRevoked: Memory._on_code_revoked,
    ev.CodeExpired: Memory._on_code_expired,
    ev.CodeUsed: Memory._on_code_used,
    ev.ExpiryMoved: Memory._on_expiry_moved,
    ev.OrdersSent: Memory._on_orders_sent,
    ev.CodeConfirmed: Memory._on_code_confirmed,
    ev.RevocationConfirmed: Memory._on_revocation_confirmed,
    ev.CellOpened: Memory._on_opened,
    ev.CellTimedOut: Memory._on_timed_out,
    ev.AlarmRaised: Memory._on_alarm_raised,
    ev.AlarmCleared: Memory._on_alarm_cleared,
    ev.BoardBlocked: Memory._on_blocked,
    ev.BoardUnblocked: Memory._on_unblocked,
    ev.BlockConfirmed: Memory._on_block_confirmed,
    ev.RebootOrdered: Memory._on_reboot_ordered,
    ev.RebootFailed: Memory._on_reboot_failed,
    ev.BoardAway: Memory._on_away,
    ev.BoardReturned: Memory._on_returned,
    CommandEnded: Memory._on_command_ended,
}

_OF_CODES = frozenset({ev.CodeSet, ev.CodeRevoked, ev.CodeExpired, ev.CodeUsed, ev.ExpiryMoved, ev.CellTimedOut})
