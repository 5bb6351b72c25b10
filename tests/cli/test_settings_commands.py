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
