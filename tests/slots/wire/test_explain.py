"""Frames in words."""

from __future__ import annotations

import random

import pytest

from lineside.slots.wire import LONG_POLLS, crc16, explain, is_frame, readings, with_crc
from tests.slots.wire.frames import GoldenFrame, golden_frames

KEY = "a1b2c3d4e5f60718293a4b5c6d7e8f9011121314"


@pytest.mark.parametrize("golden", golden_frames(), ids=str)
def test_golden_frame_is_explained_as_what_it_is(golden: GoldenFrame) -> None:
    assert is_frame(golden.frame)
    meanings = {one.meaning for one in readings(golden.frame)}
    if golden.event is not None:
        assert meanings == {"event"}
    else:
        assert ("answer" if golden.is_answer else "poll") in meanings
    text = "\n".join(explain(golden.frame))
    if golden.event is None and golden.message != "RomSignature":
        assert f"{golden.frame[1]:02X} {LONG_POLLS[golden.frame[1]].name}" in text


@pytest.mark.parametrize(
    ("frame", "lines"),
    [
        ("80", ["general poll: to nobody: acknowledges the last answer", "exception: hopper full"]),
        ("01", ["exception: unknown exception 01", "ack: or chirp, of address 1"]),
        ("00", ["exception: nothing"]),
        ("01 00", ["busy: of address 1"]),
        ("01 19", ["poll: 19 main meters, to address 1"]),
        ("00 7F 11 27 20 25 19 21 16 24 5D", ["poll: 7F set clock, to every machine"]),
        ("01 FF 6F ED 3E", ["event: 6F game locked, of address 1"]),
        ("01 B1 01 E3 68", ["answer: B1 player denomination, of address 1", "    code = 01 1 cents"]),
        ("01 74 80 00 00 00 A6 11", ["    code = 80 cancel"]),
        ("01 A0 00 00 D7 CD 05 00 00 00 8F 1F", ["    can_be_polled_fast = True", "    has_aft = True"]),
        ("01 B0 02 01 11 B0 C7", ["    poll = 11 coin in"]),
        ("01 72 02 00 87 78 2D", ["    status = 87 cannot transfer now"]),
        ("01 B2 02 01 01 47 EE", ["    codes = ['01 1 cents']"]),
    ],
)
def test_words_are_those_of_the_tables(frame: str, lines: list[str]) -> None:
    said = explain(bytes.fromhex(frame))
    assert [line for line in lines if line in said] == lines


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (b"", "unusable: no bytes: no poll and no answer is like this"),
        (b"\x01\xf0", "unusable: 01 f0: no poll"),
        (b"\x01\x02\x03", "unusable: 01 02 03: no poll"),
        (b"\x01\x02\xca\x3b", "crc 3bca wanted 3aca"),
        (b"\x01\xff\x20\x1e\x85", "crc 851e wanted 841e"),
        (with_crc(b"\x01\x1a\x00\x00\x00\xaa"), "SingleMeter.value is 00 00 00 aa"),
    ],
)
def test_what_is_no_frame_is_said_with_the_reason(frame: bytes, text: str) -> None:
    assert text in "\n".join(explain(frame))
    assert not is_frame(frame) or not crc16(frame)


def test_unknown_codes_are_said_to_be_unknown() -> None:
    assert "poll: F0 unknown poll, to address 1" in explain(with_crc(b"\x01\xf0\x12"))
    assert "    data = 12" in explain(with_crc(b"\x01\xf0\x12"))
    assert "    code = 77 unknown" in explain(with_crc(b"\x01\xb1\x77"))
    meters = explain(with_crc(b"\x01\x6f\x0c\x00\x00\x34\x12\x01\x05\x0d\x00\x00\x0e\x00\x00"))
    assert "    1234 unknown meter = 5 unknown unit" in meters
    assert "    000D cashable tickets in with non-restricted = absent" in meters


def test_keys_are_not_shown() -> None:
    frame = with_crc(bytes.fromhex(f"01731d0101000000{KEY}00000000"))
    for torn in (frame, frame[:-1] + b"\x00", with_crc(frame[:-2] + b"\x00"), frame[:20]):
        assert KEY[:6] not in "".join(explain(torn)).replace(" ", "")
    assert "    key = **" in explain(frame)
    assert "crc wanted" in "".join(explain(frame[:-1] + b"\x00"))


def test_any_bytes_are_explained_without_an_error() -> None:
    draw = random.Random(3)
    goldens = [golden.frame[:-2] for golden in golden_frames()]
    for _ in range(3000):
        data = bytearray(draw.choice(goldens) if draw.random() < 0.7 else draw.randbytes(draw.randrange(9)))
        if data:
            data[draw.randrange(len(data))] = draw.randrange(256)
        assert explain(with_crc(bytes(data)))
        assert explain(bytes(data))
