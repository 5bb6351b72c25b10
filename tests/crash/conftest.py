"""Folders for the simulated disks: in memory where there is memory to be had, because nothing here needs a disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.power_cut import fast_folder


@pytest.fixture
def fast_path() -> Iterator[Path]:
    """A new folder in memory (or wherever temporary files go), removed at the end."""
    path = Path(tempfile.mkdtemp(prefix="lineside-crash-", dir=fast_folder()))
    yield path
    shutil.rmtree(path, ignore_errors=True)
