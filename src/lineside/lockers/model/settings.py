"""What a board's model takes from the gateway's settings. What nobody could ask a board's owner is a setting (§12)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lineside.lockers.wire import LockMode


class MinutesMode(StrEnum):
    """What a reply says of the time that a code has left."""

    REMAINING = "remaining"  # the minutes left, rounded up; the code expires by our clock
    CONSTANT = "constant"  # always the minutes it was set with, as the original; only the board's clock ends it


class UnknownPolicy(StrEnum):
    """What a board gets that was never heard of before."""

    ACCEPT = "accept"  # its replies; an empty list takes the codes that it has from elsewhere
    PENDING = "pending"  # no reply until somebody approves it
    REJECT = "reject"  # nothing, and nothing is recorded


class BoardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How one board is decided.

    Attributes:
        minutes_mode, act_con_mode: see there.
        code_digits: length of a code; generated ones have it and others are refused.
        cells_max: the highest cell number that may be given a code, columns × rows of the largest cabinet.
        unknown: None accepts, except boards that report codes which were not set here: those wait for approval.
        expected: the board is named in the settings, so that `UnknownPolicy.REJECT` does not mean it.
        label: what people call it.
        simulated: a simulator is known to play it, and pages say so.
        board_timeout_s: silence after which the board counts as away.
        late_distance: a SEND so far below the last one is a packet that was late on its way (§5).
        late_s: so long after the last one; later, it is a reboot that nobody told of.
        reboot_replies_max: replies that order a reboot; one that never comes must not become a reboot for ever (§7).
        clone_clear_s: without a further sign for so long, the suspicion of a second board of one ID ends.
        shown_s: between two values of what was heard; a person cannot read them faster.
        shown_at_last_s: after the value before, what came in the pause is shown although nothing came after it. Later
            than ``shown_s``, so that a board that reports all the time needs no timer: its next message shows it.
    """

    minutes_mode: MinutesMode = MinutesMode.REMAINING
    act_con_mode: LockMode = LockMode.MATRIX
    code_digits: int = 4
    cells_max: int = 256
    unknown: UnknownPolicy | None = None
    expected: bool = False
    label: str = ""
    simulated: bool = False
    board_timeout_s: float = 180.0
    late_distance: int = 16
    late_s: float = 120.0
    reboot_replies_max: int = 5
    clone_clear_s: float = 3600.0
    shown_s: float = 1.0
    shown_at_last_s: float = 2.0
