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
    done = cli("decode", "c234")
    assert done.code == 1
    assert "no profile has version c2" in done.out


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


# -------------------------------------------------------------------------------------------------- slot machines


def test_answer_of_a_slot_machine_is_explained(cli: Cli) -> None:
    done = cli("decode", "01 AF 09 00 00 0C 00 04 00 01 66 60 53 38")
    assert done.code == 0
    assert done.out.splitlines() == [
        "answer: AF extended meters, twin, of address 1",
        "    game = 0",
        "    000C current credits = 16660 credits",
    ]


def test_frame_of_a_slot_machine_with_a_flag_byte_in_it_is_none_of_the_ventilators(cli: Cli) -> None:
    (told,) = cli("decode", "--json", "017E112720251921166691").json_lines
    assert told["text"] == "7E read clock, of address 1"  # type: ignore[index]
    assert told["values"] == {"day": "2025-11-27", "time": "19:21:16"}  # type: ignore[index]


def test_one_byte_is_explained_in_every_way_it_can_be_meant(cli: Cli) -> None:
    meanings = [one["meaning"] for one in cli("decode", "--json", "81").json_lines]  # type: ignore[index]
    assert meanings == ["general poll", "exception", "nack"]


@pytest.mark.parametrize("chosen", [[], ["--kind", "slots"]])
def test_bad_crc_of_a_slot_machine_is_named_with_the_right_one(cli: Cli, chosen: list[str]) -> None:
    done = cli("decode", *chosen, "01 02 CA 3B")
    assert done.code == 1
    assert "crc 3bca wanted 3aca" in done.out


def test_kind_of_bytes_can_be_told(cli: Cli) -> None:
    assert "crc 9266 wanted 9166" in cli("decode", "--kind", "slots", "017E112720251921166692").out
    assert "no profile has version 01" in cli("decode", "--kind", "ventilator", "0119").out


def test_key_of_a_registration_is_not_shown(cli: Cli) -> None:
    key = "a1b2c3d4e5f60718293a4b5c6d7e8f9011121314"
    for crc in ("3bc3", "0000"):
        done = cli("decode", f"01731d0101000000{key}00000000{crc}")
        assert key[:8] not in done.out.replace(" ", "")
