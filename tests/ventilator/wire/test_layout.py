"""Layouts in both directions, and what they refuse to express."""

from __future__ import annotations

import pytest

from lineside.errors import Malformed
from lineside.ventilator.wire.layout import AlarmLayout, CommandLayout, DataLayout, Head, OtherLayout, PayloadType
from lineside.ventilator.wire.message import Alarm, CommandContent, Priority
from lineside.ventilator.wire.tables import SENSORS_A0, SENSORS_AA, AlarmKind

KINDS = {1: AlarmKind(1, "APNEA", Priority.HIGH), 30: AlarmKind(30, "LOW_VMI", None)}
SAMPLE = (160, 5, 1, 2, 3, 4, 144, 6, 7, 8, 9, 0, 1, 0, 1, 0, 2)


def test_a0_sample_has_26_bytes_little_endian() -> None:
    layout = DataLayout(Head.PLAIN, "9H6B", SENSORS_A0)
    info = layout.encode(SAMPLE, 99)
    assert info.hex() == "a005010002000300040090000600070008000900000100010002"
    assert layout.size == len(info) == 26
    assert layout.decode(info).values == SAMPLE
    assert layout.decode(info).timestamp_ms is None


def test_a0_sample_read_the_wrong_way_round_makes_36864_of_144() -> None:
    info = DataLayout(Head.PLAIN, "9H6B", SENSORS_A0).encode(SAMPLE, 0)
    assert DataLayout(Head.PLAIN, "9H6B", SENSORS_A0, True).decode(info).sensors()["pressure_buffer"] == 36864


def test_a1_sample_has_its_timestamp_behind_two_pad_bytes() -> None:
    layout = DataLayout(Head.PADDED, "9H6B", SENSORS_A0)
    info = layout.encode(SAMPLE, 0x01020304)
    assert info[:10].hex() == "a0050000040302010100"
    assert layout.size == 32
    data = layout.decode(info)
    assert (data.values, data.timestamp_ms) == (SAMPLE, 0x01020304)


def test_typed_sample_has_timestamp_and_type_in_front() -> None:
    layout = DataLayout(Head.TYPED, "HfHffffHfHHfff", SENSORS_AA)
    values = (0xAA, 7, 1, 1.5, 2, 2.5, 3.5, 4.5, 5.5, 3, 6.5, 4, 5, 7.5, 8.5, 9.5)
    info = layout.encode(values, 2**32 + 5)
    assert info[:7].hex() == "aa050000000107"
    assert len(info) == 53
    assert layout.decode(info).values == values


@pytest.mark.parametrize("value", [-1, 65536, 1.5, "x", None])
def test_sample_that_does_not_fit_its_field_is_refused(value: object) -> None:
    values = (*SAMPLE[:6], value, *SAMPLE[7:])
    with pytest.raises(Malformed, match="cannot be expressed"):
        DataLayout(Head.PLAIN, "9H6B", SENSORS_A0).encode(values, 0)  # type: ignore[arg-type]


def test_a0_alarm_is_read_with_and_without_the_padding_of_32_bit_boards() -> None:
    short = AlarmLayout(Head.PLAIN, 0xA0, KINDS)
    assert short.decode(bytes.fromhex("a00102000000")) == Alarm(1, "APNEA", Priority.HIGH, 2)
    padded = AlarmLayout(Head.PLAIN, 0xA0, KINDS, padded=True)
    assert padded.size == 8
    assert padded.decode(bytes.fromhex("a001ffff02000000")) == Alarm(1, "APNEA", Priority.HIGH, 2)
    assert short.encode(1, 2, 0, None).hex() == "a00102000000"


def test_alarm_without_a_name_is_an_alarm_too() -> None:
    assert AlarmLayout(Head.PLAIN, 0xA0, KINDS).decode(bytes.fromhex("a06300000000")) == Alarm(99, None, None)


def test_typed_alarm_takes_its_priority_from_the_frame_before_the_table() -> None:
    layout = AlarmLayout(Head.TYPED, 0xB6, KINDS)
    info = layout.encode(1, -500.0, 7, 1)
    assert info.hex() == "b60700000006" + "0101" + "0000fac3"
    assert layout.decode(info) == Alarm(1, "APNEA", Priority.LOW, -500.0, 7, 1)
    assert layout.decode(layout.encode(1, 0, 0, 9)).priority is Priority.HIGH
    assert layout.decode(layout.encode(30, 0, 0, None)).level == 3
    assert layout.decode(layout.encode(1, 0, 0, None)).level == 3


def test_padded_alarm_and_command_of_a1() -> None:
    info = AlarmLayout(Head.PADDED, 0xA1, KINDS).encode(1, 5, 6, 2)
    assert info.hex() == "a1000000" + "06000000" + "02010000" + "05000000"
    assert AlarmLayout(Head.PADDED, 0xA1, KINDS).decode(info) == Alarm(1, "APNEA", Priority.MEDIUM, 5, 6, 2)
    commands = CommandLayout(Head.PADDED, 0xA1, {"GENERAL": {"START": 1}})
    info = commands.encode((1, 1), 7, 8)
    assert info.hex() == "a1000000" + "08000000" + "01010000" + "07000000"
    assert commands.decode(info) == CommandContent("GENERAL", "START", 1, 1, 7, 8)


def test_command_of_a0_has_no_type_and_an_unknown_one_no_name() -> None:
    layout = CommandLayout(Head.PLAIN, 0xA0, {"GENERAL": {"START": 1}})
    assert layout.size == 6
    assert layout.decode(bytes.fromhex("a00100000000")) == CommandContent("GENERAL", "START", 1, 1)
    assert layout.decode(bytes.fromhex("a00900000000")) == CommandContent(None, None, 1, 9)


def test_param_that_a_float32_rounds_is_refused() -> None:
    layout = CommandLayout(Head.TYPED, 0xAA, {"GENERAL": {"START": 1}})
    assert layout.decode(layout.encode((1, 1), 2**24)).param == 2**24
    for param in (2**24 + 1, 0.1, 1e300, float("nan")):
        with pytest.raises(Malformed, match="param"):
            layout.encode((1, 1), param)


@pytest.mark.parametrize("param", [-1, 2**32, 1.5, None])
def test_param_that_does_not_fit_a_u32_is_refused(param: object) -> None:
    with pytest.raises(Malformed, match="cannot be expressed"):
        CommandLayout(Head.PLAIN, 0xA0, {}).encode((1, 1), param)  # type: ignore[arg-type]


def test_other_kinds_are_numbered_by_position_and_text_survives() -> None:
    layout = OtherLayout(0xAA, PayloadType.LOGMSG, "50s")
    text = "caf\xe9".ljust(50, "\0")
    info = layout.encode((text,), 3)
    assert layout.size == len(info) == 56
    assert layout.decode(info).as_dict() == {"value_1": text}
    assert layout.decode(info).timestamp_ms == 3


def test_payload_of_unknown_fields_fits_by_its_length() -> None:
    layout = OtherLayout(0xAE, PayloadType.TARGET, "35s", ("bytes",))
    assert layout.fits("TARGET", ("x" * 35,))
    assert not layout.fits("TARGET", ("x" * 34,))
    assert not layout.fits("CYCLE", ("x" * 35,))
