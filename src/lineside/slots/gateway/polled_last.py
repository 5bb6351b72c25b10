"""The last poll of a line, kept over a crash of this process.

Its machine may hold an answer that is not on disk; any other poll would acknowledge it (§15), so that the turns begin
with this one. A few bytes in a mapped file: written without a system call at each poll, and kept by the kernel when the
process is killed. After a power cut of this computer they may be old: then there is a window of one answer.
"""

from __future__ import annotations

import mmap
from pathlib import Path

SIZE = 64
"""One byte for the length, and a poll that reads: 6F with 12 codes has 31 bytes."""


class PolledLast:
    """A poll in a file.

    Args:
        path: made when it is not there, with its folders.

    Raises:
        OSError: it can be neither made nor mapped.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.stat().st_size != SIZE:
            path.write_bytes(bytes(SIZE))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)
        self._noted = self.poll

    @property
    def poll(self) -> bytes:
        """Its bytes; empty when it is not known."""
        size = self._map[0]
        return self._map[1 : 1 + size] if size < SIZE else b""

    def note(self, poll: bytes) -> None:
        """This poll leaves now. A kill in between leaves nothing, and never half a poll."""
        if poll == self._noted:
            return
        self._noted = poll
        self._map[0] = 0
        if len(poll) < SIZE:
            self._map[1 : 1 + len(poll)] = poll
            self._map[0] = len(poll)

    def close(self) -> None:
        """Give the map back."""
        self._map.close()
