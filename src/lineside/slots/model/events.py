"""What the journal keeps of a machine: what it told, what it counted, what it is, and when it could be reached.

Meters, for whoever adds them up: the changes of a meter, added to its first value since the last `MetersReset` that
or `MetersRestated` that names it (0 after a reset), give the machine's own meter, modulo 10^(2·bytes).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lineside.runtime.step import Event


class ExceptionRecorded(Event, frozen=True, omit_defaults=True):
    """A machine told an exception. On disk before anything acknowledges it.

    Attributes:
        number: counts this machine's exceptions here, from 1, without gaps.
        code: 01 to FF; ``text`` says what it is.
        fields: of a real-time event, by name; None when the one byte of a general poll told it.
        away: heard before the start-up conversation was through, so that it may have happened while nobody listened.
    """

    number: int
    code: int
    text: str
    fields: dict[str, Any] | None = None
    away: bool = False


class ExceptionAcknowledged(Event, frozen=True):
    """`80` has left after this exception: the machine may forget it."""

    number: int


class MeterRead(Event, frozen=True, omit_defaults=True, kw_only=True):
    """A meter has another value than before, or was read for the first time.

    Attributes:
        code: of the meter table; of the whole machine.
        name: from the table, as programs write it; ``meter_XX`` for a code that no source names.
        unit: ``credits`` (of ``denomination``), ``cents``, ``count``, …
        old: None for the first reading.
        change: what was counted since ``old``; 0 for a first reading. Negative for meters that go both ways.
        bytes: BCD bytes that carried the value.
        rollover: the meter went past its end.
        away: the first reading since the machine can be reached again (or we were started).
        context: what happened since the meter was read before: ``door``, ``power``, ``handpay``, ``options``,
            ``overflow``; ``door_open`` while one is.
        denomination: code of the accounting denomination that held; 0 when not known.
    """

    code: int
    name: str
    unit: str
    value: int
    change: int
    bytes: int
    old: int | None = None
    rollover: bool = False
    away: bool = False
    context: tuple[str, ...] = ()
    denomination: int = 0


class MetersReset(Event, frozen=True):
    """Meters began anew at 0; what was counted between the last reading and the reset is not known.

    Attributes:
        cause: ``soft_meters`` (exception 7A) or ``unexplained``: they fell, and no exception told why.
        meters: code of each meter to its last value before.
    """

    cause: str
    meters: dict[int, int]


class ResetDismissed(Event, frozen=True):
    """7A was told, and every meter that is read went on from where it was."""


class MetersRestated(Event, frozen=True):
    """A new denomination: credit meters are taken as they are now told, without a change (a setting, K).

    Attributes:
        meters: code of each meter to its last value before.
    """

    meters: dict[int, int]


class HandpayRecorded(Event, frozen=True, omit_defaults=True, kw_only=True):
    """A handpay, as 1B told it. On disk before the answer is acknowledged.

    Attributes:
        level: 00 a win, 01 to 20 progressive, 40 top win, 80 cancelled credits (K).
        partial_pay: as told; its unit is disputed.
        reset_id: 1 when a reset to the credit meter is possible (K).
    """

    amount_cents: int
    level: int
    progressive_group: int = 0
    partial_pay: int = 0
    reset_id: int = 0
    away: bool = False


class HandpaysRead(Event, frozen=True):
    """1B tells no handpay any more.

    Attributes:
        missed: 51 was told and no handpay was read for it: somebody else read it, or the answer came in the moment in
            which we were cut off. The meters of hand-paid credits tell the sum.
    """

    missed: bool


class GameStarted(Event, frozen=True):
    """A game began, as a real-time event told it."""

    wagered_credits: int
    coin_in_credits: int
    wager_type: int
    progressive_group: int


class GameEnded(Event, frozen=True):
    """A game ended, as a real-time event told it."""

    won_credits: int


class ConfigurationRead(Event, frozen=True, omit_defaults=True):
    """What the machine is, where it differs from what it told before.

    Attributes:
        what: ``version``, ``info``, ``games``, ``features``, ``denominations``, ``denomination``, ``game 1`` …,
            ``enabled_games``, ``registration`` (without its key), ``aft``, ``transfer``, ``validation``.
        content: the answer's fields by name.
        away: read in a start-up conversation: it changed while nobody listened (or is read for the first time).
    """

    what: str
    content: dict[str, Any]
    away: bool = False


class DenominationChanged(Event, frozen=True):
    """The accounting denomination is another: credits before and after are not the same money.

    Attributes:
        old, new: codes of the denomination table.
    """

    old: int
    new: int


class RomSignatureRead(Event, frozen=True):
    """The signature of the machine's ROM, computed from a seed (poll 21)."""

    seed: int
    signature: int


class ValidationRead(Event, frozen=True, kw_only=True):
    """A ticket or a handpay that the machine has validated, as 4D told it. On disk before it is marked as read.

    Attributes:
        type: code of the validation types.
        day: ISO date, "" when the machine has none.
        expiration: 8 digits, MMDDYYYY, or 0000 and days.
    """

    type: int
    index: int
    day: str
    time: str
    number: str
    amount_cents: int
    ticket_number: int
    system_id: int
    expiration: str
    pool_id: int


class RecordsRead(Event, frozen=True):
    """The machine has no validation record that was not read."""


class LinkFound(Event, frozen=True, omit_defaults=True):
    """The machine answers.

    Attributes:
        last_at: newest fact before it; None for a machine never heard of.
        restarted: the link was not known to be lost: this process was started anew.
    """

    reason: str
    last_at: datetime | None = None
    restarted: bool = False


class LinkLost(Event, frozen=True):
    """The machine answers no more, or the line is gone."""

    reason: str


class PowerFailed(Event, frozen=True):
    """The machine told that its power had failed (exception 18; it tells so when it is back)."""


class PowerReturned(Event, frozen=True):
    """The machine told that its power is on (exception 17)."""


EVENTS: tuple[type[Event], ...] = (
    ExceptionRecorded,
    ExceptionAcknowledged,
    MeterRead,
    MetersReset,
    ResetDismissed,
    MetersRestated,
    HandpayRecorded,
    HandpaysRead,
    GameStarted,
    GameEnded,
    ConfigurationRead,
    DenominationChanged,
    RomSignatureRead,
    ValidationRead,
    RecordsRead,
    LinkFound,
    LinkLost,
    PowerFailed,
    PowerReturned,
)
"""All kinds of a machine's stream."""
