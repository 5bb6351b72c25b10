"""A link of a unit with the wire that speaks on it: bytes become messages, messages bytes, and time is kept.

Answers to the messages of one read leave in one write. After the link has ended, or was told to, no message of it
reaches the unit any more: `PortOwner.detach` is the last that is heard.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from lineside.errors import LinkClosed
from lineside.runtime.clock import Clock, Wakeup
from lineside.runtime.link import Link
from lineside.runtime.model import TimedWire
from lineside.runtime.step import Moment
from lineside.runtime.wire import Wire


class Peer(Protocol):
    """A link of a unit, as the unit sees it: a `Port`, or one that decodes by itself (`Unit.join`)."""

    def send(self, message: Any) -> None:
        """Encode and queue one message; never blocks. A peer that has just gone tells so by itself."""
        ...

    def close(self, reason: str) -> None:
        """End the link; what was sent before leaves before."""
        ...

    def hold(self, held: bool) -> None:
        """Stop (True) or go on (False) reading: the unit's mailbox is full."""
        ...


class PortOwner(Protocol):
    """The unit, as its ports see it."""

    def post(self, link: str, message: Any, now: Moment | None = None) -> None:
        """A message of the wire, which came at ``now``."""
        ...

    def detach(self, port: Port, reason: str) -> None:
        """The link has ended."""
        ...

    def broke(self, error: Exception) -> None:
        """The wire failed: a fault of ours."""
        ...


class Port:
    """A link of a unit with the wire that speaks on it; the link's `Receiver`.

    Attributes:
        closed: has the reason as its result when the link has ended.
    """

    def __init__(self, unit: PortOwner, name: str, link: Link, wire: Wire, clock: Clock) -> None:
        self.name = name
        self.link = link
        self.wire = wire
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._unit = unit
        self._clock = clock
        self._timed = wire if isinstance(wire, TimedWire) else None
        self._wakeup = Wakeup(clock, self._on_timer)
        self._gathered: list[bytes] | None = None  # answers to the read that is being handled
        self._is_over = False  # nothing is posted any more
        self._has_ended = False  # the unit was told

    # ------------------------------------------------------------------ what the link tells

    def on_data(self, data: bytes) -> None:
        """Bytes came: post the messages that they complete, then write all answers at once."""
        if self._is_over:
            return
        now = self._clock.now()
        self._gathered = []
        try:
            for message in self.wire.receive(data, now.mono):
                if self._is_over:
                    break
                self._unit.post(self.name, message, now)
            self.flush(now.mono)
            self._write_gathered()
        except Exception as error:
            self._unit.broke(error)
        finally:
            self._gathered = None

    def on_closed(self, reason: str) -> None:
        """The link has ended: what was never delivered comes back first, then the unit hears of it. Once."""
        if self._has_ended:
            return
        self._has_ended = self._is_over = True
        self._wakeup.cancel()
        try:
            for message in self._timed.reset() if self._timed is not None else ():
                self._unit.post(self.name, message)
        except Exception as error:
            self._unit.broke(error)
        self._unit.detach(self, reason)
        if not self.closed.done():  # who waited may have been cancelled, and the future with it
            self.closed.set_result(reason)

    # ------------------------------------------------------------------ what the unit wants

    def send(self, message: Any) -> None:
        """Encode and queue one message; a link that has just closed tells so by itself.

        Raises:
            WireError: the protocol cannot express it.
        """
        data = self.wire.send(message)
        if self._gathered is not None:  # `on_data` is at work and flushes
            if data:
                self._gathered.append(data)
            return
        if data:
            self._write(data)
        self.flush(None)

    def close(self, reason: str) -> None:
        """End the link; answers that were given before leave before."""
        self._is_over = True
        self._wakeup.cancel()
        self._write_gathered()
        self.link.close(reason)

    def hold(self, held: bool) -> None:
        """Stop or go on reading the link."""
        self.link.hold(held)

    def flush(self, now: float | None = None) -> None:
        """Write what the wire has due at ``now`` (monotonic seconds; the present when None), set its next wake-up."""
        timed = self._timed
        if timed is None or self._is_over:
            return
        data = timed.outgoing(self._clock.now().mono if now is None else now)
        if data and self._gathered is not None:
            self._gathered.append(data)
        elif data:
            self._write(data)
        deadline = timed.deadline()
        if deadline is not None:
            self._wakeup.set(deadline)

    # ------------------------------------------------------------------ inside

    def _write_gathered(self) -> None:
        gathered, self._gathered = self._gathered, None
        if gathered:
            self._write(gathered[0] if len(gathered) == 1 else b"".join(gathered))

    def _write(self, data: bytes) -> None:
        try:
            self.link.send(data)
        except LinkClosed:
            return  # `on_closed` is on its way and carries the reason

    def _on_timer(self) -> None:
        assert self._timed is not None
        now = self._clock.now()
        try:
            for message in self._timed.on_time(now.mono):
                if self._is_over:
                    break
                self._unit.post(self.name, message, now)
            self.flush(now.mono)
        except Exception as error:
            self._unit.broke(error)
