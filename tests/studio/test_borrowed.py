"""Somebody else's socket as the gateway's: order, ends, faults of the other library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from lineside.runtime.guard import Guard, Limits, Reason, Ticket
from lineside.studio.borrowed import BorrowedSocket, OneMessage
from tests.studio.serving import PlayedSocket

PATH_A, PATH_C = "/?id=ARO-001_pc&token=t", "/?id=ARO-001&device=pc&token=t"


def ticket_of() -> Ticket:
    found = Guard(Limits(), "test").admit("in-process")
    assert isinstance(found, Ticket)
    return found


async def test_next_frame_is_taken_when_the_one_before_has_its_answer() -> None:
    played = PlayedSocket("1", "2")
    one = BorrowedSocket(played, PATH_A, ticket_of())
    first = asyncio.ensure_future(one.receive())
    await asyncio.sleep(0)
    assert not first.done()  # the snapshot is due
    one.send(b"snapshot")
    assert await first == b"1"
    second = asyncio.ensure_future(one.receive())
    await asyncio.wait((second,), timeout=0.02)
    assert not second.done()
    one.send(b"answer 1")
    assert await second == b"2"
    one.send(b"answer 2")
    assert await one.receive() is None
    assert one.goodbye == (1000, "")
    await one.finish()
    assert played.sent == ["snapshot", "answer 1", "answer 2"]
    assert played.closed is None
    assert not one.ticket.is_open


async def test_credentials_come_by_recv_after_the_greeting() -> None:
    played = PlayedSocket("credentials", "update")
    one = BorrowedSocket(played, "/", ticket_of())
    one.send(b"greeting")
    assert await one.receive() == b"credentials"
    one.send(b"snapshot")
    assert await one.receive() == b"update"
    await one.finish()


async def test_goodbye_leaves_behind_what_was_said_before() -> None:
    played = PlayedSocket("1")
    one = BorrowedSocket(played, PATH_C, ticket_of())
    one.send(b"x")
    one.close(1008, "Invalid token")
    one.close(1001, "again")
    one.send(b"too late")
    assert await one.receive() is None
    await one.finish()
    assert (played.sent, played.closed) == (["x"], (1008, "Invalid token"))


async def test_faults_of_the_other_library_end_it() -> None:
    class Broken(PlayedSocket):
        async def send(self, text: str) -> None:
            raise OSError("gone")

        async def __aiter__(self) -> AsyncIterator[str]:
            raise ValueError("closed")
            yield ""

    reading = BorrowedSocket(Broken(), PATH_C, ticket_of())
    assert await reading.receive() is None
    assert reading.ended == "connection lost: closed"
    assert reading.goodbye is None
    await reading.finish()
    writing = BorrowedSocket(Broken(), PATH_A, ticket_of())
    writing.send(b"x")
    assert await writing.receive() is None
    assert writing.ended == "connection lost: gone"
    await writing.finish()


async def test_peer_that_does_not_take_what_is_sent_is_counted_and_cut() -> None:
    stuck = asyncio.Event()

    class Stuck(PlayedSocket):
        async def send(self, text: str) -> None:
            await stuck.wait()

    one = BorrowedSocket(Stuck(), PATH_A, ticket_of())
    one.send(b"12345")
    await asyncio.sleep(0)
    assert one.unsent() == 5
    one.ticket.cut(Reason.DOES_NOT_READ, "peer does not read")
    assert await one.receive() is None
    assert one.ended == "peer does not read"
    stuck.set()
    await one.finish()


async def test_watchers_have_to_come_by_the_port() -> None:
    played = PlayedSocket()
    one = BorrowedSocket(played, "/watch?token=t", ticket_of())
    one.send_framed(b"\x81\x00")
    await one.finish()
    assert played.closed == (1011, "Connect to the port to watch")


@pytest.mark.parametrize("frame", ["text", b"bytes"])
async def test_one_message_keeps_the_snapshot_to_itself(frame: Any) -> None:
    played = PlayedSocket()
    one = OneMessage(played, frame)
    await one.send("snapshot")
    await one.send("answer")
    assert played.sent == ["answer"]
    assert [each async for each in one] == [frame]
    assert await one.recv() == frame
    await one.close(1008, "no")
    assert played.closed == (1008, "no")
