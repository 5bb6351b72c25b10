"""What the messages say of themselves: a code in none of it."""

from __future__ import annotations

from lineside.lockers.wire import CellCode, Reply, Request


def test_code_is_in_no_text() -> None:
    reply = Reply(header="ACon_V1.0", board="7", send="1", codes=(CellCode(6, "7310", 58),))
    for text in (repr(reply), str(reply), f"{reply.codes}", repr(reply.codes[0]), str(reply.codes[0])):
        assert "7310" not in text
        assert "****" in text


def test_number_is_that_of_send_with_its_zeros() -> None:
    assert Request(header="ACon_V1.0", board="7", send="0009").number == 9
    assert Request(header="ACon_V1.0", board="7", send="9" * 20).number == 10**20 - 1
