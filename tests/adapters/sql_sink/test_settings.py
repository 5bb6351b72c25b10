"""``[sinks.NAME]`` as the file has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lineside.config import masked_settings, settings_from_table
from lineside.errors import ConfigError

URL = "postgresql+psycopg://lineside:word@db/plant"


def read(**keys: Any) -> Any:
    return settings_from_table({"sinks": {"rows": {"kind": "sql", **keys}}}, {}, {}, Path("x.toml"))


def test_url_is_a_secret_also_when_the_settings_are_printed() -> None:
    settings = read(url=URL)
    assert settings.sinks["rows"].config.url.reveal() == URL
    assert "word" not in str(masked_settings(settings))


def test_url_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(URL + "\n")
    assert read(url_file=str(tmp_path / "url")).sinks["rows"].config.url.reveal() == URL


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"table": "x; drop"}, "sinks.rows.table"),
        ({"connect_s": 0}, "sinks.rows.connect_s"),
        ({"limits": {"tries": 1}}, "sinks.rows.limits.tries"),
        ({"tabel": "x"}, "sinks.rows.tabel"),
    ],
)
def test_fault_names_its_key(keys: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        read(url=URL, **keys)
