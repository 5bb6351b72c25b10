"""simulate egm: slot machines as a command."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.cli import simulate_slots  # noqa: F401 - puts its command on `simulate`
from lineside.cli.simulate import simulate_app
from lineside.slots import simulator
from lineside.slots.simulator import PROFILES, Keyboard, SimulatorSettings
from tests.cli.conftest import Cli

Run = tuple[SimulatorSettings, Keyboard]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The settings of the runs, none of which happens."""
    runs: list[Run] = []

    def note(settings: SimulatorSettings, _: Any, *, keyboard: Keyboard) -> None:
        runs.append((settings, keyboard))

    monkeypatch.setattr(simulator, "run_simulator", note)
    return runs


def test_command_is_part_of_simulate() -> None:
    assert "egm" in [command.name for command in simulate_app.registered_commands]


def test_options_without_any_are_the_defaults(cli: Cli, played: list[Run]) -> None:
    assert cli("simulate", "egm").code == 0
    assert played == [(SimulatorSettings(), Keyboard.NONE)]


def test_options_reach_the_simulator(cli: Cli, played: list[Run]) -> None:
    options = (
        "--line nine://h:1 --line pty:x -n 2 --address 5 --state kept --profile merkur --play 30 --drop 0.5 --slow"
    )
    more = "--no-aft --denomination 02 --games 2 --validation system --power-every 60 --paced --interactive"
    done = cli("simulate", "egm", *options.split(), *more.split())
    assert done.code == 0, done.err
    ((settings, keyboard),) = played
    assert settings.lines == ("nine://h:1", "pty:x")
    assert (settings.machines, settings.address, settings.state_dir, settings.play) == (2, 5, "kept", 30)
    machine = settings.machine_at(0)
    assert (machine.fast, machine.aft, machine.denomination, machine.games) == (False, False, 2, 2)
    assert machine.profile == PROFILES["merkur"]
    assert (settings.faults.drop, settings.faults.power_every_s, settings.paced) == (0.5, 60, True)
    assert keyboard is Keyboard.WORDS


@pytest.mark.parametrize(
    "options", [("--profile", "nobody"), ("--validation", "magic"), ("--denomination", "x"), ("--line", "tape:1")]
)
def test_what_cannot_be_simulated_is_refused_with_2(cli: Cli, options: tuple[str, str]) -> None:
    done = cli("simulate", "egm", *options, "--duration", "0.1")
    assert done.code == 2
    assert done.err


def test_machines_say_what_they_see_on_standard_error(cli: Cli) -> None:
    done = cli("simulate", "egm", "--line", "nine://127.0.0.1:0", "-n", "3", "--duration", "0.1")
    assert done.code == 0
    assert "3 machines, 1 to 3 on nine://127.0.0.1:" in done.err
    assert "faults of the host:        none" in done.err
