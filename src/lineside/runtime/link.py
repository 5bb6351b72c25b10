"""A path for bytes to and from one peer: five methods, whatever is below.

`Link` is what a gateway holds. Who makes one gives it a `Receiver`, and everything that happens is told there from the
event loop's thread: bytes in any split, then exactly one `on_closed`. Sending never blocks: a link holds at most
``send_bytes_max`` unsent bytes (a named limit in the settings of its owner); beyond that `send` closes the link with
the reason ``"peer does not read"``, so that one peer never grows our memory.

Kinds: TCP (`lineside.runtime.tcp`), in memory with faults (`lineside.runtime.memory_link`), serial, pseudo-terminal and
socket:// (`lineside.adapters.serial_link`).
"""

from __future__ import annotations

from typing import Protocol


class Receiver(Protocol):
    """Hears what happens on a link."""

    def on_data(self, data: bytes) -> None:
        """Bytes came, in any split or merge."""
        ...

    def on_closed(self, reason: str) -> None:
        """The link has ended; told once, the last call. ``reason`` is for people."""
        ...


class Link(Protocol):
    """Carries bytes to and from one peer.

    Attributes:
        name: for logs and pages: ``/dev/ttyACM0``, ``127.0.0.1:40112``.
    """

    name: str

    def start(self, receiver: Receiver) -> None:
        """Begin to deliver. Bytes that came earlier are delivered first."""
        ...

    def send(self, data: bytes) -> None:
        """Queue bytes for the peer, in order, and return at once.

        Raises:
            LinkClosed: the link has ended; nothing was queued.
        """
        ...

    def unsent(self) -> int:
        """Bytes queued and not yet taken by the operating system."""
        ...

    def hold(self, held: bool) -> None:
        """Stop (True) or go on (False) reading: back-pressure when the owner's mailbox is full."""
        ...

    def close(self, reason: str) -> None:
        """End the link now, queued bytes sent if the peer takes them; `on_closed` follows with this reason.

        Calling it again does nothing.
        """
        ...
