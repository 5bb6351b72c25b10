"""What comes with the foundation, and what does not."""

from __future__ import annotations

import subprocess
import sys


def told(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_rich_is_not_loaded_with_the_foundation_and_can_be_loaded_after() -> None:
    code = "import lineside.runtime.log, sys; print('rich' in sys.modules); import rich.table; print(rich.table.Table)"
    assert told(code).split()[0] == "False"


def test_rich_that_is_there_already_stays() -> None:
    assert told("import rich, lineside.runtime, sys; print(sys.modules['rich'] is rich)") == "True"
