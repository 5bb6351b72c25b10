"""The module ``os`` for code that writes small files beside the database: the same calls, on a simulated disk's trace.

Put in place of ``os`` in the modules under test::

    monkeypatch.setattr("lineside.runtime.journal.era.os", TracedOs(disk))

Only ``open``, ``write``, ``fsync``, ``close``, ``replace``, ``rename`` and ``unlink`` inside the disk's folder are
traced; everything else is the real ``os``. What a file loses by a missing fsync is lost in the cuts.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

from tests.support.power_cut import Disk, Sync, SyncFolder, Truncate, Write

FOLDER = 0


class TracedOs:
    """See above."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._files: dict[int, int] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def _inside(self, path: Any) -> bool:
        return Path(path).parent == self._disk.folder

    def open(self, path: Any, flags: int, mode: int = 0o777) -> int:
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        if writes and self._disk.faults.read_only and self._inside(path):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        handle = os.open(path, flags, mode)
        if Path(path) == self._disk.folder:
            self._files[handle] = FOLDER
        elif writes and self._inside(path):
            number = self._files[handle] = self._disk.number(Path(path).name)
            if flags & os.O_TRUNC:
                self._disk.trace.append(Truncate(number, 0))
        return handle

    def write(self, handle: int, data: bytes) -> int:
        number = self._files.get(handle, FOLDER)
        if number == FOLDER:
            return os.write(handle, data)
        faults = self._disk.faults
        if faults.writes > 0:
            faults.writes -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if len(data) > faults.room_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        offset = os.lseek(handle, 0, os.SEEK_CUR)
        count = os.write(handle, data)
        self._disk.trace.append(Write(number, offset, bytes(data[:count])))
        return count

    def fsync(self, handle: int) -> None:
        number = self._files.get(handle)
        if number is None:
            os.fsync(handle)
        elif number == FOLDER:
            self._disk.trace.append(SyncFolder())
        elif self._disk.faults.syncs > 0 and self._disk.faults.skip_syncs <= 0:
            self._disk.faults.syncs -= 1
            self._disk.trace.append(Sync(number, ok=False))
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        else:
            self._disk.trace.append(Sync(number, ok=True))

    def close(self, handle: int) -> None:
        self._files.pop(handle, None)
        os.close(handle)

    def replace(self, old: Any, new: Any) -> None:
        os.replace(old, new)
        if self._inside(new):
            self._disk.renamed(Path(old).name, Path(new).name)

    rename = replace

    def unlink(self, path: Any) -> None:
        os.unlink(path)
        if self._inside(path):
            self._disk.deleted(Path(path).name, folder_synced=False)
