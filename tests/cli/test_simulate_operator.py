"""simulate operator: orders reach the boards of a running server, and a server that is away is waited for."""

from __future__ import annotations

from tests.cli.conftest import Cli, DemoPlace


def test_codes_are_set_on_boards_of_the_demo(cli: Cli, demo: DemoPlace) -> None:
    done = cli("simulate", "operator", "--first", "200", "--duration", "8", *demo.data)
    assert done.code == 0
    kinds = [event["kind"] for event in cli("events", "--gateway", "hall", "--json", *demo.data).json_lines]  # type: ignore[index,call-overload]
    assert "CodeSet" in kinds


def test_no_server_is_no_end(cli: Cli) -> None:
    done = cli("simulate", "operator", "--first", "1", "--duration", "1.5")
    assert done.code == 0
    assert "no server runs" in done.err
