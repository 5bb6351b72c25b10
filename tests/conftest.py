"""What every test may use: coroutines as tests, the recordings, the servers, and loud skips."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
from pathlib import Path

import pytest

COROUTINE_SECONDS_MAX = 300  # a test that hangs fails with its name, long before the gate's own limit
REQUIRE_SERVICES = os.environ.get("LINESIDE_REQUIRE_SERVICES") == "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run what is over the time limit of the gate")


def pytest_report_header(config: pytest.Config) -> str:
    given = os.environ.get("LINESIDE_TEST_MSSQL")
    return "MS SQL server: " + ("given" if given else "none (LINESIDE_TEST_MSSQL=URL runs the SQL sink's tests on one)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--full"):
        return
    skip = pytest.mark.skip(reason="over the time limit of the gate; run with --full")
    for item in items:
        if "full" in item.keywords:
            item.add_marker(skip)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def` tests in a loop of their own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}

    async def guarded() -> None:
        async with asyncio.timeout(COROUTINE_SECONDS_MAX):
            await pyfuncitem.obj(**arguments)

    asyncio.run(guarded())
    return True


def skip_for_service(reason: str) -> None:
    """Skip, or fail where the gate says that the service must be there."""
    if REQUIRE_SERVICES:
        pytest.fail(f"LINESIDE_REQUIRE_SERVICES=1 and {reason}")
    pytest.skip(reason)


def find_recordings() -> Path:
    """The folder of real recordings: LINESIDE_DATA, or ../shared/data beside the project."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("LINESIDE_DATA", str(default)))


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder with ``hev/``; the test skips loudly when it is not there."""
    folder = find_recordings()
    if not (folder / "hev").is_dir():
        pytest.skip(f"recordings not found in {folder}; set LINESIDE_DATA")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium to drive."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        skip_for_service("chromium is not installed (apt install chromium)")
    assert found is not None
    return found
