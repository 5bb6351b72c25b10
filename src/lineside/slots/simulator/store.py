"""The machine's memory in a file: whole or not at all, whatever moment the process is killed at.

::

    floor-1.json        {"sum": crc32 of the memory's text, "memory": {…}}     replaced by rename
    floor-1.told        one line for each acknowledged exception: number code time      appended

An exception counts as acknowledged from its line in ``.told`` on; the memory follows. After a kill between the two, the
memory still holds the exception: `load` takes it out, so that it is told once.

The file is not synced: a killed process loses nothing that it wrote. For cuts of the simulating computer's own power
give ``synced``.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from lineside.errors import ConfigError
from lineside.slots.simulator.memory import MachineState, Raised

_json = msgspec.json.Encoder()


class _Stored(msgspec.Struct):
    sum: int
    memory: msgspec.Raw


class Store:
    """Keeps one machine's memory in ``path``.

    Args:
        path: the file; its folder is made.
        synced: wait for the disk at each change.
    """

    def __init__(self, path: Path, *, synced: bool = False) -> None:
        self.path = path
        self.told_path = path.with_suffix(".told")
        self.saved_count = 0
        self._synced = synced
        self._last = b""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._told = os.open(self.told_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def load(self) -> MachineState | None:
        """The memory of an earlier life; None for a machine that never ran.

        Raises:
            ConfigError: the file is not a memory of ours, or damaged.
        """
        if not self.path.exists():
            return None
        state = load_state(self.path)
        _cut_torn_line(self.told_path)
        forget_told(state, {number for number, _ in told_exceptions(self.path)})
        return state

    def tell(self, raised: Sequence[Raised], at: str) -> None:
        """Note exceptions that were acknowledged; before the memory without them is saved."""
        if raised:
            os.write(self._told, "".join(f"{one.number} {one.code:02x} {at}\n" for one in raised).encode())

    def save(self, state: MachineState) -> None:
        """Replace the file if the memory has changed.

        Raises:
            OSError: the disk refuses; the old file is whole, and the machine must not answer.
        """
        memory = _json.encode(state)
        if memory == self._last:
            return
        beside = self.path.with_suffix(".new")
        whole = b'{"sum":%d,"memory":%b}\n' % (zlib.crc32(memory), memory)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _write_all(descriptor, whole)
            if self._synced:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.replace(self.path)
        if self._synced:
            _sync_folder(self.path.parent)
        self._last = memory
        self.saved_count += 1

    def close(self) -> None:
        """Let go of the files."""
        if self._told >= 0:
            os.close(self._told)
            self._told = -1


def load_state(path: Path) -> MachineState:
    """The memory in a file, for tests and tools; see `Store.load` for a machine that goes on with it.

    Raises:
        ConfigError: the file is not a memory of ours, or damaged.
    """
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=_Stored)
        if zlib.crc32(bytes(stored.memory)) != stored.sum:
            raise ConfigError(f"{path} is damaged: its sum is another", "state")
        return msgspec.json.decode(stored.memory, type=MachineState)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no memory of a simulated machine: {error}", "state") from error


def told_exceptions(path: Path) -> list[tuple[int, int]]:
    """Number and code of each exception that the machine of ``path`` saw acknowledged, oldest first."""
    told = path.with_suffix(".told")
    if not told.exists():
        return []
    whole = told.read_text().rpartition("\n")[0]
    return [(int(line.split()[0]), int(line.split()[1], 16)) for line in whole.splitlines()]


def forget_told(state: MachineState, numbers: set[int]) -> None:
    """Take out of a memory what later notes say was acknowledged."""
    for waiting in (state.queue, state.priority):
        waiting[:] = [raised for raised in waiting if raised.number not in numbers]
    state.told_count = len(numbers)


def _cut_torn_line(path: Path) -> None:
    """End a half-written last line, so that the next one stands alone."""
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
