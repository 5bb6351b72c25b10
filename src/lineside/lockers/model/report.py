"""What a message says that is new: to the state, to the cells, and as evidence of what was wanted.

A message is evidence of a reply only when it came after it. What a reply has promised is recorded with the message
that it answers (`OrdersSent`), so that everything that is marked as sent here was sent before this message.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lineside.lockers.model.cells import Assignment, Phase
from lineside.lockers.model.draft import Draft
from lineside.lockers.model.events import (
    BlockConfirmed,
    CellOpened,
    CellTimedOut,
    CodeConfirmed,
    CodeUsed,
    LayoutChanged,
    Reported,
    RevocationConfirmed,
)
from lineside.lockers.model.memory import Lasting, Memory
from lineside.lockers.wire import BoardState, Grid, Request, grid_of


def is_same(known: Lasting, request: Request) -> bool:
    """Whether a message says what is known already, SEND and channel and unknown keys aside."""
    return (
        (request.engaged is None or request.engaged == known.engaged)
        and (request.accessed is None or request.accessed == known.accessed)
        and (request.timed_out is None or request.timed_out == known.timed_out)
        and (request.states is None or request.states == known.states)
        and (request.locks is None or request.locks == known.locks)
        and (request.columns is None or request.columns == known.columns)
        and (request.rows is None or request.rows == known.rows)
        and (request.wifi is None or request.wifi == known.wifi)
        and (request.gsm is None or request.gsm == known.gsm)
        and (request.reset or False) is known.reset
        and request.flags == known.flags
    )


def reported_of(known: Lasting, request: Request) -> Reported:
    """The event of a message with something new: what has changed, and no more."""
    changed: dict[str, Any] = {}
    for name in ("wifi", "gsm", "states", "columns", "rows", "locks", "engaged", "timed_out", "accessed"):
        value = getattr(request, name)
        if value is not None and value != getattr(known, name):
            changed[name] = value
    if (request.reset or False) is not known.reset:
        changed["reset"] = request.reset or False
    if request.connection and request.connection != known.channel:
        changed["connection"] = request.connection
    if request.extra != known.extra:
        changed["extra"] = request.extra
    if request.flags != known.flags:
        changed["flags"] = tuple(flag.value for flag in request.flags)
    return Reported(send=request.send, **changed)


def grid_after(known: Lasting, request: Request, cells_max: int) -> Grid | None:
    """The matrix with what a message says of it."""
    return grid_of(
        known.columns if request.columns is None else request.columns,
        known.rows if request.rows is None else request.rows,
        known.locks if request.locks is None else request.locks,
        cells_max,
    )


def note_layout(draft: Draft, before: Grid | None, after: Grid | None) -> None:
    """Tell that every cell has another number now; codes are not moved (§6)."""
    if before is not None and after is not None and before != after:
        draft.record(LayoutChanged(after.columns, after.rows, before.columns, before.rows))


class Reading:
    """Reads one fresh message of a board.

    Args:
        where: words for the evidence of commands that it ends: its SEND and boot.
        cells_max: so many openings or time-outs of one message are told; no cabinet has more cells.
    """

    def __init__(self, memory: Memory, request: Request, draft: Draft, where: dict[str, Any], cells_max: int) -> None:
        self._known = memory.lasting
        self._request = request
        self._draft = draft
        self._where = where
        self._cells_max = cells_max
        self._confirmed: set[int] = set()  # by an earlier message, or by this one

    def read(self, *, is_news: bool) -> None:
        """Record what follows from it; the openings of a message without news are in its `Heard`."""
        self._read_confirmations()
        if is_news:
            self._read_openings()
        self._read_time_outs()
        self._read_block()

    # ------------------------------------------------------------------ codes

    def _read_confirmations(self) -> None:
        engaged = self._request.engaged
        for cell, one in self._known.assignments.items():
            if one.phase is Phase.CONFIRMED:
                self._confirmed.add(cell)
            elif one.phase is Phase.SENT and engaged is not None and cell in engaged:
                self._confirmed.add(cell)
                self._draft.record(CodeConfirmed(cell))
                self._draft.done(one.command, f"the board lists cell {cell} as engaged", **self._where)
        if engaged is None:
            return
        for cell, gone in self._known.revocations.items():
            if gone.sent and cell not in engaged:
                self._draft.record(RevocationConfirmed(cell))
                self._draft.done(gone.command, f"the board lists cell {cell} as engaged no more", **self._where)

    def _read_openings(self) -> None:
        """One event per cell, in the order given; a code for one opening ends with it."""
        before = self._known.accessed or ()
        for cell in self._cells(self._request.accessed):
            is_repeat = cell in before
            self._draft.record(CellOpened(cell, is_repeat))
            one = self._known.assignments.get(cell)
            if one is not None and one.once and not is_repeat and cell in self._confirmed:
                self._draft.record(CodeUsed(cell))
                self._draft.gone.add(cell)
                self._draft.leaving.add(cell)

    def _read_time_outs(self) -> None:
        before = self._known.timed_out or ()
        engaged = self._request.engaged
        for cell in self._cells(self._request.timed_out):
            one = self._known.assignments.get(cell)
            is_new = cell not in before
            is_out = is_new if engaged is None else cell not in engaged
            ended = one is not None and self._is_over(one, is_out=is_out)
            if is_new or ended:
                self._draft.record(CellTimedOut(cell, ended))

    def _is_over(self, one: Assignment, *, is_out: bool) -> bool:
        """A code that the board had, and whose time is over there, may not be given to it again."""
        if not is_out or one.phase is not Phase.CONFIRMED or one.cell in self._draft.gone:
            return False
        self._draft.gone.add(one.cell)
        return True

    def _cells(self, cells: tuple[int, ...] | None) -> Iterable[int]:
        """Each once, in order, and no more than a cabinet can have."""
        return list(dict.fromkeys(cells or ()))[: self._cells_max]

    # ------------------------------------------------------------------ block

    def _read_block(self) -> None:
        block, states = self._known.block, self._request.states
        if states is None or not (block.is_open and block.is_sent):
            return
        if (BoardState.BLOCKED in states) is block.wanted:
            self._draft.record(BlockConfirmed(block.wanted))
            words = "the board reports that access is blocked" if block.wanted else "the board reports no block"
            self._draft.done(block.command, words, **self._where)
