"""Polls as a host sends them."""

from __future__ import annotations

import pytest

from lineside.errors import Malformed
from lineside.slots.wire import NOBODY, GeneralPoll, LongPoll, encode, hide_key


@pytest.mark.parametrize(
    ("poll", "first", "rest"),
    [
        (NOBODY, "80", ""),
        (GeneralPoll(1), "81", ""),
        (GeneralPoll(127), "ff", ""),
        (LongPoll(1, 0x19), "01", "19"),
        (LongPoll(1, 0x02), "01", "02ca3a"),
        (LongPoll(1, 0x2F, bytes.fromhex("000000010424")), "01", "2f060000000104 24e848"),
        (LongPoll(0, 0x7F, bytes.fromhex("11272025192116")), "00", "7f11272025192116245d"),
        (LongPoll(1, 0xF0), "01", "f0"),
        (LongPoll(1, 0xF0, b"\x12"), "01", "f0124715"),
    ],
)
def test_first_byte_stands_apart_for_its_wake_up_bit(poll: GeneralPoll | LongPoll, first: str, rest: str) -> None:
    assert encode(poll) == (bytes.fromhex(first), bytes.fromhex(rest))


@pytest.mark.parametrize(
    ("poll", "text"),
    [
        (GeneralPoll(128), "address 128 wanted 0 to 127"),
        (LongPoll(-1, 0x19), "address -1 wanted"),
        (LongPoll(1, 0x100), "command 0x100 with 0 bytes"),
        (LongPoll(1, 0x2F, bytes(256)), "with 256 bytes wanted"),
        (LongPoll(0, 0x19), "command 19 to address 0: wanted 1 to 127, it is of type R"),
        (LongPoll(1, 0x19, b"\x00"), "command 19 with 1 bytes of data, wanted 0"),
        (LongPoll(1, 0x0E), "command 0e with 0 bytes of data, wanted 1"),
    ],
)
def test_polls_that_no_frame_carries_are_refused(poll: GeneralPoll | LongPoll, text: str) -> None:
    with pytest.raises(Malformed, match=text):
        encode(poll)


def test_repr_shows_data_but_no_key() -> None:
    assert repr(LongPoll(1, 0x0E, b"\x01")) == "LongPoll(0x01, 0x0E, bytes.fromhex('01'))"
    assert repr(LongPoll(1, 0x73, b"\xff")) == "LongPoll(0x01, 0x73, bytes.fromhex('ff'))"
    assert repr(LongPoll(1, 0x73, b"\x01" * 29)) == "LongPoll(0x01, 0x73, <29 bytes>)"


@pytest.mark.parametrize("cut", [9, 20, 27, 33])
@pytest.mark.parametrize("before", [b"", b"\x80\x01"])
def test_key_is_hidden_in_torn_frames_too(cut: int, before: bytes) -> None:
    frame = b"\x01\x73\x1d\x00\x01\x00\x00\x00" + b"\xab" * 20 + bytes(4)
    shown = hide_key(before + frame[:cut])
    assert "ab" not in shown
    assert shown.count("**") == min(cut - 8, 20)
    assert hide_key(b"\x01\x19\x73") == "01 19 73"
