"""Frames found in any bytes: golden, split, noisy, and at bounded cost."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from fastcrc.crc16 import ibm_sdlc
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.ventilator.wire import frame as frame_module
from lineside.ventilator.wire.frame import (
    CONTROL_ACK,
    CONTROL_NACK,
    FRAME_BYTES_MAX,
    JUNK_BYTES_MAX,
    FrameReader,
    Noise,
    NoiseReason,
    encode_ack,
    encode_frame,
    encode_information,
    encode_nack,
    escape,
    unescape,
)
from tests.ventilator.wire.frames import GoldenFrame, golden_frames

GOOD = encode_information(0x40, 7, b"\xa0good")
BODY = b"\x40\x00\x0e\xa0good" + GOOD[-3:-1]

every_golden = pytest.mark.parametrize("golden", golden_frames(), ids=str)


def body_of(golden: GoldenFrame) -> bytes:
    body = unescape(golden.frame[1:-1])
    assert body is not None
    return body


def test_crc_has_the_check_value_of_the_catalogue() -> None:
    assert ibm_sdlc(b"123456789") == 0x906E
    assert ibm_sdlc(b"123456789\x6e\x90") == frame_module.RESIDUE


def test_golden_file_has_all_rows() -> None:
    assert len(golden_frames()) == 31


@every_golden
def test_golden_frame_encodes_byte_for_byte(golden: GoldenFrame) -> None:
    if golden.what == "information":
        assert encode_information(golden.address, golden.sequence, golden.info) == golden.frame
    else:
        encode = encode_ack if golden.what == "ack" else encode_nack
        assert encode(golden.address, golden.sequence) == golden.frame


@every_golden
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("before", [b"", b"\x7e\x7e", b"\x00\x01noise", b"\x7e\x40\x00\x02\xa0\x00"])
def test_golden_frame_is_found_whole_in_pieces_after_noise_and_with_bytes_behind(
    golden: GoldenFrame, size: int, before: bytes
) -> None:
    reader = FrameReader()
    data = before + golden.frame + b"\x55\x66"
    found = [item for start in range(0, len(data), size) for item in reader.receive(data[start : start + size])]
    assert [item for item in found if isinstance(item, bytes)] == [body_of(golden)]


def test_every_frame_of_the_shared_file_is_among_the_golden_ones(recordings: Path) -> None:
    shared = json.loads((recordings / "hev" / "frames.json").read_text())
    assert [row["frame"] for row in shared] == [golden.frame.hex() for golden in golden_frames()]
    for row in shared:
        info = bytes.fromhex(row["info"])
        assert encode_frame(row["address"], row["control"][0], row["control"][1], info).hex() == row["frame"]


# ------------------------------------------------------------------------------------------------------------ escape


@given(st.binary(max_size=300))
def test_escape_leaves_no_flag_and_comes_back(body: bytes) -> None:
    assert b"\x7e" not in escape(body)
    assert unescape(escape(body)) == body


def test_unescape_takes_any_escaped_byte_and_refuses_an_end_within_one() -> None:
    assert unescape(b"\x7d\x31") == b"\x11"
    assert unescape(b"\x7d\x7d\x5e") == b"\x5d\x5e"
    assert unescape(b"\x7d\x5d\x5e") == b"\x7d\x5e"
    assert unescape(b"ab\x7d") is None


def test_answers_echo_spare_bits_of_the_address_and_wrap_the_sequence() -> None:
    assert encode_ack(0x61, 127) == encode_frame(0x61, 0, CONTROL_ACK)
    assert encode_nack(0x00, 3) == encode_frame(0x00, 8, CONTROL_NACK)


# ------------------------------------------------------------------------------------------------------------- noise


@pytest.mark.parametrize(
    "data",
    [
        GOOD + GOOD,
        GOOD[:-1] + GOOD,  # one flag shared by two frames
        b"\x7e" + GOOD + b"\x7e\x7e" + GOOD,  # stray and repeated flags
        b"\x7e\x40\x00\x7e" + GOOD + b"\x7e" + GOOD,
    ],
)
def test_reader_finds_both_frames_around_shared_and_stray_flags(data: bytes) -> None:
    for size in (1, 2, 5, len(data)):
        reader = FrameReader()
        found = [item for start in range(0, len(data), size) for item in reader.receive(data[start : start + size])]
        assert [item for item in found if isinstance(item, bytes)] == [BODY, BODY]


def test_bad_checksum_is_one_noise_with_both_values_and_the_next_frame_is_fine() -> None:
    bad = GOOD[:5] + b"\x00" + GOOD[6:]
    noise, good = FrameReader().receive(bad + GOOD)
    assert good == BODY
    assert isinstance(noise, Noise)
    assert noise.reason is NoiseReason.BAD_CHECKSUM
    assert noise.data == bad[1:-1]
    assert (noise.got, noise.wanted) == (int.from_bytes(BODY[-2:], "little"), ibm_sdlc(bad[1:-3]))
    assert f"crc {noise.got:04x} wanted {noise.wanted:04x} in 40 00 0e" in str(noise)


def test_cut_frame_followed_by_good_ones_costs_only_itself() -> None:
    found = FrameReader().receive(GOOD[:8] + GOOD + GOOD)
    assert [type(item) for item in found] == [Noise, bytes, bytes]


def test_junk_is_merged_and_told_before_the_next_frame() -> None:
    assert FrameReader().receive(b"ab\x7ecd\x7e" + GOOD) == [Noise(NoiseReason.JUNK, b"abcd"), BODY]


def test_junk_is_told_when_much_has_gathered_without_a_frame() -> None:
    reader = FrameReader()
    found = [item for _ in range(JUNK_BYTES_MAX) for item in reader.receive(b"ab\x7e")]
    assert [len(item.data) for item in found if isinstance(item, Noise)] == [JUNK_BYTES_MAX] * 2
    assert str(found[0]).startswith("junk in 61 62")


def test_piece_that_ends_within_an_escape_is_noise() -> None:
    assert FrameReader().receive(b"\x7e12345\x7d\x7e") == [Noise(NoiseReason.BAD_ESCAPE, b"12345\x7d")]


def test_escapes_that_leave_less_than_a_frame_are_noise() -> None:
    (noise,) = FrameReader().receive(b"\x7d\x5e" * 3 + b"\x7e")
    assert isinstance(noise, Noise)
    assert noise.reason is NoiseReason.BAD_CHECKSUM


@pytest.mark.parametrize("size", [1, 100, FRAME_BYTES_MAX, FRAME_BYTES_MAX + 1, 5000])
def test_overlong_piece_is_told_once_by_its_beginning(size: int) -> None:
    data = b"\x7e" + b"x" * 5000 + GOOD
    reader = FrameReader()
    found = [item for start in range(0, len(data), size) for item in reader.receive(data[start : start + size])]
    assert found == [Noise(NoiseReason.OVERLONG, b"x" * FRAME_BYTES_MAX), BODY]


def test_piece_of_exactly_the_limit_is_judged() -> None:
    info = b"y" * (FRAME_BYTES_MAX - 5)
    frame = encode_information(0x40, 0, info)
    assert len(frame) == FRAME_BYTES_MAX + 2
    assert [type(item) for item in FrameReader().receive(frame)] == [bytes]
    assert [type(item) for item in FrameReader(FRAME_BYTES_MAX - 1).receive(frame)] == [Noise]


def test_reset_forgets_what_is_unfinished() -> None:
    reader = FrameReader()
    reader.receive(b"ab\x7e" + GOOD[:9])
    reader.reset()
    assert reader.receive(GOOD) == [BODY]


pieces = st.lists(
    st.one_of(
        st.just(GOOD),
        st.just(GOOD[:-1]),
        st.binary(max_size=30),
        st.sampled_from([b"\x7e", b"\x7d", b"\x7e\x7e", b"\x7e\x7d\x7e", GOOD[3:], GOOD[:6], b"z" * 300]),
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(pieces, st.lists(st.integers(0, 400), max_size=20))
def test_what_is_found_does_not_depend_on_the_split(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    whole = FrameReader().receive(stream)
    reader = FrameReader()
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    found = [item for a, b in pairwise(places) for item in reader.receive(stream[a:b])]
    assert found == whole


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=700))
def test_one_flag_after_any_noise_brings_the_link_back(noise: bytes) -> None:
    found = FrameReader().receive(noise + b"\x7e" + GOOD)
    assert found[-1] == BODY


def check_flipped_bits_are_never_delivered() -> None:
    for place in range(1, len(GOOD) - 1):
        for bit in range(8):
            bad = GOOD[:place] + bytes([GOOD[place] ^ (1 << bit)]) + GOOD[place + 1 :]
            assert all(isinstance(item, Noise) for item in FrameReader().receive(bad)), (place, bit)


def test_every_flipped_bit_is_noise() -> None:
    check_flipped_bits_are_never_delivered()


def test_flipped_bit_check_catches_a_build_without_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_module, "crc16", lambda data: frame_module.RESIDUE)
    with pytest.raises(AssertionError):
        check_flipped_bits_are_never_delivered()


# ------------------------------------------------------------------------------------------------------------ bounds

HOSTILE = {
    "no flag": b"x",
    "flags": b"\x7e",
    "flag and byte": b"\x7ex",
    "escapes": b"\x7d",
    "odd escapes": b"\x7d\x7d\x5e",
    "shortest pieces": b"\x7e12345",
    "longest pieces": b"\x7e" + b"q" * FRAME_BYTES_MAX,
}


@pytest.mark.parametrize("pattern", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_work_and_memory_are_bounded_per_byte(pattern: bytes, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts the bytes that go through the CRC and through copies; each byte may be seen a few times, never O(n)."""
    seen = 0
    real_unescape = frame_module.unescape

    def counting_crc(data: bytes) -> int:
        nonlocal seen
        seen += len(data)
        return ibm_sdlc(data)

    def counting_unescape(raw: bytes) -> bytes | None:
        nonlocal seen
        seen += len(raw)
        return real_unescape(raw)

    monkeypatch.setattr(frame_module, "crc16", counting_crc)
    monkeypatch.setattr(frame_module, "unescape", counting_unescape)
    data = (pattern * 100_000)[:100_000]
    reader = FrameReader()
    told = 0
    for start in range(0, len(data), size):
        for item in reader.receive(data[start : start + size]):
            assert isinstance(item, Noise)
            told += len(item.data)
        assert len(reader._held) <= FRAME_BYTES_MAX
        assert len(reader._junk) < JUNK_BYTES_MAX
    assert seen <= 3 * len(data)
    assert told <= len(data)
