"""The check value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lineside.slots
from lineside.errors import BadChecksum, WireError
from lineside.slots.wire.crc import WrongCRC, check_crc, crc16, with_crc


def bitwise(data: bytes, value: int = 0) -> int:
    """CRC-16/KERMIT written out from §6 of the sheet."""
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def test_check_value_and_the_worked_example() -> None:
    assert crc16(b"123456789") == 0x2189
    assert crc16(b"\x01") == 0x1189
    assert crc16(b"\x01\x02") == 0x3ACA
    assert with_crc(b"\x01\x02").hex() == "0102ca3a"


@given(st.binary(max_size=64), st.integers(0, 0xFFFF))
def test_any_bytes_have_the_same_check_value_bit_by_bit(data: bytes, start: int) -> None:
    assert crc16(data, start) == bitwise(data, start)
    assert crc16(with_crc(data)) == 0


def test_wrong_crc_names_both_values_and_the_place() -> None:
    check_crc(bytes.fromhex("0102ca3a"))
    with pytest.raises(WrongCRC, match="crc 3acb wanted 3aca at 2 in 01 02 cb 3a") as caught:
        check_crc(bytes.fromhex("0102cb3a"))
    assert isinstance(caught.value, BadChecksum)
    assert (caught.value.place, caught.value.code) == (2, "wrong_crc")


def test_error_shows_no_bytes_when_it_may_not() -> None:
    with pytest.raises(WrongCRC) as caught:
        check_crc(bytes.fromhex("0102cb3a"), b"")
    assert str(caught.value) == "crc 3acb wanted 3aca"


def test_names_of_the_codec_are_importable_from_the_house() -> None:
    assert lineside.slots.WrongCRC is WrongCRC
    assert issubclass(lineside.slots.WrongCRC, WireError)
    for name in lineside.slots.__all__:
        assert getattr(lineside.slots, name)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = lineside.slots.Nothing
