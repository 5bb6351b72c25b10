"""E1 to E16 of the wire sheet for smart-locker boards, §11: bytes, what they mean, and what is answered.

Each exchange serves twice: at the codec, where ``heard`` and ``answers`` are compared too, and against a live
listener, where ``wanted`` says what must be set before the first byte is sent.

Source: wire/acon.md §11. ``V`` was recorded from the original server, ``D`` is required of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from lineside.lockers.wire import (
    Answer,
    BadMessage,
    BadReason,
    CellCode,
    ConsoleAnswer,
    ConsoleWord,
    ErrorLine,
    Heard,
    Reply,
    Request,
)

LOCKS = b"ACT_CON=01011011,11111111,10110111,11111111,10011111,11111111,10110111,11111111"


@dataclass(frozen=True)
class Turn:
    """What one side says and the other answers.

    Attributes:
        pieces: packets of the board, in order; an answer may come only after the last one.
        heard: what the server reads in them.
        answers: what it says to that, in order.
        data: the bytes of all the answers.
        link: which of the board's connections this is on, for exchanges with two.
        closes: the server ends the connection after its answer.
    """

    pieces: tuple[bytes, ...]
    heard: tuple[Heard, ...]
    answers: tuple[Answer, ...]
    data: bytes
    link: str = "wifi"
    closes: bool = False


@dataclass(frozen=True)
class Wanted:
    """What an operator wants of the board before the exchange begins."""

    codes: tuple[CellCode, ...] = ()
    block: bool = False
    reboot: bool = False


@dataclass(frozen=True)
class Exchange:
    """One numbered exchange of the sheet."""

    name: str
    mark: str
    about: str
    turns: tuple[Turn, ...]
    wanted: Wanted = Wanted()

    def __str__(self) -> str:
        return self.name


def _sample(eol: bytes, send: bytes = b"141349") -> bytes:
    lines = [
        b"ACon_V1.0",
        b"ID=1953",
        b"SEND=" + send,
        b"CONNECTION=1",
        b"WIFI_STATE=0",
        b"GSM_STATE=0",
        b"RESET=1",
        b"STATE=0",
        b"COLS=8",
        b"ROWS=8",
        LOCKS,
        b"BOX_ENG=2,5,8,23,24,25",
        b"BOX_TO=33,34",
        b"BOX_ACC=1,54,43",
        b"CLOSE",
    ]
    return eol.join(lines)


def _sample_request(send: str = "141349") -> Request:
    return Request(
        header="ACon_V1.0",
        board="1953",
        send=send,
        connection=1,
        wifi=0,
        gsm=0,
        reset=True,
        states=(0,),
        columns=8,
        rows=8,
        locks=tuple(LOCKS.decode().removeprefix("ACT_CON=").split(",")),
        engaged=(2, 5, 8, 23, 24, 25),
        timed_out=(33, 34),
        accessed=(1, 54, 43),
    )


def _sample_reply(send: str = "141349", codes: tuple[CellCode, ...] = ()) -> Reply:
    return Reply(header="ACon_V1.0", board="1953", send=send, codes=codes)


def _short(send: str, **fields: object) -> Request:
    return Request(header="ACon_V1.0", board="7", send=send, **fields)  # type: ignore[arg-type]


def _short_reply(send: str, reset: bool = False) -> Reply:
    return Reply(header="ACon_V1.0", board="7", send=send, reset=reset)


def _empty(send: bytes, board: bytes = b"7", reset: bytes = b"0") -> bytes:
    return b"ACon_V1.0\nID=" + board + b"\nSEND=" + send + b"\nRESET=" + reset + b"\nSTATE=0\nCLOSE\n"


def _refused(data: bytes, reason: BadReason, closes: bool = False) -> Turn:
    answer = b"ERROR: " + reason.value.encode() + b"\n"
    return Turn((data,), (BadMessage(reason, closes),), (ErrorLine(reason),), answer, closes=closes)


E3_CODES = (CellCode(2, "1492", 4800), CellCode(5, "1492", 4800), CellCode(8, "1492", 4800))
E15_CODES = (CellCode(6, "7310", 58), CellCode(30, "7310", 58))
E15_LOCKS = ("11111", "01111", "11111", "11111", "11111", "11111")
PEER, OWN = ("127.0.0.1", 44466), ("127.0.0.1", 15000)

EXCHANGES = (
    Exchange(
        "E1",
        "V",
        "CR LF, no final line end, no codes assigned",
        (Turn((_sample(b"\r\n"),), (_sample_request(),), (_sample_reply(),), _empty(b"141349", b"1953")),),
    ),
    Exchange(
        "E2",
        "V",
        "the same with LF alone and a final line end",
        (Turn((_sample(b"\n") + b"\n",), (_sample_request(),), (_sample_reply(),), _empty(b"141349", b"1953")),),
    ),
    Exchange(
        "E3",
        "V",
        "three codes stored for the board",
        (
            Turn(
                (_sample(b"\r\n"),),
                (_sample_request(),),
                (_sample_reply(codes=E3_CODES),),
                b"ACon_V1.0\nID=1953\nSEND=141349\nRESET=0\nSTATE=0\n"
                b"BOX_ENG=(2,1492,4800)\nBOX_ENG=(5,1492,4800)\nBOX_ENG=(8,1492,4800)\nCLOSE\n",
            ),
        ),
        Wanted(E3_CODES),
    ),
    Exchange(
        "E4",
        "V",
        "two requests one after the other on one connection",
        tuple(
            Turn(
                (_sample(b"\r\n", send.encode()) + b"\r\n",),
                (_sample_request(send),),
                (_sample_reply(send),),
                _empty(send.encode(), b"1953"),
            )
            for send in ("141349", "141350")
        ),
    ),
    Exchange(
        "E5",
        "D",
        "minimal request",
        (Turn((b"ACon_V1.0\nID=7\nSEND=1\nCLOSE\n",), (_short("1"),), (_short_reply("1"),), _empty(b"1")),),
    ),
    Exchange(
        "E6",
        "D",
        "two messages in one packet",
        (
            Turn(
                (b"ACon_V1.0\nID=7\nSEND=10\nCLOSE\nACon_V1.0\nID=7\nSEND=11\nCLOSE\n",),
                (_short("10"), _short("11")),
                (_short_reply("10"), _short_reply("11")),
                _empty(b"10") + _empty(b"11"),
            ),
        ),
    ),
    Exchange(
        "E7",
        "D",
        "glued without a line end",
        (
            Turn(
                (b"ACon_V1.0\r\nID=7\r\nSEND=12\r\nCLOSEACon_V1.0\r\nID=7\r\nSEND=13\r\nCLOSE",),
                (_short("12"), _short("13")),
                (_short_reply("12"), _short_reply("13")),
                _empty(b"12") + _empty(b"13"),
            ),
        ),
    ),
    Exchange(
        "E8",
        "D",
        "split inside the end word",
        (
            Turn(
                (b"ACon_V1.0\nID=7\nSEND=14\nCLO", b"SE\r\n"),
                (_short("14"),),
                (_short_reply("14"),),
                _empty(b"14"),
            ),
        ),
    ),
    Exchange(
        "E9",
        "D",
        "code with leading zero, one minute left, block wanted",
        (
            Turn(
                (b"ACon_V1.0\nID=1953\nSEND=0009\nSTATE=1,2\nBOX_ENG=0\nBOX_TO=0\nBOX_ACC=0\nCLOSE\n",),
                (
                    Request(
                        header="ACon_V1.0",
                        board="1953",
                        send="0009",
                        states=(1, 2),
                        engaged=(),
                        timed_out=(),
                        accessed=(),
                    ),
                ),
                (Reply(header="ACon_V1.0", board="1953", send="0009", block=True, codes=(CellCode(64, "0042", 1),)),),
                b"ACon_V1.0\nID=1953\nSEND=0009\nRESET=0\nSTATE=3\nBOX_ENG=(64,0042,1)\nCLOSE\n",
            ),
        ),
        Wanted((CellCode(64, "0042", 1),), block=True),
    ),
    Exchange(
        "E10",
        "D",
        "reboot ordered, then confirmed",
        (
            Turn(
                (b"ACon_V1.0\nID=7\nSEND=20\nRESET=0\nCLOSE\n",),
                (_short("20", reset=False),),
                (_short_reply("20", reset=True),),
                _empty(b"20", reset=b"1"),
            ),
            Turn(
                (b"ACon_V1.0\nID=7\nSEND=1\nRESET=1\nCLOSE\n",),
                (_short("1", reset=True),),
                (_short_reply("1"),),
                _empty(b"1"),
            ),
        ),
        Wanted(reboot=True),
    ),
    Exchange(
        "E11",
        "D",
        "late packet over GSM after a newer one over Wi-Fi",
        (
            Turn(
                (b"ACon_V1.0\nID=7\nSEND=101\nCONNECTION=1\nBOX_ENG=2\nCLOSE\n",),
                (_short("101", connection=1, engaged=(2,)),),
                (_short_reply("101"),),
                _empty(b"101"),
            ),
            Turn(
                (b"ACon_V1.0\nID=7\nSEND=100\nCONNECTION=2\nBOX_ENG=0\nCLOSE\n",),
                (_short("100", connection=2, engaged=()),),
                (_short_reply("100"),),
                _empty(b"100"),
                link="gsm",
            ),
        ),
    ),
    Exchange(
        "E12",
        "D",
        "errors; the connection stays open for all four",
        (
            _refused(b"ACon_V1.0\nSEND=1\nCLOSE\n", BadReason.MISSING_ID),
            _refused(b"ACon_V1.0\nID=7\nCLOSE\n", BadReason.MISSING_SEND),
            _refused(b"ACon_V1.0\nID=a b\nSEND=1\nCLOSE\n", BadReason.BAD_ID),
            _refused(b"ACon_V2.0\nID=7\nSEND=1\nCLOSE\n", BadReason.UNSUPPORTED_VERSION),
        ),
    ),
    Exchange(
        "E13",
        "V",
        "console; port numbers vary",
        (
            Turn(
                (b"ip\r\n",),
                (ConsoleWord("ip"),),
                (ConsoleAnswer(PEER, OWN),),
                b"('127.0.0.1', 44466)=>('127.0.0.1', 15000)\r\n",
            ),
            Turn((b"quit\r\n",), (ConsoleWord("quit"),), (), b"", closes=True),
        ),
    ),
    Exchange(
        "E14",
        "V",
        "what the original answers with an error, for want of ACT_CON: ours answers E5",
        (
            Turn(
                (b"ACon_V1.0\r\nID=1953\r\nSEND=141349\r\nCLOSE",),
                (Request(header="ACon_V1.0", board="1953", send="141349"),),
                (_sample_reply(),),
                _empty(b"141349", b"1953"),
            ),
        ),
    ),
    Exchange(
        "E15",
        "D",
        "5 x 6 cabinet; the lock of row 2, column 1 is missing: cell 6",
        (
            Turn(
                (
                    b"ACon_V1.0\nID=30\nSEND=5\nCOLS=5\nROWS=6\nACT_CON=11111,01111,11111,11111,11111,11111\n"
                    b"BOX_ENG=6,30\nBOX_TO=0\nBOX_ACC=30\nCLOSE\n",
                ),
                (
                    Request(
                        header="ACon_V1.0",
                        board="30",
                        send="5",
                        columns=5,
                        rows=6,
                        locks=E15_LOCKS,
                        engaged=(6, 30),
                        timed_out=(),
                        accessed=(30,),
                    ),
                ),
                (Reply(header="ACon_V1.0", board="30", send="5", codes=E15_CODES),),
                b"ACon_V1.0\nID=30\nSEND=5\nRESET=0\nSTATE=0\nBOX_ENG=(6,7310,58)\nBOX_ENG=(30,7310,58)\nCLOSE\n",
            ),
        ),
        Wanted(E15_CODES),
    ),
    Exchange(
        "E16",
        "D",
        "oversize",
        (_refused(b"ACon_V1.0\nX=" + b"9" * 9000, BadReason.TOO_LARGE, closes=True),),
    ),
)
"""All of them, in the sheet's order."""
