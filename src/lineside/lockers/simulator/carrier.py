"""One channel of a board, Wi-Fi or GSM: a connection that is made again and again, for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lineside.errors import LinkError
from lineside.lockers.simulator.report import SimulatorReport
from lineside.lockers.wire import BoardSide, Channel, HeardByBoard
from lineside.runtime.backoff import Backoff
from lineside.runtime.tcp import TcpLink, connect_tcp

# A server that takes no connection in so many seconds is away.
CONNECT_S = 10.0


class Carrier:
    """Keeps one connection to the server while it is wanted and there is a network.

    Args:
        channel: what it says in CONNECTION.
        address: host and port of the server.
        report: counts connections and losses.
        backoff: of the attempts; begins anew with each answer that comes.
        on_heard: told each answer.
        on_change: told when it has connected (an empty reason) or lost its connection.
    """

    def __init__(
        self,
        channel: Channel,
        address: tuple[str, int],
        report: SimulatorReport,
        backoff: Backoff,
        *,
        on_heard: Callable[[HeardByBoard], None],
        on_change: Callable[[Channel, str], None],
    ) -> None:
        self.channel = channel
        self._address = address
        self._report = report
        self._backoff = backoff
        self._on_heard = on_heard
        self._on_change = on_change
        self._connection: _Connection | None = None
        self._may_connect = asyncio.Event()
        self._is_wanted = False
        self._has_network = True

    @property
    def is_up(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    @property
    def has_network(self) -> bool:
        """Whether there is an access point, or a cell."""
        return self._has_network

    def set_network(self, has_network: bool) -> None:
        """The network goes, and the connection with it; or it is back."""
        self._has_network = has_network
        self._settle()
        if not has_network:
            self.cut("no network")

    def want(self, wanted: bool) -> None:
        """Whether the board wants a connection now; one that it has and does not want is ended in order."""
        self._is_wanted = wanted
        self._settle()
        if not wanted and self._connection is not None:
            connection, self._connection = self._connection, None
            connection.end("the board has what it wanted")

    def send(self, data: bytes) -> bool:
        """Whether there was a connection to send on."""
        return self._connection is not None and self._connection.link.send_or_close(data)

    def cut(self, reason: str) -> None:
        """Reset the connection, unsent bytes lost; it is made anew while it is wanted."""
        if self._connection is not None:
            self._connection.was_cut = True
            self._connection.link.abort(reason)

    async def run(self) -> None:
        """Connect, wait for the end, connect again; until cancelled."""
        try:
            while True:
                await self._may_connect.wait()
                connection = await self._connect()
                if connection is None or await connection.is_lost():
                    await asyncio.sleep(self._backoff.next_s())
        finally:
            self.want(False)

    def on_answer(self, heard: HeardByBoard) -> None:
        """An answer has come: the server is there."""
        self._backoff.reset()
        self._on_heard(heard)

    def on_lost(self, connection: _Connection, reason: str) -> None:
        """A connection has ended that was not ended here."""
        if connection is self._connection:
            self._connection = None
            self._report.losses += not connection.was_cut
            self._on_change(self.channel, reason)

    async def _connect(self) -> _Connection | None:
        try:
            link = await connect_tcp(*self._address, timeout_s=CONNECT_S)
        except LinkError:
            return None
        connection = _Connection(self, link)
        if not self._may_connect.is_set():  # meanwhile the network has gone, or the wish
            connection.end("not wanted any more")
            return connection
        self._report.connects += 1
        self._connection = connection
        link.start(connection)
        self._on_change(self.channel, "")
        return connection

    def _settle(self) -> None:
        if self._is_wanted and self._has_network:
            self._may_connect.set()
        else:
            self._may_connect.clear()


class _Connection:
    """One connection from its beginning to its end; the receiver of its link."""

    def __init__(self, carrier: Carrier, link: TcpLink) -> None:
        self.link = link
        self.was_cut = False  # on our side, on purpose
        self._carrier = carrier
        self._side = BoardSide()
        self._is_lost = False
        self._over = asyncio.Event()

    def on_data(self, data: bytes) -> None:
        for heard in self._side.receive(data):
            self._carrier.on_answer(heard)

    def on_closed(self, reason: str) -> None:
        if not self._over.is_set():
            self._is_lost = True
            self._over.set()
            self._carrier.on_lost(self, reason)

    def end(self, reason: str) -> None:
        self._over.set()
        self.link.close(reason)

    async def is_lost(self) -> bool:
        """Wait for the end; whether it came from elsewhere."""
        await self._over.wait()
        return self._is_lost
