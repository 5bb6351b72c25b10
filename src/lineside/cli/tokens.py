"""``token`` and ``login``: who may come in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineside.cli.output import json_text, refuse, say, show_table, tell
from lineside.cli.place import ConfigOption, DataOption, JsonOption, KeysOption, Place, find_place, load_settings
from lineside.cli.reach import open_books, require_server, server_of, whoami
from lineside.runtime.command import Role

if TYPE_CHECKING:
    from lineside.console.access import Access

token_app = typer.Typer(help="Access for programs, by role viewer, operator or admin.", no_args_is_help=True)

RoleOption = Annotated[Role, typer.Option("--role", help="What it may do; each role includes those before it.")]
GatewayOption = Annotated[
    list[str] | None, typer.Option("--gateway", help="A gateway that it may see and steer; all when left out.")
]


@token_app.command("create")
def create(
    label: Annotated[str, typer.Argument(help="What it is for; the journal names it so.")],
    role: RoleOption = Role.VIEWER,
    gateway: GatewayOption = None,
    expires: Annotated[float | None, typer.Option("--expires", help="Seconds until it ends; never by default.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """Make a token; its text is printed this once."""
    place = find_place(config, data_dir, keys)
    wanted = {"label": label, "role": role.value, "gateways": gateway or None, "expires_s": expires}
    server = server_of(place)
    made = asyncio.run(_create_local(place, wanted)) if server is None else server.post("/api/tokens", wanted)
    if as_json:
        say(json_text(made))
        return
    tell(f"token {made['info']['id']} for {label}, role {role}; it is shown only now:")
    say(made["token"])


async def _create_local(place: Place, wanted: dict[str, Any]) -> dict[str, Any]:
    from lineside.console.sign_in import TokenRequest, gateway_set

    request = _checked(wanted, TokenRequest)
    async with open_books(place) as journal:
        access = await _load_access(journal)
        gateways = gateway_set(request.gateways)
        info, text = await access.create_token(request.label, request.role, gateways, request.expires_s, whoami())
    return {"token": text, "info": _plain(info)}


@token_app.command("list")
def list_tokens(
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """All tokens ever made, without their text."""
    place = find_place(config, data_dir, keys)
    server = server_of(place)
    found = asyncio.run(_list_local(place)) if server is None else server.get("/api/tokens")["tokens"]
    if as_json:
        say(json_text(found))
        return
    rows = [(t["id"], t["label"], t["role"], _gateways(t), t["expires_at"], _state(t), t["by"]) for t in found]
    show_table(("ID", "LABEL", "ROLE", "GATEWAYS", "EXPIRES", "STATE", "BY"), rows, "no tokens")


async def _list_local(place: Place) -> list[Any]:
    async with open_books(place) as journal:
        return [_plain(info) for info in (await _load_access(journal)).tokens()]


@token_app.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `lineside token list` shows it.")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
    keys: KeysOption = None,
) -> None:
    """End a token now; whoever uses it is let go."""
    place = find_place(config, data_dir, keys)
    server = server_of(place)
    info = asyncio.run(_revoke_local(place, token_id)) if server is None else server.delete(f"/api/tokens/{token_id}")
    if as_json:
        say(json_text(info))
    else:
        tell(f"token {info['id']} ({info['label']}) is revoked")


async def _revoke_local(place: Place, token_id: str) -> Any:
    async with open_books(place) as journal:
        return _plain(await (await _load_access(journal)).revoke_token(token_id, whoami()))


def login(
    name: Annotated[str, typer.Option("--name", help="How the journal will call the person.")] = "console",
    role: RoleOption = Role.ADMIN,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
) -> None:
    """Print a fresh login URL for a browser: good for one use, within ten minutes."""
    place = find_place(config, data_dir)
    with require_server(place) as server:
        made = server.post("/api/login-codes", {"name": name, "role": role.value})
    url = _server_url(place, config) + made["path"]
    say(json_text({"url": url, "seconds": made["seconds"]}) if as_json else f"open {url}")


def _server_url(place: Place, config: Path | None) -> str:
    """Where the server listens: from its own note, or else from the settings."""
    from lineside.app.login import read_note

    noted = read_note(place.data_dir)
    if noted:
        return noted.partition("/login?")[0]
    settings = load_settings(config)
    return f"{'https' if settings.cert else 'http'}://{settings.web.address}"


async def _load_access(journal: Any) -> Access:
    from lineside.console.access import Access
    from lineside.runtime.clock import SystemClock

    access = Access(journal, SystemClock())
    await access.load()
    return access


def _checked(wanted: dict[str, Any], kind: Any) -> Any:
    import msgspec

    try:
        return msgspec.convert(wanted, kind)
    except msgspec.ValidationError as error:
        refuse(str(error))


def _plain(info: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(info)


def _gateways(token: dict[str, Any]) -> str:
    return "all" if token["gateways"] is None else " ".join(token["gateways"])


def _state(token: dict[str, Any]) -> str:
    return "revoked" if token["revoked"] else "valid" if token["valid"] else "expired"


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file on the command line."""
    app.add_typer(token_app, name="token")
    app.command()(login)
