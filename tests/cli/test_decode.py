"""decode: explains frames of the serial line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

DATA = "7e400000a000000000000000000091008f0000000000000000000000010074c07e"
INFORMATION = "a000000000000000000091008f00000000000000000000000100"


def test_data_frame_is_explained(cli: Cli) -> None:
    done = cli("decode", DATA)
    assert done.code == 0
    assert "data: address 40, class data, crc c074, sequence 0" in done.out
    assert "pressure_buffer = 145" in done.out


@pytest.mark.parametrize("text", [DATA.upper(), f"0x{DATA}", " ".join(DATA[i : i + 2] for i in range(0, len(DATA), 2))])
def test_hex_is_read_as_people_paste_it(cli: Cli, text: str) -> None:
    assert cli("decode", "--json", *text.split()).json["sensors"]["pressure_inhale"] == 143  # type: ignore[index]


def test_line_of_a_recording_is_explained(cli: Cli) -> None:
    assert "pressure_buffer = 145" in cli("decode", f"b'{INFORMATION}'").out


def test_bad_checksum_is_named_with_the_right_one(cli: Cli) -> None:
    done = cli("decode", DATA.replace("74c07e", "75c07e"))
    assert done.code == 1
    assert "crc c075 wanted c074" in done.out


def test_unknown_version_is_named(cli: Cli) -> None:
    done = cli("decode", "1234")
    assert done.code == 1
    assert "no profile has version 12" in done.out


def test_short_payload_without_address_is_told_both_ways(cli: Cli) -> None:
    meanings = [one["meaning"] for one in cli("decode", "--json", "a00100000000").json_lines]  # type: ignore[index]
    assert meanings == ["alarm", "command"]


def test_all_real_frames_are_explained(cli: Cli, recordings: Path) -> None:
    frames = json.loads((recordings / "hev" / "frames.json").read_text())
    done = cli("decode", "--json", *(frame["frame"] for frame in frames))
    assert len(done.json_lines) == len(frames)
