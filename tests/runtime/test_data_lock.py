"""One process at a time holds a data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lineside.errors import LinesideError
from lineside.runtime.data_lock import DataBusy, DataLock, is_held

HOLD = """
import sys, time
from pathlib import Path
from lineside.runtime.data_lock import DataLock
lock = DataLock.take(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_lock_is_refused_while_another_process_holds_it_and_free_after_its_death(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, env=environ)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        assert is_held(tmp_path)
        with pytest.raises(DataBusy) as caught:
            DataLock.take(tmp_path)
        assert f"process {holder.pid}" in str(caught.value)
        assert "data_dir" in str(caught.value)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert not is_held(tmp_path)
    DataLock.take(tmp_path).close()


def test_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    lock = DataLock.take(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    lock.close()
    lock.close()


def test_folder_that_never_was_is_not_held(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LinesideError, match="cannot be used"):
        DataLock.take(tmp_path / "file" / "var")
