"""E1 to E16 of the wire sheet, byte for byte, against the live listener; tests/lockers/wire has them at the codec."""

from __future__ import annotations

import asyncio
import re

import pytest

from lineside.lockers.gateway import BoardEntry
from lineside.lockers.model import UnknownPolicy
from lineside.lockers.wire import Reply
from tests.golden.lockers.exchanges import EXCHANGES, Exchange, Turn
from tests.support.hall import LockerHall, Peer, message, reply

BOARDS = ("7", "30", "1953")
NUMBERS = re.compile(rb"(?<=, )\d+(?=\))")


@pytest.mark.parametrize("exchange", EXCHANGES, ids=str)
async def test_exchange_of_the_sheet(exchange: Exchange) -> None:
    """Unknown boards are accepted, as E1 needs it: the board lists cells that were never set here."""
    boards = {board: BoardEntry() for board in BOARDS}
    async with LockerHall(unknown=UnknownPolicy.ACCEPT, boards=boards).opened() as hall:
        await want(hall, exchange)
        peers = {link: await hall.peer() for link in dict.fromkeys(turn.link for turn in exchange.turns)}
        for turn in exchange.turns:
            await play(peers[turn.link], turn)


async def want(hall: LockerHall, exchange: Exchange) -> None:
    """Ask for what the exchange needs, in another order than that of the reply."""
    board = next((one.board for turn in exchange.turns for one in turn.answers if isinstance(one, Reply)), "")
    await hall.until_rebuilt(*BOARDS)
    for code in reversed(exchange.wanted.codes):
        await hall.command(board, "set_code", cell=code.cell, code=code.code, minutes=code.minutes)
    if exchange.wanted.block:
        await hall.command(board, "block")
    if exchange.wanted.reboot:
        await hall.command(board, "reboot")


async def play(peer: Peer, turn: Turn) -> None:
    """Say the pieces one after the other and compare what is answered; of the console, all but the port numbers."""
    for piece in turn.pieces:
        peer.say(piece)
        await peer.writer.drain()
        await asyncio.sleep(0.01)  # so that they are packets; one that is merged all the same is answered alike
    if b"=>" in turn.data:
        assert NUMBERS.sub(b"", await peer.line()) == NUMBERS.sub(b"", turn.data)
    else:
        assert await peer.hear(len(turn.data)) == turn.data
    if turn.closes:
        assert await peer.rest() == b""


async def test_errors_leave_nothing_behind() -> None:
    """E12 and E16, seen from the journal."""
    refused = [exchange for exchange in EXCHANGES if exchange.name in ("E12", "E16")]
    async with LockerHall().opened() as hall:
        for exchange in refused:
            peer = await hall.peer()
            for turn in exchange.turns:
                await play(peer, turn)
        assert hall.journal.kept == []


@pytest.mark.parametrize("word", ["ip", "server", "client", "info"])
async def test_word_of_the_console_tells_both_ends(word: str) -> None:
    async with LockerHall().opened() as hall:
        peer = await hall.peer()
        peer.say(f"{word}\r\n".encode())
        own = peer.writer.get_extra_info("sockname")[1]
        assert await peer.line() == f"('127.0.0.1', {own})=>('127.0.0.1', {hall.door.port})\r\n".encode()


async def test_reboot_that_was_ordered_is_confirmed_by_the_board() -> None:
    """E10, seen from who asked for it."""
    async with LockerHall().opened() as hall:
        peer = await hall.peer()
        await peer.ask(message("7", "19", "RESET=0"))
        ordered = await hall.command("7", "reboot")
        assert await peer.ask(message("7", "20", "RESET=0")) == reply("7", "20", reset=1)
        assert await peer.ask(message("7", "1", "RESET=1")) == reply("7", "1")
        assert (await hall.desk.wait(ordered.id, 5.0)).state == "done"


async def test_late_packet_changes_nothing() -> None:
    """E11, seen from the state: what the newer message said stands."""
    async with LockerHall(unknown=UnknownPolicy.ACCEPT).opened() as hall:
        wifi, gsm = await hall.peer(), await hall.peer()
        await wifi.ask(message("7", "101", "CONNECTION=1", "BOX_ENG=0"))
        await hall.command("7", "set_code", cell=2, code="1492", minutes=10)
        code = "BOX_ENG=(2,1492,10)"
        assert await wifi.ask(message("7", "102", "CONNECTION=1", "BOX_ENG=0")) == reply("7", "102", code)
        assert await wifi.ask(message("7", "104", "CONNECTION=1", "BOX_ENG=2")) == reply("7", "104", code)
        assert "CodeConfirmed" in hall.journal.kinds("hall/7")
        assert await gsm.ask(message("7", "103", "CONNECTION=2", "BOX_ENG=0")) == reply("7", "103", code)
        assert await wifi.ask(message("7", "105", "CONNECTION=1", "BOX_ENG=2")) == reply("7", "105", code)
