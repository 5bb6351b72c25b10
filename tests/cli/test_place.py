"""Where the data is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineside.cli.place import Place, find_place, keys_beside, require_journal
from lineside.errors import ConfigError

SETTINGS = 'data_dir = "data"\n[keys]\nfile = "k.toml"\n'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put_journal(folder: str) -> None:
    Path(folder).mkdir(parents=True)
    Path(folder, "journal.db").touch()


def test_without_anything_it_is_var() -> None:
    assert find_place(None, None) == Place(Path("var"), Path("var.keys.toml"))


def test_the_demos_data_is_taken_when_var_holds_none(capsys: pytest.CaptureFixture[str]) -> None:
    put_journal("var/demo")
    assert find_place(None, None) == Place(Path("var/demo"), Path("var/demo.keys.toml"))
    assert "using the demo's in var/demo" in capsys.readouterr().err


def test_var_goes_before_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    put_journal("var/demo")
    Path("var/journal.db").touch()
    assert find_place(None, None).data_dir == Path("var")
    assert capsys.readouterr().err == ""


def test_settings_of_this_folder_tell_the_place() -> None:
    Path("lineside.toml").write_text(SETTINGS)
    assert find_place(None, None) == Place(Path("data"), Path("k.toml"))


def test_named_settings_tell_the_place_and_nothing_else_is_tried(tmp_path: Path) -> None:
    put_journal("var/demo")
    file = tmp_path / "elsewhere" / "x.toml"
    file.parent.mkdir()
    file.write_text(SETTINGS)
    assert find_place(file, None) == Place(file.parent / "data", file.parent / "k.toml")


def test_data_dir_goes_before_settings() -> None:
    Path("lineside.toml").write_text(SETTINGS)
    assert find_place(None, Path("x/y")) == Place(Path("x/y"), Path("x/y.keys.toml"))
    assert find_place(None, Path("x/y"), Path("mine.toml")).keys_file == Path("mine.toml")


def test_keys_of_a_folder_are_its_own_or_the_neighbours() -> None:
    Path("keys.toml").touch()
    assert keys_beside(Path("var")) == Path("keys.toml")
    Path("var.keys.toml").touch()
    assert keys_beside(Path("var")) == Path("var.keys.toml")


def test_missing_journal_is_told_with_the_options() -> None:
    with pytest.raises(ConfigError, match="no journal in none; name the settings with -c"):
        require_journal(Place(Path("none"), Path("k")))
