"""A folder in memory for each test, because nothing here is about the speed of a disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.power_cut import fast_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="lineside-journal-", dir=fast_folder()))
    yield path
    shutil.rmtree(path, ignore_errors=True)
