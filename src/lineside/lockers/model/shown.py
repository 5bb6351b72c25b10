"""What a board shows: the values of its topics. A code is in none of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import msgspec

from lineside.lockers.model.cells import CellPhase, Phase
from lineside.lockers.model.memory import Memory
from lineside.lockers.model.settings import BoardSettings
from lineside.lockers.wire import BoardState, LockMode, place_of
from lineside.runtime.step import UnitStatus

# Cells with nothing of their own to tell that are kept: 64 cabinets of 256 cells, each cell in another state.
BARE_CELLS_MAX = 16_384
# Cells outside of the layout that are shown: more than that is a board that talks nonsense.
OUTSIDE_MAX = 64


class BoardStatus(UnitStatus, frozen=True):
    """The topic ``gateway/unit/status``: the generic part and what is the board's own.

    Attributes:
        pending: it gets no reply until it is approved.
        blocked: access is to be blocked, or the board says that it is.
        columns, rows: 0 when unknown.
        cells_with_code: codes that are wanted now.
        alarms: names, in the order in which they came.
        simulated: a simulator is known to play it.
    """

    pending: bool = False
    blocked: bool = False
    columns: int = 0
    rows: int = 0
    cells_with_code: int = 0
    alarms: tuple[str, ...] = ()
    label: str = ""
    simulated: bool = False


class CellView(msgspec.Struct, frozen=True):
    """One cell of a `BoardView`.

    Attributes:
        row, column: from 0; None for a number outside of columns × rows (a code that was set before the layout was
            known or changed, a cell that the board lists all the same).
        lock: a lock is attached, as the self-test says; None when it says nothing.
        engaged: the board's last list has it.
        minutes: what the code was set with; 0 without one.
        last_event: ``opened``, ``timed_out``, ``set``, ``confirmed``, ``revoked``, ``expired`` or ``used``.
    """

    cell: int
    row: int | None
    column: int | None
    lock: bool | None
    phase: CellPhase
    engaged: bool
    label: str = ""
    set_by: str = ""
    set_at: datetime | None = None
    expires_at: datetime | None = None
    minutes: int = 0
    once: bool = False
    opened_at: datetime | None = None
    last_event: str | None = None


class BlockView(msgspec.Struct, frozen=True):
    """``confirmed``: the board reports what is wanted."""

    wanted: bool
    confirmed: bool


class RebootView(msgspec.Struct, frozen=True):
    """An order that is on its way."""

    wanted: bool
    replies_left: int


class PendingView(msgspec.Struct, frozen=True, rename={"is_pending": "is"}):
    """Whether the board waits for approval, and why."""

    is_pending: bool
    reason: str


class BoardView(msgspec.Struct, frozen=True):
    """The topic ``gateway/unit/board``; cells in the order of their numbers, those outside of the layout last."""

    columns: int
    rows: int
    numbering: LockMode
    cells: list[CellView]
    block: BlockView
    reboot: RebootView | None
    pending: PendingView
    states: tuple[int, ...]
    flags: tuple[str, ...]


class Counters(msgspec.Struct, frozen=True):
    """Messages since the start; ``errors`` are those with something odd in them that were taken all the same."""

    messages: int = 0
    late: int = 0
    duplicates: int = 0
    errors: int = 0
    replies: int = 0


class HeardView(msgspec.Struct, frozen=True):
    """The topic ``gateway/unit/heard``: at most one value a second.

    Attributes:
        channels: when each was heard last.
        wifi, gsm: health, 0 is well; None when never reported.
    """

    at: datetime | None
    send: str
    epoch: int
    channel: int
    channels: dict[str, datetime]
    wifi: int | None
    gsm: int | None
    counters: Counters


@dataclass(slots=True)
class Tally:
    """Counters while they count; `Counters` is the frozen picture."""

    messages: int = 0
    late: int = 0
    duplicates: int = 0
    errors: int = 0
    replies: int = 0

    def frozen(self) -> Counters:
        """The picture of this moment."""
        return Counters(self.messages, self.late, self.duplicates, self.errors, self.replies)


def board_view(memory: Memory, settings: BoardSettings, pending: str) -> BoardView:
    """The picture of the cabinet.

    Args:
        pending: why the board gets no reply; "" when it does.
    """
    lasting, grid = memory.lasting, memory.grid
    reboot, block = lasting.reboot, lasting.block
    left = 0 if reboot is None else settings.reboot_replies_max - reboot.replies
    is_known = lasting.states is not None
    return BoardView(
        columns=grid.columns if grid else 0,
        rows=grid.rows if grid else 0,
        numbering=settings.act_con_mode,
        cells=_cells(memory, grid.columns, grid.cells) if grid else _cells(memory, 0, 0),
        block=BlockView(block.wanted, is_known and (BoardState.BLOCKED in (lasting.states or ())) is block.wanted),
        reboot=None if reboot is None else RebootView(wanted=True, replies_left=left),
        pending=PendingView(bool(pending), pending),
        states=lasting.states or (),
        flags=lasting.flags,
    )


def _cells(memory: Memory, columns: int, count: int) -> list[CellView]:
    engaged = frozenset(memory.lasting.engaged or ())
    timed_out = frozenset(memory.lasting.timed_out or ())
    lasting = memory.lasting
    told = {*lasting.assignments, *lasting.revocations, *engaged}
    outside = sorted(cell for cell in told if not 1 <= cell <= count)[:OUTSIDE_MAX]
    return [_cell(memory, cell, columns, engaged, timed_out) for cell in (*range(1, count + 1), *outside)]


def _cell(memory: Memory, cell: int, columns: int, engaged: frozenset[int], timed_out: frozenset[int]) -> CellView:
    lasting, locks = memory.lasting, memory.locks
    row, column = place_of(cell, columns) if memory.grid and 1 <= cell <= memory.grid.cells else (None, None)
    one, mark = lasting.assignments.get(cell), lasting.marks.get(cell)
    lock = cell in locks.present if cell in locks.reported else None
    phase = _phase(memory, cell, engaged, timed_out)
    if one is None and mark is None:
        return _bare_cell(cell, row, column, lock, phase, cell in engaged)
    return CellView(
        cell=cell,
        row=row,
        column=column,
        lock=lock,
        phase=phase,
        engaged=cell in engaged,
        label=one.label if one else "",
        set_by=one.by if one else "",
        set_at=one.set_at if one else None,
        expires_at=one.expires_at if one else None,
        minutes=one.minutes if one else 0,
        once=one.once if one else False,
        opened_at=mark.opened_at if mark else None,
        last_event=mark.last_event if mark else None,
    )


@lru_cache(BARE_CELLS_MAX)
def _bare_cell(
    cell: int, row: int | None, column: int | None, lock: bool | None, phase: CellPhase, engaged: bool
) -> CellView:
    """A cell with nothing of its own to tell: the same value for all boards, which halves what a silent board holds."""
    return CellView(cell=cell, row=row, column=column, lock=lock, phase=phase, engaged=engaged)


_PHASES = {phase: CellPhase(phase.value) for phase in Phase}


def _phase(memory: Memory, cell: int, engaged: frozenset[int], timed_out: frozenset[int]) -> CellPhase:
    one = memory.lasting.assignments.get(cell)
    if one is not None:
        return _PHASES[one.phase]
    if cell in memory.lasting.revocations:
        return CellPhase.REVOKING
    if cell in engaged:
        return CellPhase.FOREIGN
    return CellPhase.TIMED_OUT if cell in timed_out else CellPhase.FREE


def heard_view(memory: Memory, tally: Tally) -> HeardView:
    """What was heard, and how often."""
    lasting = memory.lasting
    return HeardView(
        at=lasting.heard_at,
        send=lasting.send,
        epoch=lasting.epoch,
        channel=lasting.channel,
        channels={str(channel): at for channel, at in sorted(lasting.channels.items())},
        wifi=lasting.wifi,
        gsm=lasting.gsm,
        counters=tally.frozen(),
    )
