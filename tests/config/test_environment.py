"""Overlays, variables and secret files."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineside.config import load
from lineside.errors import ConfigError
from tests.config.support import TOYS, read, ward


def test_overlay_stands_above_the_file() -> None:
    settings = read({"web": {"address": "127.0.0.1:1"}}, {"LINESIDE_WEB__ADDRESS": "127.0.0.1:9000"})
    assert settings.web.address == "127.0.0.1:9000"


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("LINESIDE_GATEWAYS__WARD__PERIOD_S", "1.5", "period_s", 1.5),
        ("LINESIDE_GATEWAYS__WARD__ATTEMPTS_MAX", "3", "attempts_max", 3),
        ("LINESIDE_GATEWAYS__WARD__LOUD", "true", "loud", True),
        ("LINESIDE_GATEWAYS__WARD__PROFILE", "77", "profile", "77"),
        ("LINESIDE_GATEWAYS__WARD__LINE", "/dev/ttyUSB1", "line", "/dev/ttyUSB1"),
        ("LINESIDE_GATEWAYS__WARD__BROADCAST", '["127.0.0.1:2"]', "broadcast", ("127.0.0.1:2",)),
        ("LINESIDE_GATEWAYS__WARD__ENDING", "none", "ending", "none"),
    ],
)
def test_overlay_is_read_as_the_key_wants_it(variable: str, text: str, field: str, value: object) -> None:
    assert getattr(read(ward(), {variable: text}).gateways["ward"].config, field) == value


def test_overlay_finds_names_whatever_their_case() -> None:
    table = {"gateways": {"WardA": {"kind": "toy", "line": "x"}}}
    settings = read(table, {"LINESIDE_GATEWAYS__WARDA__LINE": "y"})
    assert settings.gateways["WardA"].config.line == "y"


def test_overlay_of_the_top_works_for_data_dir_alone() -> None:
    environ = {"LINESIDE_DATA_DIR": "elsewhere", "LINESIDE_DATA": "recordings", "LINESIDE_REQUIRE_SERVICES": "1"}
    assert read({}, environ).data_dir == Path("elsewhere")


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("LINESIDE_WEBB__ADDRESS", ("LINESIDE_WEBB__ADDRESS", "webb")),
        ("LINESIDE_WEB__ADRESS", ("web.adress", 'did you mean "address"')),
        ("LINESIDE_DATA_DIR__X", ("data_dir", "not a table", "LINESIDE_DATA_DIR__X")),
    ],
)
def test_overlay_of_an_unknown_key_is_an_error(variable: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        read({"data_dir": "var"}, {variable: "1"})
    for word in words:
        assert word in str(caught.value)


def test_variables_are_replaced_in_texts_at_any_depth() -> None:
    environ = {"PORT": "54999", "WHO": "anna"}
    settings = read(ward(broadcast=["127.0.0.1:${PORT}"], url="x://${WHO}:$$1"), environ)
    config = settings.gateways["ward"].config
    assert config.broadcast == ("127.0.0.1:54999",)
    assert config.url == "x://anna:$1"


def test_secret_file_gives_its_key_the_content(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("hunter22\n")
    file = tmp_path / "lineside.toml"
    file.write_text('[gateways.ward]\nkind = "toy"\nline = "x"\npassword_file = "pw"\n')
    password = load(file, TOYS, {}).gateways["ward"].config.password
    assert password.reveal() == "hunter22"


def test_secret_given_both_ways_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("hunter22\n")
    file = tmp_path / "lineside.toml"
    file.write_text('[gateways.ward]\nkind = "toy"\nline = "x"\npassword = "a"\npassword_file = "pw"\n')
    with pytest.raises(ConfigError, match="given twice") as caught:
        load(file, TOYS, {})
    assert "hunter22" not in str(caught.value)


def test_secret_file_that_is_too_long_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "pw").write_bytes(b"x" * 70_000)
    file = tmp_path / "lineside.toml"
    file.write_text('[gateways.ward]\nkind = "toy"\nline = "x"\npassword_file = "pw"\n')
    with pytest.raises(ConfigError, match="longer than"):
        load(file, TOYS, {})
