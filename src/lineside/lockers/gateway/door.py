"""The locker port: who is let in, who is let go, and what all connections share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from lineside.lockers.gateway.addresses import AddressBook
from lineside.lockers.gateway.config import Config
from lineside.lockers.gateway.connection import Connection
from lineside.lockers.gateway.hall import Hall
from lineside.runtime.clock import Clock, SystemClock, Timer
from lineside.runtime.gateway import Runtime
from lineside.runtime.guard import Guard, Reason, Ticket
from lineside.runtime.tcp import Listener, TcpLink, listen_tcp

# Unfinished messages are looked at so often; a deadline of 30 s need not be kept to the millisecond.
SWEEP_S = 1.0


def _mono_of(clock: Clock) -> Callable[[], float]:
    return time.monotonic if isinstance(clock, SystemClock) else lambda: clock.now().mono


class Door:
    """Listens for boards under a guard.

    Attributes:
        hall: the boards behind the door.
        wire_settings: of every connection.
        mono: monotonic seconds now; a call per message, so that it goes past the wall clock where it can.
        guard: its counts are in the metrics.
    """

    def __init__(self, config: Config, hall: Hall, runtime: Runtime) -> None:
        self.hall = hall
        self.log = runtime.log
        self.wire_settings = config.wire_settings()
        self.mono = _mono_of(runtime.clock)
        self.guard = Guard(config.guard_limits(), f"{runtime.name} boards", now=self.mono)
        runtime.watch_guard(self.guard)
        self._config = config
        self._clock = runtime.clock
        self._book = AddressBook(config.boards_per_address_max, config.errors_per_address_max)
        self._networks = {board: entry.allowed() for board, entry in config.boards.items() if entry.networks}
        self._unfinished: set[Connection] = set()
        self._sweeping: Timer | None = None
        self._listener: Listener | None = None
        self._loop = asyncio.get_running_loop()

    def call_soon(self, call: Callable[[], None]) -> None:
        """Call in the next turn of the loop, so that one connection with much to say does not hold up the others."""
        self._loop.call_soon(call)

    # ------------------------------------------------------------------ open and shut

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._listener is not None, "the door is not open"
        return self._listener.port

    @property
    def address(self) -> str:
        """The same with its host."""
        assert self._listener is not None, "the door is not open"
        return self._listener.address

    async def open(self) -> None:
        """Listen.

        Raises:
            LinkError: the address cannot be bound.
        """
        self._listener = await listen_tcp(self._config.address, self.guard, self._welcome)

    async def close(self) -> None:
        """Listen no more and let everybody go."""
        if self._listener is not None:
            await self._listener.close()
        self.guard.stop("the gateway stops")
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None

    def _welcome(self, link: TcpLink) -> None:
        link.start(Connection(link, self))

    # ------------------------------------------------------------------ what a connection asks

    def admits(self, ticket: Ticket, board: str) -> bool:
        """Whether this peer may speak as this board; False is noted as its error, and nothing is answered."""
        networks = self._networks.get(board)
        if networks is not None and not networks(ticket.address):
            self.note_error(ticket, f"{ticket.address} is outside the networks of board {board}")
            return False
        if not self._book.may_ask(ticket.key, board, self.mono()):
            self.note_error(ticket, "asks as too many boards")
            return False
        return True

    def note_error(self, ticket: Ticket, reason: str) -> None:
        """A peer broke the protocol or a rule: after too many, on its connection or from its address, it is cut."""
        count, is_too_many = self._book.note_error(ticket.key, self.mono())
        if str(count).strip("0") == "1":  # the first, the tenth …: a flood must not fill a disk
            self.log.warning("not a board's word", address=ticket.address, reason=reason, errors=count)
        if is_too_many:
            ticket.cut(Reason.TOO_MANY_ERRORS, f"too many errors from this address, the last: {reason}")
        else:
            ticket.error(reason)

    def watch(self, connection: Connection, *, unfinished: bool) -> None:
        """Look after a connection as long as it has begun a message and not finished it."""
        if not unfinished:
            self._unfinished.discard(connection)
            return
        self._unfinished.add(connection)
        if self._sweeping is None:
            self._sweeping = self._clock.call_at(self.mono() + SWEEP_S, self._sweep)

    def left(self, connection: Connection) -> None:
        """A connection has ended."""
        self._unfinished.discard(connection)

    def _sweep(self) -> None:
        """Close, without a word, what was not finished in time: the time runs from the first byte of the message."""
        self._sweeping = None
        now, longest = self.mono(), self._config.assemble_timeout_s
        for connection in list(self._unfinished):
            since = connection.wire.assembling_since
            if since is None:
                self._unfinished.discard(connection)
            elif now - since > longest and not connection.is_waiting:
                self._unfinished.discard(connection)
                connection.close(f"no whole message within {longest:g} s of its first byte")
        if self._unfinished:
            self._sweeping = self._clock.call_at(now + SWEEP_S, self._sweep)
