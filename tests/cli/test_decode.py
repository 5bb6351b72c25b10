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


# --------------------------------------------------------------------------------------------------- locker boards

REQUEST = b"ACon_V1.0\r\nID=1953\r\nSEND=0009\r\nSTATE=1,2\r\nBOX_ENG=2,5\r\nFW=3\r\nCOLS=0\r\nCLOSE"
REPLY = b"ACon_V1.0\nID=1953\nSEND=0009\nRESET=0\nSTATE=3\nBOX_ENG=(64,7310,58)\nCLOSE\n"


def test_message_of_a_locker_board_is_explained(cli: Cli) -> None:
    done = cli("decode", REQUEST.hex())
    assert done.code == 0
    assert done.out.startswith("request: header ACon_V1.0, board 1953, send 0009, flags out_of_range\n")
    assert "engaged = [2, 5]" in done.out
    assert "FW = 3" in done.out


@pytest.mark.parametrize("data", [REPLY, REPLY.replace(b"RESET=0\n", b""), REPLY.replace(b"CLOSE\n", b"")])
def test_codes_of_a_reply_are_masked_whether_it_is_whole_or_not(cli: Cli, data: bytes) -> None:
    done = cli("decode", "--json", data.hex())
    assert "7310" not in done.out
    assert "7310" not in done.err
    if data is REPLY:
        (told,) = done.json_lines
        assert told["values"] == {"cell 64": "**** for 58 min"}  # type: ignore[index]
        assert (told["meaning"], told["block"]) == ("reply", True)  # type: ignore[index]
    else:
        assert done.code == 1


def test_errors_and_unusable_messages_are_named(cli: Cli) -> None:
    done = cli("decode", (b"ERROR: bad ID\nACon_V2.0\nID=7\nCLOSE\nACon_V1.0\nCLOSEACon_V1.0\nID").hex())
    assert done.code == 1
    assert [line.split(": ", 1)[1] for line in done.out.splitlines()] == [
        "reason bad ID",
        "reason unsupported version",
        "reason missing ID",
        "reason no CLOSE",
    ]
