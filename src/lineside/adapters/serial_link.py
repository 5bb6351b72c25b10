"""Opens serial lines by name: devices, pseudo-terminals, TCP device servers. Behind our five-method Link.

::

    open_line("/dev/ttyACM0", LineSettings())  ──►  Link   or   LinkError, in words a technician can act on

Below is the serialx library: its native asyncio transport, one per kind of line. What we add: the settings by name,
bounded unsent bytes, one reason at the end, and errors that say what to do.

What the library does on a device, checked in its source (1.15): the port is opened without blocking in a thread,
locked (`flock`, as other serial programs do), set raw, and both its queues are emptied, so stale bytes are never
delivered. Control lines are touched only if asked. A hang-up (a read of no bytes, or EIO) closes the transport.
"""

from __future__ import annotations

import asyncio
import os
from typing import cast
from urllib.parse import urlsplit

import serialx

from lineside.adapters.serial_trouble import explain, explain_end
from lineside.errors import ConfigError, LinkClosed, LinkError
from lineside.runtime.line import ControlLine, LineSettings, Parity
from lineside.runtime.link import Receiver

ACCEPTED = "a device path, pty:PATH, socket://host:port, rfc2217://host:port or auto:"

CONTROLLER_MAKER = "ARDUINO"
CONTROLLER_CHIP = (0x10C4, 0xEA60)  # CP210x, the bridge on the ESP32 boards
"""How the ventilator's controller is known on USB. Source: `wire/hev.md` §1."""

_PARITIES = {
    Parity.NONE: serialx.Parity.NONE,
    Parity.EVEN: serialx.Parity.EVEN,
    Parity.ODD: serialx.Parity.ODD,
}
_PINS = {
    ControlLine.LEAVE: serialx.PinState.UNDEFINED,
    ControlLine.HIGH: serialx.PinState.HIGH,
    ControlLine.LOW: serialx.PinState.LOW,
}


async def open_line(line: str, settings: LineSettings) -> SerialLink:
    """Open a line by its name.

    Args:
        line: as written in the settings; see `lineside.runtime.line`.
        settings: baud rate and the rest; ``socket://`` carries none of them.

    Returns:
        An open Link; call its `start`.

    Raises:
        LinkBusy: another program holds the device.
        LinkTimeout: the host of a TCP line does not answer.
        LinkError: any other fault of the path; retry with back-off. The text says what to do.
        ConfigError: the name is not one of the accepted forms, or the settings cannot be had on it.
    """
    if line == "auto:":
        line = await find_controller()
    url = _url(line)
    link = SerialLink(line, settings)
    try:
        await serialx.create_serial_connection(
            asyncio.get_running_loop(),
            lambda: link,
            url,
            settings.baud,
            parity=_PARITIES[settings.parity],
            stopbits=serialx.StopBits(settings.stop_bits),
            exclusive=settings.exclusive,
            byte_size=settings.data_bits,
            close_timeout=settings.close_s,
            connect_timeout=settings.connect_s,
            dtr_on_open=_PINS[settings.dtr],
            rts_on_open=_PINS[settings.rts],
            # Left as they are on closing too: a DTR that falls now and rises at our next opening resets an Arduino.
            dtr_on_close=serialx.PinState.UNDEFINED,
            rts_on_close=serialx.PinState.UNDEFINED,
        )
    except (OSError, serialx.SerialException) as error:
        raise explain(line, error) from error
    return link


async def find_controller() -> str:
    """The device path of the one USB serial port that looks like the ventilator's controller.

    Raises:
        LinkError: there is none, or there are several; the text lists the ports that exist.
    """
    ports = await serialx.async_list_serial_ports()
    found = sorted(port.device for port in ports if is_controller(port))
    if len(found) == 1:
        return found[0]
    if found:
        raise LinkError(f"auto: {len(found)} controllers are present ({', '.join(found)}); name one as the line")
    seen = sorted(f"{port.device} ({port.manufacturer or 'no maker'} {port.product or ''})".strip() for port in ports)
    listed = ", ".join(seen) if seen else "none"
    raise LinkError(f"auto: no Arduino or CP210x (10C4:EA60) on USB; serial ports present: {listed}")


def is_controller(port: serialx.SerialPortInfo) -> bool:
    """The port's maker is Arduino, or its chip the CP210x of the controller boards."""
    return CONTROLLER_MAKER in (port.manufacturer or "").upper() or (port.vid, port.pid) == CONTROLLER_CHIP


def _url(line: str) -> str:
    """The library's own name of a line; refuses what is none."""
    kind, colon, rest = line.partition(":")
    if kind in ("socket", "rfc2217") and rest.startswith("//"):
        _check_host(line)
        return line
    if kind == "pty" and rest:
        return f"device://{os.path.abspath(rest)}"
    if line and (not colon or "/" in kind):
        return f"device://{os.path.abspath(line)}"
    raise ConfigError(f"{line!r} is no line; accepted: {ACCEPTED}", "line")


def _check_host(line: str) -> None:
    try:
        parts = urlsplit(line)
        complete = parts.hostname and parts.port and not (parts.path or parts.query or parts.fragment)
    except ValueError:
        complete = False
    if not complete:
        raise ConfigError(f"{line!r} needs a host and a port, as in socket://10.0.0.7:7000", "line")


class SerialLink(asyncio.Protocol):
    """A line opened through serialx; a `lineside.runtime.link.Link`.

    Attributes:
        name: the line as the settings write it.
    """

    def __init__(self, line: str, settings: LineSettings) -> None:
        self.name = line
        self._bytes_max = settings.send_bytes_max
        self._early_bytes_max = settings.early_bytes_max
        self._transport: serialx.BaseSerialTransport | None = None
        self._receiver: Receiver | None = None
        self._early: list[bytes] = []
        self._early_bytes = 0
        self._listening = False  # the receiver has had what came early, and now hears everything at once
        self._held = False
        self._reason = ""  # why it ends: ours, or the transport's; empty while open
        self._ended = False

    # -- Link ------------------------------------------------------------------------------------------------------

    def start(self, receiver: Receiver) -> None:
        """Begin to deliver: first what came early, then, if the line ended meanwhile, its end."""
        assert self._receiver is None, "a link is started once"
        self._receiver = receiver
        asyncio.get_running_loop().call_soon(self._deliver_early)

    def send(self, data: bytes) -> None:
        """Queue bytes for the peer; beyond the limit the link closes.

        Raises:
            LinkClosed: the link has ended, or ends now because the peer does not read.
        """
        if self._reason or self._transport is None:
            raise LinkClosed(f"{self.name}: {self._reason or 'not open'}")
        if self._transport.get_write_buffer_size() + len(data) > self._bytes_max:
            self._reason = "peer does not read"
            self._transport.abort()
            raise LinkClosed(f"{self.name}: {self._reason}")
        try:
            self._transport.write(data)
        except OSError as error:  # the transport knows of a hang-up that we have not been told yet
            raise LinkClosed(f"{self.name}: {explain_end(self.name, error)}") from error

    def unsent(self) -> int:
        """Bytes that the operating system has not taken."""
        return 0 if self._ended or self._transport is None else self._transport.get_write_buffer_size()

    def hold(self, held: bool) -> None:
        """Stop or go on reading; a held line does not notice a hang-up before it is let go."""
        self._held = held
        self._steer()

    def close(self, reason: str) -> None:
        """Close the device after what is queued was sent, or `LineSettings.close_s` has passed."""
        if self._reason:
            return
        self._reason = reason
        if self._transport is not None:
            self._transport.close()

    # -- asyncio.Protocol ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is open."""
        self._transport = cast("serialx.BaseSerialTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came; over TCP they may come before `connection_made`."""
        if self._reason:
            return
        if self._receiver is not None and self._listening:
            self._receiver.on_data(data)
            return
        self._early.append(data)
        self._early_bytes += len(data)
        self._steer()

    def connection_lost(self, exc: Exception | None) -> None:
        """The line has ended."""
        self._ended = True
        if not self._reason:
            self._reason = explain_end(self.name, exc)
        if self._receiver is not None and self._listening:
            self._receiver.on_closed(self._reason)

    # --------------------------------------------------------------------------------------------------------------

    def _deliver_early(self) -> None:
        assert self._receiver is not None
        self._listening = True
        early, self._early, self._early_bytes = b"".join(self._early), [], 0
        if early and not self._reason:
            self._receiver.on_data(early)
        if self._ended:
            self._receiver.on_closed(self._reason)
        else:
            self._steer()

    def _steer(self) -> None:
        """Read, or leave the bytes in the operating system: while held, and while nobody listens."""
        if self._transport is None or self._ended or self._transport.is_closing():
            return
        if self._held or (self._early_bytes >= self._early_bytes_max):
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
