"""``studio client``: reports a table's status from the command line, as a demonstration or by hand."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineside.cli.output import FAILED, json_text, refuse, say, tell
from lineside.cli.place import JsonOption

if TYPE_CHECKING:
    from lineside.studio.client import StudioWebSocketClient

studio_app = typer.Typer(help="Report the status of live-roulette tables.", no_args_is_help=True)

TOKEN_VARIABLE = "STUDIO_TOKEN"  # noqa: S105  # its name; not LINESIDE_…, which is laid over the settings


@studio_app.callback()
def studio() -> None:
    """Report the status of live-roulette tables."""


@studio_app.command("client")
def client(
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Read commands from standard input.")
    ] = False,
    url: Annotated[str, typer.Option("--url", help="Of the server.")] = "ws://localhost:8080",
    table: Annotated[str, typer.Option("--table", help="The table that is reported.")] = "ARO-001",
    device: Annotated[str, typer.Option("--device", help="Who reports.")] = "dealerPC",
    token: Annotated[
        str, typer.Option("--token", help=f"Proves it; ${TOKEN_VARIABLE} or MY_TOKEN without. Others may see it here.")
    ] = "",
    token_file: Annotated[Path | None, typer.Option("--token-file", help="File with the token.")] = None,
    in_message: Annotated[
        bool, typer.Option("--token-in-message", help="Keep the token out of the URL, for servers that ask for it.")
    ] = False,
    pause: Annotated[float, typer.Option("--pause", min=0.0, max=3600.0, help="Between the demo's updates, s.")] = 1.0,
    timeout: Annotated[float, typer.Option("--timeout", min=0.01, max=3600.0, help="For an answer, s.")] = 5.0,
    as_json: JsonOption = False,
) -> None:
    """Report a table: eight updates that show everything, or with --interactive what you type.

    The exit code is 0 when every update was confirmed and 1 when one was not.
    """
    from lineside.cli.studio_talk import Talk, demo, interact, read_lines, show_words
    from lineside.studio.client import StudioWebSocketClient

    def on_change(connected: bool, reason: str) -> None:
        tell(reason if connected else f"not connected: {reason}")

    async def run() -> bool:
        reporter = StudioWebSocketClient(
            url,
            table,
            device,
            _token(token, token_file),
            credentials="message" if in_message else "query",
            timeout=timeout,
            reconnect=interactive,
            on_change=on_change,
        )
        return await _talk(reporter, Talk(reporter, _show_json if as_json else show_words))

    async def _talk(reporter: StudioWebSocketClient, talk: Talk) -> bool:
        try:
            is_there = await reporter.connect()
            if interactive:
                await interact(talk, read_lines())
            elif is_there:
                await demo(talk, pause)
            return talk.is_clean and (is_there or interactive) and reporter.queued == 0
        finally:
            await reporter.disconnect()

    if not asyncio.run(run()):
        raise typer.Exit(FAILED)


def _token(given: str, file: Path | None) -> str:
    if file is None:
        return given or os.environ.get(TOKEN_VARIABLE, "") or "MY_TOKEN"
    if given:
        refuse("--token and --token-file contradict each other")
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{file} cannot be read: {error}")


def _show_json(told: dict[str, object]) -> None:
    say(json_text(told))


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file on the command line."""
    app.add_typer(studio_app, name="studio")
