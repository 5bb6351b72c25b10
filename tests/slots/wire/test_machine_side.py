"""What a machine sees of its host, with the 9th bit and without it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.slots.wire import (
    BadFrame,
    BadReason,
    GeneralPoll,
    LongPoll,
    MachineSettings,
    MachineSide,
    PollSeen,
    acknowledgement,
    busy,
    encode,
    is_for,
    read_meters,
    refusal,
    with_crc,
)
from lineside.slots.wire.host_side import FRAME_BYTES_MAX, NOISE_BYTES_MAX
from tests.slots.wire.frames import FROM_HOST, GoldenFrame, golden_frames

every_poll = pytest.mark.parametrize("golden", FROM_HOST, ids=str)
FIRST = frozenset({0})


def see(side: MachineSide, data: bytes, marked: frozenset[int] | None, size: int = 0) -> list[PollSeen | BadFrame]:
    """Everything that a side says to ``data``, given at once or in pieces of ``size``."""
    seen = []
    for start in range(0, len(data), size or max(len(data), 1)):
        piece = data[start : start + (size or len(data))]
        local = None if marked is None else frozenset(i - start for i in marked if start <= i < start + len(piece))
        seen += side.receive(piece, local, 0.001)
    return seen


@every_poll
@pytest.mark.parametrize("size", [0, 1, 2, 7])
@pytest.mark.parametrize("marked", [None, FIRST])
def test_golden_poll_is_seen_at_once_in_any_pieces(golden: GoldenFrame, size: int, marked: frozenset[int]) -> None:
    side = MachineSide()
    (seen,) = see(side, golden.frame, marked, size)
    assert isinstance(seen, PollSeen)
    assert (seen.frame, seen.message) == (golden.frame, golden.typed)
    assert b"".join(encode(seen.poll)) == golden.frame
    assert side.deadline is None


@pytest.mark.parametrize("marked", [None, frozenset({0, 1, 2})])
def test_polls_behind_each_other_are_all_seen(marked: frozenset[int] | None) -> None:
    seen = see(MachineSide(), b"\x80\x81\x01\x19\x82"[:4], marked)
    polls = [GeneralPoll(0), GeneralPoll(1), LongPoll(1, 0x19)]
    assert [one.poll for one in seen if isinstance(one, PollSeen)] == polls


@every_poll
def test_flipped_bit_is_a_bad_frame(golden: GoldenFrame) -> None:
    for place in range(16, len(golden.frame) * 8):
        torn = bytearray(golden.frame)
        torn[place // 8] ^= 1 << place % 8
        side = MachineSide()
        seen = see(side, bytes(torn), FIRST) + side.on_time(1.0)
        if golden.frame[1] not in (0x7C,):
            assert seen
            assert all(isinstance(one, BadFrame) for one in seen)


def test_stray_byte_behind_a_poll_is_dropped_after_a_gap() -> None:
    """A known host appends 00 to 01 54."""
    side = MachineSide()
    (seen,) = side.receive(b"\x01\x54\x00", None, 1.0)
    assert isinstance(seen, PollSeen)
    assert side.deadline == pytest.approx(1.02)
    assert side.on_time(1.019) == []
    (bad, poll) = side.receive(b"\x81", None, 1.2)
    assert bad == BadFrame(0, b"\x00", BadReason.TRUNCATED, "1 bytes, wanted 2")
    assert isinstance(poll, PollSeen)


def test_wake_up_bit_begins_a_message_whatever_was_before() -> None:
    seen = see(MachineSide(), b"\x01\x02\xca\x01\x19", frozenset({0, 3}))
    assert seen[0] == BadFrame(1, b"\x01\x02\xca", BadReason.TRUNCATED, "3 bytes, wanted 4")
    assert isinstance(seen[1], PollSeen)


def test_bytes_without_a_wake_up_bit_belong_to_no_message() -> None:
    side = MachineSide()
    assert see(side, b"\x81\x81", frozenset()) == []
    assert side.on_time(1.0) == [BadFrame(None, b"\x81\x81", BadReason.NO_WAKEUP, "2 bytes without a beginning")]
    seen = see(side, b"\x55" * 1000, frozenset())
    assert [len(one.data) for one in seen if isinstance(one, BadFrame)] == [NOISE_BYTES_MAX] * 3


def test_wake_up_bit_on_every_byte_gives_no_poll() -> None:
    seen = see(MachineSide(), b"\x01\x02\xca\x3a", frozenset(range(4)))
    assert not [one for one in seen if isinstance(one, PollSeen) and isinstance(one.poll, LongPoll)]


def test_poll_of_no_table_ends_with_the_next_message_or_with_silence() -> None:
    side = MachineSide(MachineSettings(gap_s=0.005))
    seen = see(side, b"\x01\xf0\x81", frozenset({0, 2}))
    assert [one.poll for one in seen if isinstance(one, PollSeen)] == [LongPoll(1, 0xF0), GeneralPoll(1)]
    assert see(side, with_crc(b"\x01\xf0\x12"), None) == []
    (poll,) = side.on_time(0.1)
    assert isinstance(poll, PollSeen)
    assert poll.poll == LongPoll(1, 0xF0, b"\x12")
    see(side, b"\x01\xf0\x12\x00\x00", None)
    (bad,) = side.on_time(0.2)
    assert isinstance(bad, BadFrame)
    assert bad.reason is BadReason.BAD_CRC
    see(side, b"\x05", None)
    assert side.on_time(0.3) == [BadFrame(5, b"\x05", BadReason.TRUNCATED, "1 bytes, wanted 2")]


def test_good_crc_around_nonsense_is_malformed() -> None:
    (bad,) = see(MachineSide(), with_crc(b"\x01\x7f\x13\x45\x20\x25\x00\x00\x00"), FIRST)
    assert isinstance(bad, BadFrame)
    assert bad.reason is BadReason.MALFORMED
    assert "ClockTime.day is 13 45 20 25" in bad.text
    assert "13 45 20 25" in repr(bad)


def test_answers_of_one_and_two_bytes() -> None:
    assert (acknowledgement(1), refusal(1), busy(1)) == (b"\x01", b"\x81", b"\x01\x00")
    assert is_for(GeneralPoll(1), 1)
    assert is_for(LongPoll(0, 0x7F), 1)
    assert not is_for(GeneralPoll(0), 1)
    assert not is_for(LongPoll(2, 0x19), 1)


@given(st.lists(st.sampled_from([g.frame for g in FROM_HOST]), max_size=8), st.lists(st.integers(1, 20), max_size=40))
def test_any_split_of_polls_is_seen_the_same(frames: list[bytes], sizes: list[int]) -> None:
    data = b"".join(frames)
    side = MachineSide()
    seen = []
    at = 0
    for size in [*sizes, len(data)]:
        seen += side.receive(data[at : at + size], None, 0.001)
        at += size
    assert [one.frame for one in seen if isinstance(one, PollSeen)] == frames


def test_a_hundred_thousand_pieces_of_noise_cost_bounded_memory_and_raise_nothing() -> None:
    draw = random.Random(11)
    goldens = [golden.frame for golden in golden_frames()] + [b"".join(encode(read_meters(1, [0])))]
    plain, marking = MachineSide(), MachineSide()
    polls = 0
    for turn in range(50_000):
        piece = draw.randbytes(draw.randrange(1, 9)) if draw.random() < 0.9 else draw.choice(goldens)
        seen = plain.receive(piece, None, turn * 0.001)
        marks = frozenset(i for i in range(len(piece)) if draw.random() < 0.3)
        seen += marking.receive(piece, marks, turn * 0.001)
        polls += sum(isinstance(one, PollSeen) for one in seen)
        for side in (plain, marking):
            assert len(side._buffer) < FRAME_BYTES_MAX
            assert len(side._stray) < NOISE_BYTES_MAX
    assert polls > 1000
