"""A line without a ninth bit of its own: a burst is one write, and nothing is known of the bits that come back."""

from __future__ import annotations

from lineside.runtime.burst import BurstReceiver, GapMeter
from lineside.runtime.link import Link


class PlainBurstLink:
    """A `lineside.runtime.burst.BurstLink` over any `Link`.

    Args:
        link: an open line.
        character_s: of the wire below; 0 when it has no speed.
        trouble: what the line cannot carry, for people.
    """

    def __init__(self, link: Link, character_s: float, trouble: str = "") -> None:
        self.name = link.name
        self.character_s = character_s
        self.trouble = trouble
        self.gap = GapMeter()  # one write has no gap that this side could see
        self._link = link

    def start(self, receiver: BurstReceiver) -> None:
        """Begin to deliver."""
        self._link.start(BareEar(receiver))

    def send_burst(self, first: bytes, rest: bytes) -> None:
        """Queue a message; the bit is not carried.

        Raises:
            LinkClosed: the line has ended.
        """
        self._link.send(first + rest)

    def unsent(self) -> int:
        """Bytes not yet taken by the operating system."""
        return self._link.unsent()

    def close(self, reason: str) -> None:
        """End the line."""
        self._link.close(reason)


class BareEar:
    """Passes on bytes of which no ninth bit is known."""

    def __init__(self, receiver: BurstReceiver) -> None:
        self._receiver = receiver

    def on_data(self, data: bytes) -> None:
        """Pass them on."""
        self._receiver.on_bytes(data, None)

    def on_closed(self, reason: str) -> None:
        """The line has ended."""
        self._receiver.on_closed(reason)
