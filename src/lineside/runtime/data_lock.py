"""One process at a time holds a data folder; the lock is the operating system's, so a killed process leaves none."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

from lineside.errors import LinesideError

LOCK_FILE = "lock"

TRIES_MAX = 5
"""`is_held` takes the lock for a moment to find out; a server that starts in that moment tries again, for 0.2 s."""
TRY_S = 0.05
"""Between two of these tries."""


class DataBusy(LinesideError):
    """Another process holds the data folder."""

    code = "data_busy"
    retry = True


class DataLock:
    """The held lock of one data folder. Close it (or end the process) to let it go."""

    def __init__(self, file: int, path: Path) -> None:
        self._file = file
        self.path = path

    @classmethod
    def take(cls, data_dir: Path) -> DataLock:
        """Take the lock of ``data_dir``, making the folder (mode 0700) when it is not there.

        Raises:
            DataBusy: names the process that holds it and what to do.
            LinesideError: the folder cannot be made or written.
        """
        path = data_dir / LOCK_FILE
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LinesideError(f"data_dir {data_dir} cannot be used: {error.strerror}") from None
        try:
            _lock(file)
        except OSError as error:
            holder = os.read(file, 32).decode(errors="replace").strip()
            os.close(file)
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise LinesideError(f"data_dir {data_dir} cannot be locked: {error.strerror}") from None
            raise DataBusy(_words(data_dir, holder)) from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        return cls(file, path)

    def close(self) -> None:
        """Let it go. The file stays: removing it would let two processes hold two files of one name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def is_held(data_dir: Path) -> bool:
    """Whether a process holds ``data_dir`` now."""
    try:
        file = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _lock(file: int) -> None:
    for tried in range(1, TRIES_MAX + 1):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            if tried == TRIES_MAX:
                raise
            time.sleep(TRY_S)


def _words(data_dir: Path, holder: str) -> str:
    who = f"process {holder}" if holder else "another process"
    return (
        f"data_dir {data_dir} is in use by {who}: one process at a time may hold it. "
        "Stop that one, or give this one a folder of its own (data_dir in the settings, or --data-dir)"
    )
