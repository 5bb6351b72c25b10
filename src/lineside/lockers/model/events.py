"""What the journal keeps of a board: what it reported, what is wanted of it, and who wanted it.

`Heard` is nearly all of them (one per message, on disk before the reply): short names, nothing that the state before
it tells already. A `Reported` holds only what has changed; fields that are absent stay as they were.
"""

from __future__ import annotations

from datetime import datetime

from lineside.runtime.step import Event, Secret


class Heard(Event, frozen=True, omit_defaults=True, gc=False):
    """A message that says what the one before said; its names are short because there are thousands a day.

    Attributes:
        s: ``SEND`` as received.
        c: the channel, when it is another than that of the message before; 0 otherwise.
        a: cells of ``BOX_ACC``, all of which the message before listed too (each a repeated opening).
    """

    s: str
    c: int = 0
    a: tuple[int, ...] = ()


class Reported(Event, frozen=True, omit_defaults=True, kw_only=True):
    """A message with something new in it; None means unchanged, or not reported.

    Attributes:
        send: ``SEND`` as received.
        others: as in `lineside.lockers.wire.Request`.
    """

    send: str
    connection: int | None = None
    wifi: int | None = None
    gsm: int | None = None
    reset: bool | None = None
    states: tuple[int, ...] | None = None
    columns: int | None = None
    rows: int | None = None
    locks: tuple[str, ...] | None = None
    engaged: tuple[int, ...] | None = None
    timed_out: tuple[int, ...] | None = None
    accessed: tuple[int, ...] | None = None
    extra: dict[str, str] | None = None
    flags: tuple[str, ...] | None = None


class BoardRegistered(Event, frozen=True, omit_defaults=True):
    """The first message of a board here.

    Attributes:
        era: of the journal.
        pending: why it gets no reply until somebody approves it; "" when it does.
        address: where it called from.
    """

    era: int
    pending: str = ""
    address: str = ""


class BoardApproved(Event, frozen=True, omit_defaults=True):
    """A person lets the board have replies: from here on our list of codes is the truth."""

    era: int
    by: str
    reason: str = ""


class BoardRebooted(Event, frozen=True, omit_defaults=True):
    """A new boot of the board; its SEND began anew.

    Attributes:
        epoch: counts boots, from 1.
        implied: the board did not say so; its SEND fell back.
        ordered: we had told it to.
    """

    epoch: int
    send: str
    implied: bool = False
    ordered: bool = False


class CodeSet(Event, frozen=True, omit_defaults=True, kw_only=True):
    """A cell is to have this code.

    Attributes:
        minutes: 1..65535; what a reply shows at once.
        expires_at: UTC; None when only the board's clock ends it.
        until: the end was given as a date.
        once: it ends with its first opening.
        by, reason: who, and why.
        command: its id; ended when the board has confirmed.
        adrift: set while our clock was known to be wrong; moved by `ExpiryMoved` when it is right.
    """

    cell: int
    code: Secret
    minutes: int
    expires_at: datetime | None = None
    until: bool = False
    once: bool = False
    label: str = ""
    by: str = ""
    reason: str = ""
    command: str = ""
    adrift: bool = False


class CodeRevoked(Event, frozen=True, omit_defaults=True):
    """A cell is to have no code; ``command`` is ended when the board has confirmed."""

    cell: int
    by: str = ""
    reason: str = ""
    command: str = ""


class OrdersSent(Event, frozen=True, omit_defaults=True):
    """The reply to this SEND is the first that says so; what it says is confirmed by a later message alone.

    Attributes:
        cells: with a new code, or for the first time without the old one.
        block: ``STATE`` of the reply is new.
        reboot: it orders a reboot (each such reply is one of these).
    """

    send: str
    cells: tuple[int, ...] = ()
    block: bool = False
    reboot: bool = False


class CodeConfirmed(Event, frozen=True):
    """A message after the reply with the code lists the cell as engaged."""

    cell: int


class RevocationConfirmed(Event, frozen=True):
    """A message after the reply without the code does not list the cell as engaged any more."""

    cell: int


class CodeExpired(Event, frozen=True):
    """The time of a code is over by our clock; replies leave it out."""

    cell: int


class CodeUsed(Event, frozen=True):
    """A code for one opening has had it; replies leave it out."""

    cell: int


class ExpiryMoved(Event, frozen=True):
    """A code that was set with a wrong clock keeps its length: the clock is right now."""

    cell: int
    expires_at: datetime


class CodeRead(Event, frozen=True, omit_defaults=True):
    """A person reads a code in clear."""

    cell: int
    reader: str
    reason: str = ""


class CellOpened(Event, frozen=True, omit_defaults=True):
    """A cell was accessed, as its board says; ``repeat``: the message before listed it too."""

    cell: int
    repeat: bool = False


class CellTimedOut(Event, frozen=True, omit_defaults=True):
    """The time of a cell ran out by the board's clock; ``ended``: our confirmed code ended with it."""

    cell: int
    ended: bool = False


class AlarmRaised(Event, frozen=True, omit_defaults=True):
    """A board has something that people should look at; for the names see `alarms`."""

    name: str
    text: str = ""


class AlarmCleared(Event, frozen=True):
    """It has it no more."""

    name: str


class LayoutChanged(Event, frozen=True):
    """Columns or rows are others: every cell has another number now. Codes stay with their numbers."""

    columns: int
    rows: int
    columns_before: int
    rows_before: int


class PossibleClone(Event, frozen=True):
    """Two boards seem to use one ID: numbers of two addresses overlap."""

    address: str
    other: str
    send: str
    text: str


class ChannelChanged(Event, frozen=True):
    """Messages come over the other channel; told at most every ten minutes."""

    channel: int
    before: int


class BoardBlocked(Event, frozen=True, omit_defaults=True):
    """The board is to block access."""

    by: str
    reason: str = ""
    command: str = ""


class BoardUnblocked(Event, frozen=True, omit_defaults=True):
    """The board is to block access no more."""

    by: str
    reason: str = ""
    command: str = ""


class BlockConfirmed(Event, frozen=True):
    """A message after the reply says what was wanted: blocked, or not."""

    blocked: bool


class RebootOrdered(Event, frozen=True, omit_defaults=True):
    """The board is to reboot."""

    command: str
    by: str
    reason: str = ""


class RebootFailed(Event, frozen=True):
    """The order of a reboot ends without one."""

    replies: int


class BoardAway(Event, frozen=True):
    """No message for longer than the limit."""

    silence_s: float


class BoardReturned(Event, frozen=True):
    """A message after `BoardAway`."""

    away_s: float


EVENTS: tuple[type[Event], ...] = (
    Heard,
    Reported,
    BoardRegistered,
    BoardApproved,
    BoardRebooted,
    CodeSet,
    CodeRevoked,
    OrdersSent,
    CodeConfirmed,
    RevocationConfirmed,
    CodeExpired,
    CodeUsed,
    ExpiryMoved,
    CodeRead,
    CellOpened,
    CellTimedOut,
    AlarmRaised,
    AlarmCleared,
    LayoutChanged,
    PossibleClone,
    ChannelChanged,
    BoardBlocked,
    BoardUnblocked,
    BlockConfirmed,
    RebootOrdered,
    RebootFailed,
    BoardAway,
    BoardReturned,
)
