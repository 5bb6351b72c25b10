"""Whatever stands in the files, the answer is a settings file that checks or an error that names a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.config import load
from lineside.config.seed_files import read_left_over, read_seed
from lineside.config.seed_files.reading import FILES, Entry
from lineside.config.seed_files.synonyms import ALONE, LISTS, PREFIXED
from lineside.errors import ConfigError
from tests.config.test_seed_files import ALL, put

T = TypeVar("T")
NAMES = st.sampled_from((*sorted(ALONE), *sorted(PREFIXED)[::9], *LISTS, "http_port", "cert", "rgs_auth")) | st.text()
TEXTS = (
    st.sampled_from(("/dev/ttyUSB0", "COM1", "even", "5", "${A}", "10.0.0.1", "mssql://a:b@h/d", "../x")) | st.text()
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))
TABLES = st.dictionaries(NAMES, JSON, max_size=6)
LISTENERS = TABLES | st.lists(TABLES, min_size=1, max_size=4)
ENV_NAMES = st.sampled_from(("SERVER_HOST", "SERVER_PORT", "LOG_LEVEL", "DB_HOST", "PORT", "PARITY", "DB_URL"))
ENV = st.lists(st.tuples(ENV_NAMES, TEXTS).map("=".join) | st.text(), max_size=5).map("\n".join)


def ended(work: Callable[[], T]) -> T | ConfigError:
    """What came of it; any other exception is a failure."""
    try:
        return work()
    except ConfigError as error:
        return error


@settings(max_examples=100, deadline=None)
@given(env=ENV, plain=TABLES, listeners=LISTENERS, config=TABLES)
def test_any_content_gives_a_file_that_checks_or_an_error(env: str, plain: Any, listeners: Any, config: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {"settings.json": plain, "listeners.json": listeners, "config.json": config}
        (folder / ".env").write_bytes(env.encode("utf-8", "surrogatepass"))
        put(folder, files)
        target = folder / "lineside.toml"
        move = ended(lambda: read_seed(folder, target, ALL))
        if isinstance(move, ConfigError):
            assert any(file in str(move) for file in FILES)
            return
        put(folder, {target.name: move.text, **{secret.name: secret.text.reveal() for secret in move.secrets}})
        load(target, ALL.kinds, {})
        assert all(str(finding).isprintable() for finding in move.findings)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60) | JSON.map(repr).map(str.encode))
def test_any_left_over_gives_rows_or_an_error(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "tmp_db_data.json").write_bytes(data)
        rows = ended(lambda: read_left_over(Path(name)))
        assert rows is not None
        assert not isinstance(rows, ConfigError) or "tmp_db_data.json" in str(rows)


@pytest.mark.parametrize("key", ["DB_HOST", "dbHost", "db.host", "db-host", "DB__Host", "db host"])
def test_a_key_has_one_spelling(key: str) -> None:
    assert Entry("x", key, 1).words == "db_host"
