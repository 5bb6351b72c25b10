"""What is shown of the messages of a line."""

from __future__ import annotations

from lineside.slots.line import FrameSeen, PollDone
from lineside.slots.wire import LongPoll

KEY = bytes(range(0x41, 0x55))
ANSWER = bytes.fromhex("01731d0101000000") + KEY + b"\x00\x00\x00\x00\x12\x34"


def test_the_key_of_a_registration_is_in_no_text() -> None:
    shown = repr(PollDone(1, "tag", LongPoll(1, 0x73, b"\xff"), None, ANSWER, 1)) + repr(
        FrameSeen(1, False, ANSWER, "answer")
    )
    assert KEY.hex(" ") not in shown
    assert "**" in shown
