"""``init``, ``check`` and ``config``: write, check and print the settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from lineside.cli.output import WRONG, json_text, refuse, say, tell, tell_error
from lineside.cli.place import ConfigOption, JsonOption, settings_file
from lineside.errors import ConfigError


def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("lineside.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented settings file."""
    from lineside.config import TEMPLATE

    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        file = os.open(path, flags, 0o644)
    except FileExistsError:
        refuse(f"{path} is there already; --force replaces it")
    except OSError as error:
        refuse(f"cannot write {path}: {error.strerror}")
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(TEMPLATE)
    tell(f"wrote {path}; set the line of your machine in it, then: lineside check && lineside run")


def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say whether the settings are right; each fault with its key, the value and what is accepted."""
    from lineside.app.kinds import EXPORTS, SETTINGS_KINDS
    from lineside.app.sinks import check_rows
    from lineside.config import faults_of, load

    path = settings_file(config)
    try:
        settings = load(path, SETTINGS_KINDS)
        for sink in settings.sinks.values():
            check_rows(sink, EXPORTS)
    except ConfigError as error:
        if as_json:
            faults = [{"key": fault.key, "message": str(fault)} for fault in faults_of(error)]
            say(json_text({"ok": False, "file": str(path), "faults": faults}))
        else:
            tell_error(error)
        raise typer.Exit(WRONG) from None
    gateways = [{"name": gateway.name, "kind": gateway.kind} for gateway in settings.gateways.values()]
    if as_json:
        say(json_text({"ok": True, "file": str(path), "warnings": settings.warnings, "gateways": gateways}))
        return
    for warning in settings.warnings:
        tell(f"warning: {warning}")
    names = ", ".join(f"{gateway['name']} ({gateway['kind']})" for gateway in gateways) or "none"
    say(f"{path or 'defaults'}: ok; gateways: {names}")


def config(
    config: ConfigOption = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the file instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the settings in force, defaults included and secrets masked, or their JSON Schema."""
    from lineside.app.kinds import SETTINGS_KINDS
    from lineside.config import json_schema, load, masked_settings, toml_from_table

    if schema:
        say(json_text(json_schema(SETTINGS_KINDS), indent=True))
        return
    table = masked_settings(load(settings_file(config), SETTINGS_KINDS))
    if as_json:
        say(json_text(table))
    else:
        sys.stdout.write(toml_from_table(table))


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file on the command line."""
    app.command()(init)
    app.command()(check)
    app.command("config")(config)
