"""The exchanges F1 to F16, and a studio in memory that plays them: entrance, wire and model, without a socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from lineside.runtime.clock import ManualClock
from lineside.runtime.step import Step
from lineside.studio.model import Joined, Table, TableSettings
from lineside.studio.wire import (
    DUPLICATE_LOGIN,
    Ack,
    Denied,
    Dialect,
    Entrance,
    Greeting,
    NeedsGreeting,
    TableWire,
    close_code_of,
    entrance_of_message,
    entrance_of_path,
    invalid_token,
)
from tests.support.golden import GOLDEN
from tests.support.playbook import Playbook


class Exchange(NamedTuple):
    id: str
    source: str
    lines: list[list[Any]]


def exchanges() -> list[Exchange]:
    text = (GOLDEN / "studio" / "exchanges.json").read_text(encoding="utf-8")
    return [Exchange(one["id"], one["source"], one["lines"]) for one in json.loads(text)["exchanges"]]


class Studio:
    """Tables by name, and one connection that is spoken to.

    Attributes:
        said: frames and closes since the last line of the reporter.
        token: what every token has to be; any when empty.
    """

    def __init__(self, **settings: Any) -> None:
        self.clock = ManualClock(utc=datetime(2024, 1, 1, 12, tzinfo=UTC))
        self.settings = TableSettings(zone=UTC, **settings)
        self.tables: dict[str, Playbook] = {}
        self.said: list[list[Any]] = []
        self.token = ""
        self._link = 0
        self._wire: TableWire | None = None

    def connects(self, path: str) -> None:
        self._wire = None
        entrance = entrance_of_path(path)
        if isinstance(entrance, NeedsGreeting):
            self._says(TableWire(Dialect.B, "").send(Greeting()))
        else:
            self._enters(entrance)

    def writes(self, frame: str | bytes) -> None:
        data = frame.encode() if isinstance(frame, str) else frame
        if self._wire is None:
            self._enters(entrance_of_message(data))
            return
        for message in self._wire.receive(data):
            self._performs(self._book.hears(message, self._name))

    def acks(self) -> None:
        assert self._wire is not None
        self._says(self._wire.send(Ack(self.clock.utc)))

    def closes(self, denied: Denied) -> None:
        self.said.append(["X", denied.code, denied.reason])

    @property
    def _name(self) -> str:
        return f"link {self._link}"

    @property
    def _book(self) -> Playbook:
        assert self._wire is not None
        return self.tables[self._wire.table]

    def _enters(self, entrance: Entrance | Denied) -> None:
        if isinstance(entrance, Denied):
            self.closes(entrance)
        elif self.token and entrance.token.reveal() != self.token:
            self.closes(invalid_token(entrance))
        else:
            self._joins(entrance)

    def _joins(self, entrance: Entrance) -> None:
        self._link += 1
        self._wire = TableWire(entrance.dialect, entrance.table)
        if entrance.table not in self.tables:
            table = Table(entrance.table, self.settings, self.clock.now())
            self.tables[entrance.table] = Playbook(table, self.clock)
        self._book.opens(self._name)
        joined = Joined(entrance.device, entrance.dialect, "127.0.0.1:1", entrance.wants_snapshot)
        self._performs(self._book.hears(joined, self._name))

    def _performs(self, step: Step) -> None:
        assert self._wire is not None
        for send in step.send:
            self._says(self._wire.send(send.message))
        for close in step.close:
            self.said.append(["X", close_code_of(close.reason), close.reason])

    def _says(self, data: bytes) -> None:
        self.said.append(["S", data.decode()])


def plays(studio: Studio, exchange: Exchange) -> None:
    """Play one exchange and compare every line of the server, byte for byte."""
    for line in exchange.lines:
        match line:
            case ["AT", at]:
                studio.clock.utc = datetime.fromisoformat(at)
            case ["TOKEN", token]:
                studio.token = token
            case ["PATH", path]:
                studio.connects(path)
            case ["AGAIN", _]:
                studio.closes(DUPLICATE_LOGIN)
            case ["C", frame]:
                studio.writes(frame)
            case ["ACK"]:
                studio.acks()
            case ["S", "*"]:
                assert studio.said.pop(0)[0] == "S"
            case wanted:
                assert studio.said.pop(0) == wanted
        if line[0] in ("C", "PATH"):
            assert len(studio.said) == sum(1 for _ in _answers(exchange.lines, line)), studio.said
    assert studio.said == []


def _answers(lines: list[list[Any]], line: list[Any]) -> list[list[Any]]:
    """The lines of the server right behind a line."""
    index = next(place for place, one in enumerate(lines) if one is line) + 1
    end = next((place for place in range(index, len(lines)) if lines[place][0] not in ("S", "X")), len(lines))
    return lines[index:end]
