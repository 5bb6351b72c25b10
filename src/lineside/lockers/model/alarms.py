"""What people should look at, from what a board reports; the others are raised where they are seen.

==================  ==========================================================================================
short_circuit       STATE 1
wrong_code          STATE 2: a wrong code three times in a row
state_N             STATE N that nobody knows; the list may grow
layout_mismatch     ACT_CON shows a lock that has no place in COLS × ROWS
code_outside        a cell with a code is not in COLS × ROWS (any more)
still_blocked       two messages after the end of a block the board still reports it
reboot_failed       five replies, or ten minutes, and no reboot
possible_clone      two boards seem to use one ID
==================  ==========================================================================================
"""

from __future__ import annotations

from lineside.lockers.model.draft import Draft
from lineside.lockers.model.events import AlarmCleared, AlarmRaised
from lineside.lockers.model.memory import Lasting
from lineside.lockers.wire import BoardState

STILL_BLOCKED = "still_blocked"
REBOOT_FAILED = "reboot_failed"
POSSIBLE_CLONE = "possible_clone"
LAYOUT_MISMATCH = "layout_mismatch"
CODE_OUTSIDE = "code_outside"
CLOCK_BEHIND = "clock_behind"

# The states of §3 that are no alarm have None; a block is shown as what it is.
_NAMES = {
    BoardState.NORMAL: None,
    BoardState.SHORT_CIRCUIT: "short_circuit",
    BoardState.WRONG_CODE: "wrong_code",
    BoardState.BLOCKED: None,
}
UNKNOWN_MAX = 8
"""Unknown states that are told of one message; a list may grow, and a hostile one is as long as a line."""

# Raised and cleared elsewhere, by what is no part of a report.
_OTHERS = frozenset({REBOOT_FAILED, POSSIBLE_CLONE})


def names_of(states: tuple[int, ...]) -> set[str]:
    """The alarms of ``STATE``."""
    known = {name for state in states if state in _NAMES and (name := _NAMES[BoardState(state)])}
    unknown = [state for state in dict.fromkeys(states) if state not in _NAMES][:UNKNOWN_MAX]
    return known | {f"state_{state}" for state in unknown}


def note_alarms(draft: Draft, known: Lasting, states: tuple[int, ...] | None, *, mismatch: bool, outside: bool) -> None:
    """Raise and clear alarms by one fresh message.

    Args:
        states: ``STATE`` as it now is.
        mismatch: of the layout as it now is; ``outside``: a code is for a cell that it does not have.
    """
    wanted = names_of(states or ())
    if mismatch:
        wanted.add(LAYOUT_MISMATCH)
    if outside:
        wanted.add(CODE_OUTSIDE)
    is_blocked = BoardState.BLOCKED in (states or ())
    if is_blocked and not known.block.wanted and known.block.unwanted >= 1:
        wanted.add(STILL_BLOCKED)
    for name in sorted(wanted - known.alarms.keys()):
        draft.record(AlarmRaised(name))
    for name in sorted(known.alarms.keys() - wanted - _OTHERS):
        draft.record(AlarmCleared(name))
