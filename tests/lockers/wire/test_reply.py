"""Answers as bytes, and what is never said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.errors import Malformed
from lineside.lockers.wire import BadReason, BoardSide, CellCode, ConsoleAnswer, ErrorLine, Reply, encode_answer
from lineside.lockers.wire.reply import CELL_MAX, MINUTES_MAX

HEAD = b"ACon_V1.0\nID=7\nSEND=1\nRESET=0\nSTATE=0\n"


def reply(*codes: CellCode, header: str = "ACon_V1.0", board: str = "7", send: str = "1") -> Reply:
    return Reply(header=header, board=board, send=send, codes=codes)


def test_no_engaged_cell_is_no_line_at_all() -> None:
    assert encode_answer(reply()) == HEAD + b"CLOSE\n"


def test_reboot_and_block_have_their_numbers() -> None:
    both = Reply(header="ACon_V1.0", board="7", send="007", reset=True, block=True)
    assert encode_answer(both) == b"ACon_V1.0\nID=7\nSEND=007\nRESET=1\nSTATE=3\nCLOSE\n"


def test_reply_of_many_cells_is_whole() -> None:
    codes = tuple(CellCode(cell, "1492", 4800) for cell in range(1, 257))
    data = encode_answer(reply(*codes))
    assert data.count(b"BOX_ENG=(") == 256
    assert data.startswith(HEAD + b"BOX_ENG=(1,1492,4800)\n")
    assert data.endswith(b"BOX_ENG=(256,1492,4800)\nCLOSE\n")


@pytest.mark.parametrize(
    "codes",
    [
        [CellCode(0, "1492", 1)],
        [CellCode(-1, "1492", 1)],
        [CellCode(CELL_MAX + 1, "1492", 1)],
        [CellCode(2, "1492", 1), CellCode(1, "1492", 1)],
        [CellCode(2, "1492", 1), CellCode(2, "1493", 1)],
        [CellCode(1, "", 1)],
        [CellCode(1, "149214921", 1)],
        [CellCode(1, "14 2", 1)],
        [CellCode(1, "1492\n", 1)],
        [CellCode(1, "١٤٩٢", 1)],
        [CellCode(1, "1492", 0)],
        [CellCode(1, "1492", MINUTES_MAX + 1)],
    ],
)
def test_list_that_cannot_be_said_exactly_is_not_said_and_no_code_is_told(codes: list[CellCode]) -> None:
    with pytest.raises(Malformed) as refused:
        encode_answer(reply(*codes))
    assert "149" not in str(refused.value)
    assert not refused.value.data


@pytest.mark.parametrize(
    "names",
    [
        {"header": "ACon_V1.0\nID=8"},
        {"header": "HTTP/1.1"},
        {"board": ""},
        {"board": "a b"},
        {"board": "7\n"},
        {"send": ""},
        {"send": "1\n"},
        {"send": "x"},
        {"send": "1" * 21},
    ],
)
def test_names_that_no_request_has_are_refused(names: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        encode_answer(reply(**names))


@pytest.mark.parametrize("reason", BadReason)
def test_error_is_one_line(reason: BadReason) -> None:
    assert encode_answer(ErrorLine(reason)) == f"ERROR: {reason.value}\n".encode()


def test_console_answer_is_as_the_original_writes_it_whatever_the_line_end() -> None:
    answer = ConsoleAnswer(("::1", 44466), ("127.0.0.1", 15000))
    assert encode_answer(answer) == encode_answer(answer, "\r\n") == b"('::1', 44466)=>('127.0.0.1', 15000)\r\n"


def test_longest_console_answer_stays_ascii() -> None:
    assert encode_answer(ConsoleAnswer(("é", 1), ("x", 2))) == b"('?', 1)=>('x', 2)\r\n"


codes = st.dictionaries(
    st.integers(1, 256), st.tuples(st.from_regex(r"[0-9]{1,8}", fullmatch=True), st.integers(1, MINUTES_MAX))
).map(lambda found: tuple(CellCode(cell, *found[cell]) for cell in sorted(found)))


@given(codes, st.booleans(), st.booleans(), st.sampled_from(["\n", "\r\n"]), st.integers(1, 60))
def test_board_reads_what_a_server_says(
    found: tuple[CellCode, ...], reset: bool, block: bool, eol: str, size: int
) -> None:
    said = Reply(header="ACon_V1.0", board="B-1", send="0009", reset=reset, block=block, codes=found)
    data = encode_answer(said, eol)
    side = BoardSide()
    heard = [one for start in range(0, len(data), size) for one in side.receive(data[start : start + size])]
    assert heard == [said]
