"""The seeds' own files: what is taken, what is told, what is refused, and that nothing secret leaves."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from lineside.config import Kind, load
from lineside.config.seed_files import Built, Move, Outcome, read_left_over, read_seed
from lineside.config.seed_files import database as databases
from lineside.config.seed_files.findings import shown
from lineside.config.seed_files.synonyms import ALONE, markdown
from lineside.errors import ConfigError

PAGE = Path(__file__).parents[2] / "docs" / "seed-files.md"
HUNTER = "hun$ter;2 #${HOME}"


class ToyLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a floor."""

    line: str
    machines: tuple[Annotated[int, Meta(ge=1, le=127)], ...]
    line_mode: str = ""


class ToySlots(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings as the slots house may have them."""

    kind: Literal["slots"] = "slots"
    line: str = ""
    line_mode: Literal["mark_space", "even", "none"] = "mark_space"
    machines: tuple[int, ...] = ()
    poll_ms: int = 200
    lines: dict[str, ToyLine] = {}


class ToyLockers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings as the lockers house has them."""

    kind: Literal["lockers"] = "lockers"
    address: str
    unknown: str = ""


KINDS: Mapping[str, Kind] = {
    "slots": Kind(ToySlots, lines=lambda config: [("line", config.line)]),
    "lockers": Kind(ToyLockers, lambda config: [("address", config.address)]),
}
ALL = Built(KINDS, {"gaming_transactions": "meters"})
NONE = Built({}, {})


def put(folder: Path, files: Mapping[str, Any]) -> Path:
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def move(folder: Path, files: Mapping[str, Any], built: Built = ALL) -> Move:
    """Read the seed, and make sure that the file it gives is accepted as it stands."""
    seed = folder / "old"
    seed.mkdir()
    target = folder / "lineside.toml"
    result = read_seed(put(seed, files), target, built)
    put(folder, {target.name: result.text, **{secret.name: secret.text.reveal() + "\n" for secret in result.secrets}})
    load(target, built.kinds, {})
    return result


def told(result: Move, outcome: Outcome) -> set[str]:
    return {finding.place for finding in result.findings if finding.outcome is outcome}


def table(result: Move) -> dict[str, Any]:
    return tomllib.loads(result.text)


def test_lockers_env_becomes_a_hall_that_loses_no_codes(tmp_path: Path) -> None:
    text = (
        '\ufeff# old\r\nSERVER_HOST="10.0.0.2"  # here\r\nexport SERVER_PORT = 5001\r\nMAX_CONNECTIONS=10\r\n'
        "REDIS_HOST=r\nREDIS_PORT=6379\nREDIS_DB=0\nLOG_LEVEL=WARN\nLOG_FILE='a b.log'\n"
    )
    result = move(tmp_path, {".env": text})
    hall = {"kind": "lockers", "address": "10.0.0.2:5001", "unknown": "pending"}
    assert table(result)["gateways"] == {"hall": hall}
    assert table(result)["log"] == {"level": "warning"}
    assert told(result, Outcome.TAKEN) == {".env: SERVER_HOST", ".env: SERVER_PORT", ".env: LOG_LEVEL"}
    assert len(told(result, Outcome.LEFT)) == 5
    assert "would delete the codes" in result.warnings[0]


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("", "5000", "0.0.0.0:5000"),
        ("::1", "5000", "[::1]:5000"),
        ("a b", "5000", "127.0.0.1:5000"),
        ("x:y", "5000", "127.0.0.1:5000"),
        ("localhost", "70000", "localhost:5000"),
        ("localhost", "5e3", "localhost:5000"),
        ("localhost", "", "localhost:5000"),
    ],
)
def test_hall_listens_where_the_original_did_or_says_why_not(
    tmp_path: Path, host: str, port: str, address: str
) -> None:
    result = move(tmp_path, {".env": f"SERVER_HOST={host}\nSERVER_PORT={port}\n"})
    assert table(result)["gateways"]["hall"]["address"] == address


def test_web_gives_way_to_a_gateway_on_its_port(tmp_path: Path) -> None:
    result = move(tmp_path, {".env": "SERVER_PORT=8000\n"})
    assert table(result)["web"]["address"] == "127.0.0.1:8001"
    assert "web.address" in told(result, Outcome.CHANGED)


def test_one_line_of_slots_becomes_a_floor_in_even_parity(tmp_path: Path) -> None:
    files = {".env": "SERIAL_PORT=/dev/ttyUSB3\n", "settings.json": {"sasAddress": "0x05", "poll_interval_s": 0.5}}
    result = move(tmp_path, files)
    floor = {"kind": "slots", "line": "/dev/ttyUSB3", "machines": [5], "line_mode": "even", "poll_ms": 500}
    assert table(result)["gateways"] == {"floor": floor}
    assert "only where nothing does" in result.warnings[0]
    # The toy knows no profile, so that this key alone is commented out, with the settings' own words.
    assert '# profile = "seed"' in result.text
    assert "# Commented out: profile: unknown key" in result.text


def test_listeners_become_lines_and_machines_of_one_port_share_it(tmp_path: Path) -> None:
    listeners = [
        {"name": "a 12", "port": "/dev/ttyUSB0", "address": 1},
        {"name": "other", "com_port": "ttyUSB0", "address": 2},
        {"name": "a 12", "device": "socket://10.0.0.9:4001", "addresses": [3, 4]},
        {"name": "off", "port": "/dev/ttyUSB9", "enabled": False},
        {"name": "win", "port": "com7", "address": 9},
    ]
    result = move(tmp_path, {"settings.json": {"parity": "MARK"}, "listeners.json": {"listeners": listeners}})
    floor = table(result)["gateways"]["floor"]
    assert floor["line_mode"] == "mark_space"
    assert floor["lines"] == {
        "a-12": {"line": "/dev/ttyUSB0", "machines": [1, 2]},
        "a-12-2": {"line": "socket://10.0.0.9:4001", "machines": [3, 4]},
    }
    assert result.warnings == ()
    assert "COM7 is a port of Windows" in result.off["gateways.floor.lines.win"]


def test_listeners_by_name_with_modes_of_their_own(tmp_path: Path) -> None:
    listeners = {"left": {"port": "/dev/ttyS0"}, "right": {"port": "/dev/ttyS1", "parity": "N"}}
    result = move(tmp_path, {"listeners.json": listeners})
    lines = table(result)["gateways"]["floor"]["lines"]
    assert {name: line["line_mode"] for name, line in lines.items()} == {"left": "even", "right": "none"}


def test_unknown_keys_are_told_and_never_guessed(tmp_path: Path) -> None:
    settings = {
        "interval": 5,
        "port": 1433,
        "address": "0.0.0.0",
        "password": HUNTER,
        "redis": {"password": HUNTER},
        "meters": [1, 2],
        'x"\n[gateways.evil]\nkind = "slots"\n': HUNTER,
    }
    result = move(tmp_path, {"settings.json": settings})
    assert len(told(result, Outcome.UNKNOWN)) == len(settings)
    assert "gateways" not in table(result)
    assert "no file names a serial port" in result.off["gateways.floor"]
    assert not any(part in str(result) for part in (HUNTER, "\n[gateways.evil]"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("serial_port", 3),
        ("serial_port", "LPT1"),
        ("serial_port", "/dev/ttyUSB0\n[x]"),
        ("sas_address", 0),
        ("sas_address", 1.5),
        ("sas_address", True),
        ("sas_addresses", [1, "x"]),
        ("poll_ms", "fast"),
        ("poll_ms", 60_000),
        ("parity", 2),
        ("baudrate", 9600),
        ("db_host", ["a"]),
        ("db_password", {}),
        ("db_table", "a;b"),
        ("db_user", "${USER}"),
    ],
)
def test_wrong_values_are_told_and_left_out(tmp_path: Path, key: str, value: Any) -> None:
    result = move(tmp_path, {"settings.json": {key: value}})
    assert told(result, Outcome.WRONG) - {"database"} == {f"settings.json: {key}"}
    assert "gateways" not in table(result)


def test_first_of_two_keys_that_mean_the_same_counts(tmp_path: Path) -> None:
    result = move(tmp_path, {".env": "SERIAL_PORT=/dev/a\n", "settings.json": {"serial": {"port": "/dev/b"}}})
    assert table(result)["gateways"]["floor"]["line"] == "/dev/a"
    assert told(result, Outcome.LEFT) == {"settings.json: serial.port"}


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        (".env", "A=1\nnothing secret-hunter2\n", "line 2: wanted KEY=value"),
        (".env", "A='hunter2\n", "line 1: a quote is not closed"),
        ("settings.json", '{"password": "hunter2"', "torn or no JSON at line 1, column 23"),
        ("settings.json", "", "torn or no JSON at line 1, column 1"),
        ("settings.json", '["hunter2"]', "wanted an object"),
        ("settings.json", '{"a": NaN}', "a number that is none"),
        ("settings.json", '{"a": "\\ud800"}', "half a character"),
        ("settings.json", '{"a":' * 40 + "1" + "}" * 40, "nested deeper"),
        ("settings.json", "[" * 100_000, "nested too deep"),
        ("listeners.json", '"hunter2"', "wanted an object or a list"),
        ("config.json", " " * (1 << 20) + "{}", "is longer than"),
    ],
)
def test_torn_files_are_refused_without_their_content(tmp_path: Path, name: str, text: str, error: str) -> None:
    put(tmp_path, {name: text})
    with pytest.raises(ConfigError) as caught:
        read_seed(tmp_path, tmp_path / "lineside.toml", ALL)
    assert f"{name}: " in str(caught.value)
    assert error in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_files_that_are_no_text_and_folders_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("A=ü".encode("utf-16"))
    (tmp_path / "settings.json").mkdir()
    with pytest.raises(ConfigError) as caught:
        read_seed(tmp_path, tmp_path / "lineside.toml", ALL)
    assert ".env: is not UTF-8 text at byte 0" in str(caught.value)
    assert "settings.json: is not a file" in str(caught.value)
    with pytest.raises(ConfigError, match="is not a folder"):
        read_seed(tmp_path / "none", tmp_path / "lineside.toml", ALL)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="holds none of"):
        read_seed(tmp_path / "empty", tmp_path / "lineside.toml", ALL)


DATABASE = {"port": "/dev/ttyUSB0", "db": {"host": "10.0.0.5", "name": "floor", "user": "sa", "password": HUNTER}}
IN_URL = "hun%24ter%3B2%20%23%24%7BHOME%7D"


def test_database_becomes_a_sink_with_its_password_in_a_file_of_its_own(tmp_path: Path) -> None:
    result = move(tmp_path, {"settings.json": DATABASE})
    (secret,) = result.secrets
    assert secret.name == "lineside.gaming_transactions.url"
    url = f"mssql+pyodbc://sa:{IN_URL}@10.0.0.5/floor?driver=ODBC+Driver+18+for+SQL+Server"
    assert secret.text.reveal() == url
    sink = {"kind": "sql", "url_file": secret.name, "rows": "meters", "gateways": ["floor"]}
    assert table(result)["sinks"] == {"gaming_transactions": sink}
    assert load(tmp_path / "lineside.toml", KINDS, {}).sinks["gaming_transactions"].config.url.reveal() == url
    assert HUNTER not in str(result)
    assert IN_URL not in str(result)


@pytest.mark.parametrize(
    "text",
    [
        f"DRIVER={{SQL Server}};SERVER=tcp:db1,1433;DATABASE=floor;UID=sa;PWD={{{HUNTER.replace('}', '}}')}}};App=x",
        f"mssql://sa:{IN_URL}@db1:1433/floor",
        f"mssql+pyodbc:///?odbc_connect=SERVER%3Ddb1%3BDATABASE%3Dfloor%3BUID%3Dsa%3BPWD%3D%7B{IN_URL}%7D%7D",
    ],
)
def test_connection_strings_and_urls_keep_the_password_where_it_is_masked(tmp_path: Path, text: str) -> None:
    result = move(tmp_path, {"settings.json": {"port": "/dev/ttyUSB0", "connectionString": text}})
    (secret,) = result.secrets
    assert secret.text.reveal().startswith(f"mssql+pyodbc://sa:{IN_URL}@db1")
    assert HUNTER not in str(result)
    assert IN_URL not in str(result)


@pytest.mark.parametrize(
    "parts",
    [
        {"db_host": "h"},
        {"db_host": "h/x?y", "db_name": "n"},
        {"db_host": "h", "db_name": "n?x=1"},
        {"db_host": "h", "db_name": "n", "db_port": "99999"},
        {"db_url": "jdbc:sqlserver://h;password=hunter2"},
        {"db_url": "postgresql://h/db?password=hunter2"},
        {"connection_string": "hunter2"},
    ],
)
def test_a_database_that_is_not_known_well_enough_is_commented_out(tmp_path: Path, parts: dict[str, str]) -> None:
    result = move(tmp_path, {"settings.json": {"port": "/dev/ttyUSB0", **parts}})
    assert result.secrets == ()
    assert "sinks.gaming_transactions" in result.off
    assert "sinks" not in table(result)
    assert "hunter2" not in str(result)


def test_an_instance_of_the_database_server_is_kept() -> None:
    url = databases.url_of_parts({"server": r"db1\FLOOR", "name": "a b", "trust": "True", "windows_login": "yes"})
    query = "driver=ODBC+Driver+18+for+SQL+Server&TrustServerCertificate=yes&Trusted_Connection=yes"
    assert url.reveal() == rf"mssql+pyodbc://db1\FLOOR/a%20b?{query}"


def test_what_is_not_built_is_commented_out_and_says_so(tmp_path: Path) -> None:
    files = {".env": "SERVER_PORT=5000\n", "settings.json": DATABASE, "config.json": {"http_port": 8080}}
    result = move(tmp_path, files, NONE)
    assert set(table(result)) == {"data_dir", "keys", "web"}
    assert set(result.off) == {"gateways.floor", "gateways.hall", "gateways.casino", "sinks.gaming_transactions"}
    assert '"slots" is not built in this version' in result.off["gateways.floor"]
    live = result.text.replace("\n# ", "\n").replace('profile = "seed"', "# ")
    assert '[gateways.floor]\nkind = "slots"\nline = "/dev/ttyUSB0"\n' in live


def test_casino_config_gives_the_web_port_and_keeps_its_secrets(tmp_path: Path) -> None:
    config = {
        "http_port": 8080,
        "num_procs": 4,
        "cert": "c.pem",
        "certkey": "k.pem",
        "fb_app_secret": "hunter2",
        "rgs_auth": {"X-Key": "hunter2"},
        "api_v1_keys": ["hunter2"],
        "colour": "hunter2",
    }
    (tmp_path / "plain").mkdir()
    result = move(tmp_path / "plain", {"config.json": config})
    assert table(result)["web"] == {"address": "127.0.0.1:8080"}
    assert told(result, Outcome.UNKNOWN) == {"config.json: colour"}
    assert told(result, Outcome.WRONG) == {"config.json: cert", "config.json: certkey"}
    assert "hunter2" not in str(result)
    (tmp_path / "tls").mkdir()
    result = move(tmp_path / "tls", {"config.json": config, "c.pem": "x", "k.pem": "y"})
    assert set(table(result)["web"]) == {"address", "cert", "key"}


def test_left_over_alone_tells_of_a_floor(tmp_path: Path) -> None:
    assert read_left_over(tmp_path) is None
    assert "gateways.floor" in move(tmp_path, {"tmp_db_data.json": "[]"}).off


def test_shown_text_is_one_short_line() -> None:
    assert shown("settings.json") == "settings.json"
    assert shown("a\x1b[31m\n") == '"a\\u001b[31m\\n"'
    assert len(shown("x" * 1000)) == 60


def test_page_lists_every_name_that_is_understood() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert markdown() in page
    assert all(f"`{name}`" in page for name in ALONE)
