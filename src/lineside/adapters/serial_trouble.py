"""What is wrong with a serial line, in words that a technician can act on. Reads the system, changes nothing."""

from __future__ import annotations

import errno
import getpass
import grp
import os
import socket
from pathlib import Path

import serialx

from lineside.errors import ConfigError, LinesideError, LinkBusy, LinkError, LinkTimeout

DEVICES = Path("/dev")
LOCKS = Path("/proc/locks")
PORT_NAMES = ("ttyUSB", "ttyACM", "cu.usb")  # what a plugged-in USB line is called on Linux and macOS
GONE = (errno.EIO, errno.ENXIO, errno.ENODEV)  # how the kernel says that the hardware has left


def explain(line: str, error: Exception) -> LinesideError:
    """The error to raise when ``line`` could not be opened.

    Args:
        line: as the settings write it.
        error: what the operating system or the serial library said.

    Returns:
        LinkBusy, LinkTimeout or LinkError, or ConfigError where no retry can help.
    """
    if _is_tcp(line):
        return _explain_host(line, error)
    path = device_path(line)
    if isinstance(error, serialx.UnsupportedSetting):
        return ConfigError(f"{path}: {error}", "line")
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOENT, errno.ENOTDIR):
        return LinkError(_missing(line, path))
    if number in (errno.EACCES, errno.EPERM):
        return LinkError(_forbidden(path))
    if number == errno.EBUSY:
        return LinkBusy(f"{path} is in use by {_holder(path)}; end it, or name another line")
    if number in (errno.ENOTTY, errno.EINVAL, errno.EISDIR):
        return ConfigError(f"{path} is not a serial port", "line")
    if number in GONE:
        return LinkError(f"{path} exists and does not answer ({_words(error)}): unplug it and plug it in again")
    return LinkError(f"cannot open {path}: {_words(error)}")


def explain_end(line: str, error: Exception | None) -> str:
    """Why an open line ended, in one short sentence."""
    if _is_tcp(line):
        host = line.partition("//")[2]
        return f"{host} closed the connection" if error is None else f"connection to {host} lost: {_words(error)}"
    path = device_path(line)
    if not os.path.exists(path):
        return f"unplugged: {path} is gone"
    if isinstance(error, OSError) and error.errno in GONE:
        return f"the other side of {path} hung up ({_words(error)})"
    return f"{path} failed: {_words(error)}" if error is not None else f"{path} was closed"


def present_ports() -> list[str]:
    """The USB serial devices of this machine, by path, sorted."""
    try:
        names = sorted(entry.name for entry in DEVICES.iterdir())
    except OSError:
        return []
    return [str(DEVICES / name) for name in names if name.startswith(PORT_NAMES)]


def device_path(line: str) -> str:
    """The path in a line that is a device or a pseudo-terminal."""
    return line.removeprefix("pty:")


def _is_tcp(line: str) -> bool:
    return line.startswith(("socket://", "rfc2217://"))


def _missing(line: str, path: str) -> str:
    if line.startswith("pty:"):
        return f"no such pseudo-terminal {path}: start its simulator (lineside simulate ventilator --line {line})"
    if os.path.islink(path):
        return f"{path} leads nowhere: its device was unplugged, or its simulator has ended"
    ports = present_ports()
    if ports:
        return f"no such device {path}; present now: {', '.join(ports)}"
    return f"no such device {path}, and no ttyUSB or ttyACM is present: is the cable plugged in?"


def _forbidden(path: str) -> str:
    try:
        status = os.stat(path)
        group = grp.getgrgid(status.st_gid).gr_name
    except (OSError, KeyError):
        return f"no permission to open {path}; serial ports belong to the group dialout on most systems"
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "USER"
    return (
        f"no permission to open {path} (mode {status.st_mode & 0o777:04o}, group {group}): "
        f"sudo usermod -aG {group} {user}, then log in again"
    )


def _holder(path: str) -> str:
    """Who holds the lock, if the system tells: `another program` or `process 1234 (minicom)`."""
    try:
        status = os.stat(path)
        place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        rows = [row.split() for row in LOCKS.read_text().splitlines()]
        pid = next(int(row[4]) for row in rows if len(row) > 5 and row[1] == "FLOCK" and row[5] == place)
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError, StopIteration):
        return "another program"
    return f"process {pid} ({name})"


def _explain_host(line: str, error: Exception) -> LinesideError:
    host = line.partition("//")[2]
    if isinstance(error, TimeoutError) and error.errno is None:
        return LinkTimeout(f"{host} does not answer; is the device server on, and the address right?")
    if isinstance(error, ConnectionRefusedError):
        return LinkError(f"{host} refuses: the host is there and nothing listens on this port")
    if isinstance(error, socket.gaierror):
        return LinkError(f"the name in {host} is not known ({_words(error)})")
    return LinkError(f"cannot connect to {host}: {_words(error)}")


def _words(error: Exception | None) -> str:
    """The system's own text, without a path that the sentence has already."""
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno).lower()
    return str(error) or type(error).__name__
