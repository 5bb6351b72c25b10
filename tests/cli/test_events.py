"""events: from a running server and from the journal itself."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli, DemoPlace
from tests.support.processes import lineside


def test_events_of_a_running_server(cli: Cli, demo: DemoPlace) -> None:
    assert cli("token", "create", "listed", *demo.data).code == 0
    found = cli("events", "--json", *demo.data).json_lines
    assert [event["seq"] for event in found] == sorted(event["seq"] for event in found)  # type: ignore[index]
    made = cli("events", "--json", "--kind", "TokenCreated", *demo.data).json_lines
    assert {event["kind"] for event in made} == {"TokenCreated"}  # type: ignore[index]
    assert cli("events", "--limit", "1", *demo.data).out.count("\n") == 1


def test_following_shows_what_is_recorded(demo: DemoPlace) -> None:
    with lineside("events", "--follow", "--json", *demo.data, folder=demo.folder) as reader:
        reader.wait_for('"seq"')  # it is there: the machines of the demo always have something to tell
        with lineside("token", "create", "followed", *demo.data, folder=demo.folder) as maker:
            assert maker.process.wait(30) == 0
        assert "TokenCreated" in reader.wait_for('"followed"')


def test_events_without_a_server(cli: Cli, recorded: Path) -> None:
    assert cli("token", "create", "a").code == 0
    assert cli("token", "create", "b").code == 0
    done = cli("events", "--json", "--kind", "TokenCreated")
    assert "using the demo's in var/demo" in done.err
    assert [event["data"]["label"] for event in done.json_lines] == ["a", "b"]  # type: ignore[index]
    newest = cli("events", "--json", "--limit", "1")
    assert [event["seq"] for event in cli("events", "--json", "--after", "1", "--limit", "1").json_lines] == [2]  # type: ignore[index]
    assert [event["data"]["label"] for event in newest.json_lines] == ["b"]  # type: ignore[index]
    followed = cli("events", "--follow")
    assert followed.code == 0
    assert "nothing more will come" in followed.err


def test_recorded_units_without_a_server(cli: Cli, recorded: Path) -> None:
    done = cli("units", "--json")
    assert [unit["unit"] for unit in done.json] == ["ward/1"]  # type: ignore[attr-defined]
    assert "no server runs on" in done.err
