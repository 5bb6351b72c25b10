"""One reporter: its connection, the wire that it speaks, and its seat at a table.

The unit sees a `Peer`. Frames of a reporter are decoded here and posted in order; a token that covers several tables
may name another one in an envelope, and the reporter then takes a seat there too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from structlog.typing import FilteringBoundLogger

from lineside.errors import JournalError, LinkClosed, WireError
from lineside.runtime.clock import Clock
from lineside.runtime.drive import Unit
from lineside.runtime.web_socket import SocketLink
from lineside.studio.gateway.tables import TableDenied, Tables
from lineside.studio.model import Joined, RoundTrip
from lineside.studio.wire import (
    Ack,
    Denied,
    Dialect,
    Entrance,
    ErrorReply,
    TableWire,
    Update,
    close_code_of,
    closed_by_peer,
)


class Seat:
    """A reporter at one table; the `Peer` of its unit."""

    def __init__(self, reporter: Reporter, unit: Unit) -> None:
        self.unit = unit
        self._reporter = reporter

    def send(self, message: Any) -> None:
        """An answer for the reporter."""
        self._reporter.say(message)

    def close(self, reason: str) -> None:
        """The table lets the reporter go; of a fault of ours it is told no more than that."""
        if reason.startswith("internal error"):
            self._reporter.link.close("Internal error", 1011)
        else:
            self._reporter.link.close(reason, close_code_of(reason))

    def hold(self, held: bool) -> None:
        """The table has too much to do."""
        self._reporter.hold(self, held)


class Reporter:
    """A connection that was let in.

    Attributes:
        entrance: who it is.
        link: its connection.
    """

    def __init__(
        self,
        link: SocketLink,
        entrance: Entrance,
        wire: TableWire,
        token_name: str,
        tables: Tables,
        clock: Clock,
        log: FilteringBoundLogger,
        on_gone: Callable[[Reporter], None],
    ) -> None:
        self.entrance = entrance
        self.link = link
        self._wire = wire
        self._token_name = token_name
        self._tables = tables
        self._clock = clock
        self._log = log
        self._on_gone = on_gone
        self._seats: dict[str, Seat] = {}
        self._holding: set[object] = set()
        self._moving: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------ life

    def sit_down(self, unit: Unit) -> None:
        """Take the seat at its own table; a snapshot is sent where the dialect has one."""
        self.link.start(self)
        self.link.socket.on_rtt = self._on_rtt
        self._take_seat(unit, self.entrance.wants_snapshot)

    async def run(self) -> str:
        """Report until the connection ends; returns the reason."""
        return await self.link.run()

    def kick(self, denied: Denied) -> None:
        """Let it go."""
        self.link.close(denied.reason, denied.code)

    def _take_seat(self, unit: Unit, wants_snapshot: bool) -> None:
        entrance, seat = self.entrance, Seat(self, unit)
        self._seats[unit.name.partition("/")[2]] = seat
        unit.join(self.link.name, seat)
        joined = Joined(entrance.device, entrance.dialect, self.link.socket.remote, wants_snapshot, self._token_name)
        unit.post(self.link.name, joined)

    # ------------------------------------------------------------------ what the connection tells

    def on_data(self, data: bytes) -> None:
        """One frame."""
        now = self._clock.now()
        for message in self._wire.receive(data, now.mono):
            table = message.table if type(message) is Update and message.table else self.entrance.table
            seat = self._seats.get(table)
            if seat is not None:
                seat.unit.post(self.link.name, message, now)
            else:
                self._move(table, message)

    def on_closed(self, reason: str) -> None:
        """The connection has ended: leave every table, then be forgotten."""
        goodbye = self.link.socket.goodbye
        told = closed_by_peer(*goodbye) if goodbye is not None else reason
        if self._moving is not None:
            self._moving.cancel()
        for seat in list(self._seats.values()):
            seat.unit.leave(self.link.name, seat, told)
        self._on_gone(self)

    def _on_rtt(self, rtt_s: float) -> None:
        for seat in self._seats.values():
            seat.unit.post(self.link.name, RoundTrip(round(rtt_s * 1000, 3)))

    # ------------------------------------------------------------------ another table

    def _move(self, table: str, message: Any) -> None:
        """Nothing is read until the message for another table has been posted there, so that order is kept."""
        self.hold(self, True)
        self._moving = asyncio.get_running_loop().create_task(self._post_to(table, message), name=f"move to {table}")
        self._moving.add_done_callback(partial(self._on_moved))

    async def _post_to(self, table: str, message: Any) -> None:
        try:
            unit = await self._tables.get(table)
        except (TableDenied, JournalError) as error:
            self.say(ErrorReply(f"Table not available: {error}"))
            return
        self._take_seat(unit, wants_snapshot=False)
        unit.post(self.link.name, message)

    def _on_moved(self, moved: asyncio.Task[None]) -> None:
        self._moving = None
        self.hold(self, False)
        if not moved.cancelled() and (error := moved.exception()) is not None:
            self._log.error("reporter failed", peer=self.link.name, exc_info=error)

    # ------------------------------------------------------------------ what it is told

    def say(self, message: Any) -> None:
        """Send one message; a connection that has just ended tells so by itself."""
        try:
            self.link.send(self._wire.send(message))
        except LinkClosed:
            return
        except WireError as error:
            self._log.error("dialect has no word for it", dialect=self.entrance.dialect, reason=str(error))

    def ack(self, at: datetime) -> None:
        """The sign of life that dialect D wants."""
        if self.entrance.dialect is Dialect.D:
            self.say(Ack(at))

    def hold(self, holder: object, held: bool) -> None:
        """Stop reading while anybody holds."""
        (self._holding.add if held else self._holding.discard)(holder)
        self.link.hold(bool(self._holding))
