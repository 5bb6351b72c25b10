"""init, check and config."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from lineside.app.kinds import KINDS
from lineside.config import TEMPLATE
from lineside.config.load import PLANNED_KINDS
from tests.cli.conftest import Cli

GOOD = '[gateways.ward]\nkind = "ventilator"\nline = "/dev/ttyACM0"\n'


def test_init_writes_a_file_that_checks(cli: Cli, tmp_path: Path) -> None:
    assert cli("init").code == 0
    assert (tmp_path / "lineside.toml").read_text() == TEMPLATE
    done = cli("check")
    assert (done.code, done.out) == (0, "lineside.toml: ok; gateways: ward (ventilator)\n")


def test_init_overwrites_only_when_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "lineside.toml").write_text("# mine\n")
    done = cli("init")
    assert done.code == 2
    assert "--force" in done.err
    assert (tmp_path / "lineside.toml").read_text() == "# mine\n"
    assert cli("init", "--force").code == 0
    assert (tmp_path / "lineside.toml").read_text() == TEMPLATE


def test_init_into_a_folder_that_is_not_there_is_refused(cli: Cli) -> None:
    done = cli("init", "none/lineside.toml")
    assert done.code == 2
    assert "cannot write" in done.err


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A folder with files of three seeds."""
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / ".env").write_text("SERVER_HOST=127.0.0.1\nSERVER_PORT=5000\nDB_PASSWORD=hunter22\nMAIL_TOKEN=hunter23\n")
    settings = {"port": "/dev/ttyUSB0", "db": {"host": "h", "name": "n", "user": "sa"}, "colour": "hunter24"}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "config.json").write_text('{"http_port": 8081, "fb_app_secret": "hunter25"}')
    return folder


def test_init_from_a_seed_writes_a_file_that_checks(cli: Cli, tmp_path: Path, seed: Path) -> None:
    done = cli("init", "--from", "old")
    assert done.code == 0
    assert "took: .env: SERVER_PORT: gateways.hall.address" in done.err
    assert "not understood: settings.json: colour" in done.err
    assert 'warning: line_mode = "even": the seed opens the port in even parity' in done.err
    checked = cli("check")
    assert checked.code == 0
    assert "hall (lockers)" in checked.out
    secret = tmp_path / "lineside.gaming_transactions.url"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert ":hunter22@" in secret.read_text()
    printed = done.out + done.err + checked.out + checked.err + (tmp_path / "lineside.toml").read_text()
    assert "hunter" not in printed + cli("config").out
    if "slots" not in KINDS:
        assert 'commented out: [gateways.floor]: "slots" is not built in this version' in done.err


@pytest.mark.parametrize("there", ["lineside.toml", "lineside.gaming_transactions.url"])
def test_init_from_a_seed_overwrites_nothing_unless_told(cli: Cli, tmp_path: Path, seed: Path, there: str) -> None:
    (tmp_path / there).write_text("# mine\n")
    (tmp_path / there).chmod(0o644)
    done = cli("init", "--from", "old")
    assert done.code == 2
    assert f"{there} is there already; --force replaces it" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([there, "old"])
    assert (tmp_path / there).read_text() == "# mine\n"
    assert cli("init", "--from", "old", "--force").code == 0
    assert (tmp_path / "lineside.gaming_transactions.url").stat().st_mode & 0o777 == 0o600
    assert cli("check").code == 0
    assert len(list(tmp_path.iterdir())) == 3


def test_init_from_a_torn_seed_writes_nothing(cli: Cli, tmp_path: Path, seed: Path) -> None:
    (seed / "settings.json").write_text('{"password": "hunter2')
    done = cli("init", "--from", "old")
    assert done.code == 2
    assert "settings.json: torn or no JSON at line 1" in done.err
    assert "hunter" not in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert cli("init", "--from", "none").code == 2


def test_init_from_a_seed_reads_its_left_over_rows(cli: Cli, tmp_path: Path, seed: Path) -> None:
    (seed / "tmp_db_data.json").write_text('[{"meter": 1}, {"meter": 2}]')
    done = cli("init", "--from", "old")
    assert done.code == 0
    assert "2 undelivered rows, all readable. Importing rows is not built in this version; keep the file" in done.err
    (seed / "tmp_db_data.json").write_text('[{"meter": 1}, {"meter": "hunter2')
    done = cli("init", "--from", "old", "--force")
    assert done.code == 1
    assert "tmp_db_data.json: torn or no JSON at line 1" in done.err
    assert "keep the file and mend it" in done.err
    assert "hunter" not in done.err
    assert (tmp_path / "lineside.toml").is_file()


def test_check_tells_every_fault(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(GOOD + 'period_s = -1\n[web]\nadress = "x"\n')
    done = cli("check", "-c", "bad.toml")
    assert done.code == 2
    assert "gateways.ward.period_s: -1 is not accepted; wanted a number, at least 0 and at most 60" in done.err
    assert 'web.adress: unknown key; did you mean "address"?' in done.err
    told = cli("check", "-c", "bad.toml", "--json")
    assert told.code == 2
    assert told.json["ok"] is False  # type: ignore[index]
    assert {fault["key"] for fault in told.json["faults"]} == {"gateways.ward.period_s", "web.adress"}  # type: ignore[index]


def test_check_warns_about_open_doors(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "lineside.toml").write_text(GOOD + 'request = "0.0.0.0:54321"\n')
    done = cli("check")
    assert done.code == 0
    assert "warning: gateways.ward.request" in done.err


@pytest.mark.parametrize("kind", sorted(set(PLANNED_KINDS) - set(KINDS)))
def test_check_names_a_kind_that_is_not_built(cli: Cli, tmp_path: Path, kind: str) -> None:
    (tmp_path / "lineside.toml").write_text(f'[gateways.a]\nkind = "{kind}"\n')
    done = cli("check")
    assert done.code == 2
    assert f'gateways.a.kind: "{kind}" is not built in this version; built: {", ".join(sorted(KINDS))}' in done.err


def test_config_prints_what_is_in_force(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lineside.toml").write_text(GOOD)
    monkeypatch.setenv("LINESIDE_GATEWAYS__WARD__PERIOD_S", "0.5")
    table = tomllib.loads(cli("config").out)
    assert table["gateways"]["ward"]["period_s"] == 0.5
    assert table["web"]["address"] == "127.0.0.1:8000"
    assert cli("config", "--json").json["gateways"]["ward"]["period_s"] == 0.5  # type: ignore[index]


def test_config_prints_a_schema_that_knows_the_houses(cli: Cli) -> None:
    schema = json.loads(cli("config", "--schema").out)
    houses = schema["properties"]["gateways"]["additionalProperties"]["oneOf"]
    properties = {house["properties"]["kind"]["const"]: house["properties"] for house in houses}
    assert properties.keys() == KINDS.keys()
    assert "period_s" in properties["ventilator"]
