"""Boards and the store: nothing is answered from a store that cannot be read or written, and nobody loses a code."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lineside.errors import JournalDamaged, JournalError, JournalFull
from lineside.lockers.gateway import hall as hall_module
from lineside.lockers.gateway.config import BoardEntry
from lineside.lockers.gateway.hall import BROKEN_PAUSE_S, Hall
from lineside.lockers.gateway.strangers import Strangers
from lineside.lockers.model import Board, UnknownPolicy
from lineside.runtime.decision import Decision
from lineside.runtime.gateway import GatewayState
from lineside.runtime.journal import HealthState
from lineside.runtime.mailbox import Mailbox
from tests.support.hall import HallJournal, LockerHall, Peer, message, reply
from tests.support.wait import until

CODE = "BOX_ENG=(2,1492,4800)"


async def filled(name: str = "hall") -> HallJournal:
    """A journal in which board 7 of a gateway has a code that it was told of."""
    async with LockerHall(name=name).opened() as hall:
        peer = await hall.peer()
        await peer.ask(message("7", "1", "COLS=8", "ROWS=8"))
        await hall.command("7", "set_code", cell=2, code="1492", minutes=4800)
        assert await peer.ask(message("7", "2")) == reply("7", "2", CODE)
        return hall.journal


async def is_not_answered(hall: LockerHall, peer: Peer, *asked: bytes) -> None:
    """The board says this and hears nothing: what is answered next is a line of the console."""
    for one in asked:
        peer.say(one)
    peer.say(b"ip\r\n")
    assert (await peer.line()).startswith(b"('127.0.0.1'")


async def test_codes_are_the_same_after_a_restart() -> None:
    journal = await filled()
    async with LockerHall(journal).opened() as hall:
        assert await (await hall.peer()).ask(message("7", "3")) == reply("7", "3", CODE)


async def test_known_boards_are_rebuilt_whether_they_call_or_not() -> None:
    journal = await filled()
    async with LockerHall(journal, boards={"expected": BoardEntry()}).opened() as hall:
        await until(lambda: set(hall.hall.units) == {"7", "expected"})
        assert [view.unit for view in hall.units.all()] == ["hall/7", "hall/expected"]
        report = await hall.command("7", "revoke_code", cell=2)
        assert await (await hall.peer()).ask(message("7", "3")) == reply("7", "3"), report


async def test_no_reply_while_the_store_cannot_be_read() -> None:
    journal = await filled()
    journal.unreadable = JournalError("the disk is away")
    async with LockerHall(journal).opened() as hall:
        peer = await hall.peer()
        await is_not_answered(hall, peer, message("7", "3"), message("8", "1"))
        assert any(state is GatewayState.WAITING and "the disk is away" in reason for state, reason in hall.reports)
        journal.unreadable = None
        assert await peer.ask(message("7", "4")) == reply("7", "4", CODE)
        assert hall.reports[-1][0] is GatewayState.RUNNING


async def test_no_reply_from_a_damaged_store_also_when_it_lets_itself_be_rebuilt_from_nothing() -> None:
    journal = await filled()
    async with LockerHall(journal).opened() as hall:
        peer = await hall.peer()
        journal.unreadable = JournalDamaged("a page is gone")
        journal.health.state, journal.health.reason = HealthState.DAMAGED, "a page is gone"
        hall.hall.units.clear()
        await is_not_answered(hall, peer, message("7", "3"))


async def test_no_reply_while_the_store_cannot_be_written() -> None:
    async with LockerHall(await filled()).opened() as hall:
        peer = await hall.peer()
        hall.journal.broken = JournalFull("no room")
        await is_not_answered(hall, peer, message("7", "3", "BOX_ACC=2"), message("8", "1"))
        hall.journal.broken = None
        assert await peer.ask(message("7", "4", "BOX_ACC=2")) == reply("7", "4", CODE)
        assert hall.journal.kinds("hall/7").count("CellOpened") == 1


async def test_reply_waits_for_its_record() -> None:
    async with LockerHall(await filled()).opened() as hall:
        peer = await hall.peer()
        assert await peer.ask(message("7", "3")) == reply("7", "3", CODE)
        hall.journal.held = True
        peer.say(message("7", "4"))
        await until(lambda: hall.journal._waiting)
        await asyncio.sleep(0.02)
        assert not peer.reader._buffer  # type: ignore[attr-defined]
        hall.journal.release()
        assert await peer.reply() == reply("7", "4", CODE)


async def test_order_of_record_and_reply_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken build that answers first: the board hears of what no disk has."""
    real = Mailbox._record

    def hasty(self: Mailbox, decision: Decision) -> None:
        self._unit.send_and_close(decision.step, decision.asker)
        real(self, decision)

    async with LockerHall(await filled()).opened() as hall:
        peer = await hall.peer()
        await peer.ask(message("7", "3"))
        monkeypatch.setattr(Mailbox, "_record", hasty)
        hall.journal.held = True
        assert await peer.ask(message("7", "4")) == reply("7", "4", CODE)
        assert not [kept for kept in hall.journal.kept if getattr(kept.event, "s", "") == "4"]
        monkeypatch.undo()
        hall.journal.release()


async def test_renamed_gateway_empties_no_board() -> None:
    """Neither by default nor where unknown boards are accepted: the codes are under the old name."""
    journal = await filled("hall")
    async with LockerHall(journal, name="lobby").opened() as lobby:
        await is_not_answered(lobby, await lobby.peer(), message("7", "3", "BOX_ENG=0"))


async def test_renamed_gateway_that_accepts_unknown_boards_empties_no_board_either() -> None:
    journal = await filled("hall")
    async with LockerHall(journal, name="lobby", unknown=UnknownPolicy.ACCEPT).opened() as lobby:
        await is_not_answered(lobby, await lobby.peer(), message("7", "3", "BOX_ENG=2"))


async def test_look_at_the_streams_of_other_gateways_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken build that does not look: a renamed gateway takes every code from its boards."""
    journal = await filled("hall")

    async def nobody(self: Strangers, board: str) -> str:
        return ""

    monkeypatch.setattr(Strangers, "find", nobody)
    async with LockerHall(journal, name="lobby").opened() as lobby:
        assert await (await lobby.peer()).ask(message("7", "3")) == reply("7", "3"), "the codes are gone"


async def test_unit_that_breaks_is_rebuilt_and_takes_nobody_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LockerHall(await filled()).opened() as hall:
        good, bad = await hall.peer(), await hall.peer()
        await good.ask(message("8", "1"))
        await bad.ask(message("7", "3"))
        real = Board.on_message

        def breaks(self: Board, link: str, heard: Any, now: Any) -> Any:
            if heard.request.send == "4":
                raise ZeroDivisionError("a fault of ours")
            return real(self, link, heard, now)

        monkeypatch.setattr(Board, "on_message", breaks)
        bad.say(message("7", "4"))
        assert await bad.rest() == b""
        assert await good.ask(message("8", "2")) == reply("8", "2")
        again = await hall.peer()
        await is_not_answered(hall, again, message("7", "5"))
        hall.clock.advance(BROKEN_PAUSE_S)
        await until(lambda: "7" in hall.hall.units)
        assert await again.ask(message("7", "6")) == reply("7", "6", CODE)


async def test_board_that_cannot_be_rebuilt_is_not_answered_and_the_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await filled()
    real = Board.apply

    def breaks(self: Board, event: Any, at: Any) -> None:
        if self.name == "7":
            raise ZeroDivisionError("a fault of ours")
        real(self, event, at)

    monkeypatch.setattr(Board, "apply", breaks)
    async with LockerHall(journal).opened() as hall:
        peer = await hall.peer()
        await is_not_answered(hall, peer, message("7", "3"))
        assert await peer.ask(message("8", "1")) == reply("8", "1")
        monkeypatch.undo()
        hall.clock.advance(BROKEN_PAUSE_S)
        assert await peer.ask(message("7", "5")) == reply("7", "5", CODE)


async def test_many_who_ask_for_one_board_wait_for_one_rebuilding(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await filled()
    made: list[str] = []
    real = Hall._make

    async def counted(self: Hall, board: str) -> Any:
        made.append(board)
        return await real(self, board)

    monkeypatch.setattr(hall_module.Hall, "_make", counted)
    journal.reading = asyncio.Event()
    async with LockerHall(journal).opened() as hall:
        peers = [await hall.peer() for _ in range(5)]
        for number, peer in enumerate(peers):
            peer.say(message("7", str(10 + number)))
        await until(lambda: len(hall.hall._demanded.get("7", ())) == 5)
        journal.reading.set()
        for number, peer in enumerate(peers):
            assert await peer.reply() == reply("7", str(10 + number), CODE)
        assert made == ["7"]


async def test_gateway_that_stops_leaves_nothing() -> None:
    async with LockerHall(await filled()).opened() as hall:
        peer = await hall.peer()
        await peer.ask(message("7", "3"))
    assert hall.units.all() == []
    assert await peer.rest() == b""


async def test_codes_of_a_journal_from_another_era_wait_for_approval() -> None:
    """After a repair or a restore nobody knows whether the newest codes are there."""
    journal = await filled()
    journal.health.era += 1
    async with LockerHall(journal).opened() as hall:
        peer = await hall.peer()
        await is_not_answered(hall, peer, message("7", "3", "BOX_ENG=2"))
        await hall.command("7", "approve")
        assert await peer.ask(message("7", "4", "BOX_ENG=2")) == reply("7", "4", CODE)


async def test_board_of_another_gateway_that_runs_is_accepted_where_unknown_ones_are() -> None:
    """Two halls may have a board of one ID; who wrote "accept" for the second one meant it."""
    journal = await filled("hall")
    async with LockerHall(journal).opened() as hall:
        await hall.until_rebuilt("7")
        lobby = LockerHall(journal, name="lobby", unknown=UnknownPolicy.ACCEPT)
        object.__setattr__(lobby.runtime, "units", hall.units)
        async with lobby.opened():
            assert await (await lobby.peer()).ask(message("7", "3", "BOX_ENG=2")) == reply("7", "3")
