"""One side of one protocol, without I/O: bytes in, messages out, and back."""

from __future__ import annotations

from typing import Any, Protocol


class Wire(Protocol):
    """A protocol's two directions in one object. Pure: no clock, no log, no randomness, no asyncio.

    A fault in the incoming bytes is a message too (the protocol's own `Noise` type with bytes and reason), so that
    one call can report what was good before and after it. The only exception that leaves a wire is `WireError`, and
    only from `send` (a message that the protocol cannot express).
    """

    def receive(self, data: bytes, now: float) -> list[Any]:
        """Take any piece of the byte stream; return the messages that are now whole, in order.

        Args:
            data: any split or merge of the peer's bytes.
            now: monotonic seconds, for protocols whose silences mean something.
        """
        ...

    def send(self, message: Any) -> bytes:
        """Encode one message to the bytes that go on the line."""
        ...
