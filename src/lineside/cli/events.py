"""``events``: read the journal, page by page or as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineside.cli.output import json_text, say, tell
from lineside.cli.place import ConfigOption, DataOption, JsonOption, KeysOption, Place, find_place
from lineside.cli.reach import open_books, server_of

if TYPE_CHECKING:
    from lineside.adapters.control_client import ControlClient

PAGE_EVENTS = 1000
"""Events asked for at once: the server's own limit."""
FIRST_EVENTS = 10
"""Shown before following, when nothing else is asked: what just happened, as `tail -f` shows it."""

Event = dict[str, Any]


def events(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as events are recorded.")] = False,
    after: Annotated[int | None, typer.Option("--after", min=0, help="Only events with a higher seq.")] = None,
    gateway: Annotated[str | None, typer.Option("--gateway", help="Only this gateway's.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Only this unit's: gateway/unit.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only this kind, for example AlarmLatched.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many: the newest, or with --after the next.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Read the journal: one line per event, oldest first, secrets masked."""
    place = find_place(config, data_dir, keys)
    filters = {"gateway": gateway, "unit": unit, "kind": kind}
    if follow and after is None and limit is None:
        limit = FIRST_EVENTS
    server = server_of(place)
    if server is None:
        asyncio.run(_print_local(place, after, limit, filters, as_json))
        if follow:
            tell(f"no server runs on {place.data_dir}, so nothing more will come")
        return
    last = after or 0
    for event in _from_server(server, after, limit, filters):
        _print(event, as_json)
        last = event["seq"]
    if follow:
        for event in server.follow_events(after=last, **filters):
            _print(event, as_json)


def _from_server(server: ControlClient, after: int | None, limit: int | None, filters: Event) -> Iterator[Event]:
    if after is None and limit is not None and limit <= PAGE_EVENTS:
        yield from server.get("/api/events", limit=limit, newest="true", **filters)["events"]
        return
    position, left = after or 0, limit
    while left is None or left > 0:
        count = PAGE_EVENTS if left is None else min(left, PAGE_EVENTS)
        page = server.get("/api/events", after=position, limit=count, **filters)
        yield from page["events"]
        left = None if left is None else left - len(page["events"])
        if page["next"] <= position or page["next"] >= page["recorded_seq"]:
            return
        position = page["next"]


async def _print_local(place: Place, after: int | None, limit: int | None, filters: Event, as_json: bool) -> None:
    async for event in _from_journal(place, after, limit, filters):
        _print(event, as_json)


async def _from_journal(place: Place, after: int | None, limit: int | None, filters: Event) -> AsyncIterator[Event]:
    import msgspec

    from lineside.console.events_api import event_info

    newest = after is None and limit is not None
    position, left = after or 0, limit
    async with open_books(place) as journal:
        while left is None or left > 0:
            count = PAGE_EVENTS if left is None or (left > PAGE_EVENTS and not newest) else left
            found = list(await journal.events(after=position, limit=count, newest=newest, **filters))
            for recorded in sorted(found, key=lambda one: one.seq):
                yield msgspec.to_builtins(event_info(recorded), builtin_types=())
                position = recorded.seq
            left = None if left is None else left - len(found)
            if len(found) < count or newest:
                return


def _print(event: Event, as_json: bool) -> None:
    if as_json:
        say(json_text(event))
    else:
        say(f"{event['seq']:>7}  {event['at']}  {event['stream']:<16} {event['kind']:<18} {json_text(event['data'])}")


def add_to(app: typer.Typer) -> None:
    """Put the command of this file on the command line."""
    app.command()(events)
