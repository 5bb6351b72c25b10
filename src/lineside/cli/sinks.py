"""``sinks``: who carries events out, what waits for whom, and what to do with an event that is not taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineside.cli.output import fail, json_text, say, show_table, tell
from lineside.cli.place import ConfigOption, DataOption, JsonOption, KeysOption, Place, find_place
from lineside.cli.reach import open_books, require_server, server_of, whoami

if TYPE_CHECKING:
    from lineside.runtime.export import Export

sinks_app = typer.Typer(help="Readers of the journal that carry events out.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As in [sinks.NAME].")]
SeqArgument = Annotated[int, typer.Argument(metavar="SEQ", min=1, help="Number of the parked event.")]


@sinks_app.command("list")
def list_sinks(
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """All sinks with their state and what waits for them; without a server, what the journal remembers."""
    place = find_place(config, data_dir, keys)
    server = server_of(place)
    found = asyncio.run(_remembered(place)) if server is None else server.get("/api/sinks")["sinks"]
    if as_json:
        say(json_text(found))
        return
    heads = ("NAME", "STATE", "EVENTS BEHIND", "HOURS", "PARKED", "DELIVERED", "REASON")
    rows = [
        (s["name"], s["state"], s["behind_events"], _hours(s), s["parked"], s["delivered"], s["reason"]) for s in found
    ]
    show_table(heads, rows, "no sinks")
    for sink in found:
        for parked in sink["parked_events"]:
            tell(f"{sink['name']}: event {parked['seq']} is parked after {parked['tries']} tries: {parked['error']}")


async def _remembered(place: Place) -> list[Any]:
    async with open_books(place) as journal:
        newest = journal.health.recorded_seq
        return [
            {
                "name": mark.sink,
                "state": "stopped" if mark.orphaned_at is None else "orphaned",
                "reason": "no server runs",
                "behind_events": max(0, newest - mark.cursor.low + 1 - len(mark.cursor.done)),
                "behind_hours": None,
                "parked": mark.parked,
                "delivered": None,
                "parked_events": [],
            }
            for mark in await journal.sinks()
        ]


@sinks_app.command("forget")
def forget(
    name: NameArgument, config: ConfigOption = None, data_dir: DataOption = None, keys: KeysOption = None
) -> None:
    """Drop the place of a sink that is gone from the settings: events that it never got may be pruned."""
    place = find_place(config, data_dir, keys)
    server = server_of(place)
    if server is None:
        asyncio.run(_forget_local(place, name))
    else:
        server.delete(f"/api/sinks/{name}")
    tell(f"sink {name} is forgotten")


async def _forget_local(place: Place, name: str) -> None:
    from lineside.runtime.clock import SystemClock
    from lineside.runtime.journal import Append
    from lineside.runtime.sink_events import STREAM, SinkForgotten

    async with open_books(place) as journal:
        try:
            await journal.forget_sink(name)
        except KeyError:
            fail(f"no orphaned sink has the name {name[:64]}; a sink is orphaned when it is gone from the settings")
        await journal.append(Append(((STREAM, SinkForgotten(name, whoami())),), SystemClock().now().utc))


@sinks_app.command("retry")
def retry(name: NameArgument, seq: SeqArgument, config: ConfigOption = None, data_dir: DataOption = None) -> None:
    """Try a parked event again (its cause is mended), and let its lane go on."""
    with require_server(find_place(config, data_dir)) as server:
        server.post(f"/api/sinks/{name}/retry", {"seq": seq})
    tell(f"event {seq} is tried again")


@sinks_app.command("skip")
def skip(
    name: NameArgument,
    seq: SeqArgument,
    reason: Annotated[str, typer.Option("--reason", help="Kept in the journal.")],
    config: ConfigOption = None,
    data_dir: DataOption = None,
) -> None:
    """Give a parked event up: the target never gets it; the journal keeps who said so and why."""
    with require_server(find_place(config, data_dir)) as server:
        server.post(f"/api/sinks/{name}/skip", {"seq": seq, "reason": reason})
    tell(f"event {seq} is given up")


@sinks_app.command("exports")
def exports(as_json: JsonOption = False) -> None:
    """What a sink can carry out (``rows = …``), with the columns of each."""
    from lineside.app.kinds import EXPORTS

    if as_json:
        told = [
            {"name": e.name, "table": e.table, "does": e.does, "columns": [c.name for c in e.columns]}
            for e in EXPORTS.values()
        ]
        say(json_text(told))
        return
    for export in EXPORTS.values():
        say(f"{export.name}: {export.does} Table {export.table}:")
        for column in export.columns:
            size = f" up to {column.characters_max} characters" if column.characters_max else ""
            say(f"  {column.name}: {column.type.value}{size}, {column.does}")


def _export(export: Export) -> dict[str, Any]:
    columns = [
        {"name": c.name, "type": c.type, "characters_max": c.characters_max, "does": c.does} for c in export.columns
    ]
    return {"name": export.name, "table": export.table, "does": export.does, "columns": columns}


def _hours(sink: dict[str, Any]) -> str:
    hours = sink["behind_hours"]
    return "-" if hours is None else "0" if not sink["behind_events"] else f"{hours:.2f}"


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file on the command line."""
    app.add_typer(sinks_app, name="sinks")
