"""How the first person comes in: a login URL on the terminal, or in a file that only this user can read."""

from __future__ import annotations

import os
from pathlib import Path

NOTE_FILE = "login-url"


def note_path(data_dir: Path) -> Path:
    """Where the note of a data folder is."""
    return data_dir / NOTE_FILE


class LoginNote:
    """The file with the present login URL, mode 0600, in the data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.path = note_path(data_dir)

    def write(self, url: str) -> None:
        """Replace the note. The file is made anew, so that nobody who opened the old one reads the new URL."""
        self.remove()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as out:
            out.write(url + "\n")

    def remove(self) -> None:
        """Take the note away; its code is worth nothing any more."""
        self.path.unlink(missing_ok=True)


def read_note(data_dir: Path) -> str:
    """The URL in the note, or "" when there is none."""
    try:
        return note_path(data_dir).read_text().strip()
    except OSError:
        return ""
