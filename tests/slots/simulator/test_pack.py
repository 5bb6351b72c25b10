"""The machine's own bytes."""

from __future__ import annotations

import datetime

import pytest

from lineside.slots.simulator.pack import Invalid, Reader, bcd, counted, day, day_and_time, low_first, text


def test_fields_lie_as_in_the_sheet() -> None:
    assert bcd(1234, 4).hex() == "00001234"
    assert bcd(123_456_789, 4).hex() == "23456789"
    assert low_first(0x0C, 2).hex() == "0c00"
    assert counted(b"abc") == b"\x03abc"
    assert text("AT", 3) == b"AT "
    assert text("63928x7", 6) == b"63928x"
    assert day(None) == bytes(4)
    assert day_and_time(None) == bytes(7)
    assert day_and_time(datetime.datetime(2025, 11, 27, 19, 21, 16)).hex() == "11272025192116"


def test_reader_takes_fields_in_turn() -> None:
    asked = Reader(bytes.fromhex("12 34 0C 00 FF"))
    assert (asked.bcd(2), asked.low_first(2), asked.left(), asked.byte()) == (1234, 12, 1, 255)
    asked.end()


@pytest.mark.parametrize(
    "take",
    [
        lambda: Reader(b"\x1a").bcd(1),
        lambda: Reader(b"").byte(),
        lambda: Reader(b"\x01").end(),
        lambda: Reader(b"\x02\x01").counted(),
        lambda: Reader(b"\x01\x01\x01").counted(),
        lambda: Reader(bytes.fromhex("02302025192116")).day_and_time(),
    ],
)
def test_what_does_not_fit_is_invalid(take: object) -> None:
    assert callable(take)
    with pytest.raises(Invalid):
        take()
