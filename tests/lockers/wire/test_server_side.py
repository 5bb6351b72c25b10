"""The server's side of a connection: the sheet's exchanges, its table of bad input, and 100,000 broken inputs."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from lineside.errors import Malformed, WireError
from lineside.lockers.wire import (
    BadMessage,
    BadReason,
    BoardWire,
    CellCode,
    ConsoleWord,
    ErrorLine,
    Flag,
    Foreign,
    Heard,
    Reply,
    ReplyEol,
    Request,
    WireSettings,
)
from tests.golden.lockers.exchanges import EXCHANGES, Exchange
from tests.lockers.wire.streams import SAMPLE, SHORT, cut_at, feed, in_pieces, message

FUZZ_INPUTS = 100_000

every_exchange = pytest.mark.parametrize("exchange", EXCHANGES, ids=str)


def only(data: bytes) -> Heard:
    (heard,) = feed([data])
    return heard


# ----------------------------------------------------------------------------------------------------------- golden


def test_all_exchanges_of_the_sheet_are_there() -> None:
    assert [exchange.name for exchange in EXCHANGES] == [f"E{number}" for number in range(1, 17)]


@every_exchange
def test_exchange_is_read_and_answered_byte_for_byte(exchange: Exchange) -> None:
    wires: dict[str, BoardWire] = {}
    for turn in exchange.turns:
        wire = wires.setdefault(turn.link, BoardWire())
        said = [wire.receive(piece, 0.0) for piece in turn.pieces]
        assert [one for heard in said for one in heard] == list(turn.heard)
        assert not any(said[:-1]), "an answer came before the last packet"
        assert b"".join(wire.send(answer) for answer in turn.answers) == turn.data


@every_exchange
@pytest.mark.parametrize("size", [1, 2, 3, 11])
def test_exchange_is_read_in_pieces_after_noise_and_with_bytes_behind(exchange: Exchange, size: int) -> None:
    for turn in exchange.turns:
        data = b"\0RING\r\n" + b"".join(turn.pieces)
        assert feed(in_pieces(data, size)) == list(turn.heard)
        if not turn.closes:
            assert feed(in_pieces(data + b"\r\n" + SHORT, size))[:-1] == list(turn.heard)


# ---------------------------------------------------------------------------------------- bad input, row by row (§9)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (message("SEND=1"), BadReason.MISSING_ID),
        (message("ID=", "SEND=1"), BadReason.BAD_ID),
        (message("ID=a b", "SEND=1"), BadReason.BAD_ID),
        (message("ID=" + "x" * 33, "SEND=1"), BadReason.BAD_ID),
        (message("ID=ключ", "SEND=1"), BadReason.BAD_ID),
        (message("ID=7\0", "SEND=1").replace(b"7\0", b"7\x01"), BadReason.BAD_ID),
        (message("ID=7", "ID=8", "SEND=1"), BadReason.DUPLICATE_ID),
        (message("ID=7"), BadReason.MISSING_SEND),
        (message("ID=7", "SEND="), BadReason.BAD_SEND),
        (message("ID=7", "SEND=-1"), BadReason.BAD_SEND),
        (message("ID=7", "SEND=1x"), BadReason.BAD_SEND),
        (message("ID=7", "SEND=٣"), BadReason.BAD_SEND),
        (message("ID=7", "SEND=" + "1" * 21), BadReason.BAD_SEND),
        (message("ID=7", "SEND=1", header="ACon_V2.0"), BadReason.UNSUPPORTED_VERSION),
        (message("ID=7", "SEND=1", header="ACon_V"), BadReason.UNSUPPORTED_VERSION),
        (message("ID=7", "SEND=1", header="ACon_V10.0"), BadReason.UNSUPPORTED_VERSION),
        (message("ID=7", "SEND=1", header="ACon_V1.0 x"), BadReason.UNSUPPORTED_VERSION),
        (message("SEND=x", header="ACon_V2.0"), BadReason.UNSUPPORTED_VERSION),
    ],
)
def test_message_that_cannot_be_used_has_its_fixed_reason_and_the_connection_goes_on(
    data: bytes, reason: BadReason
) -> None:
    heard = feed([data + SHORT])
    assert heard[0] == BadMessage(reason)
    assert heard[1] == only(SHORT)
    assert BoardWire().send(ErrorLine(reason)) == f"ERROR: {reason}\n".encode()


@pytest.mark.parametrize("header", ["ACon_V1.0", "ACon_V1.7", "ACon_V1.0 // remark", "  ACon_V1.12\t"])
def test_other_minor_versions_are_read_and_echoed(header: str) -> None:
    request = only(message("ID=7", "SEND=1", header=header))
    assert isinstance(request, Request)
    assert request.header == header.partition("//")[0].strip()
    reply = Reply(header=request.header, board="7", send="1")
    assert BoardWire().send(reply).startswith(request.header.encode() + b"\nID=7\n")


def test_after_a_stranger_or_an_oversize_nothing_is_heard() -> None:
    for data in (b"GET / HTTP/1.1\r\n", b"ACon_V1.0\nX=" + b"9" * 9000, b"\x16\x03"):
        wire = BoardWire()
        (end,) = wire.receive(data, 0.0)
        assert isinstance(end, Foreign) or (isinstance(end, BadMessage) and end.closes)
        assert wire.receive(SHORT, 1.0) == []
        assert wire.end() == []
        assert wire.assembling_since is None


def test_junk_and_time_are_told() -> None:
    wire = BoardWire()
    wire.receive(b"RING\nACon_V1.0\nID=7", 7.0)
    assert (wire.junk_bytes, wire.assembling_since) == (4, 7.0)
    wire.receive(b"q", 8.0)
    assert wire.end() == []
    assert BoardWire(WireSettings()).receive(b"quit", 0.0) == [ConsoleWord("quit")]


def test_a_word_may_end_with_the_connection() -> None:
    wire = BoardWire()
    wire.receive(b"i", 0.0)
    wire.receive(b"p", 0.0)
    assert wire.end() == [ConsoleWord("ip")]


# ---------------------------------------------------------------------------------------------------------- sending


@pytest.mark.parametrize(
    ("setting", "eol", "wanted"),
    [
        (ReplyEol.LF, "\r\n", "\n"),
        (ReplyEol.CRLF, "\n", "\r\n"),
        (ReplyEol.MIRROR, "\r\n", "\r\n"),
        (ReplyEol.MIRROR, "\n", "\n"),
    ],
)
def test_line_end_of_answers_is_as_the_settings_say(setting: ReplyEol, eol: str, wanted: str) -> None:
    wire = BoardWire(WireSettings(reply_eol=setting))
    for size in (1, 1000):
        for piece in in_pieces(message("ID=7", "SEND=1", eol=eol), size):
            wire.receive(piece, 0.0)
        sent = wire.send(Reply(header="ACon_V1.0", board="7", send="1", codes=(CellCode(1, "0042", 1),)))
        lines = ["ACon_V1.0", "ID=7", "SEND=1", "RESET=0", "STATE=0", "BOX_ENG=(1,0042,1)", "CLOSE", ""]
        assert sent == wanted.join(lines).encode()
        assert wire.send(ErrorLine(BadReason.BAD_ID)).endswith(f"bad ID{wanted}".encode())


def test_what_cannot_be_said_is_a_wire_error() -> None:
    with pytest.raises(WireError):
        BoardWire().send(Reply(header="ACon_V1.0", board="7\nBOX_ENG=(1,1,1)", send="1"))


# ------------------------------------------------------------------------------------------------------------- fuzz

_SEEDS = [
    *(b"".join(turn.pieces) for exchange in EXCHANGES for turn in exchange.turns if len(b"".join(turn.pieces)) < 600),
    SAMPLE + b"\r\n" + SHORT,
    message("ID=7", "SEND=1", "ACT_CON=2", "COLS=0", "ROWS=-4", "STATE=a,,9", "BOX_ACC=1,0,99999999999", "RESET=2"),
]
_TOKENS = [
    *(b"CLOSE", b"ACon_V", b"1.0", b"\n", b"\r\n", b"=", b",", b"//", b"ID", b"SEND=", b"\0", b"\xff\xfb", b"\x16"),
    *(b" HTTP/", b"BOX_ENG=", b"99999999999999999999999", b"-1", b" ", b"ip\n", b"quit\n", b"STATE=", b"\xd0\x9a"),
]


def broken_inputs(chance: random.Random, count: int) -> Iterator[bytes]:
    """Good messages with bytes flipped, pieces cut out, doubled, moved and put in."""
    for _ in range(count):
        data = bytearray(chance.choice(_SEEDS))
        for _ in range(chance.randrange(1, 5)):
            at, to = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
            match chance.randrange(5):
                case 0:
                    data[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    del data[at : min(to, at + 20)]
                case 2:
                    data[at:at] = data[at : min(to, at + 60)]
                case 3:
                    data[at:at] = chance.choice(_TOKENS)
                case _:
                    data[at:at] = chance.randbytes(chance.randrange(1, 12))
        yield bytes(data)


def check_heard(wire: BoardWire, heard: list[Heard]) -> None:
    """Whatever is heard is of the types, can be answered, and cannot make an answer that says anything else."""
    for one in heard:
        if isinstance(one, Request):
            sent = wire.send(Reply(header=one.header, board=one.board, send=one.send))
            assert sent.count(b"\n") == 6
            assert one.number >= 0
            assert list(one.flags) == [flag for flag in Flag if flag in one.flags]
            assert all(cell > 0 for cells in (one.engaged, one.timed_out, one.accessed) for cell in cells or ())
        elif isinstance(one, BadMessage):
            assert wire.send(ErrorLine(one.reason)) == f"ERROR: {one.reason}\n".encode()
        else:
            assert isinstance(one, Foreign | ConsoleWord)


def test_broken_inputs_raise_nothing_and_what_is_heard_can_be_answered() -> None:
    """The seed is fixed: a failure repeats. One wire lives on through many inputs, as a connection does."""
    chance = random.Random(1953)
    wire, heard_count = BoardWire(), 0
    for number, data in enumerate(broken_inputs(chance, FUZZ_INPUTS)):
        if number % 20 == 0:
            wire = BoardWire()
        pieces = [data] if chance.random() < 0.7 else cut_at(data, [chance.randrange(len(data) + 1) for _ in range(3)])
        for piece in pieces:
            heard = wire.receive(piece, float(number))
            heard_count += len(heard)
            try:
                check_heard(wire, heard)
            except (AssertionError, Malformed) as error:
                raise AssertionError(f"input {number}: {data!r}") from error
    assert heard_count > FUZZ_INPUTS / 10
