"""``simulate``: one machine's side of a line, for demonstrations and tests, with faults on request."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lineside.cli.place import DataOption

simulate_app = typer.Typer(help="Play a machine against any server or line.", no_args_is_help=True)

FAULTS = "Faults on request"
Chance = Annotated[float, typer.Option(min=0.0, max=1.0, help="Chance per frame.", rich_help_panel=FAULTS)]
Seconds = Annotated[float, typer.Option(min=0.0, help="Seconds; 0 is never.", rich_help_panel=FAULTS)]


@simulate_app.command("ventilator")
def ventilator(
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Recording to play; a breathing lung without.")
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", help="Protocol version, for example A0; the file's without.")
    ] = "",
    rate: Annotated[
        float, typer.Option("--rate", min=0.0, help="Samples per second; the file's own pace without.")
    ] = 0.0,
    line: Annotated[
        str, typer.Option("--line", help="pty:PATH, socket://host:port or a device; pty:DATA_DIR/ttyEMU0 without.")
    ] = "",
    data_dir: DataOption = None,
    breathing: Annotated[bool, typer.Option("--breathing", help="Breathe from the start, without START.")] = False,
    alarm_every: Annotated[float, typer.Option("--alarm-every", min=0.0, help="Raise a random alarm, seconds.")] = 0.0,
    alarm_for: Annotated[float, typer.Option("--alarm-for", min=0.0, help="How long it lasts, seconds.")] = 2.0,
    duration: Annotated[float, typer.Option("--duration", min=0.0, help="End by itself after, seconds.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="Of every random choice; the same seed repeats the run.")] = 1,
    lost: Chance = 0.0,
    cut: Chance = 0.0,
    doubled: Chance = 0.0,
    late: Chance = 0.0,
    flipped: Chance = 0.0,
    nack: Chance = 0.0,
    unplug_every: Seconds = 0.0,
    unplug_for: Seconds = 2.0,
    silence_every: Seconds = 0.0,
    silence_for: Seconds = 5.0,
    wrong_version_every: Annotated[
        int, typer.Option(min=0, help="Each so-many-th payload claims a wrong version.", rich_help_panel=FAULTS)
    ] = 0,
    while_stdin: Annotated[bool, typer.Option("--while-stdin", help="End when standard input ends.")] = False,
) -> None:
    """Play a ventilator's controller on a serial line."""
    from lineside.adapters.far_end import open_far_end
    from lineside.ventilator.simulator import run_simulator, settings_from

    faults = {
        "lost": lost,
        "cut": cut,
        "doubled": doubled,
        "late": late,
        "flipped": flipped,
        "nack": nack,
        "unplug_every_s": unplug_every,
        "unplug_for_s": unplug_for,
        "silence_every_s": silence_every,
        "silence_for_s": silence_for,
        "wrong_version_every": wrong_version_every,
    }
    settings = settings_from(
        {
            "line": line,
            "data_dir": str(data_dir or "var"),
            "file": str(file or ""),
            "profile": profile,
            "rate_hz": rate,
            "breathing": breathing,
            "alarm_every_s": alarm_every,
            "alarm_for_s": alarm_for,
            "seed": seed,
            "duration_s": duration,
            "faults": faults,
        }
    )
    if while_stdin:
        end_with_stdin()
    run_simulator(settings, open_far_end)


def end_with_stdin() -> None:
    """Send SIGTERM to ourselves when standard input ends: whoever started us has gone, however it went."""
    import os
    import signal
    import sys
    import threading

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file on the command line."""
    app.add_typer(simulate_app, name="simulate")
