"""``simulate table``: the reporters of live-roulette tables, for demonstrations and tests, with faults on request."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from lineside.cli.output import refuse
from lineside.cli.simulate import FAULTS, Chance, Seconds, end_with_stdin, simulate_app


@simulate_app.command("table")
def table(
    server: Annotated[
        str, typer.Option("--server", "--url", help="host:port or ws://host:port.")
    ] = "ws://127.0.0.1:8080",
    tables: Annotated[int, typer.Option("--tables", min=1, help="How many: ARO-001, SBO-001, BAC-001, ARO-002 …")] = 1,
    name: Annotated[list[str] | None, typer.Option("--name", help="A table by name; may be repeated.")] = None,
    reporters: Annotated[int, typer.Option("--reporters", min=1, max=4, help="PCs of each table.")] = 3,
    dialects: Annotated[str, typer.Option("--dialects", help="Spoken in turn: letters of abcd.")] = "abc",
    period: Annotated[
        float, typer.Option("--period", min=0.001, help="About how long a table stays as it is, s.")
    ] = 10.0,
    maintenance_every: Annotated[
        float, typer.Option("--maintenance-every", min=0.0, help="People work at each table about so often, s.")
    ] = 0.0,
    maintenance_for: Annotated[float, typer.Option("--maintenance-for", min=0.0, help="And so long, s.")] = 60.0,
    token: Annotated[str, typer.Option("--token", help="Of every reporter; others may see it here.")] = "",
    token_file: Annotated[Path | None, typer.Option("--token-file", help="File with the token.")] = None,
    duration: Annotated[float, typer.Option("--duration", min=0.0, help="End by itself after, seconds.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="Of every random choice; the same seed repeats the story.")] = 1,
    flaky: Annotated[
        float,
        typer.Option("--flaky", min=0.0, max=1.0, help="Part of the reporters that misbehave.", rich_help_panel=FAULTS),
    ] = 0.0,
    drop_every: Seconds = 120.0,
    drop_for: Seconds = 20.0,
    silence_every: Seconds = 0.0,
    silence_for: Seconds = 60.0,
    garbage: Chance = 0.0,
    while_stdin: Annotated[bool, typer.Option("--while-stdin", help="End when standard input ends.")] = False,
) -> None:
    """Play the reporters of live-roulette tables against a server."""
    from lineside.adapters.web_socket_client import open_web_socket
    from lineside.studio.simulator import run_simulator, settings_from

    faults = {
        "flaky": flaky,
        "drop_every_s": drop_every,
        "drop_for_s": drop_for,
        "silence_every_s": silence_every,
        "silence_for_s": silence_for,
        "garbage": garbage,
    }
    settings = settings_from(
        {
            "url": server,
            "tables": tables,
            "names": name or [],
            "reporters": reporters,
            "dialects": dialects,
            "period_s": period,
            "maintenance_every_s": maintenance_every,
            "maintenance_for_s": maintenance_for,
            "token": _token(token, token_file),
            "seed": seed,
            "duration_s": duration,
            "faults": faults,
        }
    )
    if while_stdin:
        end_with_stdin()
    # A simulated PC that hangs must look dead to the server alone, so it does not ask the server for signs of life.
    run_simulator(settings, partial(open_web_socket, heartbeat_s=None))


def _token(given: str, file: Path | None) -> str:
    if file is None:
        return given or "SIMULATED"
    if given:
        refuse("--token and --token-file contradict each other")
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{file} cannot be read: {error}")
