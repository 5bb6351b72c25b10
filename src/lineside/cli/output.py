"""How the command line speaks: data on standard output, everything else on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, NoReturn

import msgspec
import typer

from lineside.errors import ConfigError, LinesideError
from lineside.runtime.step import Secret

FAILED = 1
"""Exit code: it was tried and did not work, or the answer is no."""

WRONG = 2
"""Exit code: the command line or the settings are wrong; nothing was tried."""


def json_text(value: Any, indent: bool = False) -> str:
    """``value`` (Structs, tables, lists) as JSON in one line, or indented for reading; secrets masked."""
    data = msgspec.json.encode(value, enc_hook=_encode_text)
    return (msgspec.json.format(data, indent=2) if indent else data).decode()


def _encode_text(value: Any) -> str:
    if isinstance(value, Secret):
        return value.masked
    return str(value)


def say(text: str = "") -> None:
    """One line of data on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """One line for the person on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def show_table(heads: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Rows in aligned columns; ``empty`` is told when there are none."""
    lines = [[_cell(value) for value in row] for row in rows]
    if not lines:
        tell(empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*heads, box=None, pad_edge=False, header_style="bold" if sys.stdout.isatty() else "")
    for line in lines:
        table.add_row(*line)
    # Not on a terminal the rows stay whole: a program that reads them is not helped by folded cells.
    Console(file=sys.stdout, highlight=False, markup=False, width=None if sys.stdout.isatty() else 1000).print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json_text(value) if isinstance(value, dict | list) else str(value)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while a long work runs; nothing where nobody looks.

    Yields:
        To be told how much is done, and of how much.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def refuse(text: str) -> NoReturn:
    """End with exit code 2: the command line is wrong."""
    tell(f"lineside: {text}")
    raise typer.Exit(WRONG)


def fail(text: str) -> NoReturn:
    """End with exit code 1."""
    tell(f"lineside: {text}")
    raise typer.Exit(FAILED)


def tell_error(error: LinesideError, stream: IO[str] | None = None) -> int:
    """Write an error for a person; returns the exit code that belongs to it."""
    for line in str(error).splitlines() or [type(error).__name__]:
        (stream or sys.stderr).write(f"lineside: {line}\n")
    return WRONG if isinstance(error, ConfigError) else FAILED
