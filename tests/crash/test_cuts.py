"""5,000 power cuts: nothing acknowledged is lost, nothing is there by half, the sink's target has everything once.

What a cut is and is not: `README.md` in this folder.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.crash.cutting import cut_often

BLOCKS = 10
CUTS_PER_BLOCK = 500


@pytest.mark.parametrize("seed", range(BLOCKS))
async def test_no_cut_breaks_a_promise(seed: int, fast_path: Path) -> None:
    began = time.perf_counter()
    found = await cut_often(fast_path, seed, CUTS_PER_BLOCK)
    print(f"seed {seed}: {found.count} cuts, {(time.perf_counter() - began) / found.count * 1000:.1f} ms each")
    assert not found.faults, f"{found.place}: {found.faults}"
    assert found.count == CUTS_PER_BLOCK
