"""Events, appends, and connections that fail on request, for the tests of the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lineside.runtime.journal import Append, Catalogue, Journal, JournalSettings, Keys, sqlite3_connect
from lineside.runtime.step import Event, Secret

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
KEYS = Keys.generate()


class Noted(Event, frozen=True):
    """Something without secrets."""

    number: int
    text: str = ""


class Won(Event, frozen=True):
    """Something that is kept for ever."""

    cents: int


class Whispered(Event, frozen=True):
    """Something with a secret field, and room for secrets anywhere."""

    code: Secret
    params: dict[str, Any] = {}  # noqa: RUF012


CATALOGUE = Catalogue([Noted, Won, Whispered])


def one(stream: str, event: Event | int = 0, *, at: datetime = NOW, **rest: Any) -> Append:
    """An append of one event."""
    return Append(((stream, Noted(event) if isinstance(event, int) else event),), at, **rest)


def open_journal(path: Path, connect: Any = sqlite3_connect, **settings: Any) -> Journal:
    return Journal.open(
        path, keys=KEYS, catalogue=CATALOGUE, settings=JournalSettings(retry_s_min=0.01, **settings), connect=connect
    )


@asynccontextmanager
async def opened(path: Path, connect: Any = sqlite3_connect, **settings: Any) -> AsyncIterator[Journal]:
    journal = open_journal(path, connect, **settings)
    try:
        yield journal
    finally:
        await journal.close()


async def filled(path: Path, count: int = 50, streams: int = 5, **settings: Any) -> None:
    """A closed journal with ``count`` events in turn over some streams, every tenth with a secret and a claim."""
    async with opened(path, **settings) as journal:
        futures = []
        for number in range(count):
            stream = f"ward/{number % streams}"
            event: Event = Noted(number, "x" * (number % 40))
            if number % 10 == 9:
                event = Whispered(Secret(f"code {number}"), {"deep": [Secret("inner")]})
            futures.append(journal.submit(one(stream, event, claims=(f"c{number}",) if number % 10 == 9 else ())))
        for future in futures:
            await future


def error(code: int, text: str, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    made = kind(text)
    made.sqlite_errorcode = code
    made.sqlite_errorname = {13: "SQLITE_FULL", 8: "SQLITE_READONLY", 10: "SQLITE_IOERR", 11: "SQLITE_CORRUPT"}[code]
    return made


class Faults:
    """A ``connect`` whose connections ask ``before(sql)`` and ``after(sql)`` at each statement; either may raise."""

    def __init__(self) -> None:
        self.before: Callable[[str], None] = lambda sql: None
        self.after: Callable[[str], None] = lambda sql: None
        self.open_connections = 0
        self.statements: list[str] = []

    def __call__(self, path: str) -> Any:
        return FaultyConnection(sqlite3_connect(path), self)

    def fail(self, word: str, fault: sqlite3.Error, times: int = 1, *, after: bool = False) -> Callable[[], int]:
        """Let the next ``times`` statements that begin with ``word`` fail, before or after they are done.

        Returns a function that tells how many of these are still to come.
        """
        left = times

        def check(sql: str) -> None:
            nonlocal left
            if left and sql.startswith(word):
                left -= 1
                raise fault

        if after:
            self.after = check
        else:
            self.before = check
        return lambda: left

    def heal(self) -> None:
        self.before = self.after = lambda sql: None


class FaultyConnection:
    """The face that the journal uses."""

    def __init__(self, connection: sqlite3.Connection, faults: Faults) -> None:
        self.connection = connection
        self.faults = faults
        faults.open_connections += 1

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    def execute(self, sql: str, values: Any = ()) -> Any:
        self.faults.before(sql)
        self.faults.statements.append(sql)
        cursor = self.connection.execute(sql, values)
        self.faults.after(sql)
        return cursor

    def executemany(self, sql: str, rows: Any) -> Any:
        self.faults.before(sql)
        self.faults.statements.append(sql)
        return self.connection.executemany(sql, rows)

    def close(self) -> None:
        self.faults.open_connections -= 1
        self.connection.close()


def rows_of(path: Path, sql: str, values: Any = ()) -> list[Any]:
    """Look into a closed journal."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def change(path: Path, sql: str, values: Any = ()) -> None:
    """Change a closed journal behind its back."""
    connection = sqlite3.connect(path)
    try:
        connection.execute(sql, values)
        connection.commit()
    finally:
        connection.close()
