"""One connection: one message in work at a time, answers in the order of the messages, whoever they are for."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.errors import Malformed
from lineside.lockers.gateway import connection as connection_module
from lineside.lockers.wire import BoardWire
from tests.support.hall import LockerHall, message, reply
from tests.support.wait import until


async def test_next_message_begins_when_the_one_before_is_on_disk() -> None:
    async with LockerHall().opened() as hall:
        peer = await hall.peer()
        await peer.ask(message("7", "1"))
        hall.journal.held = True
        recorded = hall.journal.submitted
        peer.say(message("7", "2") + message("7", "3") + b"ip\r\n")
        await until(lambda: hall.journal.submitted > recorded)
        peer.say(message("7", "4"))
        await until(lambda: next(iter(hall.connections()))._is_held)
        assert hall.journal.submitted == recorded + 1
        hall.journal.release()
        assert await peer.hear(len(reply("7", "2")) * 2) == reply("7", "2") + reply("7", "3")
        assert (await peer.line()).startswith(b"('127.0.0.1'")
        assert await peer.reply() == reply("7", "4")


async def test_refused_message_is_passed_over_and_the_order_kept() -> None:
    """A board that is not answered at all stands between two that are."""
    async with LockerHall().opened() as hall:
        peer = await hall.peer()
        asked = (message("7", "1"), message("8", "1", "BOX_ENG=3"), b"ACon_V1.0\nID=9\nCLOSE\n", message("7", "2"))
        peer.say(b"".join(asked))
        answer = reply("7", "1") + b"ERROR: missing SEND\n" + reply("7", "2")
        assert await peer.hear(len(answer)) == answer


async def test_two_channels_of_one_board_are_answered_where_they_ask() -> None:
    async with LockerHall().opened() as hall:
        wifi, gsm = await hall.peer(), await hall.peer()
        assert await wifi.ask(message("7", "1", "CONNECTION=1")) == reply("7", "1")
        assert await gsm.ask(message("7", "2", "CONNECTION=2")) == reply("7", "2")
        wifi.hang_up()
        await until(lambda: hall.door.guard.open_count == 1)
        assert hall.hall.units["7"].status.state == "live"
        assert await gsm.ask(message("7", "3", "CONNECTION=2")) == reply("7", "3")


async def test_connection_speaks_for_so_many_boards_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "BOARDS_MAX", 2)
    async with LockerHall().opened() as hall:
        peer = await hall.peer()
        for board in ("1", "2", "3", "1", "2"):
            await peer.ask(message(board, "1"))
        assert set(next(iter(hall.connections()))._units) == {"1", "2"}
        assert {board for board, unit in hall.hall.units.items() if unit._peers} == {"1", "2"}


async def test_answer_that_cannot_be_said_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer: the board keeps its list. The connection and the unit go on."""
    async with LockerHall().opened() as hall:
        peer = await hall.peer()
        real = BoardWire.send

        def mute(self: BoardWire, answer: Any) -> bytes:
            if getattr(answer, "send", "") == "2":
                raise Malformed("no reply can be so")
            return real(self, answer)

        monkeypatch.setattr(BoardWire, "send", mute)
        peer.say(message("7", "1") + message("7", "2") + message("7", "3"))
        assert await peer.hear(len(reply("7", "1")) * 2) == reply("7", "1") + reply("7", "3")


@pytest.mark.parametrize("is_short", [True, False], ids=["short way", "long way"])
async def test_what_is_answered_does_not_depend_on_the_short_way_behind_an_answer(
    is_short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_short:
        monkeypatch.setattr(connection_module.Connection, "_is_calm", False)
    async with LockerHall().opened() as hall:
        peer = await hall.peer()
        for send in ("1", "2"):  # one by one
            assert await peer.ask(message("7", send)) == reply("7", send)
        peer.say(message("7", "3") + message("8", "1") + message("7", "4")[:-8])  # more, and half of one
        assert await peer.hear(len(reply("7", "3")) * 2) == reply("7", "3") + reply("8", "1")
        await until(lambda: next(iter(hall.connections()))._is_watched)
        assert await peer.ask(message("7", "4")[-8:]) == reply("7", "4")
        assert not next(iter(hall.connections()))._is_watched
        hall.journal.held = True
        recorded = hall.journal.submitted
        peer.say(message("7", "5"))
        await until(lambda: hall.journal.submitted > recorded)
        peer.say(message("7", "6"))  # while one is in work, and then the end
        await until(lambda: next(iter(hall.connections()))._is_held)
        peer.writer.write_eof()
        hall.journal.release()
        assert await peer.rest() == reply("7", "5") + reply("7", "6")
