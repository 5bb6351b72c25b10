"""A board on the real journal: codes are sealed there, and come back after a restart, with and without pruning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from lineside.lockers.model import COMMANDS, EVENTS, Board, BoardSettings, Report, UnknownPolicy
from lineside.lockers.wire import Reply
from lineside.runtime import command, journal
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import Command, CommandClass
from lineside.runtime.drive import Unit
from lineside.runtime.journal import Carry, Catalogue, Journal, KeepRules, Keys
from lineside.runtime.step import Secret
from tests.lockers.model.story import request
from tests.support.stage import LoggedHub

CODE = "9876"


class Far:
    """The board's end of a connection."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    def send(self, message: Any) -> None:
        self.replies.append(message)

    def close(self, reason: str) -> None:
        self.reason = reason

    def hold(self, held: bool) -> None:
        self.held = held


class Place:
    """A journal on disk, and the units of board 1953 in it, one process after the other."""

    def __init__(self, path: Path) -> None:
        catalogue = Catalogue(journal.EVENTS, command.EVENTS, EVENTS)
        self.path = path
        self.journal = Journal.open(path, keys=Keys.generate(), catalogue=catalogue)
        self.clock = ManualClock(utc=datetime(2026, 1, 1, tzinfo=UTC))
        self.far = Far()

    async def start(self) -> Unit:
        settings = BoardSettings(unknown=UnknownPolicy.ACCEPT)
        board = Board("1953", settings, self.clock.now(), draw=lambda count: 1234)
        self.unit = Unit(
            "hall/1953",
            "lockers",
            board,
            clock=self.clock,
            journal=self.journal,
            hub=LoggedHub([]),
            log=structlog.get_logger(),
            commands=COMMANDS,
        )
        await self.unit.restore()
        self.unit.join("link", self.far)
        return self.unit

    async def says(self, send: int, **fields: Any) -> Reply | None:
        """The reply, when the decision is concluded."""
        before = len(self.far.replies)
        report = Report(request(send, **fields), "10.0.0.7")
        await self._settled(lambda told: self.unit.submit(self._deciding(report), asker="link", told=told))
        return self.far.replies[-1] if len(self.far.replies) > before else None

    def _deciding(self, report: Report) -> Any:
        return lambda now: self.unit.model.on_message("link", report, now)

    async def asks(self, name: str, **params: Any) -> None:
        one = Command(f"c-{name}", "hall/1953", name, params, "operator anna", "", CommandClass.DURABLE)
        await self._settled(lambda told: self.unit.request(one, told))

    async def _settled(self, begin: Any) -> None:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        begin(future.set_result)
        assert await future is None

    async def carry(self, stream: str) -> Carry | None:
        carried = self.unit.carry() if stream == self.unit.name else None
        return None if carried is None else Carry(*carried)


@asynccontextmanager
async def told(path: Path) -> AsyncIterator[Place]:
    """A place with a code that the board has confirmed."""
    place = Place(path / "journal.db")
    await place.start()
    await place.says(1, engaged=[], columns=8, rows=8)
    await place.asks("set_code", cell=2, minutes=4800, code=Secret(CODE), label="Anna")
    reply = await place.says(2, engaged=[])
    assert reply is not None
    assert [one.code for one in reply.codes] == [CODE]
    await place.says(3, engaged=[2])
    try:
        yield place
    finally:
        await place.journal.close()


async def test_codes_after_a_restart_are_those_before(tmp_path: Path) -> None:
    async with told(tmp_path) as place:
        before = place.unit.model.carry()
        await place.start()
        assert place.unit.model.carry() == before
        reply = await place.says(4, engaged=[2])
        assert reply is not None
        assert [one.code for one in reply.codes] == [CODE]


async def test_codes_after_a_pruning_and_a_restart_are_those_before(tmp_path: Path) -> None:
    async with told(tmp_path) as place:
        place.clock.advance(86_400.0 * 2)
        rules = KeepRules(keep_days=1, kinds={"Heard": 1})
        report = await place.journal.prune(place.clock.utc, rules, place.carry)
        assert report.pruned_events > 5
        before = place.unit.model.carry()
        await place.start()
        assert place.unit.model.carry() == before
        reply = await place.says(4, engaged=[2])
        assert reply is not None
        assert [one.code for one in reply.codes] == [CODE]


async def test_no_code_is_in_clear_on_disk_or_in_what_is_told_of_the_events(tmp_path: Path) -> None:
    async with told(tmp_path) as place:
        recorded = await place.journal.events(after=0, limit=100)
        assert any(one.kind == "CodeSet" for one in recorded)
        assert CODE not in repr([one.masked() for one in recorded])
        place.clock.advance(86_400.0 * 100)
        await place.journal.prune(place.clock.utc, KeepRules(keep_days=1), place.carry)
        for file in place.path.parent.iterdir():
            assert CODE.encode() not in file.read_bytes(), file
