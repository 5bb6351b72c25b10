"""A disk that can lose its power at any I/O operation: an SQLite VFS that records, and the images a cut may leave.

How it is used::

    with Disk(folder) as disk:                          # registers a VFS of its own
        connection = open_connection(path, disk)        # tests.support.apsw_connection
        ... work, with disk.mark(what) whenever something was promised to somebody ...
    for index in sorted(points):                        # one run, many cuts
        platter.advance(index)                          # Platter(disk.trace, Random(seed))
        image = platter.cut(Random(cut_seed))           # what the disk may hold when the power returns
        write_image(image, another_folder)

*The live view* is real files in a folder (best on a tmpfs): what processes see while the power is on; nothing in it is
ever synced for real. *The trace* is the list of everything done to them, in one order over all files. *The platter*
holds what is certainly on the disk at a place of the trace, and what may be.

What a cut may do to everything since the last finished sync of a file: keep any subset of its writes, in any order,
torn at sectors of 512 bytes; leave noise in sectors that were being written; keep or forget truncations; keep or
forget the creation and deletion of names until the folder was synced. Bytes outside a write are left alone (SQLite's
"powersafe overwrite", which the production build of SQLite assumes on unix as well).

A sync that *fails* is the case of the Linux page cache: what was unsynced is on the disk or not, nobody knows, later
syncs do not write it again, and reading it back shows the new bytes. `Faults.forgets` chooses the other behaviour
found in the field: reading shows the old bytes.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import apsw

SECTOR_SIZE = 512
JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL
FOR_EVER = 1 << 60

disk_numbers = itertools.count(1)


class Write(NamedTuple):
    """Bytes were written to a file and are not on the disk yet."""

    file: int
    offset: int
    data: bytes


class Truncate(NamedTuple):
    """A file was cut to a size."""

    file: int
    size: int


class Sync(NamedTuple):
    """A file was synced; with ``ok`` false the disk said EIO and nobody knows what is there."""

    file: int
    ok: bool


class Create(NamedTuple):
    """A name now points to a new file."""

    name: str
    file: int


class Delete(NamedTuple):
    """A name is gone."""

    name: str


class Rename(NamedTuple):
    """A file has another name, whole: the old one is gone and what bore the new one too."""

    old: str
    name: str
    file: int


class SyncFolder(NamedTuple):
    """All names so far are on the disk."""


class Mark(NamedTuple):
    """The test noted something here: an acknowledgement, an effect."""

    what: Any


NameChange = Create | Delete | Rename
Operation = Write | Truncate | Sync | NameChange | SyncFolder | Mark
Image = dict[str, bytes]


@dataclass(slots=True)
class Faults:
    """What the disk refuses at present; counts go down as they strike.

    Attributes:
        syncs: how many of the next syncs fail with EIO (`FOR_EVER` until healed).
        skip_syncs: syncs that pass before that count begins.
        forgets: after a failed sync, reading shows the old bytes (else the new ones, as ext4 does).
        writes: how many of the next writes fail with EIO after half of their bytes.
        reads: how many of the next reads fail with EIO.
        room_bytes: by how much files may still grow before ENOSPC; the last write is short.
        read_only: writes fail and files open read-only, as after a remount.
    """

    syncs: int = 0
    skip_syncs: int = 0
    forgets: bool = False
    writes: int = 0
    reads: int = 0
    room_bytes: int = FOR_EVER
    read_only: bool = False


@dataclass(slots=True)
class Disk:
    """One simulated disk: a folder of live files, the VFS over it, its trace and its faults.

    Attributes:
        sync_s: how long a sync takes. Above zero, other threads get their turn inside it, so that what they do too
            early lands in the trace before the sync's end.
        start: place in the trace where the power came on; before it stands what was found on the disk.
    """

    folder: Path
    faults: Faults = field(default_factory=Faults)
    sync_s: float = 0.0
    start: int = 0
    trace: list[Operation] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    vfs_name: str = ""
    _vfs: PowerCutVFS | None = None
    _files: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __enter__(self) -> Disk:
        """Take over what is in the folder (it counts as synced) and register the VFS."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and not path.name.endswith("-shm"):
                self._adopt(path)
        self.trace.append(SyncFolder())
        self.start = len(self.trace)
        self.vfs_name = f"power_cut_{next(disk_numbers)}"
        self._vfs = PowerCutVFS(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._vfs is not None:
            self._vfs.unregister()
            self._vfs = None

    def _adopt(self, path: Path) -> None:
        number = self.number(path.name)
        self.trace.append(Write(number, 0, path.read_bytes()))
        self.trace.append(Sync(number, ok=True))

    def mark(self, what: Any) -> None:
        """Note in the trace that something was promised or done outside the disk at this moment."""
        self.trace.append(Mark(what))

    def number(self, name: str) -> int:
        """The file behind a name, made (and traced) if it is new."""
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = next(self._files)
            self.trace.append(Create(name, found))
        return found

    def deleted(self, name: str, folder_synced: bool) -> None:
        """A name was removed."""
        if self.names.pop(name, None) is not None:
            self.trace.append(Delete(name))
        if folder_synced:
            self.trace.append(SyncFolder())

    def renamed(self, old: str, name: str) -> None:
        """A file took another name."""
        number = self.number(old)
        del self.names[old]
        self.names[name] = number
        self.trace.append(Rename(old, name, number))

    def forget_unsynced(self, number: int) -> None:
        """Put the certainly synced bytes of a file back into the live view, as a cache that dropped its dirty pages."""
        platter = Platter(self.trace, Random(0))
        platter.advance(len(self.trace))
        name = next(name for name, found in self.names.items() if found == number)
        with open(self.folder / name, "r+b") as live:
            live.write(platter.certain(number))
            live.truncate()


class PowerCutVFS(apsw.VFS):
    """SQLite's own unix VFS on the live files, with every change written to the disk's trace."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        super().__init__(disk.vfs_name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        if name is None:
            return apsw.VFSFile("", None, flags)  # a temporary file: gone after a cut by its nature
        if self.disk.faults.read_only:
            flags[0] = flags[0] & ~(apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) | apsw.SQLITE_OPEN_READONLY
        return PowerCutFile(self.disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        if self.disk.faults.read_only:
            raise apsw.exception_for(apsw.SQLITE_IOERR_DELETE)
        super().xDelete(filename, False)
        self.disk.deleted(os.path.basename(filename), syncdir)

    def excepthook(self, *_: Any) -> None:
        """Injected errors travel to SQLite as result codes; they are not news for the screen."""


class PowerCutFile(apsw.VFSFile):
    """One open file: live bytes go to the real file, changes also to the trace, faults strike first."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self.disk = disk
        self.base_name = os.path.basename(path)
        # As unixOpen does: the first sync of any journal or WAL that may have been made here syncs the folder too.
        self.folder_unsynced = bool(flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & JOURNALS)
        super().__init__("", name, flags)
        self.number = disk.number(self.base_name)

    def excepthook(self, *_: Any) -> None:
        """See `PowerCutVFS.excepthook`."""

    def xRead(self, amount: int, offset: int) -> bytes:
        faults = self.disk.faults
        if faults.reads > 0:
            faults.reads -= 1
            raise apsw.exception_for(apsw.SQLITE_IOERR_READ)
        return super().xRead(amount, offset)

    def xWrite(self, data: Any, offset: int) -> None:
        content = bytes(data)
        allowed, error = self._allowed(content, offset)
        if allowed:
            super().xWrite(content[:allowed], offset)
            self.disk.trace.append(Write(self.number, offset, content[:allowed]))
        if error:
            raise apsw.exception_for(error)

    def _allowed(self, content: bytes, offset: int) -> tuple[int, int]:
        """How many bytes this write may put down, and the error it then ends with (0: none)."""
        faults = self.disk.faults
        if faults.read_only:
            return 0, apsw.SQLITE_IOERR_WRITE
        if faults.writes > 0:
            faults.writes -= 1
            return len(content) // 2, apsw.SQLITE_IOERR_WRITE
        if faults.room_bytes < FOR_EVER:
            growth = max(0, offset + len(content) - self.xFileSize())
            if growth > faults.room_bytes:
                short = max(0, len(content) - (growth - faults.room_bytes))
                faults.room_bytes = 0
                return short, apsw.SQLITE_FULL
            faults.room_bytes -= growth
        return len(content), 0

    def xTruncate(self, newsize: int) -> None:
        if self.disk.faults.read_only:
            raise apsw.exception_for(apsw.SQLITE_IOERR_TRUNCATE)
        super().xTruncate(newsize)
        self.disk.trace.append(Truncate(self.number, newsize))

    def xSync(self, flags: int) -> None:
        disk = self.disk
        if disk.sync_s:
            time.sleep(disk.sync_s)
        if self._sync_fails():
            disk.trace.append(Sync(self.number, ok=False))
            if disk.faults.forgets:
                disk.forget_unsynced(self.number)
            raise apsw.exception_for(apsw.SQLITE_IOERR_FSYNC)
        disk.trace.append(Sync(self.number, ok=True))
        if self.folder_unsynced:
            self.folder_unsynced = False
            disk.trace.append(SyncFolder())

    def _sync_fails(self) -> bool:
        faults = self.disk.faults
        if faults.syncs <= 0:
            return False
        if faults.skip_syncs > 0:
            faults.skip_syncs -= 1
            return False
        faults.syncs -= 1
        return True

    def xFileControl(self, op: int, ptr: int) -> bool:
        if op in (apsw.SQLITE_FCNTL_SIZE_HINT, apsw.SQLITE_FCNTL_CHUNK_SIZE):
            return True  # the live file must not grow behind the trace's back
        return super().xFileControl(op, ptr)


class Weather(NamedTuple):
    """How a cut treats what was not synced.

    Attributes:
        keep: chance that an operation reached the disk at all.
        tear: chance that a kept write is torn: each of its sectors then has the chance ``keep`` of its own.
        noise: chance that a sector that did not arrive holds noise in the part being written.
        prefix: operations arrived in their order and stopped somewhere; only the last one is torn.
    """

    keep: float
    tear: float = 0.0
    noise: float = 0.0
    prefix: bool = False


WEATHERS: tuple[Weather, ...] = (
    Weather(keep=0.0),
    Weather(keep=1.0),
    Weather(keep=0.5, prefix=True),
    Weather(keep=0.5),
    Weather(keep=0.9, tear=0.3),
    Weather(keep=0.5, tear=1.0),
    Weather(keep=0.2, tear=0.5, noise=0.2),
    Weather(keep=0.8, tear=1.0, noise=0.5),
)


class Platter:
    """What is on the disk at one place of a trace: certain bytes and names, and those that may be there.

    ``random`` decides what a failed sync left behind; everything else is certain or decided by `cut`.
    """

    def __init__(self, trace: list[Operation], random: Random) -> None:
        self.trace = trace
        self.index = 0
        self.marks: list[Any] = []
        self._random = random
        self._certain: dict[int, bytearray] = {}
        self._unsynced: dict[int, list[Write | Truncate]] = {}
        self._names: dict[str, int] = {}
        self._unsynced_names: list[NameChange] = []

    def advance(self, index: int) -> None:
        """Go on until ``index`` operations have been done (the trace is only walked forward)."""
        assert index >= self.index
        for operation in self.trace[self.index : index]:
            self._take(operation)
        self.index = index

    def certain(self, number: int) -> bytes:
        """The bytes of a file that are on the disk whatever happens."""
        return bytes(self._certain.get(number, b""))

    def _take(self, operation: Operation) -> None:
        match operation:
            case Write() | Truncate():
                self._unsynced.setdefault(operation.file, []).append(operation)
            case Sync(file, ok):
                if ok:
                    self._settle(file)
                else:
                    self._doubt(file)
            case Create() | Delete() | Rename():
                self._unsynced_names.append(operation)
            case SyncFolder():
                for change in self._unsynced_names:
                    put_name(self._names, change)
                self._unsynced_names.clear()
            case Mark(what):
                self.marks.append(what)

    def _settle(self, file: int) -> None:
        content = self._certain.setdefault(file, bytearray())
        for change in self._unsynced.pop(file, ()):
            put_change(content, change)

    def _doubt(self, file: int) -> None:
        content = self._certain.setdefault(file, bytearray())
        put_some(content, self._unsynced.pop(file, []), self._random.choice(WEATHERS), self._random)

    def cut(self, random: Random, weather: Weather | None = None) -> Image:
        """The files as they may be when the power comes back after a cut here; nothing is changed."""
        weather = weather or random.choice(WEATHERS)
        names = dict(self._names)
        for change in self._unsynced_names:
            if random.random() < max(weather.keep, 0.2):
                put_name(names, change)
        image: Image = {}
        for name, file in names.items():
            content = bytearray(self._certain.get(file, b""))
            put_some(content, self._unsynced.get(file, []), weather, random)
            image[name] = bytes(content)
        return image


def put_name(names: dict[str, int], change: NameChange) -> None:
    """Make a change of the folder certain."""
    match change:
        case Create(name, file):
            names[name] = file
        case Delete(name):
            names.pop(name, None)
        case Rename(old, name, file):
            names.pop(old, None)
            names[name] = file


def put_change(content: bytearray, change: Write | Truncate) -> None:
    """Make a change of a file certain, whole."""
    match change:
        case Write(_, offset, data):
            put_bytes(content, offset, data)
        case Truncate(_, size):
            del content[size:]


def put_bytes(content: bytearray, offset: int, data: bytes) -> None:
    """Write bytes; a hole before them reads as zeros."""
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def put_some(content: bytearray, changes: list[Write | Truncate], weather: Weather, random: Random) -> None:
    """Let a part of the unsynced changes reach the disk, as the weather has it."""
    if weather.prefix:
        whole = random.randrange(len(changes) + 1)
        for change in changes[:whole]:
            put_change(content, change)
        if whole < len(changes):
            put_torn(content, changes[whole], weather, random)
        return
    for change in changes:
        if weather.tear and random.random() < weather.tear:
            put_torn(content, change, weather, random)
        elif random.random() < weather.keep:
            put_change(content, change)


def put_torn(content: bytearray, change: Write | Truncate, weather: Weather, random: Random) -> None:
    """Put down each sector of a write by its own chance; one that fails may hold noise where bytes were written."""
    if isinstance(change, Truncate):
        if random.random() < weather.keep:
            put_change(content, change)
        return
    end = change.offset + len(change.data)
    start = change.offset
    while start < end:
        stop = min(end, (start // SECTOR_SIZE + 1) * SECTOR_SIZE)
        if random.random() < weather.keep:
            put_bytes(content, start, change.data[start - change.offset : stop - change.offset])
        elif weather.noise and random.random() < weather.noise:
            put_bytes(content, start, random.randbytes(stop - start))
        start = stop


def write_image(image: Image, folder: Path) -> None:
    """Make ``folder`` hold exactly the files of the image (shared memory and lock files are gone after a cut)."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.name not in image:
            path.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)


def fast_folder() -> Path | None:
    """A folder in memory where there is one: nothing here needs a real disk, and syncs there cost nothing."""
    shm = Path("/dev/shm")
    return shm if shm.is_dir() and os.access(shm, os.W_OK) else None
