"""A simulated machine's end of a line with a ninth bit, by the name that the host would open.

::

    host opens                    the simulator
    nine://127.0.0.1:7000         listens there and tells the ninth bit of every byte
    pty:build/floor, socket://…   as `lineside.adapters.far_end` makes them; no ninth bit
    /dev/ttyUSB1                  its own port at the other end of a null-modem cable; no ninth bit

One host at a time; a second one is turned away.
"""

from __future__ import annotations

from lineside.adapters.burst_link import NineCode, socket_of
from lineside.adapters.burst_link.nine import NineEar
from lineside.adapters.burst_link.plain import BareEar
from lineside.adapters.far_end import open_far_end
from lineside.runtime.burst import BurstFarEnd, BurstReceiver, BurstSettings
from lineside.runtime.line import FarEnd, Parity


async def open_burst_far_end(line: str, settings: BurstSettings) -> BurstFarEnd:
    """Make a simulator's end of a line.

    Args:
        line: ``nine://host:port`` or ``socket://host:port`` (port 0 takes a free one; see `BurstFarEnd.where`),
            ``pty:PATH`` or a device path.

    Raises:
        ConfigError: no such kind of line, or the name is taken by something that is not ours.
        LinkError: the name or the port cannot be had; the text says why.
    """
    if line.startswith("nine://"):
        return NineFarEnd(await open_far_end(socket_of(line), settings.line_settings(Parity.NONE)))
    return PlainFarEnd(await open_far_end(line, settings.line_settings(Parity.NONE)))


class PlainFarEnd:
    """A far end without a ninth bit; a `lineside.runtime.burst.BurstFarEnd`."""

    def __init__(self, far_end: FarEnd) -> None:
        self.name = self.where = far_end.where
        self._far_end = far_end

    @property
    def dropped_bytes(self) -> int:
        """Sent bytes that nobody took."""
        return self._far_end.dropped_bytes

    def start(self, receiver: BurstReceiver) -> None:
        """Begin to deliver, with None for the ninth bits."""
        self._far_end.start(BareEar(receiver))

    def send(self, data: bytes, wakeups: frozenset[int] = frozenset()) -> None:
        """Queue bytes; ``wakeups`` are lost.

        Raises:
            LinkClosed: `close` was called.
        """
        self._far_end.send(data)

    def unsent(self) -> int:
        """Bytes queued for the host."""
        return self._far_end.unsent()

    def is_attached(self) -> bool:
        """A host holds the other end open."""
        return self._far_end.is_attached()

    def unplug(self) -> None:
        """Pull the cable."""
        self._far_end.unplug()

    def replug(self) -> None:
        """Put the cable back."""
        self._far_end.replug()

    def close(self, reason: str) -> None:
        """End for good."""
        self._far_end.close(reason)


class NineFarEnd(PlainFarEnd):
    """A far end that carries the ninth bit in both directions."""

    def __init__(self, far_end: FarEnd) -> None:
        super().__init__(far_end)
        self.name = self.where = "nine://" + far_end.where.partition("//")[2]

    def start(self, receiver: BurstReceiver) -> None:
        """Begin to deliver, each byte with its ninth bit; a host that speaks another code is sent away."""
        self._far_end.start(NineEar(receiver, self._send_away))

    def send(self, data: bytes, wakeups: frozenset[int] = frozenset()) -> None:
        """Queue bytes, the ninth bit 1 at the places ``wakeups``.

        Raises:
            LinkClosed: `close` was called.
        """
        self._far_end.send(NineCode.encode(data, wakeups))

    def _send_away(self, reason: str) -> None:
        """Reset the connection; the next host begins anew."""
        self._far_end.unplug()
        self._far_end.replug()
