"""The board's side: requests as bytes, and which answers a board takes."""

from __future__ import annotations

import pytest

from lineside.errors import Malformed
from lineside.lockers.wire import BadReason, BadReply, BoardSide, ErrorLine, Reply, Request, SideSettings
from lineside.lockers.wire.board_side import encode_request
from tests.golden.lockers.exchanges import EXCHANGES, Exchange

GOOD = b"ACon_V1.0\nID=7\nSEND=1\nRESET=0\nSTATE=0\nBOX_ENG=(6,7310,58)\nCLOSE\n"


def short(**fields: object) -> Request:
    return Request(header="ACon_V1.0", board="7", send="1", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("exchange", EXCHANGES, ids=str)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_answers_of_the_sheet_are_read(exchange: Exchange, size: int) -> None:
    for turn in exchange.turns:
        side = BoardSide()
        data = turn.data
        heard = [one for start in range(0, len(data), size) for one in side.receive(data[start : start + size])]
        wanted = [answer for answer in turn.answers if isinstance(answer, Reply | ErrorLine)]
        assert heard == wanted


def test_sample_of_the_sheet_is_encoded_byte_for_byte() -> None:
    (with_crlf,), (with_lf,) = EXCHANGES[0].turns, EXCHANGES[1].turns
    (request,) = with_crlf.heard
    assert isinstance(request, Request)
    assert BoardSide().send(request) == with_crlf.pieces[0]
    assert BoardSide(SideSettings(eol="\n", final_eol=True)).send(request) == with_lf.pieces[0]


def test_empty_lists_are_zero_and_absent_ones_are_left_out() -> None:
    request = short(engaged=(), states=(), reset=True, locks=("01", "1"), extra={"FW": "1=2"})
    wanted = b"ACon_V1.0\nID=7\nSEND=1\nRESET=1\nSTATE=\nACT_CON=01,1\nBOX_ENG=0\nFW=1=2\nCLOSE"
    assert encode_request(request, SideSettings(eol="\n")) == wanted


@pytest.mark.parametrize("extra", [{"X": "1\nY=2"}, {"X": "1\r"}, {"a": "1"}, {"": "1"}, {"X Y": "1"}])
def test_fields_that_would_break_the_message_are_refused(extra: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        encode_request(short(extra=extra))


@pytest.mark.parametrize(
    "data",
    [
        b"ACon_V1.0\nCLOSE\n",
        GOOD.replace(b"SEND=1", b"SENT=1"),
        GOOD.replace(b"RESET=0\nSTATE=0", b"STATE=0\nRESET=0"),
        GOOD.replace(b"RESET=0", b"RESET=2"),
        GOOD.replace(b"STATE=0", b"STATE=1"),
        GOOD.replace(b"V1.0", b"V1"),
        GOOD.replace(b"(6,", b"(0,"),
        GOOD.replace(b"(6,7310,58)", b"(6, 7310, 58)"),
        GOOD.replace(b"7310", b"731073107"),
        GOOD.replace(b"BOX_ENG=(6,7310,58)", b"BOX_ENG=0"),
        GOOD.replace(b"BOX_ENG=(6,7310,58)", b"X=1"),
        b"ERROR: 'passwords'\n",
        b"ERROR: \n",
    ],
)
def test_answer_that_is_none_is_told_without_a_code_and_the_next_one_is_fine(data: bytes) -> None:
    bad, good = BoardSide().receive(data + GOOD)
    assert isinstance(bad, BadReply)
    assert "7310" not in bad.reason
    assert isinstance(good, Reply)


def test_errors_are_lines_of_their_own() -> None:
    assert BoardSide().receive(b"ERROR: bad ID\n\r\nERROR: missing CLOSE\r\n") == [
        ErrorLine(BadReason.BAD_ID),
        ErrorLine(BadReason.MISSING_CLOSE),
    ]


@pytest.mark.parametrize("data", [b"x" * 5000, b"x\n" * 3000])
def test_endless_reply_is_dropped(data: bytes) -> None:
    side = BoardSide(SideSettings(reply_bytes_max=4096))
    heard = [one for start in range(0, len(data), 100) for one in side.receive(data[start : start + 100])]
    assert heard == [BadReply("too long")]
