"""Recordings: the files that the originals wrote and played, read to payloads with the time at which each is due.

Four kinds of file are told apart by their content::

    binary    A0 1B and 25 more bytes per record, 27 in all; the second byte is left out of the payload
    text      one payload per line, b'a0…' as Python shows the hex digits, or the bare digits; # begins a remark
    CSV       time [s],pressure [mbar],flow [mL/min],volume [mL]   (the real file's header has no newline behind it)
    LabVIEW   a measurement file with tabs and twelve channels

The last two hold no payloads: their rows become A0 samples, rounded and cut to what A0's fields hold, because that is
what the originals' text front end made of them.

Source: wire/hev.md section 9; data/hev/README.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from lineside.errors import Malformed
from lineside.ventilator.wire.message import DataFrame
from lineside.ventilator.wire.profile import profile_of

A0 = 0xA0
BINARY_RECORD_BYTES = 27
_BINARY_MARK = b"\xa0\x1b"

# The original played one binary record per second. Between the last record and the first of the next round it waited
# 10 ms in the files that have timestamps; samples of the CSV and LabVIEW files are 20 ms apart.
_BINARY_PERIOD_S = 1.0
_SEAM_S = 0.01
_ROW_PERIOD_S = 0.02

# Timestamps of different kinds of payload overlap by some ten milliseconds; a longer way back is a restarted machine.
_RESTART_S = 10.0

_CSV_HEADER = re.compile(r"time \[s\],pressure \[mbar\],flow \[mL/min\],volume \[mL\]\s*")
_LABVIEW_HEADER = "LabVIEW Measurement"
_HEX_LINE = re.compile(r"""(?:b(['"])([0-9a-fA-F]+)\1|([0-9a-fA-F]+))""")
_ACCEPTED = "b'hex digits' or bare hex digits, one payload per line"


class DumpKind(StrEnum):
    """What a recording is made of."""

    BINARY = "binary"
    TEXT = "text"
    CSV = "csv"
    LABVIEW = "labview"


@dataclass(frozen=True, slots=True)
class Dump:
    """A recording.

    Attributes:
        version: of all its payloads.
        records: information fields in order of arrival; one or more.
        at_s: as many: seconds from the first record to each, by the machine's own clock; never falls.
        seam_s: from the last record to the first of the next round, when it is played in a loop.
    """

    kind: DumpKind
    version: int
    records: tuple[bytes, ...]
    at_s: tuple[float, ...]
    seam_s: float


def read_dump(data: bytes) -> Dump:
    """Read a whole recording.

    Args:
        data: the bytes of the file.

    Raises:
        Malformed: it is none of the four kinds, or a line is wrong (gives its number and what is accepted).
    """
    if not data.strip():
        raise Malformed("an empty recording")
    if data[0] == A0:
        return _read_binary(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(
            f"neither an A0 binary recording nor text: byte {data[error.start]:02x} at {error.start}"
        ) from None
    if text.startswith(_LABVIEW_HEADER):
        return _read_labview(text)
    if header := _CSV_HEADER.match(text):
        return _read_csv(text, header.end())
    return _read_text(text)


def _read_binary(data: bytes) -> Dump:
    count, rest = divmod(len(data), BINARY_RECORD_BYTES)
    if rest:
        raise Malformed(f"a binary recording of {len(data)} bytes is not a multiple of {BINARY_RECORD_BYTES}")
    starts = range(0, len(data), BINARY_RECORD_BYTES)
    for number, start in enumerate(starts, 1):
        if data[start : start + 2] != _BINARY_MARK:
            raise Malformed(f"record {number} begins with {data[start : start + 2].hex(' ')}, not with a0 1b")
    records = tuple(data[start : start + 1] + data[start + 2 : start + BINARY_RECORD_BYTES] for start in starts)
    times = tuple(index * _BINARY_PERIOD_S for index in range(count))
    return Dump(DumpKind.BINARY, A0, records, times, _BINARY_PERIOD_S)


# -------------------------------------------------------------------------------------------------------------- text


def _read_text(text: str) -> Dump:
    records: list[bytes] = []
    for number, line in _content_lines(text):
        record = _record_from_line(line, number)
        if records and record[0] != records[0][0]:
            raise Malformed(f"line {number}: version {record[0]:02X}, and the lines before are {records[0][0]:02X}")
        records.append(record)
    if not records:
        raise Malformed(f"no payload in the recording; accepted are {_ACCEPTED}")
    version = records[0][0]
    if version == A0:
        times = tuple(index * _BINARY_PERIOD_S for index in range(len(records)))
        return Dump(DumpKind.TEXT, version, tuple(records), times, _BINARY_PERIOD_S)
    return Dump(DumpKind.TEXT, version, tuple(records), tuple(_times(records)), _SEAM_S)


def _content_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if content and not content.startswith("#"):
            yield number, content


def _record_from_line(line: str, number: int) -> bytes:
    match = _HEX_LINE.fullmatch(line)
    if match is None:
        raise Malformed(f"line {number}: {line[:40]!a}; accepted is {_ACCEPTED}")
    digits = match[2] or match[3]
    if len(digits) % 2:
        raise Malformed(f"line {number}: an odd count of hex digits ({len(digits)})")
    return bytes.fromhex(digits)


def _times(records: Iterable[bytes]) -> Iterator[float]:
    """Seconds since the first record. A timestamp that falls back a little is due at once, a restart goes on."""
    newest_s: float | None = None
    at_s = 0.0
    for record in records:
        offset = 4 if record[0] == 0xA1 else 1
        stamp_s = int.from_bytes(record[offset : offset + 4], "little") / 1000
        if newest_s is None or stamp_s < newest_s - _RESTART_S:
            newest_s = stamp_s
        at_s += max(0.0, stamp_s - newest_s)
        newest_s = max(newest_s, stamp_s)
        yield round(at_s, 6)


# -------------------------------------------------------------------------------------------------- CSV and LabVIEW


def _read_csv(text: str, start: int) -> Dump:
    first_line = text.count("\n", 0, start) + 1
    rows = [_numbers(line.split(","), 4, first_line + number - 1) for number, line in _content_lines(text[start:])]
    samples = (
        {"pressure_buffer": pressure, "temperature_buffer": flow, "pressure_inhale": volume}
        for _, pressure, flow, volume in rows
    )
    return _dump_from_samples(DumpKind.CSV, [row[0] for row in rows], samples)


_LABVIEW_COLUMNS: dict[str, tuple[str, Callable[[float], float]]] = {
    "P_Regulated_O2": ("pressure_o2_regulated", float),
    "P_Regulated_Air": ("pressure_air_regulated", float),
    "P_Buffer": ("pressure_buffer", float),
    "P_inhale": ("pressure_inhale", float),
    "P_patient": ("pressure_patient", float),
    "FSMSateID": ("fsm_state", float),  # spelled so in the file; the lab's own numbering
    "Air valve open": ("readback_valve_air_in", lambda volts: float(volts > 0)),
    "O2 valve open": ("readback_valve_o2_in", lambda volts: float(volts > 0)),
}


def _read_labview(text: str) -> Dump:
    lines = list(_content_lines(text))
    head = next((index for index, (_, line) in enumerate(lines) if line.startswith("X_Value\t")), None)
    if head is None:
        raise Malformed("a LabVIEW measurement without a line of column names (X_Value …)")
    names = lines[head][1].split("\t")
    missing = [name for name in _LABVIEW_COLUMNS if name not in names]
    if missing:
        raise Malformed(f"line {lines[head][0]}: no column {', '.join(missing)}")
    count = max(names.index(name) for name in _LABVIEW_COLUMNS) + 1
    rows = [_numbers(line.split("\t")[:count], count, number) for number, line in lines[head + 1 :]]
    samples = (
        {field: convert(row[names.index(name)]) for name, (field, convert) in _LABVIEW_COLUMNS.items()} for row in rows
    )
    return _dump_from_samples(DumpKind.LABVIEW, [row[0] for row in rows], samples)


def _numbers(cells: list[str], count: int, number: int) -> list[float]:
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        raise Malformed(f"line {number}: {' '.join(cells)[:40]!a}; accepted are {count} numbers")
    return values


def _dump_from_samples(kind: DumpKind, times: list[float], samples: Iterable[dict[str, float]]) -> Dump:
    if not times:
        raise Malformed("a header and no row behind it")
    records = tuple(_record_from_sample(sample) for sample in samples)
    at_s, newest = [], times[0]
    for time_s in times:
        newest = max(newest, time_s)
        at_s.append(round(newest - times[0], 6))
    return Dump(kind, A0, records, tuple(at_s), _ROW_PERIOD_S)


_SENSORS_IN_BYTES = ("fsm_state", "readback_")


def _record_from_sample(sample: dict[str, float]) -> bytes:
    """An A0 payload of named values, rounded, below zero as zero; sensors that are not named are 0."""
    values: list[int] = [A0]
    for name, _ in profile_of(A0).sensor_fields[1:]:
        most = 0xFF if name.startswith(_SENSORS_IN_BYTES) else 0xFFFF
        values.append(min(most, max(0, round(sample.get(name, 0.0)))))
    return profile_of(A0).encode_data(DataFrame(tuple(values)))
