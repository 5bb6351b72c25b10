"""The note with the login URL."""

from __future__ import annotations

import stat
from pathlib import Path

from lineside.app.login import LoginNote, note_path, read_note


def test_note_is_for_its_owner_and_is_replaced_whole(tmp_path: Path) -> None:
    note = LoginNote(tmp_path)
    note.write("http://a/login?code=1")
    note.write("http://a/login?code=2")
    assert read_note(tmp_path) == "http://a/login?code=2"
    assert stat.S_IMODE(note_path(tmp_path).stat().st_mode) == 0o600


def test_note_of_somebody_else_is_not_written_into(tmp_path: Path) -> None:
    """Who opened the file before, perhaps with wide permissions, must not read the new URL."""
    note_path(tmp_path).write_text("old")
    note_path(tmp_path).chmod(0o666)
    with note_path(tmp_path).open() as old:
        LoginNote(tmp_path).write("new")
        assert old.read() == "old"
    assert stat.S_IMODE(note_path(tmp_path).stat().st_mode) == 0o600


def test_missing_note_reads_as_nothing(tmp_path: Path) -> None:
    LoginNote(tmp_path).remove()
    assert read_note(tmp_path) == ""
