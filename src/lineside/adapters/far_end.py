"""The simulator's end of a line, by the name that the server would open.

::

    server opens                  the simulator
    pty:build/vent, build/vent    makes the pseudo-terminal and the link to it
    socket://127.0.0.1:7000       listens there, as a device server does
    /dev/ttyUSB1                  opens its own port at the other end of a null-modem cable

Each is a `lineside.runtime.line.FarEnd`: it lives through its peer's comings and goings and can be unplugged.
"""

from __future__ import annotations

import asyncio
from typing import cast
from urllib.parse import urlsplit

from lineside.adapters.pseudo_terminal import PseudoTerminal
from lineside.adapters.serial_link import ACCEPTED, SerialLink, open_line
from lineside.errors import ConfigError, LinesideError, LinkClosed, LinkError
from lineside.runtime.line import FarEnd, LineSettings
from lineside.runtime.link import Receiver

RETRY_S = 1.0  # between attempts at a device that went away: a person needs longer to plug it in


async def open_far_end(line: str, settings: LineSettings) -> FarEnd:
    """Make the simulator's end of a line.

    Args:
        line: ``pty:PATH``, ``socket://host:port`` (port 0 takes a free one; see `FarEnd.where`) or a device path.
        settings: of the line.

    Raises:
        ConfigError: no such kind of line, or the name is taken by something that is not ours.
        LinkError: the name or the port cannot be had; the text says why.
    """
    if line.startswith("pty:") and line != "pty:":
        return PseudoTerminal(line.removeprefix("pty:"), settings)
    if line.startswith("socket://"):
        return await _listen(line, settings)
    if line.startswith("/"):
        cable = Cable(line, settings)
        await cable.open()
        return cable
    raise ConfigError(f"{line!r} is no line for a simulator; accepted: pty:PATH, socket://host:port, /dev/NAME", "line")


async def _listen(line: str, settings: LineSettings) -> DeviceServer:
    try:
        parts = urlsplit(line)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or port is None:
        raise ConfigError(f"{line!r} needs a host and a port; accepted: {ACCEPTED}", "line")
    server = DeviceServer(settings)
    try:
        await server.listen(host, port)
    except OSError as error:
        raise LinkError(f"cannot listen at {host}:{port}: {error.strerror or error}") from error
    return server


class DeviceServer:
    """Plays a raw TCP device server with one port: one peer at a time, a second one is turned away."""

    def __init__(self, settings: LineSettings) -> None:
        self.name = self.where = ""
        self.dropped_bytes = 0
        self._bytes_max = settings.send_bytes_max
        self._receiver: Receiver | None = None
        self._peer: asyncio.Transport | None = None
        self._early = bytearray()
        self._early_bytes_max = settings.early_bytes_max
        self._server: asyncio.Server | None = None
        self._plugged = True
        self._held = False
        self._closed = False

    async def listen(self, host: str, port: int) -> None:
        """Take the port."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Peer(self), host, port)
        bound = self._server.sockets[0].getsockname()
        self.name = self.where = f"socket://{host}:{bound[1]}"

    # -- what a peer tells -----------------------------------------------------------------------------------------

    def admit(self, transport: asyncio.Transport) -> bool:
        """Take this connection as the peer, unless there is one or the cable is out."""
        if self._peer is not None or not self._plugged:
            return False
        self._peer = transport
        self._steer()
        return True

    def hear(self, data: bytes) -> None:
        """Bytes from the peer."""
        if self._receiver is not None:
            self._receiver.on_data(data)
        elif len(self._early) < self._early_bytes_max:
            self._early += data

    def lose(self, transport: asyncio.Transport) -> None:
        """The peer has left."""
        if self._peer is transport:
            self._peer = None

    # -- FarEnd ----------------------------------------------------------------------------------------------------

    def start(self, receiver: Receiver) -> None:
        """Begin to deliver."""
        self._receiver = receiver
        if self._early:
            asyncio.get_running_loop().call_soon(receiver.on_data, bytes(self._early))

    def send(self, data: bytes) -> None:
        """Queue bytes; without a peer, or beyond the limit, they are dropped and counted.

        Raises:
            LinkClosed: `close` was called.
        """
        if self._closed:
            raise LinkClosed(f"{self.name} is closed")
        if self._peer is None or self._peer.is_closing() or self.unsent() + len(data) > self._bytes_max:
            self.dropped_bytes += len(data)
        else:
            self._peer.write(data)

    def unsent(self) -> int:
        """Bytes queued for the peer."""
        return 0 if self._peer is None else self._peer.get_write_buffer_size()

    def hold(self, held: bool) -> None:
        """Stop or go on reading."""
        self._held = held
        self._steer()

    def is_attached(self) -> bool:
        """A peer is connected."""
        return self._peer is not None

    def unplug(self) -> None:
        """Reset the peer's connection and turn away new ones."""
        self._plugged = False
        if self._peer is not None:
            self._peer.abort()
            self._peer = None

    def replug(self) -> None:
        """Take connections again."""
        self._plugged = True

    def close(self, reason: str) -> None:
        """Close the port and the peer's connection."""
        if self._closed:
            return
        self._closed = True
        self._plugged = False
        if self._server is not None:
            self._server.close()
        if self._peer is not None:
            self._peer.close()
            self._peer = None
        if self._receiver is not None:
            asyncio.get_running_loop().call_soon(self._receiver.on_closed, reason)

    def _steer(self) -> None:
        if self._peer is None or self._peer.is_closing():
            return
        if self._held:
            self._peer.pause_reading()
        else:
            self._peer.resume_reading()


class _Peer(asyncio.Protocol):
    """One connection to a DeviceServer."""

    def __init__(self, server: DeviceServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        admitted = cast("asyncio.Transport", transport)
        if self._server.admit(admitted):
            self._transport = admitted
        else:
            admitted.abort()

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._server.hear(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._server.lose(self._transport)


class Cable:
    """A real serial port at the simulator's end; opened again and again when it goes away."""

    def __init__(self, line: str, settings: LineSettings) -> None:
        self.name = self.where = line
        self.dropped_bytes = 0
        self._settings = settings
        self._link: SerialLink | None = None
        self._receiver: Receiver | None = None
        self._held = False
        self._plugged = True
        self._closed = False
        self._attempt: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open the port the first time; its faults are the caller's to see."""
        self._link = await open_line(self.name, self._settings)

    # -- FarEnd ----------------------------------------------------------------------------------------------------

    def start(self, receiver: Receiver) -> None:
        """Begin to deliver."""
        self._receiver = receiver
        if self._link is not None:
            self._link.start(_Port(self, self._link))

    def send(self, data: bytes) -> None:
        """Queue bytes; while the port is away they are dropped and counted.

        Raises:
            LinkClosed: `close` was called.
        """
        if self._closed:
            raise LinkClosed(f"{self.name} is closed")
        if self._link is None:
            self.dropped_bytes += len(data)
            return
        try:
            self._link.send(data)
        except LinkClosed:  # `on_closed` follows and begins the next attempt
            self.dropped_bytes += len(data)

    def unsent(self) -> int:
        """Bytes queued for the port."""
        return 0 if self._link is None else self._link.unsent()

    def hold(self, held: bool) -> None:
        """Stop or go on reading."""
        self._held = held
        if self._link is not None:
            self._link.hold(held)

    def is_attached(self) -> bool:
        """The port is open; whether anything hangs at its other end, three wires cannot tell."""
        return self._link is not None

    def unplug(self) -> None:
        """Close the port; the other side hears silence, as no wire tells it of us."""
        self._plugged = False
        self._stop("unplugged")

    def replug(self) -> None:
        """Open the port again, as soon as it can be had."""
        if not self._plugged and not self._closed:
            self._plugged = True
            self._try_again()

    def close(self, reason: str) -> None:
        """Close the port for good."""
        if self._closed:
            return
        self._closed = True
        self._stop(reason)
        if self._receiver is not None:
            asyncio.get_running_loop().call_soon(self._receiver.on_closed, reason)

    # -- what the port tells ---------------------------------------------------------------------------------------

    def hear(self, link: SerialLink, data: bytes) -> None:
        """Bytes from the port."""
        if self._link is link and self._receiver is not None:
            self._receiver.on_data(data)

    def lose(self, link: SerialLink) -> None:
        """The port went away by itself."""
        if self._link is link:
            self._link = None
            self._try_again()

    # --------------------------------------------------------------------------------------------------------------

    def _stop(self, reason: str) -> None:
        if self._attempt is not None:
            self._attempt.cancel()
            self._attempt = None
        if self._link is not None:
            self._link.close(reason)
            self._link = None

    def _try_again(self) -> None:
        self._attempt = asyncio.create_task(self._open_again(), name=f"open {self.name} again")

    async def _open_again(self) -> None:
        while True:
            try:
                link = await open_line(self.name, self._settings)
                break
            except LinesideError:  # away, or not ready yet: the simulator waits for its cable for ever
                await asyncio.sleep(RETRY_S)
        self._link = link
        link.start(_Port(self, link))
        link.hold(self._held)


class _Port:
    """Hears one opening of a Cable's port, and tells which one it was: an old one may end after a new one began."""

    def __init__(self, cable: Cable, link: SerialLink) -> None:
        self._cable = cable
        self._link = link

    def on_data(self, data: bytes) -> None:
        self._cable.hear(self._link, data)

    def on_closed(self, reason: str) -> None:
        self._cable.lose(self._link)
