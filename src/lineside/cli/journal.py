"""``journal`` and ``keys``: the auditor's and the operator's tools."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from lineside.cli.output import FAILED, json_text, refuse, say, tell
from lineside.cli.place import ConfigOption, DataOption, JsonOption, KeysOption, Place, find_place, require_journal
from lineside.cli.reach import LONG_S, load_keys, open_books, server_of
from lineside.errors import LinesideError

journal_app = typer.Typer(help="Check, copy and mend the journal.", no_args_is_help=True)
keys_app = typer.Typer(help="The keys that open what is sealed and sign the chain.", no_args_is_help=True)

YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would happen.")]


@journal_app.command("verify")
def verify(
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Check every hash and signature from the first event to the last; exit code 1 when something is wrong."""
    place = find_place(config, data_dir, keys)
    server = server_of(place, LONG_S)
    report = _verify_local(place) if server is None else server.post("/api/journal/verify")
    _show_report(report, as_json)
    if not report["ok"]:
        raise typer.Exit(FAILED)


def _verify_local(place: Place) -> dict[str, Any]:
    from lineside.app.foundation import catalogue
    from lineside.app.lock import DataLock
    from lineside.runtime.journal import verify

    require_journal(place)
    keys = load_keys(place)
    lock = DataLock.take(place.data_dir)
    try:
        return _plain(verify(place.journal, keys, catalogue()))
    finally:
        lock.close()


@journal_app.command("backup")
def backup(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; it must not exist.")],
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Write a whole copy of the journal, also while the server works. The keys are not in it (`keys backup`)."""
    place = find_place(config, data_dir, keys)
    if to.exists():
        refuse(f"{to} is there already; a backup never overwrites")
    server = server_of(place, LONG_S)
    if server is None:
        asyncio.run(_backup_local(place, to))
    else:
        server.post("/api/journal/backup", {"path": str(to.absolute())})
    tell(f"wrote {to} ({to.stat().st_size} bytes); it opens only with its keys: lineside keys backup FILE")


async def _backup_local(place: Place, to: Path) -> None:
    async with open_books(place) as journal:
        await journal.backup(to)
