"""Lists of meters, read by code and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.errors import Malformed
from lineside.slots.wire.meter_list import (
    LONG_READINGS,
    METER_BYTES_MAX,
    SHORT_READINGS,
    MeterReading,
    MeterReadings,
    ShortReadings,
)
from lineside.slots.wire.meters import METERS


def test_absent_meters_are_told_by_long_lists_and_missing_in_short_ones() -> None:
    answer = LONG_READINGS.unpack(bytes.fromhex("0000 0c00 04 00016660 0d00 00"))
    assert answer == MeterReadings(0, (MeterReading(0x0C, 0, 16660, 4),), (0x0D,))
    assert LONG_READINGS.write(answer).hex() == "00000c0004000166600d0000"
    assert SHORT_READINGS.unpack(b"\x00\x07") == MeterReadings(7, ())
    assert SHORT_READINGS.write(MeterReadings(7, ())).hex() == "0007"


def test_codes_that_no_source_names_are_read_by_their_size_byte() -> None:
    answer = LONG_READINGS.unpack(bytes.fromhex("0000 3412 02 0099"))
    assert answer.readings == (MeterReading(0x1234, 0, 99, 2),)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("", "game is cut short"),
        ("00", "game is cut short"),
        ("aa00", "game is aa 00 at 0: no Bcd"),
        ("0000 00 0000", "meter 00 is cut short at 3: 2 bytes, wanted 4"),
        ("0000 00 000000aa", "meter 00 is 00 00 00 aa at 3"),
        ("0000 3a 00000000", "the size of meter 3a at 2 is not known"),
    ],
)
def test_short_lists_that_are_torn_are_named(data: str, text: str) -> None:
    with pytest.raises(Malformed, match=text):
        SHORT_READINGS.unpack(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("0000 0c00", "cut short at 2"),
        ("0000 0c00 04 0001", "meter 0c is cut short at 5: 2 bytes, wanted 4"),
        ("0000 0c00 01 aa", "meter 0c is aa at 5"),
    ],
)
def test_long_lists_that_are_torn_are_named(data: str, text: str) -> None:
    with pytest.raises(Malformed, match=text):
        LONG_READINGS.unpack(bytes.fromhex(data))


def test_values_that_do_not_fit_are_named() -> None:
    with pytest.raises(Malformed, match="game cannot be 10000"):
        LONG_READINGS.pack(MeterReadings(10000, ()))
    with pytest.raises(Malformed, match="meter 000c cannot be 100: wanted 0 to 99"):
        LONG_READINGS.pack(MeterReadings(0, (MeterReading(12, 0, 100, 1),)))
    with pytest.raises(Malformed, match="meter 3a cannot have 4 bytes, wanted None"):
        SHORT_READINGS.pack(MeterReadings(0, (MeterReading(0x3A, 0, 1, 4),)))


def test_sizes_may_differ_from_the_table() -> None:
    layout = ShortReadings({0x00: 5})
    assert layout.unpack(bytes.fromhex("0000 00 0000000012")).readings == (MeterReading(0, 0, 12, 5),)


short = st.lists(st.sampled_from(sorted(METERS)), max_size=10, unique=True).map(
    lambda codes: tuple(MeterReading(code, 3, 10**6 + code, METERS[code].bytes) for code in codes)
)
long = st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(1, METER_BYTES_MAX)), max_size=12).map(
    lambda rows: tuple(MeterReading(code, 3, 100**size - 1, size) for code, size in rows)
)


@given(short, long)
def test_any_list_comes_back(few: tuple[MeterReading, ...], many: tuple[MeterReading, ...]) -> None:
    assert SHORT_READINGS.unpack(SHORT_READINGS.pack(MeterReadings(3, few))).readings == few
    assert LONG_READINGS.unpack(LONG_READINGS.pack(MeterReadings(3, many))).readings == many
