"""A unit's stream: what is rebuilt from it, and what it appends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from lineside.errors import JournalDamaged, JournalError
from lineside.runtime import command, journal
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import Command, CommandAccepted, CommandClass, CommandSent, CommandState
from lineside.runtime.decision import Decision
from lineside.runtime.drive import Unit
from lineside.runtime.journal import Append, Appended, Carry, Catalogue, Journal, KeepRules, Keys
from lineside.runtime.step import NOTHING, Moment, Secret, Step
from lineside.runtime.stream import UnitStream
from tests.support.memory_journal import MemoryJournal
from tests.support.stage import Counting, Heard, LoggedHub
from tests.support.wait import until

AT = datetime(2026, 1, 1, tzinfo=UTC)
NOW = Moment(1000.0, AT)
START = Command("c1", "g/1", "DO", {}, "anna", "", CommandClass.LIVE, AT + timedelta(seconds=30))


class Bank:
    """A stream with its model and journal."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.journal = journal or MemoryJournal()
        self.model = Counting(NOW)
        self.stream = UnitStream("g/1", self.model, self.journal, structlog.get_logger())  # type: ignore[arg-type]

    def keep(self, *texts: str) -> None:
        self.journal.keep(Append(tuple(("g/1", Heard(text)) for text in texts), AT))


async def test_model_and_version_are_rebuilt_from_the_events() -> None:
    bank = Bank()
    bank.keep("a", "b")
    bank.journal.last_at = AT
    await bank.stream.restore()
    assert (bank.model.heard, bank.stream.version, bank.stream.utc_floor) == (["a", "b"], 2, AT)


async def test_carried_state_stands_for_what_was_before_it() -> None:
    bank = Bank()
    bank.journal.keep(Append((("g/1", CommandAccepted(START)), ("g/1", CommandSent("c1"))), AT))
    bank.keep("a")
    await bank.stream.restore()
    bank.journal.carry("g/1", *bank.stream.carry())
    bank.keep("b")
    pruned = MemoryJournal()
    pruned.kept = bank.journal.kept[3:]
    again = Bank(pruned)
    await again.stream.restore()
    assert (again.model.heard, again.stream.version) == (["a", "b"], 5)
    sent = again.stream.commands.get("c1")
    assert sent is not None
    assert (sent.state, sent.command) == (CommandState.SENT, START)


async def test_empty_journal_says_nothing_about_the_clock() -> None:
    bank = Bank()
    await bank.stream.restore()
    assert bank.stream.utc_floor < AT - timedelta(days=365_000)


async def test_damaged_journal_leaves_the_unit_empty() -> None:
    bank = Bank()
    bank.keep("a")
    bank.journal.unreadable = JournalDamaged("bits have flipped")
    await bank.stream.restore()
    assert (bank.model.heard, bank.stream.version) == ([], 0)


async def test_journal_that_cannot_be_read_now_is_an_error() -> None:
    bank = Bank()
    bank.journal.unreadable = JournalError("the file cannot be opened")
    with pytest.raises(JournalError):
        await bank.stream.restore()


async def test_append_expects_the_units_version_and_the_steps_own() -> None:
    bank = Bank()
    bank.keep("a")
    await bank.stream.restore()
    decision = Decision(lambda now: NOTHING, at=NOW, step=Step(expected={"g/pot": 0}), events=[("g/1", Heard("b"))])
    receipt: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
    bank.stream.append(decision, receipt)
    done = await receipt
    assert done == Appended(2, {"g/1": 2})
    assert bank.model.heard == ["a"], "appending applies nothing"
    assert bank.stream.move((Heard("b"),), AT) == []
    bank.stream.apply((Heard("b"),), AT, done)
    assert (bank.model.heard, bank.stream.version) == (["a", "b"], 2)


async def test_catching_up_tells_what_came_and_passes_over_carried_state() -> None:
    bank = Bank()
    bank.keep("a")
    await bank.stream.restore()
    bank.journal.carry("g/1", *bank.stream.carry())
    assert await bank.stream.catch_up() == ()
    bank.keep("b")
    assert await bank.stream.catch_up() == (Heard("b"),)
    assert (bank.model.heard, bank.stream.version) == (["a", "b"], 3)


async def test_unit_goes_on_after_its_stream_was_pruned_and_is_rebuilt_from_what_is_left(tmp_path: Path) -> None:
    """With the real journal: what a unit carries is what it gets back, open commands and their secrets included."""
    catalogue = Catalogue(journal.EVENTS, command.EVENTS, (Heard,))
    kept = Journal.open(tmp_path / "journal.db", keys=Keys.generate(), catalogue=catalogue)
    clock = ManualClock(utc=AT)
    asked = msgspec.structs.replace(START, params={"code": Secret("123456")}, expires_at=None)

    async def made() -> Unit:
        unit = Unit(
            "g/1", "test", Counting(NOW), clock=clock, journal=kept, hub=LoggedHub([]), log=structlog.get_logger()
        )
        await unit.restore()
        return unit

    async def says(unit: Unit, text: str) -> None:
        unit.post("line", text)
        await until(lambda: unit.model.heard[-1:] == [text])  # type: ignore[attr-defined]

    async def carry(stream: str) -> Carry | None:
        carried = unit.carry() if stream == "g/1" else None
        return None if carried is None else Carry(*carried)

    try:
        unit = await made()
        told: list[Any] = []
        unit.request(asked, told.append)
        await until(lambda: told == [None])
        await says(unit, "a")
        clock.advance(86400 * 200)
        report = await kept.prune(clock.utc, KeepRules(keep_days=90), carry)
        assert report.pruned_events == 2
        await says(unit, "b")
        assert unit.model.calls == ["on_command c1", "on_message a", "on_message b"]  # type: ignore[attr-defined]
        again = await made()
        assert again.model.heard == ["a", "b"]  # type: ignore[attr-defined]
        assert again.version == unit.version == 4
        open_command = again.open_commands.get("c1")
        assert open_command is not None
        assert open_command.command == asked
    finally:
        await kept.close()
