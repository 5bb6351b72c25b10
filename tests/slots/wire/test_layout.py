"""Layouts: messages made of fields, inside each other, and the field that is named when one is wrong."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from lineside.errors import Malformed
from lineside.slots.wire.field import Bcd, Binary, CountedText
from lineside.slots.wire.layout import layout_of


class Inner(msgspec.Struct, frozen=True):
    first: Annotated[int, Bcd(1)]
    second: Annotated[int, Binary(2)]


class Outer(msgspec.Struct, frozen=True):
    inner: Annotated[Inner, layout_of(Inner)]
    name: Annotated[str, CountedText()]


INNER, OUTER = layout_of(Inner), layout_of(Outer)


def test_layout_is_made_once_and_knows_its_size() -> None:
    assert layout_of(Inner) is INNER
    assert (INNER.size, OUTER.size) == (3, None)
    assert [name for name, _ in OUTER.names] == ["inner", "name"]


def test_message_inside_a_message_is_read_and_written() -> None:
    message = Outer(Inner(12, 0x0102), "ab")
    assert OUTER.pack(message).hex() == "120201026162"
    assert OUTER.unpack(bytes.fromhex("120201026162")) == message
    assert INNER.read(b"\xff\x12\x02\x01", 1) == (Inner(12, 0x0102), 4)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("aa020100", "Inner.first is aa at 0: no Bcd"),
        ("12", "Inner is cut short|Outer.name is cut short at 3"),
        ("120201", "Outer.name is cut short at 3"),
        ("12020105 61", "Outer is cut short: 5 bytes, wanted 9"),
        ("12020100 61", "Outer is too long: 5 bytes, wanted 4"),
    ],
)
def test_field_that_is_wrong_is_named(data: str, text: str) -> None:
    with pytest.raises(Malformed, match=text):
        OUTER.unpack(bytes.fromhex(data))


def test_value_that_does_not_fit_is_named() -> None:
    with pytest.raises(Malformed, match=r"Inner.first cannot be 100: wanted 0 to 99"):
        OUTER.pack(Outer(Inner(100, 0), ""))
