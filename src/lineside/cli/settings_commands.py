"""``init``, ``check`` and ``config``: write, check and print the settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from lineside.cli.output import FAILED, WRONG, json_text, refuse, say, tell, tell_error
from lineside.cli.place import ConfigOption, JsonOption, settings_file
from lineside.errors import ConfigError


def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("lineside.toml"),
    seed: Annotated[
        Path | None,
        typer.Option("--from", help="Folder with the old server's files (.env, settings.json, config.json …)."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented settings file, or one made of the files of an older server (``--from``)."""
    from lineside.config import TEMPLATE

    if seed is not None:
        _init_from(seed, path, force)
        return
    _write(path, TEMPLATE, force, 0o644)
    tell(f"wrote {path}; set the line of your machine in it, then: lineside check && lineside run")


def _init_from(seed: Path, path: Path, force: bool) -> None:
    """Write the settings that the old server's files make, and tell what became of each key."""
    from lineside.app.kinds import EXPORTS, SETTINGS_KINDS
    from lineside.config.seed_files import Built, read_seed

    exports = {export.table: export.name for export in EXPORTS.values()}
    try:
        move = read_seed(seed, path, Built(SETTINGS_KINDS, exports))
    except ConfigError as error:
        raise typer.Exit(tell_error(error)) from None
    files = [path, *(path.parent / secret.name for secret in move.secrets)]
    for file in files:  # before the first is written, so that none is written alone
        if not force and (file.exists() or file.is_symlink()):
            refuse(f"{file} is there already; --force replaces it")
    for finding in move.findings:
        tell(str(finding))
    for name, reason in move.off.items():
        tell(f"commented out: [{name}]: {reason}")
    for warning in move.warnings:
        tell(f"warning: {warning}")
    for secret in move.secrets:
        _write(path.parent / secret.name, secret.text.reveal() + "\n", force, 0o600)
        tell(f"wrote {path.parent / secret.name} (mode 0600: it holds a password)")
    _write(path, move.text, force, 0o644)
    tell(f"wrote {path} from {', '.join(move.files) or 'no settings at all'}; next: lineside check && lineside run")
    if not _tell_left_over(seed):
        raise typer.Exit(FAILED)


def _tell_left_over(seed: Path) -> bool:
    """Read the rows that the slots seed could not deliver and tell what they are; False when they are not readable."""
    from lineside.config.seed_files import LEFT_OVER_FILE, read_left_over

    try:
        rows = read_left_over(seed)
    except ConfigError as error:
        tell_error(error)
        tell(f"lineside: nothing of {LEFT_OVER_FILE} was taken; keep the file and mend it. The settings are written.")
        return False
    if rows is not None:
        count = f"{len(rows)} undelivered row{'s' * (len(rows) != 1)}"
        tell(f"{LEFT_OVER_FILE}: {count}, all readable. Importing rows is not built in this version; keep the file.")
    return True


def _write(path: Path, text: str, force: bool, mode: int) -> None:
    """Write a new file; one that is there is replaced whole, and only with ``force``."""
    target = path.with_name(f".{path.name}.{os.getpid()}.new") if force else path
    try:
        if force:
            target.unlink(missing_ok=True)
        file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            out.write(text)
        if force:
            target.replace(path)
    except FileExistsError:
        refuse(f"{path} is there already; --force replaces it")
    except OSError as error:
        refuse(f"cannot write {path}: {error.strerror}")


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
