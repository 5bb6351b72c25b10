"""Settings of a studio: what is refused by name, and what a table takes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lineside.config import Kind, load, masked_settings
from lineside.errors import ConfigError
from lineside.runtime.step import Secret
from lineside.studio.gateway import Config, ReporterToken, WatchToken
from lineside.studio.gateway.config import check_config, table_settings

STUDIO = Kind(Config, lambda config: [("address", config.address)])


def loaded(folder: Path, text: str) -> Any:
    file = folder / "lineside.toml"
    file.write_text(f'[gateways.studio]\nkind = "studio"\n{text}')
    return load(file, {"studio": STUDIO}, {})


def test_defaults_are_those_of_the_originals() -> None:
    config = Config()
    assert (config.address, config.is_open, config.unknown_tables) == ("127.0.0.1:8080", True, "accept")
    assert table_settings(config, "ARO-001").offline_grace_s == 60.0
    assert table_settings(config, "ARO-001").ignore == frozenset()


def test_secrets_come_from_files_also_in_named_tables_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "floor.token").write_text("very-secret-1\n")
    settings = loaded(
        tmp_path,
        'watch_token_file = "floor.token"\n'
        '[gateways.studio.tokens.floor]\ntoken_file = "floor.token"\ntables = ["ARO-*"]\n',
    )
    config = settings.gateways["studio"].config
    assert config.tokens["floor"].token == Secret("very-secret-1")
    assert config.watch_token == Secret("very-secret-1")
    assert not config.is_open
    assert "very-secret" not in str(masked_settings(settings))
    assert "very-secret" not in repr(config)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (Config(origins=("example.com",)), r"origins\[0\]"),
        (Config(origins=("https://a.example/path",)), r"origins\[0\]"),
        (Config(ignore={"ARO-*": ("shacker",)}), r"ignore\.ARO-\*"),
        (Config(ignore={"ARO-001": ("maintenance",)}), r"ignore\.ARO-001"),
        (Config(token=Secret("")), "token"),
        (Config(tokens={"a": ReporterToken(token=Secret(""))}), "token"),
        (Config(watch_tokens={"a": WatchToken(token=Secret(""))}), "token"),
    ],
)
def test_settings_that_contradict_themselves_name_the_key(config: Config, key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        check_config(config)


def test_good_settings_pass() -> None:
    check_config(
        Config(origins=("https://studio.example", "http://localhost:3000", "null", "*"), ignore={"A*": ("nfc",)})
    )


def test_ignored_fields_come_from_the_lists_then_from_the_game() -> None:
    config = Config(ignore={"ARO-*": ("shaker",), "ARO-009": ()}, ignore_by_game=True)
    assert table_settings(config, "ARO-001").ignore == {"SHAKER"}
    assert table_settings(config, "ARO-009").ignore == frozenset()
    assert "ROULETTE" in table_settings(config, "SBO-001").ignore
    assert table_settings(config, "Test").ignore == frozenset()
