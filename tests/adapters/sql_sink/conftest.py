"""The databases of these tests: SQLite files, a real PostgreSQL, and an MS SQL server where one is given."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import skip_for_service
from tests.support.postgres import Postgres, find_binaries, running_postgres

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    binaries = find_binaries()
    if binaries is None:
        skip_for_service("postgresql is not installed (apt install postgresql)")
    assert binaries is not None
    with running_postgres(binaries) as server:
        yield server


MSSQL_URL = os.environ.get("LINESIDE_TEST_MSSQL", "")
"""A server to run the suite against; without one its tests are not collected, and the header of the run says so."""


@pytest.fixture(params=["sqlite", "postgresql", *(["mssql"] if MSSQL_URL else [])])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database of each kind."""
    match request.param:
        case "sqlite":
            return f"sqlite:///{tmp_path / 'out.db'}"
        case "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            return server.make_database(f"out{next(_NUMBERS)}")
    return MSSQL_URL


@pytest.fixture
def fresh_postgres(postgres: Postgres) -> Callable[[], str]:
    return lambda: postgres.make_database(f"out{next(_NUMBERS)}")
