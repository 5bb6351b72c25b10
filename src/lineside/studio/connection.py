"""One connection of a reporter, from its handshake to its end: what the client and the simulator have in common.

::

    open ─► [greeting ► credentials] ─► [snapshot] ─► ask ► answer, ask ► answer, … ─► ended

An answer that does not come in time makes the connection useless: late, it would be taken for the next one's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from lineside.errors import LinkClosed, LinkTimeout
from lineside.studio.wire.message import Confirmed, ErrorReply, Greeting
from lineside.studio.wire.reporter import Heard, ReporterSide, SnapshotSeen

REFUSED_CODE = 1008
"""The close code of a server that does not want these credentials."""

Answer = TypeVar("Answer")


class ReporterSocket(Protocol):
    """An open WebSocket, as `lineside.adapters.web_socket_client` makes it.

    Attributes:
        close_code: of the goodbye, when it has ended; None before.
        close_reason: what the server said with it.
    """

    close_code: int | None
    close_reason: str

    async def send(self, text: str | bytes) -> None:
        """Send one frame; raises LinkClosed."""
        ...

    async def receive(self) -> str | bytes | None:
        """The next frame; None at the end."""
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and end it; again does nothing."""
        ...

    async def drop(self) -> None:
        """End it without a word, as a pulled cable does."""
        ...

    def hold(self, held: bool) -> None:
        """Stop (True) or go on (False) taking anything from the line, pings included."""
        ...


class OpenSocket(Protocol):
    """Opens a WebSocket; raises LinkError."""

    def __call__(self, url: str, *, open_s: float) -> Awaitable[ReporterSocket]:
        """``open_s``: for the connection and the handshake."""
        ...


class Connection:
    """A connection whose credentials were taken.

    Attributes:
        ended: has the reason as its result when the connection has ended.
        snapshot: the table as the server had it at the beginning; None in dialects that are not told.
    """

    def __init__(self, socket: ReporterSocket, side: ReporterSide, on_heard: Callable[[Heard], None]) -> None:
        loop = asyncio.get_running_loop()
        self.socket = socket
        self.ended: asyncio.Future[str] = loop.create_future()
        self.snapshot: SnapshotSeen | None = None
        self._side = side
        self._on_heard = on_heard
        self._welcome: asyncio.Future[SnapshotSeen] = loop.create_future()
        self._answer: asyncio.Future[Confirmed | ErrorReply] | None = None
        self._reader = asyncio.create_task(self._read(), name=f"reporter of {side.table}")

    @classmethod
    async def open(
        cls,
        open_socket: OpenSocket,
        url: str,
        side: ReporterSide,
        timeout_s: float,
        on_heard: Callable[[Heard], None],
    ) -> Connection:
        """Connect and, where the dialect has one, wait for the snapshot.

        Args:
            url: of the server; the credentials are put into it as the dialect wants.
            timeout_s: for the handshake, and again for the snapshot.
            on_heard: told of every frame that answers nothing.

        Raises:
            LinkError: nobody is there, no snapshot came, or the credentials were refused.
            ConfigError: the URL is none.
        """
        connection = cls(await open_socket(side.url(url), open_s=timeout_s), side, on_heard)
        if not side.wants_snapshot:
            return connection
        try:
            connection.snapshot = await connection._wait(connection._welcome, timeout_s, "snapshot")
        except BaseException:
            await connection.close("no snapshot")
            raise
        return connection

    async def ask(self, text: str, timeout_s: float) -> Confirmed | ErrorReply:
        """Send one message and wait for its answer.

        Raises:
            LinkError: none came. What became of the message is not known, and the connection is of no use any more.
        """
        assert self._answer is None, "one message is under way at a time"
        self._answer = asyncio.get_running_loop().create_future()
        try:
            await self.socket.send(text)
            return await self._wait(self._answer, timeout_s, "answer")
        finally:
            self._answer = None

    async def close(self, reason: str) -> None:
        """End it; again does nothing."""
        await self.socket.close(1000, reason)
        await self._stop()

    async def drop(self) -> None:
        """End it without a word."""
        await self.socket.drop()
        await self._stop()

    def hold(self, held: bool) -> None:
        """Hang (True), or live again (False): nothing is taken from the line, no ping answered."""
        self.socket.hold(held)

    async def _stop(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def _wait(self, awaited: asyncio.Future[Answer], timeout_s: float, what: str) -> Answer:
        await asyncio.wait((awaited, self.ended), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if awaited.done():
            return awaited.result()
        if self.ended.done():
            raise LinkClosed(self.ended.result())
        raise LinkTimeout(f"no {what} within {timeout_s:g} s")

    async def _read(self) -> None:
        reason = "the connection was given up"
        try:
            while (frame := await self.socket.receive()) is not None:
                await self._take(self._side.receive(frame))
            reason = self._goodbye()
        except LinkClosed as error:
            reason = str(error)
        finally:
            if not self.ended.done():
                self.ended.set_result(reason)

    async def _take(self, heard: Heard) -> None:
        match heard:
            case Greeting() if not self._welcome.done():
                await self.socket.send(self._side.credentials())
            case SnapshotSeen() if not self._welcome.done():
                self._welcome.set_result(heard)
            case Confirmed() | ErrorReply() if self._answer is not None and not self._answer.done():
                self._answer.set_result(heard)
            case _:
                self._on_heard(heard)

    def _goodbye(self) -> str:
        code, reason = self.socket.close_code, self.socket.close_reason
        if code == REFUSED_CODE:
            return f"the server refuses us: {reason or 'no reason given'}"
        return f"the server closed the connection ({code}{f' {reason}' if reason else ''})"
