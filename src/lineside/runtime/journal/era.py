"""Eras: after a repair or a restore, `seq` goes on above every number that was ever given out.

``seq`` of era *n* starts above ``(n - 1) << 40``: a million events a second for twelve days, or a hundred a second for
350 years, and 8,192 eras below 2^53, where JavaScript still counts exactly. The era stands in the database and in a
small file beside it, ``journal.db-era``, so that losing either does not bring an old number back. The small file also
holds the highest ``seq`` at the last checkpoint: a database that ends below it is an older copy, or lost its end.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

ERA_SHIFT_BITS = 40
# The last era whose numbers stay below 2^53; anything above it is no era, but damage.
ERA_MAX = 8191


class EraMark(msgspec.Struct, frozen=True):
    """What the small file holds.

    Attributes:
        seq: the highest ``seq`` known to be on disk when it was written.
    """

    era: int
    seq: int


def seq_floor(era: int) -> int:
    """Every ``seq`` of this era is above this number."""
    return (era - 1) << ERA_SHIFT_BITS


def era_of(seq: int) -> int:
    """The era in whose range a ``seq`` lies."""
    return (seq >> ERA_SHIFT_BITS) + 1


def mark_path(path: Path) -> Path:
    """The small file beside a journal."""
    return path.with_name(path.name + "-era")


def read_mark(path: Path) -> EraMark | None:
    """The mark beside the journal ``path``; None when there is none or it says nothing."""
    try:
        return msgspec.json.decode(mark_path(path).read_bytes(), type=EraMark)
    except (OSError, msgspec.MsgspecError):
        return None


def write_mark(path: Path, mark: EraMark) -> None:
    """Write the mark beside the journal ``path``, whole or not at all.

    Raises:
        OSError: it could not be written; the old one stands.
    """
    write_whole(mark_path(path), msgspec.json.encode(mark) + b"\n")


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file, mode 0600, so that after a power cut either the old or the new content is there.

    Raises:
        OSError: nothing was changed.
    """
    new = path.with_name(path.name + ".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.fchmod(handle, 0o600)
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(new, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make new, renamed and deleted names of a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
