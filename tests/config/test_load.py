"""Reading the settings: every fault names the key, the value and what is accepted."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from lineside.config import TEMPLATE, SettingsRefused, faults_of, load
from lineside.errors import ConfigError
from tests.config.support import TOYS, read, ward

# table → dotted key of the error, words that its text must hold
FAULTS: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({"data_dirr": "x"}, "data_dirr", ("unknown key", 'did you mean "data_dir"')),
    ({"data_dir": 7}, "data_dir", ("7 is not accepted", "text in quotes")),
    ({"web": {"adress": ":1"}}, "web.adress", ("unknown key", '"address"', "cert")),
    ({"web": {"address": 8000}}, "web.address", ("8000 is not accepted", "text in quotes")),
    ({"web": {"address": "8000"}}, "web.address", ('"8000" is not accepted', "host:port")),
    ({"web": {"address": "127.0.0.1:70000"}}, "web.address", ("70000", "port 0 to 65535")),
    ({"web": {"address": "::1:80"}}, "web.address", ("brackets",)),
    ({"web": {"address": "http://x:80"}}, "web.address", ("host:port",)),
    ({"web": "127.0.0.1:80"}, "web", ("wanted a table", "[web]")),
    ({"web": {"cert": "a.pem"}}, "web.key", ("missing", "web.cert is given")),
    ({"web": {"key": "a.pem"}}, "web.cert", ("missing", "web.key is given")),
    ({"web": {"hosts": ["a", 3]}}, "web.hosts[1]", ("3 is not accepted", "text in quotes")),
    ({"web": {"limits": {"connections": 3}}}, "web.limits.connections", ("unknown key", "connections_max")),
    ({"keys": {"file": "var/keys.toml"}}, "keys.file", ("inside data_dir", "outside")),
    ({"journal": {"url": "postgresql://x/y"}}, "journal.url", ("not built", "sqlite:")),
    ({"journal": {"keep_days": "ninety"}}, "journal.keep_days", ('"ninety" is not accepted', "number")),
    ({"log": {"level": "loud"}}, "log.level", ('"loud" is not accepted', '"debug"', '"warning"')),
    ({"supervise": {"stop_s": 0}}, "supervise.stop_s", ("0 is not accepted", "above 0")),
    ({"gateways": []}, "gateways", ("wanted tables like [gateways.ward]",)),
    ({"gateways": {"ward": 3}}, "gateways.ward", ("3 is not accepted", "[gateways.ward]")),
    ({"gateways": {"a/b": {"kind": "toy"}}}, "gateways.a/b", ("not accepted as a name", "1 to 64")),
    ({"gateways": {"x" * 65: {"kind": "toy"}}}, "gateways." + "x" * 65, ("not accepted as a name",)),
    ({"gateways": {"ward": {"line": "x"}}}, "gateways.ward.kind", ("missing", "toy")),
    ({"gateways": {"ward": {"kind": "toi"}}}, "gateways.ward.kind", ('"toi" is not a kind', 'did you mean "toy"')),
    ({"gateways": {"ward": {"kind": 5}}}, "gateways.ward.kind", ("5 is not a kind",)),
    ({"gateways": {"f": {"kind": "slots"}}}, "gateways.f.kind", ("not built in this version", "built: toy")),
    ({"gateways": {"f": {"kind": "casino"}}}, "gateways.f.kind", ("not built in this version",)),
    ({"gateways": {"ward": {"kind": "toy"}}}, "gateways.ward.line", ("missing", "text in quotes")),
    (ward(perod_s=1), "gateways.ward.perod_s", ("unknown key", 'did you mean "period_s"')),
    (ward(period_s=-1), "gateways.ward.period_s", ("-1 is not accepted", "at least 0 and at most 60")),
    (ward(period_s="fast"), "gateways.ward.period_s", ('"fast" is not accepted', "a number")),
    (ward(attempts_max=1.5), "gateways.ward.attempts_max", ("1.5 is not accepted", "whole number")),
    (ward(attempts_max=True), "gateways.ward.attempts_max", ("true is not accepted",)),
    (ward(profile="A"), "gateways.ward.profile", ('"A" is not accepted', "[0-9A-F]{2}")),
    (ward(ending="cr"), "gateways.ward.ending", ('"newline"', '"none"')),
    (ward(loud="yes"), "gateways.ward.loud", ("true or false",)),
    (ward(broadcast="127.0.0.1:1"), "gateways.ward.broadcast", ("a list of text in quotes",)),
    (ward(broadcast=["127.0.0.1:1", 5]), "gateways.ward.broadcast[1]", ("5 is not accepted",)),
    (ward(broadcast=["nowhere"]), "gateways.ward.broadcast[0]", ("host:port",)),
    (ward(broadcast=["127.0.0.1:8000"]), "gateways.ward.broadcast[0]", ("taken by web.address",)),
    (ward(door={"count": 12}), "gateways.ward.door.count", ("12 is not accepted", "at most 9")),
    (ward(door={"cuont": 1}), "gateways.ward.door.cuont", ('did you mean "count"',)),
    (ward(url="${NOT_SET}"), "gateways.ward.url", ("NOT_SET", "not set")),
    (ward(password_file="not-there"), "gateways.ward.password_file", ("cannot read", "not-there")),
    ({"sinks": {"rows": {"kind": "http"}}}, "sinks.rows.kind", ("not built in this version", "built: sql")),
    ({"sinks": {"rows": {}}}, "sinks.rows.kind", ("missing", "sql")),
    ({"sinks": {"rows": {"kind": "sql"}}}, "sinks.rows.url", ("missing",)),
    ({"sinks": {"ro ws": {"kind": "sql"}}}, "sinks.ro ws", ("not accepted as a name",)),
    ({"sinks": {"rows": 3}}, "sinks.rows", ("wanted a table like [sinks.rows]",)),
    ({"sinks": {"rows": {"kind": "sql", "url": "sqlite:///x", "gateways": ["x"]}}}, "sinks.rows.gateways[0]", ('"x"',)),
    ({"sinks": {"rows": {"kind": "sql", "url": "sqlite:///x", "table": "a;b"}}}, "sinks.rows.table", ('"a;b"',)),
    ({"sinks": {"rows": {"kind": "smoke"}}}, "sinks.rows.kind", ("not a kind of sink",)),
    ({"sinks": 3}, "sinks", ("3 is not accepted",)),
]


@pytest.mark.parametrize(("table", "key", "words"), FAULTS, ids=[key for _, key, _ in FAULTS])
def test_fault_names_key_value_and_what_is_accepted(table: dict[str, Any], key: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        read(table)
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key}: ")
    for word in words:
        assert word in str(caught.value)


def test_missing_certificate_is_told() -> None:
    with pytest.raises(SettingsRefused) as caught:
        read({"web": {"cert": "no.pem", "key": "no.key"}})
    assert [fault.key for fault in faults_of(caught.value)] == ["web.cert", "web.key"]
    assert '"no.pem" is not a file' in str(caught.value)


def test_all_faults_of_a_file_are_told_at_once() -> None:
    table = {**ward(period_s=-1, perod_s=1), "web": {"adress": "x"}, "log": {"level": "loud"}}
    with pytest.raises(SettingsRefused) as caught:
        read(table)
    keys = {fault.key for fault in faults_of(caught.value)}
    assert keys == {"gateways.ward.period_s", "gateways.ward.perod_s", "web.adress", "log.level"}
    assert len(str(caught.value).splitlines()) == 4


def test_empty_file_gives_the_defaults() -> None:
    settings = read({})
    assert settings.web.address == "127.0.0.1:8000"
    assert settings.data_dir == Path("var")
    assert settings.keys_file == Path("keys.toml")
    assert settings.gateways == {}


def test_gateway_is_decoded_into_its_own_config() -> None:
    gateway = read(ward(period_s=1)).gateways["ward"]
    assert (gateway.name, gateway.kind) == ("ward", "toy")
    assert gateway.config.period_s == 1.0
    assert gateway.config.broadcast == ("127.0.0.1:54320",)


def test_result_is_frozen() -> None:
    settings = read(ward())
    with pytest.raises(FrozenInstanceError):
        settings.data_dir = Path("x")  # type: ignore[misc]
    with pytest.raises(AttributeError):
        settings.gateways["ward"].config.line = "x"


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "lineside.toml"
    file.write_text('data_dir = "data"\n[keys]\nfile = "k.toml"\n')
    settings = load(file, TOYS, {})
    assert settings.data_dir == tmp_path / "data"
    assert settings.keys_file == tmp_path / "k.toml"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"data_dir = =\n", ("not valid TOML", "line 1")),
        (b"data_dir = 'a'\ndata_dir = 'b'\n", ("not valid TOML",)),
        (b"\xff\xfe", ("not valid TOML",)),
        (b"#" * (1 << 20) + b"#", ("longer than",)),
    ],
)
def test_unreadable_content_is_told_with_its_place(tmp_path: Path, content: bytes, words: tuple[str, ...]) -> None:
    file = tmp_path / "lineside.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(file, TOYS, {})
    for word in (str(file), *words):
        assert word in str(caught.value)


def test_missing_file_is_told_with_the_way_to_a_first_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="lineside init"):
        load(tmp_path / "none.toml", TOYS, {})


def test_template_has_only_keys_that_are_known() -> None:
    import tomllib

    table = tomllib.loads(TEMPLATE)
    table["gateways"]["ward"] = {"kind": "toy", "line": table["gateways"]["ward"]["line"]}
    assert read(table).warnings == ()
