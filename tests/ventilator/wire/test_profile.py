"""Profiles: every recording decodes and comes back byte for byte; what cannot be used has a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lineside.errors import ConfigError, Malformed
from lineside.ventilator.wire import (
    Alarm,
    CommandContent,
    Content,
    Data,
    DataFrame,
    Other,
    UnusableReason,
    profile_of,
    read_dump,
)
from lineside.ventilator.wire.tables import VERSIONS
from tests.support.golden import GoldenLine, read_golden
from tests.ventilator.wire.frames import A0_DATA

A0 = profile_of(0xA0)
B6 = profile_of(0xB6)

PAYLOADS = read_golden("ventilator/payloads.txt")


def shown(content: Content) -> tuple[str, Any]:
    match content:
        case Data():
            return "DATA", content.sensors()
        case Alarm(code=code, name=name, priority=priority, param=param):
            return "ALARM", {"code": code, "name": name, "priority": priority, "param": param}
        case CommandContent(cmdtype=cmdtype, cmd=cmd, cmdtype_code=one, cmd_code=two, param=param):
            return "CMD", {"cmdtype": cmdtype, "cmd": cmd, "codes": [one, two], "param": param}
        case Other(kind=kind, values=values):
            return kind, list(values)


@pytest.mark.parametrize("line", PAYLOADS, ids=[" ".join(line.meaning.split()[:2]) for line in PAYLOADS])
def test_golden_payload_decodes_and_encodes(line: GoldenLine) -> None:
    version, kind, values = line.meaning.split(" ", 2)
    profile = profile_of(int(version, 16))
    content = profile.decode(profile.address_of(line.data), line.data)
    assert not isinstance(content, UnusableReason)
    assert shown(content) == (kind, json.loads(values))
    assert profile.encode(content) == line.data


RECORDED = ["A0-byteArray-20200411", "AA-dump-20200526", "AC-20200603-lines6301-7300", "B5-20200624-lines2101-3100"]


@pytest.mark.parametrize("name", [*RECORDED, "B6-20200805"])
def test_every_record_of_every_recording_decodes_and_comes_back(recordings: Path, name: str) -> None:
    dump = read_dump((recordings / "hev" / f"{name}.dump").read_bytes())
    profile = profile_of(dump.version)
    for number, info in enumerate(dump.records, 1):
        content = profile.decode(profile.address_of(info), info)
        assert not isinstance(content, UnusableReason), (number, content, info.hex())
        assert profile.encode(content) == info, number


def test_record_14_reads_144_and_with_big_byte_order_36864(recordings: Path) -> None:
    info = read_dump((recordings / "hev" / "A0-byteArray-20200411.dump").read_bytes()).records[14]
    for profile, value in ((A0, 144), (profile_of(0xA0, a0_byte_order="big"), 36864)):
        content = profile.decode(0x40, info)
        assert isinstance(content, Data)
        assert content.sensors()["pressure_buffer"] == content.sensors()["pressure_inhale"] == value


def test_big_byte_order_leaves_later_versions_alone() -> None:
    for version in (0xA1, 0xB6):
        assert not any(layout.big_endian for layout in profile_of(version, a0_byte_order="big").data_layouts)


def test_b6_recording_says_what_the_sheet_says_of_it(recordings: Path) -> None:
    dump = read_dump((recordings / "hev" / "B6-20200805.dump").read_bytes())
    kinds: dict[str, int] = {}
    codes = set()
    for info in dump.records:
        content = B6.decode(B6.address_of(info), info)
        assert not isinstance(content, UnusableReason)
        kind = shown(content)[0]
        kinds[kind] = kinds.get(kind, 0) + 1
        if isinstance(content, Alarm):
            codes.add(content.code)
    expected = {"DATA": 5765, "ALARM": 2646, "READBACK": 630, "DEBUG": 397}
    assert kinds == expected | {"LOOP_STATUS": 196, "TARGET": 188, "CYCLE": 115, "IVT": 63}
    assert codes == {3, 7, 10, 12, 15, 18, 23}


def test_b6_sample_of_december_is_told_by_its_length() -> None:
    sensors = {len(layout.sensors): layout for layout in B6.data_layouts}
    assert {layout.size for layout in B6.data_layouts} == {77, 81}
    info = sensors[23].encode((0xB6, 7, *range(21)), 5)
    content = B6.decode(0x40, info)
    assert isinstance(content, Data)
    assert content.sensors()["flow_calc"] == 13
    assert B6.encode(content) == info


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_takes_its_own_samples_alarms_and_commands(version: int) -> None:
    profile = profile_of(version)
    assert len(profile.sensor_fields) == len(profile.data_layouts[0].sensors)
    values = (version, 1, *[0] * (len(profile.sensor_fields) - 2))
    sample = profile.decode(0x40, profile.encode_data(DataFrame(values, 5)))
    assert isinstance(sample, Data)
    assert (sample.values, sample.fsm_state) == (values, 1)
    start = profile.decode(0x80, profile.encode_command("GENERAL", "START"))
    assert isinstance(start, CommandContent)
    assert (start.cmdtype, start.cmd) == ("GENERAL", "START")


@pytest.mark.parametrize("size", [41, 50, 58])
def test_target_without_known_fields_is_kept_as_bytes(size: int) -> None:
    profile = profile_of(0xB2)
    info = bytes([0xB2, 1, 2, 3, 4, 10]) + bytes(range(size - 6))
    content = profile.decode(0x40, info)
    assert isinstance(content, Other)
    assert content.kind == "TARGET"
    assert profile.encode(content) == info


def test_unknown_profile_names_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"A2; there are A0, A1, AA, .* B6"):
        profile_of(0xA2)


@pytest.mark.parametrize(
    ("profile", "address", "info", "reason"),
    [
        (A0, 0x00, A0_DATA, UnusableReason.NO_CLASS),
        (A0, 0x3F, A0_DATA, UnusableReason.NO_CLASS),
        (A0, 0x40, b"", UnusableReason.EMPTY),
        (A0, 0x40, b"\xa1" + A0_DATA[1:], UnusableReason.WRONG_VERSION),
        (A0, 0x40, A0_DATA[:-1], UnusableReason.WRONG_SIZE),
        (A0, 0x80, A0_DATA, UnusableReason.WRONG_SIZE),
        (A0, 0xC0, b"\xa0\x01\0\0\0\0\0", UnusableReason.WRONG_SIZE),
        (B6, 0x40, b"\xb6\0\0\0\0", UnusableReason.WRONG_SIZE),
        (B6, 0x40, b"\xb6\0\0\0\0\x01", UnusableReason.WRONG_SIZE),
        (B6, 0x40, b"\xb6\0\0\0\0\x63" + bytes(71), UnusableReason.UNKNOWN_TYPE),
        (B6, 0x00, b"\xb6", UnusableReason.NO_CLASS),
    ],
)
def test_what_cannot_be_used_has_its_reason(profile: Any, address: int, info: bytes, reason: UnusableReason) -> None:
    assert profile.decode(address, info) is reason


def test_spare_bits_of_the_address_are_not_judged() -> None:
    assert isinstance(A0.decode(0x60, A0_DATA), Data)
    assert isinstance(A0.decode(0xFF, bytes.fromhex("a00100000000")), Alarm)


@pytest.mark.parametrize(
    ("cmdtype", "cmd"), [("general", "START"), ("GENERAL", "CMD_START"), ("SET_MODE", "X"), ("", "")]
)
def test_command_that_a_version_lacks_is_refused_and_the_known_ones_named(cmdtype: str, cmd: str) -> None:
    assert not A0.has_command(cmdtype, cmd)
    with pytest.raises(Malformed, match=r"it has GENERAL/START\|STOP"):
        A0.encode_command(cmdtype, cmd)


def test_content_of_another_version_is_refused() -> None:
    with pytest.raises(Malformed, match="17 values, not 2"):
        A0.encode_data(DataFrame((160, 0)))
    with pytest.raises(Malformed, match="no CYCLE of 1 values"):
        B6.encode(Other("CYCLE", ("value_1",), (1,)))


def test_states_have_names_and_unknown_numbers_never_confirm_a_stop() -> None:
    assert A0.fsm_name(5) == "INHALE"
    assert A0.fsm_name(99) == "STATE_99"
    assert [A0.is_breathing(state) for state in (0, 1, 5, 9, 99)] == [False, True, True, True, True]
    assert [B6.is_breathing(state) for state in (1, 7, 9, 10, 13, 99)] == [False, True, True, False, False, True]


def test_profile_describes_itself() -> None:
    assert A0.name == "A0"
    assert A0.alarm_names[0] == "APNEA"
    assert len(A0.alarm_names) == 25
    assert [field.name for field in A0.sensor_fields][:3] == ["version", "fsm_state", "pressure_air_supply"]
    assert len(A0.sensor_fields) == 17


def test_address_of_a_recorded_payload_is_that_of_its_type() -> None:
    assert A0.address_of(A0_DATA) == 0x40
    assert B6.address_of(b"\xb6\0\0\0\0\x06") == 0xC0
    assert B6.address_of(b"\xb6\0\0\0\0\x05") == 0x80
    assert B6.address_of(b"\xb6\0\0\0\0\x02") == B6.address_of(b"\xb6") == 0x40
