"""``units`` and ``command``: who is there, and ask them for something."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from lineside.cli.output import FAILED, json_text, refuse, say, show_table, tell
from lineside.cli.place import ConfigOption, DataOption, JsonOption, KeysOption, Place, find_place
from lineside.cli.reach import open_books, require_server, server_of, whoami

if TYPE_CHECKING:
    from lineside.adapters.control_client import ControlClient

LOOK_S = 0.1
"""Between two looks at a command's state: short enough to show ``sent`` before ``done``."""

ENDED = ("done", "refused", "expired")


def units(
    gateway: Annotated[str | None, typer.Option("--gateway", help="Only this gateway's.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Who is there, in what state and why."""
    place = find_place(config, data_dir, keys)
    server = server_of(place)
    if server is None:
        _show_recorded(place, gateway, as_json)
        return
    found = server.get("/api/units", gateway=gateway)["units"]
    if as_json:
        say(json_text(found))
    else:
        heads = ("UNIT", "KIND", "STATE", "REASON", "COMMANDS")
        rows = [(u["unit"], u["kind"], u["state"], u["reason"], " ".join(u["commands"])) for u in found]
        show_table(heads, rows, "no units")
    for one in server.get("/api/gateways")["gateways"]:
        if one["state"] != "running" and gateway in (None, one["name"]):
            tell(f"gateway {one['name']} is {one['state']}: {one['reason']}")


def _show_recorded(place: Place, gateway: str | None, as_json: bool) -> None:
    """Without a server: the units that have recorded something, and when last."""
    found = asyncio.run(_recorded_units(place, gateway))
    tell(f"no server runs on {place.data_dir}; these have recorded something")
    if as_json:
        say(json_text(found))
    else:
        show_table(("UNIT", "EVENTS", "LAST"), [(u["unit"], u["version"], u["at"]) for u in found], "no units")


async def _recorded_units(place: Place, gateway: str | None) -> list[dict[str, Any]]:
    async with open_books(place) as journal:
        heads = await journal.streams(f"{gateway}/" if gateway else "")
    heads = [head for head in heads if not head.stream.startswith("lineside/")]
    return [{"unit": head.stream, "version": head.version, "at": head.at.isoformat()} for head in heads]


def command(
    unit: Annotated[str, typer.Argument(help="gateway/unit, for example ward/1.")],
    name: Annotated[str, typer.Argument(help="One of the unit's commands, for example START.")],
    params: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]…")] = None,
    expires: Annotated[float | None, typer.Option("--expires", help="Seconds until it expires.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the journal.")] = "",
    command_id: Annotated[
        str | None, typer.Option("--id", help="Your own id: asking again with it does nothing twice.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Show its states until it has ended.")] = False,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that --wait waits at most.")] = 60.0,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
) -> None:
    """Ask a unit for something; exit code 0 when it was accepted (with --wait: done), 1 otherwise."""
    with require_server(find_place(config, data_dir)) as server:
        wanted = {
            "unit": unit,
            "name": name,
            "params": _params(server, unit, name, params or []),
            "expires_s": expires,
            "reason": reason or f"asked by {whoami()}",
            "id": command_id,
        }
        report = server.post("/api/commands", wanted)
        _show(report, as_json)
        if wait:
            report = _watch(server, report, timeout, as_json)
    is_good = report["state"] == "done" or (not wait and report["state"] not in ENDED)
    if not is_good:
        raise typer.Exit(FAILED)


def _watch(server: ControlClient, report: dict[str, Any], timeout: float, as_json: bool) -> dict[str, Any]:
    end = time.monotonic() + timeout
    while report["state"] not in ENDED and time.monotonic() < end:
        time.sleep(LOOK_S)
        before, report = report, server.get(f"/api/commands/{report['id']}")
        if (report["state"], report["note"]) != (before["state"], before["note"]):
            _show(report, as_json)
    if report["state"] not in ENDED:
        tell(f"not ended after {timeout:g} s; look again with: lineside events --unit {report['unit']}")
    return report


def _show(report: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        say(json_text(report))
        return
    outcome = report.get("outcome") or {}
    words = [report["state"], report["id"], outcome.get("text", ""), report.get("note", "")]
    say("  ".join(word for word in words if word))


def _params(server: ControlClient, unit: str, name: str, given: list[str]) -> dict[str, Any]:
    """``key=value`` pairs as JSON types: text where the command's schema says text, JSON otherwise."""
    schema = _schema(server, unit, name) if given else {}
    found: dict[str, Any] = {}
    for pair in given:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            refuse(f"{pair!r} is not accepted; wanted KEY=VALUE")
        if key in found:
            refuse(f"{key} is given twice")
        found[key] = _value(text, schema.get(key, {}))
    return found


def _schema(server: ControlClient, unit: str, name: str) -> Mapping[str, Any]:
    """Name → JSON Schema of each parameter; empty when the server will refuse the command anyway."""
    detail = server.get(f"/api/units/{unit}")
    for one in detail["commands"]:
        if one["name"] == name:
            return properties_of(one["params"])
    return {}


def properties_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters in a JSON Schema, by name; a schema of a Struct names itself and stands in ``$defs``."""
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    properties: Mapping[str, Any] = schema.get("$defs", {}).get(name, schema).get("properties", {})
    return properties


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    types = [schema.get("type"), *(option.get("type") for option in schema.get("anyOf", []))]
    if "string" in types:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file on the command line."""
    app.command()(units)
    app.command()(command)
