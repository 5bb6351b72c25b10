"""What a database's refusal means: the target is away, or this row will not be taken."""

from __future__ import annotations

from sqlalchemy import exc

from lineside.errors import RowRefused, SinkAway, SinkError

TEXT_CHARACTERS_MAX = 500
"""Of a database's own words in a state or a parked row; some print the whole statement."""

# SQLSTATE classes (ISO 9075): the row breaks a constraint, or a value does not fit.
_ROW_CLASSES = ("22", "23")
# Serialization failure and deadlock: nothing is wrong with the row, try again.
_AGAIN = ("40001", "40P01")

DRIVERS = {
    "mssql": "MS SQL needs lineside[mssql] (pyodbc) and Microsoft's system package msodbcsql18",
    "postgresql": "PostgreSQL needs lineside[postgres] (psycopg)",
}
"""Dialect → what has to be installed for it."""


def fault_of(error: Exception, *, password: str = "", seq: int | None = None) -> SinkError:
    """The sink's error for a database's error; the password, should the database repeat it, is masked.

    Args:
        seq: the only event of the batch, or None when there were several (each is then tried alone).
    """
    text = _words(error, password)
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return SinkAway(text)
    state = _state_of(error)
    if state in _AGAIN:
        return SinkAway(f"the database asked to try again: {text}")
    if isinstance(error, exc.IntegrityError | exc.DataError) or state[:2] in _ROW_CLASSES:
        return RowRefused(text, seq)
    if isinstance(error, exc.DBAPIError):  # no login, no table, no connection, no room: the same for every row
        return SinkAway(text)
    if isinstance(error, exc.StatementError | ValueError | OverflowError | TypeError | KeyError):
        return RowRefused(text, seq)  # a value that the driver cannot even send
    return SinkAway(text)


def missing_driver(dialect: str, error: Exception) -> SinkAway:
    """The driver of a URL cannot be loaded: say what to install."""
    what = DRIVERS.get(dialect.partition("+")[0], f"the driver of {dialect} is not installed")
    return SinkAway(f"{what}: {error}")


def _state_of(error: Exception) -> str:
    """The five characters of SQLSTATE, where the driver tells them (psycopg, pyodbc)."""
    original = getattr(error, "orig", None)
    state = getattr(original, "sqlstate", None)
    if state is None and original is not None and original.args and isinstance(original.args[0], str):
        state = original.args[0] if len(original.args[0]) == 5 else None
    return state or ""


def _words(error: Exception, password: str) -> str:
    original = getattr(error, "orig", None) or error
    text = " ".join(str(original).split()) or type(original).__name__
    if password:
        text = text.replace(password, "…")
    return text if len(text) <= TEXT_CHARACTERS_MAX else text[: TEXT_CHARACTERS_MAX - 1] + "…"
