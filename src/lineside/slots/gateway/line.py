"""One line of a gateway: its link, opened again and again; the turns on it; and the units of its machines.

::

    bytes ──► LineHost.receive ──► events ──► Unit.post      (recorded)
    Unit ──► Place.send ──► LineHost.order ──► bursts ──► link

The turns (`LineHost`) live as long as the gateway: a line that was lost and came back still waits for the release of
what was heard before. Nothing is polled before every machine has said what it owes (§15).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from lineside.errors import LinesideError, LinkClosed, LinkError
from lineside.runtime.backoff import Backoff, BackoffSettings
from lineside.runtime.burst import BurstLink
from lineside.runtime.clock import Wakeup
from lineside.runtime.drive import Unit
from lineside.runtime.gateway import Runtime
from lineside.runtime.step import NOTHING
from lineside.slots.gateway.config import LineConfig
from lineside.slots.gateway.polled_last import PolledLast
from lineside.slots.gateway.states import LineStates
from lineside.slots.line import LineHost, Order
from lineside.slots.model import LINE


class Place:
    """A machine's place on the line: the link of its unit."""

    def __init__(self, line: Line, address: int) -> None:
        self._line = line
        self._address = address

    def send(self, message: Order) -> None:
        """Give the line an order."""
        self._line.order(self._address, message)

    def close(self, reason: str) -> None:
        """The unit has ended; the line waits for its releases, and polls nobody."""

    def hold(self, held: bool) -> None:
        """The unit's mailbox is full. Nothing to do: the line stands still until it gets its releases."""


class Line:
    """One line; the receiver of its link.

    Args:
        name: "" of the only line.
        units: address to unit.
        polled_last: where the last poll is kept; None keeps none.
    """

    def __init__(
        self,
        name: str,
        settings: LineConfig,
        units: Mapping[int, Unit],
        runtime: Runtime,
        states: LineStates,
        polled_last: PolledLast | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._units = units
        self._runtime = runtime
        self._clock = runtime.clock
        self._states = states
        self._polled_last = polled_last
        known = b"" if polled_last is None else polled_last.poll
        self.host = LineHost(settings.polling(), settings.line_timing(), known)
        self._link: BurstLink | None = None
        self._closed: asyncio.Future[str] | None = None
        self._wakeup = Wakeup(self._clock, self._pump)
        self._is_pumping = False

    async def run(self, reopen: BackoffSettings) -> None:
        """Hear what the machines owe, then keep the line open until cancelled.

        Raises:
            ConfigError: the line's name or settings are wrong; trying again would not help.
        """
        await asyncio.gather(*(self._join(address, unit) for address, unit in self._units.items()))
        backoff = Backoff(reopen, self._runtime.chance)
        told = ""
        try:
            while True:
                reason, held_s = await self._hold_open()
                if held_s > reopen.cap_s:
                    backoff.reset()
                wait_s = backoff.next_s()
                if held_s > 0 or reason != told:
                    self._runtime.log.warning("line away", line=self._settings.line, reason=reason)
                    told = reason
                self._states.away(self.name, reason, wait_s)
                await asyncio.sleep(wait_s)
        finally:
            self._wakeup.cancel()

    async def _join(self, address: int, unit: Unit) -> None:
        """Give a unit its place; wait until what it owes has come."""
        joined: asyncio.Future[LinesideError | None] = asyncio.get_running_loop().create_future()
        unit.join(LINE, Place(self, address))
        unit.submit(lambda now: NOTHING, told=partial(_tell, joined))
        error = await joined
        if error is not None:
            raise error

    async def _hold_open(self) -> tuple[str, float]:
        """Open the line and wait for its end; the reason why it is not open (any more), and the seconds it was."""
        settings = self._settings
        try:
            link = await self._runtime.open_burst_line(settings.line, settings.line_mode, settings.burst_settings())
        except LinkError as error:
            self.host.closed(str(error), self._clock.now().mono)
            self._pump()
            return str(error), 0.0
        opened_at = self._clock.now().mono
        self._closed = asyncio.get_running_loop().create_future()
        try:
            self._link = link
            self._states.open(self.name, link.trouble)
            self._runtime.log.info("line open", line=link.name, trouble=link.trouble)
            self.host.open(opened_at)
            link.start(self)
            self._pump()
            reason = await self._closed
        finally:
            self._link = None
            link.close("the gateway stops")
        return reason, max(self._clock.now().mono - opened_at, 1e-9)

    # ------------------------------------------------------------------ what the link tells

    def on_bytes(self, data: bytes, wakeups: frozenset[int] | None) -> None:
        """Bytes came."""
        self.host.receive(data, wakeups, self._clock.now().mono)
        self._pump()

    def on_closed(self, reason: str) -> None:
        """The link has ended."""
        self._link = None
        self.host.closed(reason, self._clock.now().mono)
        self._pump()
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(reason)

    # ------------------------------------------------------------------ what machines want

    def order(self, address: int, order: Any) -> None:
        """An order of a machine; what it leads to leaves at once, or after what is being told now."""
        self.host.order(address, order, self._clock.now().mono)
        self._pump()

    def _pump(self) -> None:
        """Tell what happened and send what is due, until there is nothing of either."""
        if self._is_pumping:
            return  # an order given while an event is told: the loop below sees to it
        self._is_pumping = True
        try:
            while self._send() | self._tell():  # both: looking for what is due also finds what is over by time
                pass
        finally:
            self._is_pumping = False
        deadline = self.host.deadline()
        if deadline is not None:
            self._wakeup.set(deadline)

    def _tell(self) -> bool:
        events = self.host.take()
        for event in events:
            self._units[event.address].post(LINE, event)
        return bool(events)

    def _send(self) -> bool:
        bursts = self.host.bursts(self._clock.now().mono)
        if bursts and self._polled_last is not None:
            self._polled_last.note(self.host.polled_last)
        for first, rest in bursts:
            if self._link is not None:
                try:
                    self._link.send_burst(first, rest)
                except LinkClosed:
                    break  # `on_closed` is on its way and carries the reason
        return bool(bursts)


def _tell(joined: asyncio.Future[LinesideError | None], error: LinesideError | None) -> None:
    if not joined.done():
        joined.set_result(error)
