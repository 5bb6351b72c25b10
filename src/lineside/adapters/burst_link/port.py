"""A serial device opened by hand, so that its parity can be changed between two bytes. Linux; termios and no library.

The ninth bit is the parity bit: MARK parity sets it, SPACE parity clears it. The attributes of both are made once at
opening: asking the driver again for each byte would double the system calls inside the gap.

A driver may refuse parity (EINVAL), or take the call and drop the flag, as pseudo-terminals do. Both are noticed by
reading the flags back; the port then goes on without (`has_parity` is False).

Source: `wire/sas.md` §2.1 and §2.3.
"""

from __future__ import annotations

import array
import contextlib
import errno
import fcntl
import os
import select
import termios
from pathlib import Path
from typing import Any

from lineside.errors import ConfigError
from lineside.runtime.burst import BurstSettings
from lineside.runtime.line import ControlLine

CMSPAR = 0x40000000
"""Sticky parity; Python's termios does not name it. Source: asm-generic/termbits.h."""

LATENCY = "/sys/bus/usb-serial/devices/{name}/latency_timer"
LATENCY_MS_MAX = 1
"""An FTDI adapter holds bytes for 16 ms by default; a machine answers within 20 ms. Source: `wire/sas.md` §2.1."""

RAW_BYTES = 64
"""Room for the kernel's own settings of a line: 36 bytes on most processors, 44 on some."""

WRITE_WAIT_S = 0.1  # between looks whether the port was closed while the driver takes nothing
READ_BYTES = 4096


class Port:
    """An open serial device whose parity changes fast.

    Attributes:
        has_parity: the driver keeps mark and space parity, as far as it tells.
        is_pseudo: it is a pseudo-terminal, which has no speed and no parity.
    """

    def __init__(self, path: str, settings: BurstSettings) -> None:
        """Open ``path``, for this process alone if asked, raw, its queues empty.

        Raises:
            OSError: as the system says; EBUSY when another program holds the lock.
            ConfigError: the speed does not exist here.
        """
        speed = getattr(termios, f"B{settings.baud}", None)
        if speed is None:
            raise ConfigError(f"{settings.baud} is no speed that this system can set; SAS is 19200", "baud")
        self.is_pseudo = os.path.realpath(path).startswith("/dev/pts/")
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._set_up(speed, settings)
        except BaseException:
            os.close(self.fd)
            raise

    def _set_up(self, speed: int, settings: BurstSettings) -> None:
        if settings.exclusive:
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY)) from error
        try:
            attributes = termios.tcgetattr(self.fd)
        except termios.error as error:  # the one exception of this module that is no OSError
            raise OSError(*error.args) from error
        self._space = _attributes(attributes, speed, is_mark=False, hear_wakeups=settings.hear_wakeups)
        self._mark = _attributes(attributes, speed, is_mark=True, hear_wakeups=settings.hear_wakeups)
        self.has_parity = True
        self._raw_mark = self._try(is_mark=True)
        self._raw_space = self._try(is_mark=False)
        self._is_mark = False
        if settings.dtr is not ControlLine.LEAVE:
            self._steer(termios.TIOCM_DTR, settings.dtr)
        if settings.rts is not ControlLine.LEAVE:
            self._steer(termios.TIOCM_RTS, settings.rts)
        termios.tcflush(self.fd, termios.TCIOFLUSH)

    def set_parity(self, *, is_mark: bool) -> None:
        """MARK or SPACE from the next byte on, once all earlier ones have left; nothing to do if it is so already.

        One system call: `termios.tcsetattr` makes two, and lets go of the interpreter at each.

        Raises:
            OSError: the device has gone.
        """
        if self._is_mark is not is_mark and self.has_parity:
            fcntl.ioctl(self.fd, termios.TCSETSW, self._raw_mark if is_mark else self._raw_space)
        self._is_mark = is_mark

    def _try(self, *, is_mark: bool) -> bytes:
        """Set one parity and see whether the driver keeps it; the raw settings, as it wants to be given them again."""
        try:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self._mark if is_mark else self._space)
        except termios.error as error:
            if error.args[0] != errno.EINVAL:
                raise OSError(*error.args) from error
            self.has_parity = False
        kept = termios.tcgetattr(self.fd)[2]
        has_sense = bool(kept & termios.PARODD) is is_mark
        self.has_parity = self.has_parity and bool(kept & termios.PARENB) and bool(kept & CMSPAR) and has_sense
        return fcntl.ioctl(self.fd, termios.TCGETS, bytes(RAW_BYTES))

    def write(self, data: bytes) -> None:
        """Give all of ``data`` to the driver, waiting for it if it is full.

        Raises:
            OSError: the device has gone.
        """
        while data:
            try:
                data = data[os.write(self.fd, data) :]
            except BlockingIOError:
                select.select((), (self.fd,), (), WRITE_WAIT_S)

    def drain(self) -> None:
        """Wait until the driver says that all bytes have left; a USB adapter may still hold one.

        Raises:
            OSError: the device has gone.
        """
        try:
            termios.tcdrain(self.fd)
        except termios.error as error:
            raise OSError(*error.args) from error

    def read(self) -> bytes:
        """What has come; empty at a hang-up.

        Raises:
            BlockingIOError: nothing has come.
            OSError: the device has gone.
        """
        return os.read(self.fd, READ_BYTES)

    def drop_output(self) -> None:
        """Throw away what has not left, so that a thread that waits for it goes on."""
        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(self.fd, termios.TCOFLUSH)

    def close(self) -> None:
        """Close the device; calling it again does nothing."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _steer(self, line: int, wanted: ControlLine) -> None:
        request = termios.TIOCMBIS if wanted is ControlLine.HIGH else termios.TIOCMBIC
        with contextlib.suppress(OSError):  # a pseudo-terminal has no control lines
            fcntl.ioctl(self.fd, request, array.array("i", [line]))


def _attributes(now: list[Any], speed: int, *, is_mark: bool, hear_wakeups: bool) -> list[Any]:
    """Raw 8 bits, one stop bit, sticky parity."""
    control = termios.CS8 | termios.CREAD | termios.CLOCAL | termios.PARENB | CMSPAR
    # With INPCK a byte whose ninth bit is 1 is a parity error, and PARMRK puts FF 00 before it. IGNPAR would drop it.
    received = termios.IGNBRK | (termios.INPCK | termios.PARMRK if hear_wakeups else 0)
    characters = list(now[6])
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    return [received, 0, control | (termios.PARODD if is_mark else 0), 0, speed, speed, characters]


class ParityMarks:
    """Takes the marks of PARMRK out of what was read: ``FF 00 xx`` is xx with ninth bit 1, ``FF FF`` is one FF."""

    def __init__(self) -> None:
        self._marks = b""  # begun and not yet whole

    def decode(self, data: bytes) -> tuple[bytes, frozenset[int]]:
        """The bytes themselves, and the places of those whose ninth bit was 1."""
        data = self._marks + data
        values, wakeups, at = bytearray(), set(), 0
        while at < len(data):
            size = _mark_size(data, at)
            if at + size > len(data):
                break
            if size == 3:
                wakeups.add(len(values))
            values.append(data[at + size - 1])
            at += size
        self._marks = data[at:]
        return bytes(values), frozenset(wakeups)


def _mark_size(data: bytes, at: int) -> int:
    """Bytes of the character at ``at``; one more than there is when that cannot be told yet."""
    if data[at] != 0xFF:
        return 1
    if at + 1 >= len(data):
        return 2
    return 3 if data[at + 1] == 0x00 else 2


def hasten(path: str) -> str:
    """Make a USB adapter hand over bytes at once.

    Returns:
        ``""``, or what is wrong and what to do about it.
    """
    timer = Path(LATENCY.format(name=os.path.basename(os.path.realpath(path))))
    try:
        latency_ms = int(timer.read_text())
    except (OSError, ValueError):
        return ""  # no such adapter
    if latency_ms <= LATENCY_MS_MAX:
        return ""
    try:
        timer.write_text(str(LATENCY_MS_MAX))
    except OSError:
        return f"the adapter holds bytes for {latency_ms} ms: echo 1 | sudo tee {timer}"
    return ""
