"""The short way for a message that repeats all but its SEND: it gives what the long way gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.lockers.wire import BoardWire, Heard, Reply, ReplyEol, Request, WireSettings
from lineside.lockers.wire.again import LastMessage
from lineside.lockers.wire.fields import request_of
from tests.lockers.wire.streams import SAMPLE, message

BASE = message("ID=7", "SEND=1", "BOX_ENG=2", "NEW=1", eol="\r\n")
CHUNKS = [
    BASE,
    BASE.replace(b"=1\r\nBOX", b"=0002\r\nBOX"),
    BASE.replace(b"SEND=1", b"SEND=" + b"3" * 20),
    BASE.replace(b"SEND=1", b"SEND=" + b"3" * 21),
    BASE.replace(b"SEND=1", b"SEND="),
    BASE.replace(b"SEND=1", b"SEND=4x"),
    BASE.replace(b"SEND=1", b"SEND= 4"),
    BASE.replace(b"SEND=1", b"SEND=4\r\nSEND=5"),
    BASE.replace(b"SEND=1", b"SEND=\xc2\xb2"),
    BASE.replace(b"SEND=1", b"SEND=5").replace(b"BOX_ENG=2", b"BOX_ENG=3"),
    BASE.replace(b"ID=7", b"ID=8"),
    BASE.replace(b"\r\n", b"\n"),
    BASE + b"CLOSE\n",
    BASE.rstrip(),
    BASE + BASE,
    b"noise\n" + BASE,
    BASE[:20],
    BASE[20:],
    b"ip\r\n",
    message("SEND=6", "ID=8", "BOX_ENG=3"),
    message("SEND=7", "ID=8", "BOX_ENG=3"),
    message("SEND=6", "ID=8", "SEND=7"),
    message("SEND=9", "ID=8", "SEND=7"),
    message("SEND = 6", "ID=8"),
    message("SEND = 7", "ID=8"),
    message("ID=8", "SEND=7", "NEW=\u0662"),
    message("ID=8", "SEND=8", "NEW=\u0662"),
    message("ID=8", "SEND=8", "PAD=" + "x" * 180),
    message("ID=8", "SEND=88888888888888888888", "PAD=" + "x" * 180),
    SAMPLE,
    SAMPLE.replace(b"141349", b"141350"),
]
# Mirrored line ends, so that those of the last message can be seen; limits that a chunk of the list just breaks.
SETTINGS = WireSettings(reply_eol=ReplyEol.MIRROR)
NARROW = WireSettings(reply_eol=ReplyEol.MIRROR, message_bytes_max=256, line_bytes_max=219)


def said(chunks: Iterable[bytes], settings: WireSettings, after: Callable[[BoardWire], None]) -> list[object]:
    """All that can be seen of a wire, chunk by chunk."""
    wire, seen = BoardWire(settings), list[object]()
    for number, chunk in enumerate(chunks):
        heard: list[Heard] = wire.receive(chunk, float(number))
        reply = wire.send(Reply(header="ACon_V1.0", board="7", send="1"))
        seen.append((heard, reply, wire.junk_bytes, wire.assembling_since))
        after(wire)
    return [*seen, wire.end()]


def forget(wire: BoardWire) -> None:
    """So that the next chunk has to go the long way."""
    wire._last._request = None


def check_short_way_is_the_long_way(chunks: list[bytes]) -> None:
    for wire_settings in (SETTINGS, NARROW):
        short = said(chunks, wire_settings, lambda wire: None)
        assert short == said(chunks, wire_settings, forget)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(CHUNKS), max_size=12))
def test_short_way_gives_what_the_long_way_gives(chunks: list[bytes]) -> None:
    check_short_way_is_the_long_way(chunks)


def check_every_pair() -> None:
    for first in CHUNKS:
        for second in CHUNKS:
            check_short_way_is_the_long_way([first, second, first])


def test_short_way_gives_what_the_long_way_gives_for_every_pair_of_chunks() -> None:
    check_every_pair()


def test_a_message_that_repeats_all_but_its_send_shares_what_was_read() -> None:
    wire = BoardWire()
    (first,), (second,) = (wire.receive(chunk, 0.0) for chunk in CHUNKS[:2])
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert second.engaged is first.engaged
    assert second.extra is first.extra
    assert second == msgspec.structs.replace(first, send="0002")


def test_a_repeated_message_is_not_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = BoardWire()
    wire.receive(CHUNKS[0], 0.0)
    monkeypatch.setattr("lineside.lockers.wire.server_side.request_of", None)
    assert [one.send for one in wire.receive(CHUNKS[1], 0.0) if isinstance(one, Request)] == ["0002"]


def test_a_chunk_that_is_too_long_is_neither_kept_nor_compared() -> None:
    request = request_of(BASE.replace(b"\r", b"").split(b"\n")[:-2])
    last = LastMessage(len(BASE))
    last.keep(BASE, request)
    assert last.again(BASE) == request
    assert last.again(CHUNKS[1]) is None
    last.keep(CHUNKS[1], request)
    assert last.again(BASE) is None


def without_digits(last: LastMessage, data: bytes) -> Request | None:
    request, before, behind = last._request, last._before, last._behind
    if request is None or not (data.startswith(before) and data.endswith(behind)):
        return None
    send = data[len(before) : len(data) - len(behind)]
    return msgspec.structs.replace(request, send=send.decode("utf-8", "replace"))


def keep_any(last: LastMessage, data: bytes, request: Heard) -> None:
    if isinstance(request, Request) and b"SEND=" in data:
        place = data.rindex(b"SEND=") + 5
        last._before, last._behind, last._request = data[:place], data[place + len(request.send) :], request


@pytest.mark.parametrize(
    ("name", "broken"),
    [("again", without_digits), ("keep", keep_any), ("forget", lambda last: None)],
    ids=["digits are not looked at", "the last SEND is taken for the only one", "nothing is ever forgotten"],
)
def test_check_catches_a_broken_short_way(name: str, broken: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LastMessage, name, broken)
    with pytest.raises(AssertionError):
        check_every_pair()
