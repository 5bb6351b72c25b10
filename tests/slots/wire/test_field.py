"""Kinds of fields: both directions, and every way to be wrong."""

from __future__ import annotations

import contextlib
import datetime
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.errors import Malformed
from lineside.runtime.step import Secret
from lineside.slots.wire.field import (
    Bcd,
    Binary,
    CountedText,
    Day,
    Digits,
    Hex,
    Key,
    Kind,
    Limited,
    Many,
    Maybe,
    RestBytes,
    RestText,
    SizedBcd,
    Text,
    TimeOfDay,
)
from lineside.slots.wire.layout import layout_of

CASES: list[tuple[Kind, Any, str]] = [
    (Bcd(4), 16660, "00016660"),
    (Bcd(5), 0, "0000000000"),
    (Binary(4), 1, "01000000"),
    (Binary(2), 0x0C, "0c00"),
    (Limited(1, 0x7F), 0x7F, "7f"),
    (Digits(2), "0030", "0030"),
    (Text(3), "602", "363032"),
    (Text(2), "é ", "e920"),
    (Hex(2), "ab30", "ab30"),
    (Key(2), Secret("ab30"), "ab30"),
    (Day(), datetime.date(2025, 11, 27), "11272025"),
    (Day(), None, "00000000"),
    (TimeOfDay(), datetime.time(19, 21, 16), "192116"),
    (CountedText(), "AB", "024142"),
    (CountedText(), "", "00"),
    (RestText(), "AB", "4142"),
    (RestText(), "", ""),
    (RestBytes(), b"AB", "4142"),
    (Maybe(Bcd(1)), None, ""),
    (Maybe(Bcd(1)), 12, "12"),
    (Many(Bcd(2), counted=True), (1, 20), "0200010020"),
    (Many(Bcd(2), counted=True), (), "00"),
    (Many(CountedText(), counted=False), ("A", ""), "014100"),
    (SizedBcd(), None, "00"),
    (SizedBcd(), (1234, 9), "09000000000000001234"),
]


def layout(kind: Kind) -> Any:
    message = msgspec.defstruct("Message", [("field", Any)], frozen=True)
    message.__annotations__["field"] = Annotated[Any, kind]
    return layout_of(message)


def name_of(value: object) -> str:
    """A test's name may not hold an address: each worker would know it under another one."""
    return type(value).__name__ if " object at " in repr(value) else str(value)


@pytest.mark.parametrize(("kind", "value", "data"), CASES, ids=name_of)
def test_kind_reads_and_writes(kind: Kind, value: Any, data: str) -> None:
    one = layout(kind)
    assert one.unpack(bytes.fromhex(data)).field == value
    assert one.pack(one.message(value)).hex() == data
    assert one.size == (kind.size if kind.size is None else len(data) // 2)


@pytest.mark.parametrize(("kind", "value", "data"), [case for case in CASES if case[2]], ids=name_of)
def test_field_that_is_cut_short_is_never_read_as_a_whole_one(kind: Kind, value: Any, data: str) -> None:
    one = layout(kind)
    for size in range(len(data) // 2):
        piece = bytes.fromhex(data)[:size]
        with contextlib.suppress(Malformed):
            assert one.pack(one.unpack(piece)) == piece  # kinds that end with the message, and lists that are shorter


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (Bcd(2), "12a4", "Message.field is 12 a4 at 0: no Bcd"),
        (Digits(2), "a412", "Message.field is a4 12 at 0: no Digits"),
        (Day(), "13012020", "no Day"),
        (Day(), "01aa2020", "no Day"),
        (TimeOfDay(), "250000", "no TimeOfDay"),
        (Limited(1, 0x7F), "80", "no Limited"),
        (SizedBcd(), "02a0a0", "no SizedBcd"),
        (Bcd(2), "", "Message.field is cut short at 0"),
        (CountedText(), "", "Message.field is cut short at 0"),
        (CountedText(), "0541", "Message is cut short: 2 bytes, wanted 6"),
        (Many(Binary(2), counted=True), "ff01", "Message is cut short: 2 bytes, wanted 3"),
        (Many(Binary(2), counted=False), "010002", "Message is cut short: 3 bytes, wanted 4"),
        (Binary(1), "0102", "Message is too long: 2 bytes, wanted 1"),
    ],
)
def test_bytes_that_mean_nothing_are_named(kind: Kind, data: str, text: str) -> None:
    with pytest.raises(Malformed, match=text):
        layout(kind).unpack(bytes.fromhex(data))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Bcd(2), 10000, "Message.field cannot be 10000: wanted 0 to 9999"),
        (Bcd(2), -1, "wanted 0 to 9999"),
        (Bcd(2), None, "cannot be None"),
        (Binary(2), 65536, "wanted 0 to 65535"),
        (Binary(2), -1, "wanted 0 to 65535"),
        (Limited(1, 0x7F), 0x80, "wanted 0 to 127"),
        (Digits(2), "12ab", "wanted digits"),
        (Digits(2), "123456", "3 bytes, wanted 2"),
        (Text(2), "ABC", "3 bytes, wanted 2"),
        (Text(2), "€€", "latin-1"),
        (Hex(2), "xx", "cannot be 'xx'"),
        (CountedText(), "x" * 256, "cannot be"),
        (RestBytes(), "text", "to bytes"),
        (SizedBcd(), (100, 1), "wanted 0 to 99"),
    ],
)
def test_values_that_do_not_fit_are_named(kind: Kind, value: Any, text: str) -> None:
    one = layout(kind)
    with pytest.raises(Malformed, match=text):
        one.pack(one.message(value))


def test_errors_about_keys_show_none() -> None:
    one = layout(Key(20))
    with pytest.raises(Malformed) as caught:
        one.pack(one.message(Secret("a1b2c3xx")))
    assert "a1b2" not in str(caught.value)


@given(st.integers(1, 9).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, 100**size - 1))))
def test_any_bcd_number_comes_back(sized: tuple[int, int]) -> None:
    size, value = sized
    assert Bcd(size).read(Bcd(size).write(value), 0) == (value, size)


@given(st.dates(datetime.date(1, 1, 1)), st.times())
def test_any_date_and_time_come_back(day: datetime.date, time: datetime.time) -> None:
    assert Day().value_of(Day().bytes_of(day)) == day
    assert TimeOfDay().value_of(TimeOfDay().bytes_of(time)) == time.replace(microsecond=0)
