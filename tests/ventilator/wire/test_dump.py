"""Recordings of four kinds, and what is said of files that are none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineside.errors import Malformed
from lineside.ventilator.wire import Data, DumpKind, profile_of, read_dump

BINARY = b"\xa0\x1b" + bytes(25)
ALARM_LINE = "b'b6e04748000603120000fac3'"


def typed(stamp_ms: int) -> str:
    return (b"\xb6" + stamp_ms.to_bytes(4, "little") + b"\x01").hex()


@pytest.mark.parametrize(
    ("name", "kind", "version", "count", "last_s"),
    [
        ("A0-byteArray-20200411.dump", DumpKind.BINARY, 0xA0, 100, 99.0),
        ("AA-dump-20200526.dump", DumpKind.TEXT, 0xAA, 100, 1.11),
        ("AC-20200603-lines6301-7300.dump", DumpKind.TEXT, 0xAC, 1000, 10.93),
        ("B5-20200624-lines2101-3100.dump", DumpKind.TEXT, 0xB5, 1000, 20.506),
        ("B6-20200805.dump", DumpKind.TEXT, 0xB6, 10_000, 184.03),
        ("sample-20200416.txt", DumpKind.CSV, 0xA0, 2000, 39.98),
        ("testdummy-20200430.txt", DumpKind.LABVIEW, 0xA0, 391, 7.799565),
    ],
)
def test_recording_is_read_whole_at_its_own_pace(
    recordings: Path, name: str, kind: DumpKind, version: int, count: int, last_s: float
) -> None:
    dump = read_dump((recordings / "hev" / name).read_bytes())
    assert (dump.kind, dump.version, len(dump.records), dump.at_s[-1]) == (kind, version, count, last_s)
    assert len(dump.at_s) == count
    assert dump.at_s[0] == 0
    assert list(dump.at_s) == sorted(dump.at_s)
    assert dump.seam_s > 0


def first_sample(data: bytes, index: int = 0) -> dict[str, int | float]:
    content = profile_of(0xA0).decode(0x40, read_dump(data).records[index])
    assert isinstance(content, Data)
    return content.sensors()


def test_binary_record_loses_its_second_byte() -> None:
    dump = read_dump(BINARY + BINARY[:-1] + b"\x07")
    assert dump.records == (b"\xa0" + bytes(25), b"\xa0" + bytes(24) + b"\x07")
    assert dump.at_s == (0.0, 1.0)


@pytest.mark.parametrize("line", [ALARM_LINE, ALARM_LINE.replace("'", '"'), ALARM_LINE[2:-1], ALARM_LINE[2:-1].upper()])
def test_text_lines_may_be_quoted_or_bare(line: str) -> None:
    data = f"# a remark\n\n  {line}  \r\n".encode()
    assert read_dump(data).records == (bytes.fromhex("b6e04748000603120000fac3"),)


def test_a0_text_has_no_timestamps_and_one_record_a_second() -> None:
    assert read_dump(b"a00000\na00001\n").at_s == (0.0, 1.0)


def test_small_steps_back_are_due_at_once_and_a_restart_goes_on() -> None:
    stamps = [100_000, 100_020, 100_010, 100_050, 5, 25]
    dump = read_dump("\n".join(map(typed, stamps)).encode())
    assert dump.at_s == (0.0, 0.02, 0.02, 0.05, 0.05, 0.07)


def test_timestamp_of_a1_stands_behind_two_pad_bytes() -> None:
    lines = "\n".join((b"\xa1\0\0\0" + stamp.to_bytes(4, "little")).hex() for stamp in (1000, 1050))
    assert read_dump(lines.encode()).at_s == (0.0, 0.05)


CSV_HEADER = "time [s],pressure [mbar],flow [mL/min],volume [mL]"


@pytest.mark.parametrize("glue", ["", "\n", "\r\n"])
def test_csv_row_becomes_a_sample_rounded_and_cut(glue: str) -> None:
    data = f"{CSV_HEADER}{glue}20.0,20.6,723.9,168.2\n20.02,-3,70000,1\n".encode()
    first, second = first_sample(data), first_sample(data, 1)
    assert (first["pressure_buffer"], first["temperature_buffer"], first["pressure_inhale"]) == (21, 724, 168)
    assert (second["pressure_buffer"], second["temperature_buffer"]) == (0, 65535)
    assert read_dump(data).at_s == (0.0, 0.02)


def test_labview_columns_are_found_by_name(recordings: Path) -> None:
    sample = first_sample((recordings / "hev" / "testdummy-20200430.txt").read_bytes())
    assert (sample["pressure_buffer"], sample["pressure_air_regulated"]) == (204, 421)
    assert (sample["fsm_state"], sample["readback_valve_air_in"], sample["readback_valve_o2_in"]) == (9, 1, 0)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "an empty recording"),
        (b" \n\n", "an empty recording"),
        (b"# nothing\n", "no payload"),
        (BINARY[:-1], "26 bytes is not a multiple of 27"),
        (BINARY + b"\xa0\x1c" + bytes(25), "record 2 begins with a0 1c"),
        (b"\xff\xfe", "neither an A0 binary recording nor text: byte ff at 0"),
        (b"b'b6'\nhello\n", r"line 2: 'hello'; accepted is b'hex digits' or bare hex digits"),
        (b"b'b6\"", "line 1"),
        (b"b''", "line 1"),
        (b"b6\nb6e\n", "line 2: an odd count of hex digits"),
        (b"b6\n\nb5\n", "line 3: version B5, and the lines before are B6"),
        (CSV_HEADER.encode(), "a header and no row"),
        (f"{CSV_HEADER}\n1,2,3,4\n1,2,3".encode(), "line 3: '1 2 3'; accepted are 4 numbers"),
        (f"{CSV_HEADER}1,2,3,4\n1,2,3,x".encode(), "line 2: '1 2 3 x'"),
        (f"{CSV_HEADER}1,2,3,nan".encode(), "line 1"),
        (b"LabVIEW Measurement\nnothing\n", "without a line of column names"),
        (b"LabVIEW Measurement\nX_Value\tP_Buffer\n", "line 2: no column P_Regulated_O2, "),
    ],
)
def test_file_that_is_no_recording_is_refused_with_the_place(data: bytes, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_dump(data)
    assert text in str(caught.value)
