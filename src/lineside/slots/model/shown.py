"""What a machine shows: the values of its topics. No key is in any of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.step import Event, Show, UnitStatus
from lineside.slots.line.messages import FrameSeen, TimingMeasured
from lineside.slots.line.timing import BOUNDS_S
from lineside.slots.model.counting import meter_name, meter_unit
from lineside.slots.model.events import (
    ConfigurationRead,
    ExceptionRecorded,
    HandpayRecorded,
    MeterRead,
    MetersReset,
    MetersRestated,
)
from lineside.slots.model.memory import Memory
from lineside.slots.wire import denomination_cents, exception_text, hide_key


class Phase:
    """Words of ``MachineStatus.phase``."""

    AWAY = "away"
    STARTING = "starting"  # the start-up conversation runs
    READY = "ready"


class MachineStatus(UnitStatus, frozen=True):
    """The topic ``gateway/unit/status``: the generic part and what is the machine's own.

    Attributes:
        link: how the line reaches it: waiting, up, failing, down, closed.
        phase: away, starting, ready.
        credits: of ``denomination_cents`` each; None when never read.
        denomination_cents: 0.05 to 500000; None when not known.
        open_doors: in words.
        faults: in words, the newest last.
        menu: ``attendant``, ``operator`` or "".
        handpay: one is pending.
        handpay_cents: its amount, when it has been read.
        game: selected, 0 is the menu; None when not known.
        switches: what commands have set since the machine's power came, as far as it took them.
        clock_off_s: the machine's clock less ours.
        exceptions: recorded so far.
    """

    link: str = ""
    phase: str = Phase.AWAY
    label: str = ""
    credits: int | None = None
    denomination_cents: float | None = None
    open_doors: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    menu: str = ""
    is_lamp_on: bool = False
    handpay: bool = False
    handpay_cents: int | None = None
    game: int | None = None
    switches: dict[str, str] = msgspec.field(default_factory=dict)
    clock_off_s: float | None = None
    exceptions: int = 0
    simulated: bool = False


class MeterView(msgspec.Struct, frozen=True):
    """One meter of the topic ``meters``, in the order of the codes."""

    code: int
    name: str
    unit: str
    value: int
    at: datetime


class ExceptionView(msgspec.Struct, frozen=True):
    """One value of the feed ``exceptions``."""

    number: int
    at: datetime
    code: int
    text: str
    fields: dict[str, Any] | None
    away: bool


class FrameView(msgspec.Struct, frozen=True):
    """One value of the feed ``frames``: a piece of traffic, in hex; a registration's key is hidden.

    Attributes:
        outgoing: the host sent it.
    """

    at: datetime
    outgoing: bool
    hex: str
    note: str


class TimingView(msgspec.Struct, frozen=True):
    """The topic ``timing``: how polls went, since the measurement before. See `TimingMeasured`.

    Attributes:
        bounds_s: upper bounds of the histograms' steps; each has one step more, for what is beyond.
    """

    bounds_s: tuple[float, ...]
    turn_around: tuple[int, ...]
    lateness: tuple[int, ...]
    held: tuple[int, ...]
    turn_around_max_s: float
    late_max_s: float
    counts: dict[str, int]


def cents_of(code: int) -> float | None:
    """Cents of one credit."""
    cents = denomination_cents(code)
    return None if cents is None else float(cents)


def fault_texts(memory: Memory) -> tuple[str, ...]:
    """Faults in words."""
    return tuple(exception_text(code) for code in memory.lasting.faults)


def meters_view(memory: Memory) -> list[MeterView]:
    """All meters that are known."""
    meters = memory.lasting.meters
    return [
        MeterView(code, meter_name(code), meter_unit(code), meters[code].value, meters[code].at)
        for code in sorted(meters)
    ]


def exception_view(event: ExceptionRecorded, at: datetime) -> ExceptionView:
    """A recorded exception for the feed."""
    return ExceptionView(event.number, at, event.code, event.text, event.fields, event.away)


def handpay_cents(handpay: HandpayRecorded | None) -> int | None:
    """The amount of a handpay that was read."""
    return None if handpay is None else handpay.amount_cents


def frame_view(seen: FrameSeen, at: datetime) -> FrameView:
    """A piece of traffic for the feed."""
    return FrameView(at, seen.outgoing, hide_key(seen.data), seen.note)


def timing_view(measured: TimingMeasured) -> TimingView:
    """A measurement for the topic."""
    return TimingView(
        BOUNDS_S,
        measured.turn_around,
        measured.lateness,
        measured.held,
        measured.turn_around_max_s,
        measured.late_max_s,
        measured.counts,
    )


_VIEWS: tuple[tuple[str, frozenset[type[Event]], Callable[[Memory], Any]], ...] = (
    ("meters", frozenset({MeterRead, MetersReset, MetersRestated}), meters_view),
    ("config", frozenset({ConfigurationRead}), lambda memory: memory.lasting.config),
)


def shows_of(events: tuple[Event, ...], memory: Memory, at: datetime) -> tuple[Show, ...]:
    """What these events have changed; everything when there are none (after a restart)."""
    kinds = {event.__class__ for event in events}
    heard = [event for event in events if isinstance(event, ExceptionRecorded)]
    return (
        *[Show("exceptions", exception_view(event, at), feed=True) for event in heard],
        *[Show(aspect, view(memory)) for aspect, of, view in _VIEWS if not events or kinds & of],
    )
