"""Opens lines with a ninth bit by name and mode. Behind the five-method `lineside.runtime.burst.BurstLink`.

::

    line                  mark_space                          even                          none
    /dev/ttyUSB0          parity changed inside each burst    8E1                           8N1
    pty:PATH              as above, goes on without parity    no parity                     no parity
    socket://, rfc2217:// no parity, said as a trouble        8E1 by rfc2217, else trouble  no parity
    nine://host:port      the bit itself                      the even-parity bit           always 0

A line that cannot carry what was asked for is opened all the same: `trouble` says in words what is missing, because a
machine that ignores the bit works without it.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from lineside.adapters.burst_link.mark_space import MarkSpaceLink, open_mark_space
from lineside.adapters.burst_link.nine import NineCode, NineLink
from lineside.adapters.burst_link.plain import PlainBurstLink
from lineside.adapters.serial_link import ACCEPTED, open_line
from lineside.errors import ConfigError
from lineside.runtime.burst import BurstLink, BurstSettings, LineMode
from lineside.runtime.line import Parity

__all__ = ["MarkSpaceLink", "NineCode", "NineLink", "PlainBurstLink", "open_burst_line"]

TCP = ("socket://", "rfc2217://")


async def open_burst_line(line: str, mode: LineMode, settings: BurstSettings) -> BurstLink:
    """Open a line by its name.

    Args:
        line: a device path, ``pty:PATH``, ``socket://host:port``, ``rfc2217://host:port`` or ``nine://host:port``.
        mode: how the ninth bit is made.

    Raises:
        LinkBusy: another program holds the device.
        LinkTimeout: the host of a TCP line does not answer.
        LinkError: any other fault of the path; retry with back-off. The text says what to do.
        ConfigError: the name is not one of the accepted forms, or the settings cannot be had on it.
    """
    if line.startswith("nine://"):
        link = await open_line(socket_of(line), settings.line_settings(Parity.NONE))
        return NineLink(line, link, mode)
    if mode is LineMode.MARK_SPACE and not line.startswith(TCP):
        return await open_mark_space(line, settings)
    parity = Parity.EVEN if mode is LineMode.EVEN and not _is_pseudo(line) else Parity.NONE
    link = await open_line(line, settings.line_settings(parity))
    return PlainBurstLink(link, 0.0 if _has_no_speed(line) else settings.character_s, _trouble(line, mode))


def socket_of(line: str) -> str:
    """The raw TCP line below ``nine://host:port``.

    Raises:
        ConfigError: no host or no port.
    """
    try:
        parts = urlsplit(line)
        is_whole = bool(parts.hostname) and parts.port is not None and not (parts.path or parts.query)
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ConfigError(f"{line!r} needs a host and a port, as in nine://10.0.0.7:7000; else {ACCEPTED}", "line")
    return "socket://" + line.partition("//")[2]


def _trouble(line: str, mode: LineMode) -> str:
    """What is not as the mode asks for; empty when all is well."""
    if mode is LineMode.MARK_SPACE:
        return (
            f"{line}: a device server cannot change parity inside a message: going on without the wake-up bit. "
            "Most machines will not answer; use a serial port of this computer, or nine://"
        )
    if mode is LineMode.EVEN and line.startswith("socket://"):
        return f"{line}: parity is a setting of the device server: set it to 8 bits, even, there"
    if mode is LineMode.EVEN and _is_pseudo(line):
        return f"{line}: a pseudo-terminal carries no parity: going on without"
    return ""


def _is_pseudo(line: str) -> bool:
    return not line.startswith(TCP) and os.path.realpath(line.removeprefix("pty:")).startswith("/dev/pts/")


def _has_no_speed(line: str) -> bool:
    return line.startswith("socket://") or _is_pseudo(line)
