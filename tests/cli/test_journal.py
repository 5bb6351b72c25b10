"""journal and keys: on a closed journal, and beside a running server."""

from __future__ import annotations

import stat
from pathlib import Path

from lineside.runtime.data_lock import DataLock
from tests.cli.conftest import Cli, DemoPlace


def flip_a_byte(journal: Path, of: bytes) -> None:
    """Damage one event where its text stands."""
    data = bytearray(journal.read_bytes())
    place = data.index(of)
    data[place] ^= 0x01
    journal.write_bytes(bytes(data))


def test_verify_is_well_after_a_clean_end(cli: Cli, recorded: Path) -> None:
    done = cli("journal", "verify")
    assert done.code == 0
    assert done.out.startswith("ok: 1 events in 1 streams")
    assert cli("journal", "verify", "--json").json["ok"] is True  # type: ignore[index]


def test_verify_finds_a_changed_event(cli: Cli, recorded: Path) -> None:
    flip_a_byte(recorded / "journal.db", b"nobody answered")
    done = cli("journal", "verify")
    assert done.code == 1
    assert "ward/1" in done.out


def test_verify_beside_a_running_server(cli: Cli, demo: DemoPlace) -> None:
    assert cli("journal", "verify", *demo.data).out.startswith("ok: ")


def test_backup_is_restored_in_a_new_era(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    assert cli("journal", "backup", "copy.db").code == 0
    assert cli("journal", "backup", "copy.db").code == 2
    assert cli("token", "create", "later").code == 0
    asked = cli("journal", "restore", "copy.db")
    assert asked.code == 0
    assert "--yes does it" in asked.err
    done = cli("journal", "restore", "copy.db", "--yes", "--json")
    assert (done.code, done.json["era"], done.json["gone_events"]) == (0, 2, 1)  # type: ignore[index]
    kinds = [event["kind"] for event in cli("events", "--json").json_lines]  # type: ignore[index]
    assert "TokenCreated" not in kinds
    assert "EraOpened" in kinds
    assert cli("journal", "verify").code == 0


def test_backup_beside_a_running_server(cli: Cli, demo: DemoPlace, tmp_path: Path) -> None:
    assert cli("journal", "backup", "copy.db", *demo.data).code == 0
    assert (tmp_path / "copy.db").stat().st_size > 0


def test_restore_and_repair_wait_for_the_servers_end(cli: Cli, demo: DemoPlace, tmp_path: Path) -> None:
    (tmp_path / "copy.db").touch()
    for command in (("restore", "copy.db", "--yes"), ("repair", "--yes")):
        done = cli("journal", *command, *demo.data)
        assert done.code == 1
        assert "stop it first" in done.err


def test_restore_of_something_else_changes_nothing(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("no database")
    before = (recorded / "journal.db").read_bytes()
    assert cli("journal", "restore", "copy.db", "--yes").code == 1
    assert cli("journal", "restore", "none.db", "--yes").code == 2
    assert (recorded / "journal.db").read_bytes() == before


def test_repair_says_what_would_go_before_it_does(cli: Cli, recorded: Path) -> None:
    flip_a_byte(recorded / "journal.db", b"nobody answered")
    asked = cli("journal", "repair")
    assert asked.code == 0
    assert "lost: ward/1 versions 1 to 1" in asked.out
    assert "nothing was changed" in asked.err
    assert cli("journal", "verify").code == 1
    done = cli("journal", "repair", "--yes", "--reason", "test")
    assert "1 go" in done.out
    assert cli("journal", "verify").code == 0


def test_compact_works_with_and_without_a_server(cli: Cli, recorded: Path, demo: DemoPlace) -> None:
    assert cli("journal", "compact").code == 0
    assert cli("journal", "compact", "--json", *demo.data).json["pruned_events"] == 0  # type: ignore[index]


def test_tool_waits_for_nobody_when_the_folder_is_held_without_a_server(cli: Cli, recorded: Path) -> None:
    """A process that holds the folder and has no control socket (one that is just starting) is told of in words."""
    lock = DataLock.take(recorded)
    try:
        done = cli("journal", "verify")
    finally:
        lock.close()
    assert done.code == 1
    assert "no server answers" in done.err


def test_keys_are_copied_for_their_owner_alone(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    assert cli("keys", "backup", "copy.toml").code == 0
    assert (tmp_path / "copy.toml").read_bytes() == (tmp_path / "var" / "demo.keys.toml").read_bytes()
    assert stat.S_IMODE((tmp_path / "copy.toml").stat().st_mode) == 0o600
    assert cli("keys", "backup", "copy.toml").code == 2
    assert cli("keys", "backup", str(recorded / "copy.toml")).code == 2


def test_lost_keys_are_told(cli: Cli, recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "var" / "demo.keys.toml").unlink()
    for command in (("journal", "verify"), ("keys", "backup", "copy.toml"), ("events",)):
        done = cli(*command)
        assert done.code == 2
        assert "demo.keys.toml" in done.err
