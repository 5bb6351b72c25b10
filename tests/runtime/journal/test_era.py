from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lineside.runtime.journal.era import (
    EraMark,
    era_of,
    mark_path,
    read_mark,
    seq_floor,
    sync_folder,
    write_mark,
    write_whole,
)


@pytest.mark.parametrize("era", [1, 2, 3, 8191])
def test_every_era_begins_above_all_before(era: int) -> None:
    assert era_of(seq_floor(era) + 1) == era
    assert era_of(seq_floor(era + 1) - 1) == era
    assert seq_floor(era) + 1 < 2**53


def test_the_mark_survives_and_garbage_is_no_mark(folder: Path) -> None:
    path = folder / "journal.db"
    assert read_mark(path) is None
    write_mark(path, EraMark(2, 77))
    assert read_mark(path) == EraMark(2, 77)
    assert mark_path(path).name == "journal.db-era"
    mark_path(path).write_bytes(b"\x00\x01")
    assert read_mark(path) is None


def test_a_file_is_written_whole_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "file"
    write_whole(path, b"old")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def fail(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_folder_can_be_synced(folder: Path) -> None:
    sync_folder(folder)
    with pytest.raises(OSError):
        sync_folder(folder / "absent")
