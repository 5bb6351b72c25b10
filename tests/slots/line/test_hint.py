"""What is worth keeping of a poll."""

from __future__ import annotations

import pytest

from lineside.slots.line.hint import hint_of
from lineside.slots.wire import GeneralPoll, LongPoll


@pytest.mark.parametrize(
    ("poll", "hint"),
    [
        (GeneralPoll(5), "85"),
        (LongPoll(5, 0x1A), "05 1a"),
        (LongPoll(5, 0x6F, bytes(4)), "05 6f 04 00 00 00 00"),
        (LongPoll(5, 0x01), "85"),  # it does something
        (LongPoll(5, 0x09, b"\x00\x01\x01"), "85"),
        (LongPoll(5, 0x73, b"\xff"), "85"),  # its answer and its data hold a key
        (LongPoll(5, 0x6E, b""), "85"),  # not in the table, or not of a reading type
        (LongPoll(0, 0x7F, bytes.fromhex("11272025192116")), "85"),
    ],
)
def test_reading_polls_are_kept_whole_and_others_by_their_address(poll: GeneralPoll | LongPoll, hint: str) -> None:
    assert hint_of(5, poll)[: len(bytes.fromhex(hint))] == bytes.fromhex(hint)
    assert len(hint_of(5, poll)) == 1 or len(hint) > 2
