"""A link of a unit with the wire that speaks on it: bytes become messages, messages bytes, and time is kept."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from lineside.errors import LinkClosed
from lineside.runtime.clock import Clock, Timer
from lineside.runtime.link import Link
from lineside.runtime.model import TimedWire
from lineside.runtime.wire import Wire


class PortOwner(Protocol):
    """The unit, as its ports see it."""

    def post(self, link: str, message: Any) -> None:
        """A message of the wire."""
        ...

    def detach(self, port: Port, reason: str) -> None:
        """The link has ended."""
        ...


class Port:
    """A link of a unit with the wire that speaks on it."""

    def __init__(self, unit: PortOwner, name: str, link: Link, wire: Wire, clock: Clock) -> None:
        self.name = name
        self.link = link
        self.wire = wire
        self._unit = unit
        self._clock = clock
        self._timed = wire if isinstance(wire, TimedWire) else None
        self._timer: Timer | None = None
        self._timer_at = float("inf")
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_data(self, data: bytes) -> None:
        """Bytes came: post the messages that they complete."""
        for message in self.wire.receive(data, self._clock.now().mono):
            self._unit.post(self.name, message)
        self.flush()

    def on_closed(self, reason: str) -> None:
        """The link has ended: what was never delivered comes back first, then the unit hears of it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._timed is not None:
            for message in self._timed.reset():
                self._unit.post(self.name, message)
        self._unit.detach(self, reason)
        if not self.closed.done():
            self.closed.set_result(reason)

    def send(self, message: Any) -> None:
        """Encode and queue one message; a link that has just closed tells so by itself."""
        data = self.wire.send(message)
        if data:
            self._write(data)
        self.flush()

    def flush(self) -> None:
        """Write what the wire has due and set its next wake-up."""
        if self._timed is not None:
            data = self._timed.outgoing(self._clock.now().mono)
            if data:
                self._write(data)
            self._arm()

    def _write(self, data: bytes) -> None:
        try:
            self.link.send(data)
        except LinkClosed:
            return  # `on_closed` is on its way and carries the reason

    def _arm(self) -> None:
        if self._timed is None or self.closed.done():
            return
        deadline = self._timed.deadline()
        if deadline is None or deadline >= self._timer_at:
            return  # the timer that is set fires earlier; it will look again
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._clock.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        assert self._timed is not None
        self._timer = None
        self._timer_at = float("inf")
        for message in self._timed.on_time(self._clock.now().mono):
            self._unit.post(self.name, message)
        self.flush()
