"""``journal`` and ``keys``: the auditor's and the operator's tools."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from lineside.cli.output import FAILED, json_text, progress, refuse, say, tell
from lineside.cli.place import ConfigOption, DataOption, JsonOption, KeysOption, Place, find_place, require_journal
from lineside.cli.reach import LONG_S, load_keys, open_books, server_of
from lineside.errors import LinesideError

journal_app = typer.Typer(help="Check, copy and mend the journal.", no_args_is_help=True)
keys_app = typer.Typer(help="The keys that open what is sealed and sign the chain.", no_args_is_help=True)

YesOption = Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would happen.")]

SHOWN_MAX = 20
"""Entries of a list shown to people; ``--json`` has all of them."""


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
    report = _verify_closed(place) if server is None else server.post("/api/journal/verify")
    if as_json:
        say(json_text(report))
    else:
        for problem in report["problems"][:SHOWN_MAX]:
            where = f" ({problem['stream']} {problem['version']}, event {problem['seq']})" if problem["stream"] else ""
            say(f"{problem['kind']}: {problem['text']}{where}")
        verdict = "ok" if report["ok"] else f"{report['problem_count']} problems"
        counts = f"{report['events']} events in {report['streams']} streams, {report['checkpoints']} checkpoints"
        say(f"{verdict}: {counts}, signed up to {report['signed_seq']} of {report['last_seq']}, era {report['era']}")
    if not report["ok"]:
        raise typer.Exit(FAILED)


def _verify_closed(place: Place) -> dict[str, Any]:
    from lineside.app.foundation import catalogue
    from lineside.runtime.journal import verify

    require_journal(place)
    keys = load_keys(place)
    with _held(place), progress("verifying") as show:
        return _plain(verify(place.journal, keys, catalogue(), show))


@journal_app.command("backup")
def backup(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; it must not exist.")],
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Write a whole, checked copy of the journal, also while the server works. The keys are not in it."""
    place = find_place(config, data_dir, keys)
    if to.exists():
        refuse(f"{to} is there already; a backup never overwrites")
    server = server_of(place, LONG_S)
    if server is None:
        asyncio.run(_with_books(place, lambda journal: journal.backup(to)))
    else:
        server.post("/api/journal/backup", {"path": str(to.absolute())})
    tell(f"wrote {to} ({to.stat().st_size} bytes); it is worth nothing without its keys: lineside keys backup FILE")


@journal_app.command("restore")
def restore(
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="A file that `journal backup` wrote.")],
    yes: YesOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Put a backup in the place of the journal and open a new era; the replaced file is kept aside."""
    place = find_place(config, data_dir, keys)
    if not backup.is_file():
        refuse(f"{backup} is not a file")
    _require_stopped(place)
    loaded = load_keys(place)
    if not yes:
        tell(f"would put {backup} in the place of {place.journal} and open a new era; --yes does it")
        return
    from lineside.runtime.journal import restore

    with _held(place):
        report = _plain(restore(backup, place.journal, loaded))
    if as_json:
        say(json_text(report))
        return
    aside = f"; the replaced journal is {report['aside']}" if report["aside"] else ""
    say(f"restored up to event {report['last_seq']}, era {report['era']}{aside}")
    if report["gone_events"]:
        tell(f"{report['gone_events']} events after the backup are no longer in the journal")


@journal_app.command("repair")
def repair(
    yes: YesOption = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the journal.")] = "repair",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Save what can be saved of a damaged journal. Without --yes it only says what would go."""
    place = find_place(config, data_dir, keys)
    require_journal(place)
    _require_stopped(place)
    loaded = load_keys(place)
    from lineside.runtime.journal import repair

    with _held(place):
        report = repair(place.journal, loaded, dry_run=not yes, reason=reason)
    if as_json:
        say(json_text({**_plain(report), "lost_events": report.lost_events}))
        return
    for lost in report.lost[:SHOWN_MAX]:
        say(f"lost: {lost.stream} versions {lost.first} to {lost.last}")
    for text in (*report.contradictions, *(f"table {name}: only in part" for name in report.cut_tables))[:SHOWN_MAX]:
        say(text)
    done = "kept" if yes else "would keep"
    say(f"{done} {report.kept_events} events in {report.kept_streams} streams; {report.lost_events} go")
    tell(f"era {report.era}; the damaged file is {report.aside}" if yes else "nothing was changed; --yes does it")


@journal_app.command("compact")
def compact(
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Give room back to the disk. A running server first prunes what is older than the settings keep."""
    place = find_place(config, data_dir, keys)
    server = server_of(place, LONG_S)
    before = place.journal.stat().st_size if place.journal.exists() else 0
    pruned = 0
    if server is None:
        asyncio.run(_with_books(place, lambda journal: journal.compact()))
        tell(f"no server runs on {place.data_dir}, so nothing was pruned: only its units know what to carry")
    else:
        pruned = server.post("/api/journal/prune")["pruned_events"]
    after = place.journal.stat().st_size
    if as_json:
        say(json_text({"pruned_events": pruned, "bytes_before": before, "bytes_after": after}))
    else:
        say(f"{pruned} events pruned; {before} bytes before, {after} after")


@keys_app.command("backup")
def backup_keys(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; it must not exist.")],
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Copy the keys file, mode 0600. Keep the copy apart from every backup of the journal."""
    place = find_place(config, data_dir, keys)
    load_keys(place)  # a copy of something else would be found out too late
    if to.resolve().is_relative_to(place.data_dir.resolve()):
        refuse(f"{to} lies inside the data folder; whoever copies the data would copy its keys")
    content = place.keys_file.read_bytes()
    try:
        file = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        refuse(f"{to} is there already; a backup never overwrites")
    except OSError as error:
        refuse(f"cannot write {to}: {error.strerror}")
    with os.fdopen(file, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    tell(f"wrote {to}; whoever has it can open what is sealed: keep it as you keep money")


async def _with_books(place: Place, work: Callable[[Any], Any]) -> None:
    async with open_books(place) as journal:
        await work(journal)


def _require_stopped(place: Place) -> None:
    if server_of(place) is not None:
        raise LinesideError(f"a server runs on {place.data_dir}; stop it first")


@contextmanager
def _held(place: Place) -> Iterator[None]:
    """The data folder's lock for the length of a block."""
    from lineside.runtime.data_lock import DataLock

    lock = DataLock.take(place.data_dir)
    try:
        yield
    finally:
        lock.close()


def _plain(report: Any) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(report)
    return plain


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file on the command line."""
    app.add_typer(journal_app, name="journal")
    app.add_typer(keys_app, name="keys")
