"""Messages found in any bytes: split, glued, noisy, and at bounded cost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.lockers.wire import BadMessage, BadReason, ConsoleWord, Foreign, Request, WireSettings
from lineside.lockers.wire import framing as framing_module
from lineside.lockers.wire.framing import Framed, MessageReader
from tests.lockers.wire.streams import SAMPLE, SHORT, cut_at, cuts, feed, in_pieces, message, streams

TOO_LARGE = BadMessage(BadReason.TOO_LARGE, closes=True)


def sends(heard: list[Any]) -> list[str]:
    return [one.send if isinstance(one, Request) else type(one).__name__ for one in heard]


# ------------------------------------------------------------------------------------------------------------ splits


@pytest.mark.parametrize("place", range(len(SAMPLE)))
def test_message_without_line_end_is_whole_at_its_last_byte_wherever_it_was_cut(place: int) -> None:
    reader = MessageReader(WireSettings())
    assert reader.receive(SAMPLE[:place], 1.0) == []
    (framed,) = reader.receive(SAMPLE[place:], 2.0)
    assert isinstance(framed, Framed)
    assert framed.crlf
    assert b"SEND=141349" in [line.strip() for line in framed.lines]


@settings(max_examples=400, deadline=None)
@given(streams, cuts)
def test_what_is_heard_does_not_depend_on_the_split(stream: bytes, places: list[int]) -> None:
    assert feed(cut_at(stream, places)) == feed([stream])


@settings(max_examples=60, deadline=None)
@given(streams)
def test_what_is_heard_byte_by_byte_is_the_same(stream: bytes) -> None:
    assert feed(in_pieces(stream, 1)) == feed([stream])


def test_split_test_catches_a_build_that_takes_one_packet_for_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MessageReader, "_hold", lambda self, rest, heard: None)
    assert feed(in_pieces(SHORT, 7)) != feed([SHORT])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600).filter(lambda noise: b"\x16" not in noise), cuts)
def test_good_messages_after_any_noise_are_heard(noise: bytes, places: list[int]) -> None:
    heard = feed(cut_at(noise + b"\n" + SHORT + SAMPLE, places))
    assert sends(heard)[-2:] == ["1", "141349"]


# -------------------------------------------------------------------------------------------------------- what ends


@pytest.mark.parametrize("end", [b"CLOSE", b"CLOSE\r\n", b"CLOSE \t", b"  CLOSE", b"CLOSE\r", b"CLOSE\0", b"CLOSE\x16"])
def test_close_at_the_end_of_the_bytes_ends_a_message_at_once(end: bytes) -> None:
    reader = MessageReader(WireSettings())
    heard = reader.receive(b"ACon_V1.0\nID=7\nSEND=1\n" + end, 0.0)
    assert isinstance(heard[0], Framed)
    assert reader.assembling_since is None


def test_late_line_end_is_skipped_and_the_next_message_is_heard() -> None:
    reader = MessageReader(WireSettings())
    found = [reader.receive(piece, 0.0) for piece in (SHORT.rstrip(), b"\r", b"\n", b" \r\n", SHORT)]
    assert [len(one) for one in found] == [1, 0, 0, 0, 1]
    assert reader.junk_bytes == 0


@pytest.mark.parametrize("glue", [b"CLOSE", b"CLOSERING\n", b"CLOSE+++\0", b"CLOSE  ", b"CLOSE\r\n", b"CLOSE\n\n\n"])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_glued_messages_are_two(glue: bytes, size: int) -> None:
    data = b"ACon_V1.0\nID=7\nSEND=12\n" + glue + b"ACon_V1.0\nID=7\nSEND=13\n" + glue
    assert sends(feed(in_pieces(data, size))) == ["12", "13"]


def test_first_of_two_glued_messages_is_whole_before_the_header_of_the_second_ends() -> None:
    reader = MessageReader(WireSettings())
    assert reader.receive(b"ACon_V1.0\nID=7\nSEND=12\nCLO", 0.0) == []
    assert len(reader.receive(b"SEACon_V1", 3.0)) == 1
    assert reader.assembling_since == 3.0
    assert len(reader.receive(b".0\nID=7\nSEND=13\nCLOSE", 4.0)) == 1


def test_keys_that_begin_with_close_and_values_that_are_close_end_nothing() -> None:
    (request,) = feed([message("ID=7", "SEND=1", "CLOSED=1", "CLOSE_TIME =2", "CLOSE=3", "X=CLOSE", "X=ACon_V1.0")])
    assert isinstance(request, Request)
    assert set(request.extra) == {"CLOSED", "CLOSE_TIME", "CLOSE", "X"}


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_header_before_close_drops_the_unfinished_message_and_begins_a_new_one(size: int) -> None:
    heard = feed(in_pieces(b"ACon_V1.0\nID=8\nSEND=5\nBOX_ENG=1\n" + SHORT, size))
    assert heard[0] == BadMessage(BadReason.MISSING_CLOSE)
    assert sends(heard[1:]) == ["1"]


def test_unfinished_message_is_dropped_silently_when_the_peer_ends() -> None:
    reader = MessageReader(WireSettings())
    assert reader.receive(SAMPLE[:-3], 0.0) == []
    assert reader.end() == []
    assert reader.receive(SHORT, 0.0) == []


# ------------------------------------------------------------------------------------------------------------- time


def test_time_runs_from_the_first_byte_of_a_message_and_not_from_the_last() -> None:
    reader = MessageReader(WireSettings())
    assert reader.assembling_since is None
    for second, byte in enumerate(SHORT.rstrip()[:-1]):
        assert reader.receive(bytes([byte]), 10.0 + second) == []
        assert reader.assembling_since == 10.0
    assert len(reader.receive(b"E", 99.0)) == 1
    assert reader.assembling_since is None
    reader.receive(b"\r\n \r\n", 100.0)
    assert reader.assembling_since is None


def test_time_of_a_second_message_runs_from_its_own_packet() -> None:
    reader = MessageReader(WireSettings())
    reader.receive(SHORT + b"ACon_V1.0\n", 5.0)
    assert reader.assembling_since == 5.0
    reader.receive(b"ID=7\nACon_V1.0\nID=", 6.0)  # the first is dropped, the next has begun
    assert reader.assembling_since == 6.0


def test_chatter_of_a_modem_starts_no_time() -> None:
    reader = MessageReader(WireSettings())
    for data in (b"\xff\xfb\x01", b"CONNECT 9600\r\n", b"A", b"T\r\n"):
        reader.receive(data, 1.0)
    assert reader.assembling_since is None
    assert reader.junk_bytes == 3 + len(b"CONNECT 9600\r") + len(b"AT\r")


# ------------------------------------------------------------------------------------------------------------- junk


@pytest.mark.parametrize(
    "junk",
    [b"\0\0\0", b"\xff\xfd\x18\xff\xfd\x20", b"RING\r\n", b"CLOSE\n", b"ID=9\nSEND=4\nCLOSE\n", b"\xc3\x28\n", b"?"],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_junk_before_a_header_is_passed_over_and_counted(junk: bytes, size: int) -> None:
    assert sends(feed(in_pieces(junk + SHORT, size))) == ["1"]
    reader = MessageReader(WireSettings())
    reader.receive(junk + SHORT, 0.0)
    assert reader.junk_bytes >= len(junk.replace(b"\n", b""))


def test_much_junk_is_the_end_and_a_message_forgives_what_was_before_it() -> None:
    some = b"x" * 3000 + b"\n"
    assert sends(feed([some + SHORT] * 5)) == ["1"] * 5
    assert feed([some + some + SHORT]) == [Foreign("")]
    assert feed(in_pieces(b"y" * 4097, 100)) == [Foreign("")]
    assert feed([b"y" * 4096]) == []


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /a?b=c HTTP/1.1\r\n\r\n" + SHORT,
        b"\r\nget /ACon_V1.0 HTTP/1.0\r\n",
        b"hello\nPRI * HTTP/2.0\r\n" + SHORT,
        b"ACon_V1.0\nPOST / HTTP/1.1\n" + SHORT,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        SHORT + b"\x16" + SHORT,
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_other_protocols_are_left_at_once_and_nothing_behind_them_is_read(data: bytes, size: int) -> None:
    heard = feed(in_pieces(data, size))
    assert heard[-1] == Foreign("")
    assert not any(isinstance(one, Request) for one in heard[1:])


def test_strangers_are_named() -> None:
    reasons = []
    for data in (b"\x16\x03", b"GET / HTTP/1.0\n", b"z" * 5000):
        (one,) = MessageReader(WireSettings()).receive(data, 0.0)
        assert isinstance(one, Foreign)
        reasons.append(one.reason)
    assert reasons == ["a TLS hello", "an HTTP request", "more than 4096 bytes without a message"]


# ---------------------------------------------------------------------------------------------------------- console


@pytest.mark.parametrize("word", ["ip", "server", "client", "info", "exit", "quit"])
@pytest.mark.parametrize("end", ["", "\r\n", "\n", "  \r\n"])
def test_word_by_itself_is_heard_at_once(word: str, end: str) -> None:
    reader = MessageReader(WireSettings())
    assert reader.receive(f"{word}{end}".encode(), 0.0) == [ConsoleWord(word)]
    assert reader.receive(b"\r\n" + SHORT, 0.0)
    assert ConsoleWord(word).ends is (word in ("exit", "quit"))


def test_word_in_pieces_waits_for_its_line_end_or_the_end() -> None:
    reader = MessageReader(WireSettings())
    assert [reader.receive(byte, 0.0) for byte in (b"q", b"u", b"i", b"t")] == [[]] * 4
    assert reader.receive(b"\r\n", 0.0) == [ConsoleWord("quit")]
    reader.receive(b"in", 0.0)
    reader.receive(b"fo", 0.0)
    assert reader.end() == [ConsoleWord("info")]


def test_console_can_be_switched_off_and_words_within_a_message_are_none() -> None:
    off = WireSettings(console=False)
    assert feed([b"ip\r\n", b"quit", b"\n" + SHORT], off)[0:1] == feed([SHORT])
    assert sends(feed([b"ACon_V1.0\nquit\nID=7\n", b"quit", b"\nSEND=1\nCLOSE"])) == ["1"]
    assert feed([b"IP\r\n", b"ip x\n"]) == []


# ----------------------------------------------------------------------------------------------------------- bounds


def test_limits_of_a_message_hold_to_the_byte() -> None:
    def of_size(count: int) -> bytes:
        lines = b"ACon_V1.0\nID=7\nSEND=1\nX=" + b"1" * 3900 + b"\nY=" + b"1" * 3900 + b"\nZ="
        return lines + b"1" * (count - len(lines) - 6) + b"\nCLOSE\n"

    assert len(of_size(8192)) == 8193  # the line end behind CLOSE is no part of the message
    for size in (1, 3, 10_000):
        assert sends(feed(in_pieces(of_size(8192), size))) == ["1"]
        assert feed(in_pieces(of_size(8193) + SHORT, size)) == [TOO_LARGE]


def test_limit_of_a_line_holds_to_the_byte() -> None:
    for size in (1, 7, 10_000):
        good = b"ACon_V1.0\nID=7\nSEND=1\nX=" + b"1" * 4094 + b"\nCLOSE"
        assert sends(feed(in_pieces(good, size))) == ["1"]
        assert feed(in_pieces(good.replace(b"X=", b"XX="), size)) == [TOO_LARGE]
        assert feed(in_pieces(b"ACon_V" + b"1" * 5000, size)) == [TOO_LARGE]


def test_limit_of_lines_holds() -> None:
    for size in (1, 10_000):
        pairs = ["ID=7", "SEND=1", *["X=1"] * 124]
        assert sends(feed(in_pieces(message(*pairs), size))) == ["1"]
        for behind in (b"", SHORT):
            assert feed(in_pieces(message(*pairs, "X=1") + behind, size)) == [TOO_LARGE]
        assert feed(in_pieces(b"ACon_V1.0" + b"\n" * 200, size)) == [TOO_LARGE]


class Counting:
    """A pattern that counts the bytes it is shown."""

    def __init__(self, pattern: re.Pattern[bytes], seen: list[int]) -> None:
        self._pattern = pattern
        self._seen = seen

    def match(self, text: bytes) -> re.Match[bytes] | None:
        self._seen.append(len(text))
        return self._pattern.match(text)

    def search(self, text: bytes) -> re.Match[bytes] | None:
        self._seen.append(len(text))
        return self._pattern.search(text)


HOSTILE = {
    "blanks": b" ",
    "line ends": b"\n",
    "letters": b"x",
    "short lines": b"x\n",
    "headers": b"ACon_V1.0\n",
    "glued headers": b"ACon_V",
    "closes": b"CLOSE\n",
    "glued closes": b"CLOSE",
    "empty messages": b"ACon_V1.0\nCLOSE\n",
    "pairs": b"ACon_V1.0\n" + b"ABCDEFGHI=\n" * 126 + b"CLOSE",
    "blanks in a message": b"ACon_V1.0\n" + b" " * 4000 + b"x" + b" " * 4000 + b"\nCLOSE\n",
    "long lines": b"ACon_V1.0\nX=" + b"1" * 4000 + b"\nCLOSE\n",
}


def check_work(pattern: bytes, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte is shown to patterns a few times, never O(n); what is held stays within the limits."""
    seen: list[int] = []
    for name in ("_CLOSE", "_CLOSE_LINE", "_LATE_HEADER", "_HTTP"):
        monkeypatch.setattr(framing_module, name, Counting(getattr(framing_module, name), seen))
    data = (pattern * 50_000)[:50_000]
    limits = WireSettings(junk_bytes_max=60_000)
    reader = MessageReader(limits)
    for piece in in_pieces(data, size):
        reader.receive(piece, 0.0)
        held = sum(map(len, reader._lines or [])) + len(reader._held)
        assert held <= limits.message_bytes_max or (reader._lines is None and held <= limits.junk_bytes_max)
        if reader.is_over:
            reader = MessageReader(limits)
    assert sum(seen) <= 12 * len(data)


@pytest.mark.parametrize("pattern", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("size", [1, 7, 50_000])
def test_work_and_memory_are_bounded_per_byte(pattern: bytes, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    check_work(pattern, size, monkeypatch)


def test_work_test_catches_a_build_that_looks_again_at_each_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing_module, "_CLOSE_BYTES", 1_000_000)
    with pytest.raises(AssertionError):
        check_work(HOSTILE["long lines"], 1, monkeypatch)
