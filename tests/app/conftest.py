"""The present moment, for what tests record by hand."""

from __future__ import annotations

import pytest

from lineside.runtime.clock import SystemClock
from lineside.runtime.step import Moment


@pytest.fixture
def now() -> Moment:
    """Now, on the machine's own clocks."""
    return SystemClock().now()
