"""The effective settings, printed: whole, readable again, and with nothing secret."""

from __future__ import annotations

import tomllib
from pathlib import Path

from lineside.config import load, masked_settings, toml_from_table
from tests.config.support import TOYS, read, ward


def test_print_holds_the_defaults_and_reads_back_as_the_same() -> None:
    settings = read(ward(period_s=1.5))
    text = toml_from_table(masked_settings(settings))
    again = read(tomllib.loads(text))
    assert again.gateways == settings.gateways
    assert (again.web, again.journal, again.hub) == (settings.web, settings.journal, settings.hub)


def test_secrets_show_their_last_two_characters() -> None:
    text = toml_from_table(masked_settings(read(ward(password="hunter22", url="db://anna:tiger99@host/x"))))
    assert "hunter22" not in text
    assert "…22" in text
    assert "tiger99" not in text
    assert "db://anna:…@host/x" in text


def test_what_came_from_elsewhere_shows_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("hunter22")
    file = tmp_path / "lineside.toml"
    file.write_text('[gateways.ward]\nkind = "toy"\nline = "x"\npassword_file = "pw"\nurl = "${TOKEN}"\n')
    ward_table = masked_settings(load(file, TOYS, {"TOKEN": "tiger99"}))["gateways"]["ward"]
    assert ward_table["password_file"] == "pw"
    assert ward_table["url"] == "${TOKEN}"
    assert "password" not in ward_table


def test_toml_writer_quotes_what_needs_it() -> None:
    table = {"a b": 'say "hi"\n', "n": 1, "f": 0.5, "yes": True, "none": None, "l": [1, "x"], "t": {"x.y": {"z": []}}}
    assert tomllib.loads(toml_from_table(table)) == {name: value for name, value in table.items() if name != "none"}
