"""Runs `async def` tests (with or without the mark ``asyncio``) without a plugin, and finds the seed's modules."""

from __future__ import annotations

import asyncio
import inspect
import sys
from pathlib import Path

import pytest

SEED = Path(__file__).resolve().parents[1]
for folder in (SEED, SEED.parents[1] / "src"):  # the latter for a checkout that is not installed
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "asyncio: a coroutine; all of them run in a loop of their own")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True
