"""How a serial line is set, and what a simulator may do to its own end of one.

A line is written as people write it in the settings::

    /dev/ttyACM0              a device
    pty:PATH                  a pseudo-terminal: the server opens PATH, a simulator makes it
    socket://host:port        a raw TCP device server (ser2net and its kind)
    rfc2217://host:port       a device server that also takes baud rate and parity
    auto:                     the one USB port that looks like the ventilator's controller

`lineside.adapters.serial_link` opens one, `lineside.adapters.far_end` plays the other side.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec

from lineside.runtime.link import Link


class Parity(StrEnum):
    """The parity bit of each character."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


class ControlLine(StrEnum):
    """What happens to an output control line (DTR, RTS) when the port is opened."""

    LEAVE = "leave"  # no call touches it, on opening or closing
    HIGH = "high"
    LOW = "low"


class LineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything about a line except its name. The defaults are the ventilator's: 115200 8N1, no flow control.

    Source: `wire/hev.md` §1.

    Attributes:
        baud: bits per second.
        data_bits: per character.
        parity: of each character; a pseudo-terminal and ``socket://`` carry none and ignore it.
        stop_bits: per character.
        exclusive: take the device for this process alone (an advisory lock, as other serial programs take it).
        dtr: ``leave`` keeps an Arduino running: a falling and rising DTR resets it. Linux itself raises DTR at the
            first opening after the cable was plugged in; no setting of any library prevents that.
        rts: as ``dtr``.
        send_bytes_max: unsent bytes held for a peer that does not take them. 64 KiB is more than five seconds of a
            115200 baud line: beyond that the line stands still.
        early_bytes_max: bytes kept that came before anybody listened; more wait in the operating system.
        connect_s: longest wait for a host of ``socket://`` or ``rfc2217://`` to answer.
        close_s: longest wait for unsent bytes when the line is closed.
    """

    baud: Annotated[int, msgspec.Meta(ge=50, le=4_000_000)] = 115_200
    data_bits: Annotated[int, msgspec.Meta(ge=5, le=8)] = 8
    parity: Parity = Parity.NONE
    stop_bits: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    exclusive: bool = True
    dtr: ControlLine = ControlLine.LEAVE
    rts: ControlLine = ControlLine.LEAVE
    send_bytes_max: Annotated[int, msgspec.Meta(ge=256, le=16_777_216)] = 65_536
    early_bytes_max: Annotated[int, msgspec.Meta(ge=256, le=16_777_216)] = 65_536
    connect_s: Annotated[float, msgspec.Meta(gt=0, le=300)] = 5.0
    close_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 1.0


class FarEnd(Link, Protocol):
    """The simulator's end of a line: a Link whose cable can be pulled and put back.

    It lives through its peer's coming and going: `on_closed` follows only `close`. While nobody is at the other end
    sent bytes are gone, as on a cable that ends in the air.

    Attributes:
        where: what the other side opens, for people and for its settings: ``pty:build/vent``, ``socket://127.0.0.1:7000``.
        dropped_bytes: sent bytes that nobody took, since the beginning.
    """

    where: str
    dropped_bytes: int

    def is_attached(self) -> bool:
        """Somebody holds the other end open now."""
        ...

    def unplug(self) -> None:
        """Pull the cable: the other side sees a hang-up. Does nothing if it is out already."""
        ...

    def replug(self) -> None:
        """Put the cable back: the other side can open the same name again. Does nothing if it is in.

        Raises:
            LinkError: the name cannot be taken again.
        """
        ...


OpenLine = Callable[[str, LineSettings], Awaitable[Link]]
"""Opens a line by its name; `lineside.adapters.serial_link.open_line`."""

OpenFarEnd = Callable[[str, LineSettings], Awaitable[FarEnd]]
"""Makes a simulator's end of a line; `lineside.adapters.far_end.open_far_end`."""
