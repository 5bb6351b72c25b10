"""simulate board: locker boards as a command."""

from __future__ import annotations

import pytest

from lineside.cli import simulate_lockers  # noqa: F401 - puts its command on `simulate`
from lineside.cli.simulate import simulate_app
from lineside.lockers import simulator
from lineside.lockers.simulator import Channels, ListsCleared, SimulatorSettings
from tests.cli.conftest import Cli


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[SimulatorSettings]:
    """The settings of the runs, none of which happens."""
    runs: list[SimulatorSettings] = []
    monkeypatch.setattr(simulator, "run_simulator", runs.append)
    return runs


def test_command_is_part_of_simulate() -> None:
    assert "board" in [command.name for command in simulate_app.registered_commands]


def test_options_without_any_are_the_defaults(cli: Cli, played: list[SimulatorSettings]) -> None:
    assert cli("simulate", "board").code == 0
    assert played == [SimulatorSettings()]


def test_options_reach_the_simulator(cli: Cli, played: list[SimulatorSettings]) -> None:
    options = "--server h:1 --id 7 -n 3 --columns 5 --rows 6 --missing 6 --missing 7 --channels both --late 0.5 --fresh"
    more = "--keep-lists --keep-countdown --stay-blocked --no-reboot --use-every 9 --codes --final-eol --eol lf"
    done = cli("simulate", "board", *options.split(), *more.split())
    assert done.code == 0, done.err
    (settings,) = played
    assert settings.names() == ["7", "8", "9"]
    assert (settings.server, settings.columns, settings.rows, settings.missing) == ("h:1", 5, 6, (6, 7))
    assert (settings.channels, settings.lists_cleared) == (Channels.BOTH, ListsCleared.REBOOT)
    assert settings.faults.late == 0.5
    off = (settings.keep_connection, settings.restarts_countdown, settings.unblocks, settings.obeys_reboot)
    assert off == (False,) * 4
    assert settings.tell_codes
    assert settings.final_eol


@pytest.mark.parametrize("options", [("--channels", "lan"), ("--id", "a b"), ("--wifi-every", "5"), ("--server", "x")])
def test_what_cannot_be_simulated_is_refused_with_2(cli: Cli, options: tuple[str, str]) -> None:
    done = cli("simulate", "board", *options, "--duration", "0.1")
    assert done.code == 2
    assert done.err


def test_boards_say_what_they_see_on_standard_error(cli: Cli) -> None:
    done = cli("simulate", "board", "--server", "127.0.0.1:9", "--duration", "0.2", "--timeout", "0.05")
    assert done.code == 0
    assert "board 1953, 8 x 8 cells, for 127.0.0.1:9" in done.err
    assert "requests:                  0" in done.err
