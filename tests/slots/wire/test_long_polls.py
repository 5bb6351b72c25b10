"""The table of long polls against the lengths that the sheet gives, written down again by hand."""

from __future__ import annotations

import pytest

from lineside.slots.wire import LONG_POLLS, MeterUnit, PollType, Trust

# §8: total bytes of a request and an answer of fixed length, address and check value included; 1 is an ACK.
FIXED = {
    **dict.fromkeys((1, 2, 3, 4, 5, 6, 7, 0x0A, 0x0B), (4, 1)),
    0x08: (9, 1),
    0x09: (7, 1),
    0x0E: (5, 1),
    0x2E: (6, 1),
    0x7F: (11, 1),
    0x8A: (9, 1),
    0x8C: (13, 1),
    0x94: (4, 5),
    0xA8: (5, 5),
    0xAA: (5, 1),
    **dict.fromkeys((*range(0x10, 0x18), 0x1A, 0x20, 0x2A, 0x2B, 0x2C, 0x27), (2, 8)),
    **dict.fromkeys((*range(0x31, 0x3D), *range(0x3E, 0x48), 0x49, 0x4A), (2, 8)),
    0x0F: (2, 28),
    0x18: (2, 8),
    0x19: (2, 24),
    0x1B: (2, 24),
    0x1C: (2, 36),
    0x1D: (2, 20),
    0x1E: (2, 28),
    0x1F: (2, 24),
    0x21: (6, 1),
    0x28: (2, 49),
    0x2D: (6, 10),
    0x3D: (2, 13),
    0x48: (2, 10),
    0x4C: (10, 10),
    0x4D: (5, 35),
    0x50: (5, 14),
    0x51: (2, 6),
    0x52: (6, 22),
    0x53: (6, 26),
    0x55: (2, 6),
    0x57: (2, 10),
    0x58: (13, 5),
    0x7B: (13, 15),
    0x7E: (2, 11),
    0x80: (11, 1),
    0x83: (6, 10),
    0x84: (2, 11),
    0x85: (2, 11),
    0x8E: (2, 10),
    0x8F: (2, 13),
    0x90: (2, 14),
    0x95: (6, 10),
    0x96: (6, 10),
    0x97: (6, 10),
    0x98: (6, 10),
    0x99: (6, 22),
    0x9A: (6, 18),
    0xA0: (6, 12),
    0xA4: (6, 8),
    0xB1: (2, 5),
    0xB3: (2, 5),
}
# Where either way has no fixed length.
VARIABLE = {
    *(0x2F, 0x4F, 0x54, 0x56, 0x6E, 0x6F, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x7C, 0x7D, 0x86, 0x87),
    *(0xAF, 0xB0, 0xB2, 0xB4, 0xB5),
}
NOT_TO_IMPLEMENT = {0x8B, *range(0x22, 0x27), 0x29, *range(0x59, 0x60), *range(0x62, 0x6C), 0x77, 0x7A, 0xB6, 0xB7}


def size(command: int, *, answer: bool) -> int:
    spec = LONG_POLLS[command]
    layout = spec.answer if answer else spec.request
    if answer and layout is None:
        return 1
    if not answer and spec.type is PollType.READ:
        return 2
    counted = spec.counts_answer if answer else spec.counts_request
    return 4 + counted + (0 if layout is None else layout.size or 0)


def test_every_poll_of_the_sheet_has_a_row_and_no_other() -> None:
    assert set(LONG_POLLS) == set(FIXED) | VARIABLE
    assert not set(LONG_POLLS) & NOT_TO_IMPLEMENT


@pytest.mark.parametrize("command", FIXED, ids="{:02X}".format)
def test_frame_has_the_length_that_the_sheet_gives(command: int) -> None:
    assert (size(command, answer=False), size(command, answer=True)) == FIXED[command]


def test_lengths_of_single_directions_that_are_fixed() -> None:
    assert size(0x7C, answer=True) == size(0x7D, answer=True) == size(0x75, answer=True) == 5
    assert size(0x73, answer=True) == 5 + 0x1D
    assert size(0x74, answer=True) == 5 + 0x23
    assert size(0x74, answer=False) == 8
    assert size(0xB4, answer=False) == 8


def test_rows_are_whole() -> None:
    for command, spec in LONG_POLLS.items():
        assert spec.command == command
        assert spec.name
        assert (spec.request is None) or spec.type is not PollType.READ
        assert not (spec.type is PollType.READ and spec.is_acknowledged)
        names = [name for name, _ in spec.request.names] if spec.request else []
        assert command in (0x2F, 0x6F, 0xAF) or (spec.type is not PollType.GAME) or names[0] == "game"
    assert {spec.command for spec in LONG_POLLS.values() if spec.is_global} == {0x7B, 0x7C, 0x7D, 0x7F, 0x80, 0x86}
    assert LONG_POLLS[0x80].is_acknowledged


def test_disputed_rows_name_their_setting() -> None:
    for command, setting in (
        (0x09, "game_on"),
        (0x2E, "delay_form"),
        (0x1B, "partial_pay_unit"),
        (0xA0, "system_style"),
    ):
        assert setting in LONG_POLLS[command].note
    assert [c for c, spec in LONG_POLLS.items() if spec.tag is Trust.DISPUTED] == [0x2E]
    assert LONG_POLLS[0x21].note.endswith("signature_order")


def test_units_of_single_meters() -> None:
    assert LONG_POLLS[0x11].unit is MeterUnit.CREDITS
    assert LONG_POLLS[0x15].unit is MeterUnit.COUNT
    assert LONG_POLLS[0x20].unit is MeterUnit.DOLLARS
    names = {command: LONG_POLLS[command].name for command in (0x31, 0x38, 0x3C, 0x3E, 0x44, 0x45)}
    assert names == {
        0x31: "bills of 1",
        0x38: "bills of 500",
        0x3C: "bills of 2000",
        0x3E: "bills of 2500",
        0x44: "bills of 100000",
        0x45: "bills of 250",
    }
