"""``run``, ``demo`` and ``reload``: the server itself."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineside.cli.output import FAILED, json_text, say, tell
from lineside.cli.place import DEMO_DATA, ConfigOption, DataOption, JsonOption, find_place, settings_file
from lineside.cli.reach import require_server
from lineside.errors import ConfigError

if TYPE_CHECKING:
    from lineside.config import Settings


def run(
    config: ConfigOption = None,
    data_dir: DataOption = None,
    use_dump_data: Annotated[
        bool,
        typer.Option(
            "--use-dump-data",
            "--use-dump-file",
            help="Every ventilator's line is the emulator's: pty:DATA_DIR/ttyEMU0.",
        ),
    ] = False,
    broadcast_period: Annotated[
        float | None, typer.Option("--broadcast-period", min=0.0, max=60.0, help="period_s of every ventilator.")
    ] = None,
) -> None:
    """Run the gateways named in the settings, until SIGTERM or Ctrl-C; SIGHUP reads the settings again."""
    from lineside.app.login import note_path
    from lineside.app.running import serve

    def read() -> Settings:
        return read_settings(settings_file(config), data_dir, use_dump_data, broadcast_period)

    def on_web(login_url: str) -> None:
        if sys.stdout.isatty():
            say(f"open {login_url}")
        else:  # a log file or a service's journal must hold no login code
            tell(f"login URL (one use, ten minutes) in {note_path(settings.data_dir)}; `lineside login` makes another")

    settings = read()
    serve(settings, reread=read, on_web=on_web)


def read_settings(
    path: Path | None, data_dir: Path | None, use_dump_data: bool, broadcast_period: float | None
) -> Settings:
    """The settings of a file with what the command line lays over them.

    Without a file, ``--use-dump-data`` alone is enough: one ventilator called ward.

    Raises:
        ConfigError: no file and nothing else to run, or a fault in it.
    """
    import os

    from lineside.app.kinds import SETTINGS_KINDS
    from lineside.config import read_table, settings_from_table

    if path is None and not use_dump_data:
        raise ConfigError("no lineside.toml here and none named with -c; `lineside init` writes a first one")
    table = read_table(path) if path is not None else {"gateways": {"ward": {"kind": "ventilator", "line": "pty:-"}}}
    settings = settings_from_table(_laid_over(table, broadcast_period), SETTINGS_KINDS, os.environ, source=path)
    if data_dir is not None:
        settings = replace(settings, data_dir=data_dir)
    return _on_dump_data(settings) if use_dump_data else settings


def _laid_over(table: dict[str, Any], broadcast_period: float | None) -> dict[str, Any]:
    gateways = table.get("gateways")
    if broadcast_period is not None and isinstance(gateways, dict):
        for gateway in gateways.values():
            if isinstance(gateway, dict) and gateway.get("kind") == "ventilator":
                gateway["period_s"] = broadcast_period
    return table


def _on_dump_data(settings: Settings) -> Settings:
    import msgspec

    from lineside.ventilator.simulator import default_line

    ventilators = [gateway for gateway in settings.gateways.values() if gateway.kind == "ventilator"]
    warnings = settings.warnings
    if len(ventilators) > 1:
        names = ", ".join(gateway.name for gateway in ventilators)
        warnings = (*warnings, f"--use-dump-data: {names} share the line of one emulator; the first one gets it")
    line = default_line(str(settings.data_dir))
    changed = {
        gateway.name: replace(gateway, config=msgspec.structs.replace(gateway.config, line=line, simulated=True))
        for gateway in ventilators
    }
    return replace(settings, gateways={**settings.gateways, **changed}, warnings=warnings)


def demo(
    only: Annotated[str, typer.Option("--only", metavar="KIND,…", help="Kinds to run; all without.")] = "",
    data_dir: Annotated[Path, typer.Option("--data-dir", help="The demo's own data folder.")] = DEMO_DATA,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Of the console; 8000 or a free one.")
    ] = None,
    duration: Annotated[float | None, typer.Option("--duration", min=0.1, help="End by itself after, seconds.")] = None,
) -> None:
    """Run every gateway with its simulator, on data of its own and for this machine alone; print the URL."""
    from lineside.app.demo import prepare
    from lineside.app.running import serve

    kinds = tuple(kind.strip() for kind in only.split(",") if kind.strip())
    made = prepare(data_dir, kinds, port, tell)
    for line in made.ports.moved:
        tell(line)
    # Printed wherever it goes: the page is reachable from this machine alone and shows made-up data.
    serve(made.settings, on_web=lambda url: say(f"open {url}"), duration_s=duration, beside=made.simulate)


def reload(config: ConfigOption = None, data_dir: DataOption = None, as_json: JsonOption = False) -> None:
    """Have the running server read its settings again; only gateways that changed are restarted."""
    with require_server(find_place(config, data_dir)) as server:
        done = server.post("/api/reload")
    if as_json:
        say(json_text(done))
    else:
        for line in done["changes"]:
            say(line)
        tell(f"refused: {done['refused']}" if done["refused"] else "taken over" if done["changes"] else "no change")
    if done["refused"]:
        raise typer.Exit(FAILED)


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file on the command line."""
    app.command()(demo)
    app.command()(run)
    app.command()(reload)
