"""A serial cable without a machine: a pseudo-terminal whose far side is opened by name, like a device.

::

    simulator ── PseudoTerminal (master) ══ kernel ══ slave /dev/pts/7 ◄── PATH ── server (serial_link)

The master lives through any number of openings and closings of the other side. What the kernel does, seen on Linux:

- When the last holder of the slave closes it, the master's poll shows a hang-up without end and a read fails with
  EIO. So the reading stops there, and a slow timer looks for the next opening.
- A write with no slave open succeeds, and up to 20 KiB wait for whoever opens it next. A UART has no such memory: a
  server that starts a minute late would take minute-old samples for live ones. So bytes sent while nobody is
  attached are dropped and counted, and what the last reader left is thrown away.
- A reader that is slow and still there is given `LineSettings.send_bytes_max` bytes of patience; beyond that the
  oldest bytes are dropped and counted, as an overrun UART loses them.

PATH is a symbolic link to the slave. It is replaced if it is stale, and only if it points at a terminal; anything else
of that name is refused. A lock beside it (``PATH.lock``) keeps two simulators from taking one name.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import select
import termios
from collections import deque
from pathlib import Path

from lineside.errors import ConfigError, LinkBusy, LinkClosed, LinkError
from lineside.runtime.line import LineSettings
from lineside.runtime.link import Receiver

READ_BYTES = 65_536  # per wake-up of the loop; a pty holds less than this
LOOK_S = 0.02  # how often an abandoned master looks for a new far side: unnoticeable to people, 50 polls a second
TERMINALS = ("/dev/pts/", "/dev/tty")  # where a link of ours may point


class PseudoTerminal:
    """The simulator's end of a pseudo-terminal; a `lineside.runtime.line.FarEnd`.

    Make it inside a running loop.

    Args:
        path: the name that the other side opens; folders on the way are made.
        settings: `send_bytes_max` is used, the rest means nothing to a pseudo-terminal.

    Raises:
        ConfigError: `path` is a file or a foreign link.
        LinkBusy: another simulator holds `path`.
        LinkError: the system gives no pseudo-terminal or no link.
    """

    def __init__(self, path: str | Path, settings: LineSettings) -> None:
        self.path = Path(path)
        self.name = f"pty:{self.path}"
        self.where = self.name
        self.dropped_bytes = 0
        self._bytes_max = settings.send_bytes_max
        self._loop = asyncio.get_running_loop()
        self._receiver: Receiver | None = None
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._master = -1
        self._slave_name = ""
        self._attached = False
        self._held = False
        self._closed = False
        self._writing = False
        self._timer: asyncio.TimerHandle | None = None
        self._lock = _lock_name(self.path)
        try:
            self.replug()
        except BaseException:
            _unlock_name(self._lock, self.path)
            raise

    # -- Link ----------------------------------------------------------------------------------------------------

    def start(self, receiver: Receiver) -> None:
        """Begin to deliver what the other side writes."""
        assert self._receiver is None, "a link is started once"
        self._receiver = receiver
        if self._master >= 0:
            self._watch()

    def send(self, data: bytes) -> None:
        """Queue bytes for the other side; with nobody there, or beyond the limit, the oldest are dropped.

        Raises:
            LinkClosed: `close` was called.
        """
        if self._closed:
            raise LinkClosed(f"{self.name} is closed")
        if not self.is_attached():
            self.dropped_bytes += len(data)
            return
        self._unsent.append(data)
        self._unsent_bytes += len(data)
        self._write_some()
        self._drop_oldest()

    def unsent(self) -> int:
        """Bytes queued here; what the kernel holds is not counted."""
        return self._unsent_bytes

    def hold(self, held: bool) -> None:
        """Stop or go on reading."""
        self._held = held
        if self._master >= 0:
            self._watch()

    def close(self, reason: str) -> None:
        """Hang up, remove the link and the lock; `on_closed` follows with this reason."""
        if self._closed:
            return
        self.unplug()
        self._closed = True
        _unlock_name(self._lock, self.path)
        if self._receiver is not None:
            self._loop.call_soon(self._receiver.on_closed, reason)

    # -- the cable -----------------------------------------------------------------------------------------------

    def is_attached(self) -> bool:
        """Somebody holds the slave open, as far as the last look could tell."""
        if self._master >= 0 and not self._attached:
            self._look()
        return self._attached

    def unplug(self) -> None:
        """Close the master, so that the other side sees a hang-up, and remove the link if it is still ours."""
        if self._master < 0:
            return
        self._attached = False
        self._forget_unsent()
        self._stop_watching()
        os.close(self._master)
        self._master = -1
        if _points_at(self.path, self._slave_name):
            self.path.unlink(missing_ok=True)

    def replug(self) -> None:
        """Make a new pseudo-terminal under the same name."""
        assert not self._closed, "a closed link is not plugged in again"
        if self._master >= 0:
            return
        try:
            self._master, self._slave_name = _open_pair()
            _point(self.path, self._slave_name)
        except OSError as error:
            self.unplug()
            raise LinkError(f"cannot make the pseudo-terminal {self.path}: {error.strerror or error}") from error
        except ConfigError:
            self.unplug()
            raise
        self._watch()

    # -- coming and going of the other side ------------------------------------------------------------------------

    def _look(self) -> None:
        """Find out whether the other side holds the slave open."""
        hung_up = _is_hung_up(self._master)
        if hung_up and self._attached:
            self._lose()
        else:
            self._attached = not hung_up
            self._watch()

    def _lose(self) -> None:
        """The last holder closed the slave: forget what was meant for it."""
        self._attached = False
        self._forget_unsent()
        _empty_slave(self._slave_name, self._master)
        self._watch()

    def _watch(self) -> None:
        """Make the loop's interest fit the state: reader, writer, or the timer that looks for the other side."""
        if self._attached and self._receiver is not None and not self._held:
            self._loop.add_reader(self._master, self._read_some)
        else:
            self._loop.remove_reader(self._master)
            # Without a reader neither a hang-up nor a return is noticed, so the timer looks.
            if self._timer is None:
                self._timer = self._loop.call_later(LOOK_S, self._on_timer)
        if bool(self._unsent) != self._writing:
            self._writing = bool(self._unsent)
            if self._writing:
                self._loop.add_writer(self._master, self._write_some)
            else:
                self._loop.remove_writer(self._master)

    def _stop_watching(self) -> None:
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        self._writing = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        self._timer = None
        if self._master >= 0:
            self._look()

    # -- bytes -----------------------------------------------------------------------------------------------------

    def _read_some(self) -> None:
        try:
            data = os.read(self._master, READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            self._lose()
        elif self._receiver is not None:
            self._receiver.on_data(data)

    def _write_some(self) -> None:
        """Give the kernel what it takes; the rest waits for the writer."""
        while self._unsent:
            data = self._unsent[0]
            try:
                taken = os.write(self._master, data)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                self._lose()
                return
            self._unsent_bytes -= taken
            if taken == len(data):
                self._unsent.popleft()
            else:
                self._unsent[0] = data[taken:]
        self._watch()

    def _drop_oldest(self) -> None:
        """Keep the queue within its limit, the newest bytes in it."""
        while self._unsent_bytes > self._bytes_max:
            over = self._unsent_bytes - self._bytes_max
            head = self._unsent.popleft()
            if over < len(head):
                self._unsent.appendleft(head[over:])
            gone = min(over, len(head))
            self._unsent_bytes -= gone
            self.dropped_bytes += gone

    def _forget_unsent(self) -> None:
        self.dropped_bytes += self._unsent_bytes
        self._unsent.clear()
        self._unsent_bytes = 0


def _open_pair() -> tuple[int, str]:
    """A raw pseudo-terminal: (master, not blocking; the slave's name). The slave is left closed."""
    master, slave = os.openpty()
    try:
        slave_name = os.ttyname(slave)
        _make_raw(slave)
        os.set_blocking(master, False)
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    return master, slave_name


def _make_raw(slave: int) -> None:
    """Switch off every translation: 8 bits pass untouched both ways, from the first opening on."""
    modes = termios.tcgetattr(slave)
    modes[0] = 0  # input: no CR or NL mapping, no XON/XOFF, no stripping
    modes[1] = 0  # output: no NL to CR NL
    modes[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
    modes[3] = 0  # local: no echo, no lines, no signals on 0x03
    modes[6][termios.VMIN] = 1
    modes[6][termios.VTIME] = 0
    termios.tcsetattr(slave, termios.TCSANOW, modes)


def _is_hung_up(master: int) -> bool:
    poll = select.poll()
    poll.register(master, 0)
    return any(events & select.POLLHUP for _, events in poll.poll(0))


def _empty_slave(slave_name: str, master: int) -> None:
    """Throw away what the last reader left, so that the next one hears only what is sent from now on."""
    try:
        termios.tcflush(master, termios.TCOFLUSH)
        slave = os.open(slave_name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except (OSError, termios.error):  # the next reader has taken it exclusively already: it empties it itself
        return
    try:
        termios.tcflush(slave, termios.TCIOFLUSH)
    except termios.error:
        pass
    finally:
        os.close(slave)


def _point(path: Path, slave_name: str) -> None:
    """Put the link at ``path``, over a stale one of ours and over nothing else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        target = os.readlink(path)
        if not target.startswith(TERMINALS):
            raise ConfigError(f"{path} is a link to {target}, not to a terminal; choose another name", "line")
    elif path.exists():
        kind = "folder" if path.is_dir() else "file"
        raise ConfigError(f"{path} is a {kind}; choose a name that is free", "line")
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(slave_name)
    fresh.replace(path)


def _points_at(path: Path, slave_name: str) -> bool:
    try:
        return os.readlink(path) == slave_name
    except OSError:
        return False


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _lock_name(path: Path) -> int:
    """Take the name for this process; the lock ends with the process, whatever ends it."""
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(_lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LinkError(f"cannot make {path}: {error.strerror or error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise LinkBusy(f"another simulator holds {path}; stop it or choose another name") from error
        if _is_same_file(lock, _lock_path(path)):
            return lock
        os.close(lock)  # its last owner removed this file between our two calls; take the next one


def _is_same_file(opened: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), os.stat(path))
    except FileNotFoundError:
        return False


def _unlock_name(lock: int, path: Path) -> None:
    _lock_path(path).unlink(missing_ok=True)
    os.close(lock)
