"""The command line: one file per group of commands, put together here.

Nothing heavy is imported before a command needs it, so that ``lineside --help`` and ``lineside check`` answer at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from lineside.cli import (
    decode,
    doctor,
    events,
    journal,
    run,
    settings_commands,
    simulate,
    simulate_lockers,  # noqa: F401 - adds its machine to `simulate`
    simulate_operator,  # noqa: F401 - adds a person to `simulate`
    simulate_slots,  # noqa: F401 - adds its machine to `simulate`
    simulate_studio,  # noqa: F401 - adds its machine to `simulate`
    sinks,
    studio,
    tokens,
    units,
)
from lineside.cli.output import FAILED, say, tell_error
from lineside.errors import LinesideError

app = typer.Typer(
    name="lineside",
    help="Joins the machines beside the line to the people and systems that need them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from lineside import __version__

        say(f"lineside {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Joins the machines beside the line to the people and systems that need them."""


for group in (run, settings_commands, events, units, journal, sinks, tokens, simulate, studio, decode, doctor):
    group.add_to(app)


def main() -> None:
    """Run the command line; the exit code is 0 (ok), 1 (failed) or 2 (wrong usage or settings)."""
    try:
        app()
    except LinesideError as error:
        sys.exit(tell_error(error))
    except KeyboardInterrupt:
        sys.exit(FAILED)
    except BrokenPipeError:  # `lineside events | head`: the reader has what it wanted
        sys.stderr.close()
        sys.exit(0)
