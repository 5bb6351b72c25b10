"""5,000 power cuts: nothing acknowledged is lost, nothing is there by half, the sink's target has everything once.

What a cut is and is not: `README.md` in this folder. ``LINESIDE_CRASH_SEED=N`` takes other seeds than the usual ones.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.crash.cutting import cut_often
from tests.crash.scene import SOUND, THREADED

BLOCKS = 10
CUTS_PER_BLOCK = 500
FIRST_SEED = int(os.environ.get("LINESIDE_CRASH_SEED", "0"))


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + BLOCKS))
async def test_no_cut_breaks_a_promise(seed: int, fast_path: Path) -> None:
    """Seven blocks of lives that a seed repeats exactly, three with the journal's real threads."""
    build = THREADED if seed % 10 >= 7 else SOUND
    began = time.process_time()
    found = await cut_often(fast_path, seed, CUTS_PER_BLOCK, build)
    print(f"seed {seed}: {found.count} cuts, {(time.process_time() - began) / found.count * 1000:.1f} ms of CPU each")
    assert not found.faults, f"{found.place}: {found.faults}"
    assert found.count >= CUTS_PER_BLOCK
