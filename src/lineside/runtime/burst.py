"""A path for bytes with a ninth bit: the wake-up bit that a SAS host sets on the first byte of each message.

A `BurstLink` is what a gateway holds for a line whose peers take turns. It sends a message as one burst: ``first`` with
the ninth bit 1, ``rest`` with 0. Who starts it gives a `BurstReceiver`. On top of a line's name
(`lineside.runtime.line`) comes how the bit is made::

    mark_space    parity MARK for the first byte, SPACE for the rest; in a thread, because the line must drain between
    even          the bit is whatever even parity makes of the byte (the seed's way; only for machines that ignore it)
    none          no ninth bit: pseudo-terminals, raw TCP device servers
    nine://…      TCP with two bytes per character (flag, data): the bit as it is, in both directions

`lineside.adapters.burst_link` opens one, `lineside.adapters.nine_far_end` plays the other side.
Source: `wire/sas.md` §2.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec

from lineside.runtime.line import ControlLine, LineSettings, Parity

CHARACTER_BITS = 11
"""Start, 8 data, the ninth, stop. Source: `wire/sas.md` §1."""

GAPS_KEPT = 10_000
"""Newest gaps that percentiles are taken from: p99.9 of them still rests on ten."""

GAP_S_MAX = 0.005
"""Longest pause inside a message; beyond it the receiver may drop the message. Source: `wire/sas.md` §4."""


class LineMode(StrEnum):
    """How the ninth bit of a line is made."""

    MARK_SPACE = "mark_space"
    EVEN = "even"
    NONE = "none"


class BurstSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything about a line with a ninth bit except its name and mode. The defaults are SAS's: 19200 bit/s.

    Attributes:
        baud: bits per second.
        guard_s: mark_space: wait between "the first byte has drained" and the change of parity. USB adapters say
            drained while the byte is still inside them: one character is 0.57 ms. Interblock wants 3 ms (`wire/sas.md`
            §16); the whole gap must stay below 5 ms.
        hear_wakeups: mark_space: tell which received bytes carry a ninth bit of 1 (a machine's chirp). Costs a second
            change of parity for each general poll, so that a doctor asks for it and a running host does not.
        exclusive: take the device for this process alone.
        dtr: some field hosts force it high (`wire/sas.md` §1).
        rts: as ``dtr``, low.
        send_bytes_max: unsent bytes held; 4 KiB are two seconds of 19200 baud: beyond that the line stands still.
        early_bytes_max: bytes kept that came before anybody listened; more wait in the operating system.
        connect_s: longest wait for a host of ``socket://``, ``rfc2217://`` or ``nine://`` to answer.
        close_s: longest wait for unsent bytes when the line is closed.
    """

    baud: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 19_200
    guard_s: Annotated[float, msgspec.Meta(ge=0, le=0.02)] = 0.0006
    hear_wakeups: bool = False
    exclusive: bool = True
    dtr: ControlLine = ControlLine.LEAVE
    rts: ControlLine = ControlLine.LEAVE
    send_bytes_max: Annotated[int, msgspec.Meta(ge=256, le=1_048_576)] = 4_096
    early_bytes_max: Annotated[int, msgspec.Meta(ge=256, le=1_048_576)] = 4_096
    connect_s: Annotated[float, msgspec.Meta(gt=0, le=300)] = 5.0
    close_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 1.0

    @property
    def character_s(self) -> float:
        """Seconds that one character takes on the wire."""
        return CHARACTER_BITS / self.baud

    def line_settings(self, parity: Parity) -> LineSettings:
        """The same for a plain serial line."""
        return LineSettings(
            baud=self.baud,
            parity=parity,
            exclusive=self.exclusive,
            dtr=self.dtr,
            rts=self.rts,
            send_bytes_max=self.send_bytes_max,
            early_bytes_max=self.early_bytes_max,
            connect_s=self.connect_s,
            close_s=self.close_s,
        )


class GapMeter:
    """How long the line paused between a first byte with the ninth bit and the rest, as this side sees it.

    Noted in the link's thread, read anywhere. The time from the return of the first byte's write to the call that
    writes the rest, less the time that the first byte itself needs on the wire.

    Attributes:
        count: gaps so far.
        over_count: of them longer than `GAP_S_MAX`; the machine may have dropped these messages.
        last_s: the newest; 0 before the first.
        max_s: the longest.
    """

    def __init__(self) -> None:
        self.count = 0
        self.over_count = 0
        self.last_s = 0.0
        self.max_s = 0.0
        self._kept: deque[float] = deque(maxlen=GAPS_KEPT)

    def note(self, gap_s: float) -> None:
        """One more gap, in seconds."""
        self.last_s = gap_s
        self.max_s = max(self.max_s, gap_s)
        self.over_count += gap_s > GAP_S_MAX
        self._kept.append(gap_s)
        self.count += 1

    def at(self, share: float) -> float:
        """The gap that ``share`` (0 to 1) of the newest `GAPS_KEPT` gaps do not exceed; 0 when there is none."""
        kept = sorted(self._kept.copy())
        return kept[min(int(len(kept) * share), len(kept) - 1)] if kept else 0.0


class BurstReceiver(Protocol):
    """Hears what happens on a line with a ninth bit."""

    def on_bytes(self, data: bytes, wakeups: frozenset[int] | None) -> None:
        """Bytes came, in any split or merge.

        Args:
            wakeups: places in ``data`` of the bytes whose ninth bit was 1; None when the line cannot tell.
        """
        ...

    def on_closed(self, reason: str) -> None:
        """The line has ended; told once, the last call. ``reason`` is for people."""
        ...


class BurstLink(Protocol):
    """Carries bursts to the peers of one line, and their bytes back.

    Attributes:
        name: the line as the settings write it.
        character_s: seconds that one character takes on the wire; 0 where nothing tells (a pseudo-terminal, TCP).
        trouble: in words for a technician, for example that the line goes on without parity.
        gap: the pauses inside bursts; its count stays 0 where nothing is measured.
    """

    name: str
    character_s: float
    gap: GapMeter

    @property
    def trouble(self) -> str:
        """What is not as it was asked for; empty when all is well."""
        ...

    def start(self, receiver: BurstReceiver) -> None:
        """Begin to deliver. Bytes that came earlier are delivered first."""
        ...

    def send_burst(self, first: bytes, rest: bytes) -> None:
        """Queue one message: ``first`` (one byte) with ninth bit 1, ``rest`` (may be empty) with 0; returns at once.

        Raises:
            LinkClosed: the line has ended; nothing was queued.
        """
        ...

    def unsent(self) -> int:
        """Bytes queued and not yet taken by the operating system."""
        ...

    def close(self, reason: str) -> None:
        """End the line now; `on_closed` follows with this reason. Calling it again does nothing."""
        ...


class BurstFarEnd(Protocol):
    """A simulated machine's end of a line with a ninth bit; its cable can be pulled and put back.

    It lives through its peer's coming and going: `on_closed` follows only `close`. While nobody is at the other end
    sent bytes are gone.

    Attributes:
        where: what the host opens: ``nine://127.0.0.1:7000``, ``pty:build/floor``.
    """

    name: str
    where: str

    @property
    def dropped_bytes(self) -> int:
        """Sent bytes that nobody took, since the beginning."""
        ...

    def start(self, receiver: BurstReceiver) -> None:
        """Begin to deliver; `on_bytes` tells the ninth bits on ``nine://``, and None elsewhere."""
        ...

    def send(self, data: bytes, wakeups: frozenset[int] = frozenset()) -> None:
        """Queue bytes; the ninth bit is 1 only at the places ``wakeups`` (a chirp), and lost where none is carried.

        Raises:
            LinkClosed: `close` was called.
        """
        ...

    def unsent(self) -> int:
        """Bytes queued for the host."""
        ...

    def is_attached(self) -> bool:
        """Somebody holds the other end open now."""
        ...

    def unplug(self) -> None:
        """Pull the cable: the host sees a hang-up."""
        ...

    def replug(self) -> None:
        """Put the cable back."""
        ...

    def close(self, reason: str) -> None:
        """End for good; `on_closed` follows with this reason."""
        ...


OpenBurstLine = Callable[[str, LineMode, BurstSettings], Awaitable[BurstLink]]
"""Opens a line with a ninth bit by its name; `lineside.adapters.burst_link.open_burst_line`."""


async def no_burst_line(line: str, mode: LineMode, settings: BurstSettings) -> BurstLink:
    """Where a process has none (a single gateway of another kind)."""
    raise NotImplementedError(f"this process opens no line with a ninth bit ({line})")
