"""§9 of the wire sheet row by row on sockets: whatever strangers do, the good board beside them loses nothing."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lineside.lockers.gateway import BoardEntry
from lineside.lockers.model import UnknownPolicy
from tests.support.hall import LockerHall, Peer, message, reply
from tests.support.wait import until


@asynccontextmanager
async def hall_with_a_good_board(**settings: Any) -> AsyncIterator[tuple[LockerHall, Peer]]:
    """Whatever the block does, the good board is answered on its own connection before and after."""
    async with LockerHall(**settings).opened() as hall:
        good = await hall.peer()
        assert await good.ask(message("1953", "1")) == reply("1953", "1")
        yield hall, good
        assert await good.ask(message("1953", "2")) == reply("1953", "2")
        assert len([kind for kind in hall.journal.kinds("hall/1953") if kind.startswith("Heard")]) >= 1


async def test_message_may_be_split_at_any_byte() -> None:
    async with hall_with_a_good_board() as (hall, _):
        whole = message("7", "1", "COLS=8")
        peer = await hall.peer()
        for send, place in enumerate(range(1, len(whole)), 1):
            data = message("7", str(send), "COLS=8")
            peer.say(data[:place])
            await asyncio.sleep(0)
            assert await peer.ask(data[place:]) == reply("7", str(send))


@pytest.mark.parametrize(
    "hello",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api HTTP/1.1\r\nContent-Length: 40\r\n\r\nACon_V1.0\nID=7\nSEND=1\nCLOSE\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_strangers_of_other_protocols_are_let_go_without_a_word(hello: bytes) -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        peer.say(hello)
        assert await peer.rest() == b""
        assert hall.journal.kinds("hall/7") == []


@pytest.mark.parametrize("junk", [b"\x00" * 5000, b"\xff\xfb\x01" * 2000, b"no board says this\r\n" * 300])
async def test_too_much_junk_before_a_header_ends_the_connection(junk: bytes) -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        peer.say(junk)
        assert await peer.rest() == b""


async def test_a_little_junk_before_a_header_is_passed_over() -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        assert await peer.ask(b"\xff\xfb\x01\r\nAT+OK\r\n" + message("7", "1")) == reply("7", "1")


async def test_unfinished_message_before_a_header_is_told_and_the_next_one_answered() -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        peer.say(b"ACon_V1.0\nID=7\nSEND=1\n" + message("7", "2"))
        assert await peer.line() == b"ERROR: missing CLOSE\n"
        assert await peer.reply() == reply("7", "2")


async def test_message_that_is_not_finished_in_time_ends_its_connection_without_a_word() -> None:
    """The time runs from the first byte: another byte now and then wins nothing."""
    async with hall_with_a_good_board() as (hall, good):
        slow = await hall.peer()
        for byte in b"ACon_V1.0":
            slow.say(bytes((byte,)))
            await until(lambda: hall.door._unfinished)
            hall.clock.advance(3.0)
        await asyncio.sleep(0.01)
        assert not slow.reader.at_eof(), "27 s are not too long"
        slow.say(b"\n")
        hall.clock.advance(5.0)
        assert await slow.rest() == b""
        assert not good.reader.at_eof()
        assert not hall.door._unfinished


async def test_silent_connection_is_kept_for_its_time_and_no_longer() -> None:
    async with hall_with_a_good_board(idle_timeout_s=900.0) as (hall, good):
        silent = await hall.peer()
        await until(lambda: hall.door.guard.open_count == 2)
        hall.clock.advance(899.0)
        hall.door.guard.sweep(hall.clock.mono)
        assert hall.door.guard.open_count == 2
        assert await good.ask(message("1953", "1")) == reply("1953", "1")
        hall.clock.advance(2.0)
        hall.door.guard.sweep(hall.clock.mono)
        assert await silent.rest() == b""
        assert hall.door.guard.open_count == 1


async def test_too_many_connections_are_closed_at_once() -> None:
    async with hall_with_a_good_board(connections_max=3, connections_per_address_max=3) as (hall, _):
        kept = [await hall.peer() for _ in range(2)]
        await until(lambda: hall.door.guard.open_count == 3)
        assert await (await hall.peer()).rest() == b""
        assert await kept[0].ask(message("7", "1")) == reply("7", "1")


async def test_flood_of_errors_ends_the_connection() -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        peer.say(b"ACon_V1.0\nID=7\nCLOSE\n" * 20)
        assert await peer.rest() == b"ERROR: missing SEND\n" * 10


async def test_address_that_makes_many_errors_has_no_more_than_one_on_each_connection() -> None:
    async with hall_with_a_good_board(errors_per_address_max=12) as (hall, _):
        first, second, third = [await hall.peer() for _ in range(3)]
        for peer, answers in ((first, 10), (second, 3), (third, 1)):
            peer.say(b"ACon_V1.0\nID=7\nCLOSE\n" * 20)
            assert await peer.rest() == b"ERROR: missing SEND\n" * answers


async def test_flood_of_ids_from_one_address_reads_no_more_than_its_share() -> None:
    async with hall_with_a_good_board(boards_per_address_max=5) as (hall, _):
        peer = await hall.peer()
        for board in range(4):
            assert await peer.ask(message(str(board), "1")) == reply(str(board), "1")
        for board in range(100, 120):
            peer.say(message(str(board), "1"))
        assert await peer.rest() == b""
        assert sorted(hall.hall.units) == ["0", "1", "1953", "2", "3"]


async def test_more_boards_than_there_is_room_for_are_not_answered() -> None:
    async with hall_with_a_good_board(boards_max=2) as (hall, _):
        assert await (await hall.peer()).ask(message("7", "1")) == reply("7", "1")
        peer = await hall.peer()
        peer.say(message("8", "1") + message("7", "2"))
        assert await peer.reply() == reply("7", "2")


async def test_unknown_board_is_rejected_when_that_is_the_policy_and_expected_ones_are_not() -> None:
    boards = {"1953": BoardEntry(), "8": BoardEntry()}
    async with hall_with_a_good_board(unknown=UnknownPolicy.REJECT, boards=boards) as (hall, _):
        peer = await hall.peer()
        peer.say(message("7", "1") + message("8", "1"))
        assert await peer.reply() == reply("8", "1")
        assert hall.journal.kinds("hall/7") == []


async def test_board_with_codes_of_another_server_is_not_answered_until_it_is_approved() -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        peer.say(message("7", "1", "BOX_ENG=2,5"))
        await until(lambda: "7" in hall.hall.units and hall.journal.kinds("hall/7"))
        await hall.command("7", "approve")
        assert await peer.ask(message("7", "2", "BOX_ENG=2,5")) == reply("7", "2")


async def test_board_is_answered_in_its_networks_alone() -> None:
    boards = {"7": BoardEntry(networks=("10.8.0.0/16",)), "8": BoardEntry(networks=("127.0.0.0/8", "::1"))}
    async with hall_with_a_good_board(boards=boards) as (hall, _):
        peer = await hall.peer()
        peer.say(message("7", "1") + message("8", "1"))
        assert await peer.reply() == reply("8", "1")
        assert hall.journal.kinds("hall/7") == []


async def test_peer_that_ends_its_side_is_answered_first() -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        peer.say(message("7", "1") + message("7", "2"))
        peer.writer.write_eof()
        assert await peer.rest() == reply("7", "1") + reply("7", "2")


async def test_peer_that_ends_in_the_middle_of_a_message_is_let_go() -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        peer.say(b"ACon_V1.0\nID=7\nSEND=1\n")
        peer.writer.write_eof()
        assert await peer.rest() == b""
        assert hall.journal.kinds("hall/7") == []


async def test_peer_that_hangs_up_before_its_reply_was_heard_all_the_same() -> None:
    async with hall_with_a_good_board() as (hall, _):
        peer = await hall.peer()
        hall.journal.held = True
        recorded = hall.journal.submitted
        peer.say(message("7", "1"))
        await until(lambda: hall.journal.submitted > recorded)
        sock = peer.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, and no end of stream
        peer.writer.transport.abort()
        await until(lambda: hall.door.guard.open_count == 1)
        hall.journal.release()
        await until(lambda: hall.journal.kinds("hall/7"))


async def test_peer_with_very_much_to_say_does_not_hold_up_the_others_and_is_answered_whole() -> None:
    async with hall_with_a_good_board() as (hall, good):
        peer = await hall.peer()
        count = 3000
        peer.say(b"".join(message("7", str(send)) for send in range(1, count + 1)))
        for send in range(10, 15):
            assert await good.ask(message("1953", str(send))) == reply("1953", str(send))
        for send in range(1, count + 1):
            assert await peer.reply() == reply("7", str(send))
        assert await good.ask(message("1953", "1")) == reply("1953", "1")


async def test_peer_that_does_not_read_is_let_go_and_the_good_board_is_not_held_up() -> None:
    """It repeats one message, whose reply is long: nothing is recorded for it, and the kernel's buffers fill."""
    async with hall_with_a_good_board() as (hall, good):
        peer = await hall.peer()
        await peer.ask(message("7", "1", "COLS=8", "ROWS=8"))
        for cell in range(1, 65):
            await hall.command("7", "set_code", cell=cell, code="1492", minutes=4800)
        peer.deaf()
        while not hall.door.guard.was_cut:
            peer.say(message("7", "2", "COLS=8", "ROWS=8") * 100)
            assert await good.ask(message("1953", "10")) == reply("1953", "10")
        assert list(hall.door.guard.was_cut) == ["does_not_read"]


async def test_bad_crowd_at_once() -> None:
    bad = [
        b"\x00" * 9000,
        b"ACon_V1.0\nX=" + b"9" * 9000,
        b"ACon_V1.0\n" + b"A=1\n" * 200,
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01",
        b"ACon_V1.0\nID=7\nCLOSE\n" * 30,
        b"ACon_V1.0\nID=" + b"x" * 5000 + b"\nSEND=1\nCLOSE\n",
        b"ACon_V1.0\nID=1\nID=2\nSEND=1\nCLOSE\n" * 11,
    ]
    async with hall_with_a_good_board(errors_per_address_max=1000) as (hall, good):
        peers = [await hall.peer() for _ in range(5) for _ in bad]
        for index, peer in enumerate(peers):
            peer.say(bad[index % len(bad)])
            assert await good.ask(message("1953", str(index + 2))) == reply("1953", str(index + 2))
        for peer in peers:
            assert b"ACon" not in await peer.rest()
        assert set(hall.hall.units) == {"1953"}
        assert await good.ask(message("1953", "1000")) == reply("1953", "1000")
