"""TCP links: listen under a guard, connect with a deadline.

A link that is closed still delivers what was queued: it says end-of-stream, drops what the peer still sends, and waits
a second for the peer's own end. Closing at once would make the kernel send a reset, and a reset destroys a reply that
is still on its way.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol, cast, runtime_checkable

from lineside.errors import LinkClosed, LinkError, LinkTimeout
from lineside.runtime.guard import Guard, Limits, Reason, Ticket
from lineside.runtime.link import Receiver
from lineside.runtime.listener import (
    Listener,
    address_text,
    listen,
    parse_address,
    set_options,
    words_for_os_error,
)

__all__ = ["EndReceiver", "Listener", "TcpLink", "connect_tcp", "listen", "listen_tcp", "parse_address"]

# How long a closed link waits for its peer to take what is queued and to end its own side.
CLOSE_S = 1.0
# Bytes that come before `start`; reading is paused meanwhile, so this is what was in one read.
EARLY_BYTES_MAX = 262_144

DOES_NOT_READ = "peer does not read"

_OUTGOING_LIMITS = Limits(connections_max=1, first_message_s=None, idle_s=None, unauthenticated_bytes_max=None)


@runtime_checkable
class EndReceiver(Protocol):
    """A `Receiver` that also hears the peer's end-of-stream and may answer after it.

    With a plain receiver the link closes when the peer ends its side. A receiver with `on_end` closes by itself, when
    it has answered; the guard's deadlines hold until then.
    """

    def on_end(self) -> None:
        """The peer has said everything; it may still read."""
        ...


class TcpLink(asyncio.Protocol):
    """One TCP connection as a `lineside.runtime.link.Link`. Made by `listen_tcp` and `connect_tcp`.

    Attributes:
        name: the peer, ``127.0.0.1:40112``.
        ticket: its place at the guard; who reads the link tells it what was heard.
        received_bytes: from the peer, so far.
        sent_bytes: queued for the peer, so far.
    """

    def __init__(self, name: str, ticket: Ticket) -> None:
        self.name = name
        self.ticket = ticket
        self.received_bytes = 0
        self.sent_bytes = 0
        self._transport: asyncio.Transport | None = None
        self._receiver: Receiver | None = None
        self._early = bytearray()
        self._early_end = False
        self._is_held = False
        self._has_peer_ended = False
        self._is_lost = False
        self._reason: str | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        ticket.bind(self._on_cut, self.unsent)

    # The face of a Link.

    @property
    def is_open(self) -> bool:
        """Whether `send` still takes bytes."""
        return self._reason is None

    def ends(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Address and port of the peer, and of this side of the connection."""
        assert self._transport is not None, f"link {self.name} is not connected"
        peer, own = (self._transport.get_extra_info(name) for name in ("peername", "sockname"))
        return (peer[0], peer[1]), (own[0], own[1])

    def start(self, receiver: Receiver) -> None:
        """Begin to deliver; what came earlier first. Called once, from the loop's thread."""
        assert self._receiver is None, f"link {self.name} was started twice"
        self._receiver = receiver
        early, self._early = bytes(self._early), bytearray()
        if early:
            receiver.on_data(early)
        if self._is_lost:
            self._loop.call_soon(receiver.on_closed, self._reason or "")
        elif self._early_end:
            self.eof_received()
        elif not self._is_held and self._transport is not None:
            self._transport.resume_reading()

    def send(self, data: bytes) -> None:
        """Queue bytes. Raises LinkClosed after the end; too many unsent bytes are the end."""
        if self._reason is not None or self._transport is None:
            raise LinkClosed(f"{self.name}: {self._reason or 'not connected'}")
        if self._transport.is_closing():  # a write has failed; `connection_lost` is on its way
            raise LinkClosed(f"{self.name}: connection lost")
        self._transport.write(data)
        self.sent_bytes += len(data)
        if self._transport.get_write_buffer_size() > self.ticket.limits.unsent_bytes_max:
            self.ticket.cut(Reason.DOES_NOT_READ, DOES_NOT_READ)

    def send_or_close(self, data: bytes) -> bool:
        """As `send`, where a link that has ended is no news; False when nothing was queued."""
        try:
            self.send(data)
        except LinkClosed:
            return False
        return self._reason is None

    def unsent(self) -> int:
        """Bytes queued and not yet taken by the operating system."""
        return 0 if self._transport is None or self._is_lost else self._transport.get_write_buffer_size()

    def hold(self, held: bool) -> None:
        """Stop or go on reading."""
        self._is_held = held
        if self._transport is None or self._reason is not None or self._receiver is None:
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def close(self, reason: str) -> None:
        """End the link: queued bytes are still sent, for at most `CLOSE_S`."""
        if self._reason is not None:
            return
        self._reason = reason
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._close_timer = self._loop.call_later(CLOSE_S, transport.abort)
        if self._has_peer_ended:
            transport.close()
            return
        try:
            transport.write_eof()
            transport.resume_reading()  # what still comes is dropped until the peer ends too
        except OSError:  # the peer has reset it already
            transport.abort()

    def abort(self, reason: str) -> None:
        """End the link now; queued bytes are lost. Also ends the wait of `close`."""
        if self._reason is None:
            self._reason = reason
        if self._transport is not None:
            self._transport.abort()

    # The face that asyncio sees.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hold the peer's bytes back until somebody listens."""
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._reason is not None:
            return
        self.received_bytes += len(data)
        if not self.ticket.heard_bytes(len(data)):
            return
        if self._receiver is not None:
            self._receiver.on_data(data)
            return
        self._early += data
        if len(self._early) > EARLY_BYTES_MAX:
            self.ticket.cut(Reason.UNAUTHENTICATED_BYTES, "too many bytes before anybody listened")

    def eof_received(self) -> bool:
        """The peer has ended its side: true keeps ours open."""
        if self._reason is not None:
            return False
        self._has_peer_ended = True
        if self._receiver is None:
            self._early_end = True
            return True
        if isinstance(self._receiver, EndReceiver):
            self._receiver.on_end()
            return True
        self._reason = "peer closed the connection"
        assert self._transport is not None
        if self._transport.get_write_buffer_size():  # a peer that takes nothing must not hold its place for ever
            self._close_timer = self._loop.call_later(CLOSE_S, self._transport.abort)
        self._transport.close()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over; told once."""
        self._is_lost = True
        self.ticket.release()
        if self._close_timer is not None:
            self._close_timer.cancel()
        if self._reason is None:
            self._reason = _words_for_loss(exc)
        if self._receiver is not None:
            self._receiver.on_closed(self._reason)

    def _on_cut(self, reason: Reason, text: str) -> None:
        if reason is Reason.DOES_NOT_READ:
            self.abort(text)
        else:
            self.close(text)


async def listen_tcp(address: str, guard: Guard, on_link: Callable[[TcpLink], None]) -> Listener:
    """Accept TCP links under a guard.

    Args:
        address: ``host:port`` or ``[ipv6]:port``; port 0 lets the system choose.
        on_link: gets each connected link and calls its `TcpLink.start`, then or later.

    Raises:
        ConfigError, LinkError: as `listen`.
    """

    async def welcome(accepted: socket.socket, ticket: Ticket) -> None:
        try:
            link = TcpLink(address_text(accepted.getpeername()), ticket)
            await asyncio.get_running_loop().connect_accepted_socket(lambda: link, accepted)
        except BaseException:
            accepted.close()
            ticket.release()
            raise
        try:
            on_link(link)
        except Exception:
            link.abort("a fault in the server")
            raise

    return await listen(address, guard, welcome)


async def connect_tcp(host: str, port: int, *, timeout_s: float = 10.0, limits: Limits | None = None) -> TcpLink:
    """Connect to a peer.

    Args:
        timeout_s: for the name and the connection together.
        limits: of the link (unsent bytes, write time-out); those for connecting out when None.

    Raises:
        LinkTimeout: nobody answered in time.
        LinkError: refused, unknown name, no route; names the peer and the reason.
    """
    name = address_text((host, port))
    ticket = Guard(limits or _OUTGOING_LIMITS, f"link to {name}").admit(host)
    assert isinstance(ticket, Ticket)
    link = TcpLink(name, ticket)
    try:
        async with asyncio.timeout(timeout_s):
            transport, _ = await asyncio.get_running_loop().create_connection(lambda: link, host, port)
    except BaseException as error:
        ticket.release()
        if isinstance(error, TimeoutError):
            raise LinkTimeout(f"{name} does not answer within {timeout_s:g} s") from error
        if isinstance(error, OSError):
            raise LinkError(f"{name}: {words_for_os_error(error)}") from error
        raise
    set_options(transport.get_extra_info("socket"))
    return link


def _words_for_loss(error: Exception | None) -> str:
    match error:
        case None:
            return "peer closed the connection"
        case ConnectionResetError() | BrokenPipeError():
            return "peer reset the connection"
        case TimeoutError():
            return "peer vanished (no answer to keep-alive)"
        case _:
            return f"connection lost: {error}"
