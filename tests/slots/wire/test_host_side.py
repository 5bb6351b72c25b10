"""What a host hears: every golden answer, however it is cut, and every kind of noise around it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.slots.wire import (
    AS_THE_SHEET,
    NOBODY,
    Ack,
    AftTransfer,
    BadAnswer,
    Busy,
    Chirp,
    DataAnswer,
    EventData,
    Exception_,
    GeneralPoll,
    Heard,
    HostSettings,
    HostSide,
    LongPoll,
    Nack,
    Noise,
    NoiseReason,
    Poll,
    RealTimeEvent,
    SingleMeter,
    WireProfile,
    WrongAddress,
    WrongCRC,
    crc16,
    decode_answer,
    encode,
    encode_answer,
    encode_event,
    read_aft_state,
    read_meters,
    read_transfer,
    read_validation_state,
    tell,
    with_crc,
)
from lineside.slots.wire.control import Control
from lineside.slots.wire.host_side import FRAME_BYTES_MAX, NOISE_BYTES_MAX
from tests.slots.wire.frames import FROM_MACHINE, GoldenFrame, golden_frames, hear, host, read

GENERAL = GeneralPoll(1)
ENABLE = tell(1, Control.ENABLE_PLAY)
METERS = read(0x19)
METERS_ANSWER = bytes.fromhex("01 19 00 45 20 40 00 86 14 80 00 41 30 78 00 63 44 94 00 00 20 62 D5 CE")
TILT = bytes.fromhex("01 FF 20 1E 84")

every_answer = pytest.mark.parametrize("golden", FROM_MACHINE, ids=str)


def wanted(golden: GoldenFrame) -> Heard:
    if golden.event is not None:
        return RealTimeEvent(1, golden.event, golden.typed, golden.frame)
    return DataAnswer(golden.frame[0], golden.frame[1], golden.frame, golden.typed)


def told(heard: list[Heard]) -> list[Heard]:
    return [one for one in heard if not isinstance(one, Noise)]


# ------------------------------------------------------------------------------------------------------------- golden


@every_answer
@pytest.mark.parametrize("size", [0, 1, 2, 7])
def test_golden_answer_is_heard_at_once_in_any_pieces(golden: GoldenFrame, size: int) -> None:
    side = host(golden.poll)
    assert hear(side, golden.frame, size=size, quiet=False) == [wanted(golden)]
    assert side.poll is None
    assert side.deadline is None


@every_answer
@pytest.mark.parametrize("before", ["80 81", "80 01", "81 01", "01", "80", "00 FF", "01 FF 20", "01 FF 20 1E 85"])
@pytest.mark.parametrize("size", [0, 1])
def test_golden_answer_is_found_after_noise_and_with_bytes_behind(golden: GoldenFrame, before: str, size: int) -> None:
    if before == "00 FF" and isinstance(golden.poll, GeneralPoll):
        return  # 00 is an answer to a general poll, whole by itself
    side = host(golden.poll)
    heard = hear(side, bytes.fromhex(before) + golden.frame + b"\x55\xaa", size=size)
    assert [one for one in told(heard) if not isinstance(one, Chirp)][:1] == [wanted(golden)]
    noise = b"".join(one.data for one in heard if isinstance(one, Noise))
    assert bytes.fromhex(before) in noise or before == "01 FF 20 1E 85"


@every_answer
def test_golden_answer_cut_anywhere_is_noise_and_never_an_answer(golden: GoldenFrame) -> None:
    for size in range(2, len(golden.frame)):
        side = host(golden.poll)
        heard = hear(side, golden.frame[:size])
        assert not told(heard), golden.frame[:size].hex(" ")
        assert b"".join(one.data for one in heard if isinstance(one, Noise)) == golden.frame[:size]
        assert side.poll == golden.poll


@every_answer
def test_flipped_bit_never_gives_a_data_answer(golden: GoldenFrame) -> None:
    for place in range(len(golden.frame) * 8):
        torn = bytearray(golden.frame)
        torn[place // 8] ^= 1 << place % 8
        heard = hear(host(golden.poll), bytes(torn))
        assert not [one for one in heard if isinstance(one, DataAnswer | RealTimeEvent | BadAnswer)]


def test_bad_crc_is_told_when_the_line_falls_silent() -> None:
    side = host(METERS)
    assert hear(side, METERS_ANSWER[:-1] + b"\x00", quiet=False) == []
    assert side.deadline == pytest.approx(0.021)
    assert side.on_time(0.022) == [Noise(METERS_ANSWER[:-1] + b"\x00", NoiseReason.BAD_CRC)]
    assert side.poll == METERS


# ------------------------------------------------------------------------------------------------------ short answers


@pytest.mark.parametrize(
    ("poll", "data", "heard"),
    [
        (GENERAL, "11", [Exception_(1, 0x11)]),
        (GENERAL, "A0", [Exception_(1, 0xA0)]),
        (GENERAL, "80", [Exception_(1, 0x80)]),
        (GENERAL, "01", [Chirp(1)]),
        (GeneralPoll(0x11), "11", [Exception_(0x11, 0x11, may_be_chirp=True)]),
        (ENABLE, "01", [Ack(1)]),
        (ENABLE, "81", [Nack(1)]),
        (ENABLE, "02", [WrongAddress(2, 1, b"\x02")]),
        (METERS, "01", [Chirp(1)]),
        (METERS, "81", [Nack(1)]),
        (LongPoll(1, 0xF0), "01", [Ack(1)]),
        (None, "05", [Chirp(5)]),
    ],
)
def test_one_byte_counts_when_the_line_falls_silent(poll: Poll | None, data: str, heard: list[Heard]) -> None:
    side = host(poll)
    assert side.receive(bytes.fromhex(data), 0.010) == []
    assert side.is_receiving
    assert side.deadline == pytest.approx(0.015)
    assert side.on_time(0.014) == []
    assert side.on_time(0.0151) == heard
    assert side.deadline is None
    assert (side.poll is None) == (poll is None or not isinstance(heard[0], Chirp | WrongAddress))


@pytest.mark.parametrize(
    ("poll", "data", "heard"),
    [(GENERAL, "00", Exception_(1, 0)), (ENABLE, "01 00", Busy(1)), (METERS, "01 00", Busy(1))],
)
def test_nothing_and_busy_count_at_once(poll: Poll, data: str, heard: Heard) -> None:
    side = host(poll)
    assert side.receive(bytes.fromhex(data), 0.010) == [heard]
    assert side.poll is None


@pytest.mark.parametrize(
    ("poll", "data", "heard"),
    [
        (GENERAL, "80 81 1F", Exception_(1, 0x1F)),
        (GENERAL, "81 00", Exception_(1, 0)),
        (GENERAL, "01 00", Exception_(1, 0)),
        (ENABLE, "80 01", Ack(1)),
        (ENABLE, "81 01", Ack(1)),
        (ENABLE, "01 02 CA 3A 01", Ack(1)),
        (ENABLE, "01 02 CA 3A 81", Nack(1)),
        (ENABLE, "01 02 CA 3A 01 00", Busy(1)),
        (ENABLE, "01 01 FF 20 1E 84", RealTimeEvent(1, 0x20, None, TILT)),
    ],
)
@pytest.mark.parametrize("size", [0, 1])
def test_answer_is_found_behind_what_a_machine_echoes(poll: Poll, data: str, heard: Heard, size: int) -> None:
    assert told(hear(host(poll), data, size=size)) == [heard]


@pytest.mark.parametrize("data", ["11 12", "1E 84", "FF 11", "01 FF 11", "01 21 34 12 0D", "20 1E 84"])
@pytest.mark.parametrize("size", [0, 1])
def test_end_of_a_torn_answer_is_never_an_exception(data: str, size: int) -> None:
    """What such a byte would say is acknowledged and recorded, so only a byte alone counts."""
    assert not told(hear(host(GENERAL), data, size=size))


@pytest.mark.parametrize("poll", [GENERAL, ENABLE, METERS])
def test_end_of_an_answer_that_was_torn_by_a_pause_is_no_answer(poll: Poll) -> None:
    """A network may hold the last byte of an event back for longer than any gap: 01 FF 82 06, then 02."""
    event = encode_event(1, 0x11)
    for cut in range(2, 5):
        for tail in (event[cut:], b"\x01", b"\x84"):
            side = host(poll)
            side.receive(event[:cut], 0.001)
            heard = side.receive(tail, 0.2) + side.on_time(1.0)
            assert not told(heard)
            side.expect(poll, 2.0)
            assert isinstance(hear(side, TILT)[0], RealTimeEvent)


def test_silence_between_two_bytes_makes_them_two_pieces() -> None:
    side = host(GENERAL)
    side.receive(b"\x11", 0.010)
    assert side.receive(b"\x12", 0.050) == [Exception_(1, 0x11)]
    assert side.on_time(1.0) == [Chirp(0x12)]


def test_high_address_is_a_success_for_the_profile_that_says_so() -> None:
    assert hear(host(ENABLE, profile=WireProfile(high_address_is_ack=True)), "81") == [Ack(1)]


# ---------------------------------------------------------------------------------------------------- events and noise


def test_two_events_glued_together_are_both_told_the_second_as_late() -> None:
    heard = hear(host(METERS), TILT + bytes.fromhex("01 FF 1F 6A 4D"))
    assert heard == [
        RealTimeEvent(1, 0x20, None, TILT),
        RealTimeEvent(1, 0x1F, None, bytes.fromhex("01FF1F6A4D"), is_late=True),
    ]


def test_event_of_a_length_that_no_source_names_is_told_with_its_bytes() -> None:
    frame = with_crc(b"\x01\xff\xa5\x01\x02\x03")
    heard = hear(host(GENERAL), frame)
    assert heard == [RealTimeEvent(1, 0xA5, EventData(b"\x01\x02\x03"), frame)]


def test_event_whose_data_are_nonsense_is_a_bad_answer() -> None:
    frame = with_crc(b"\x01\xff\x7f\x00\x00\x00\xaa")
    (bad,) = hear(host(GENERAL), frame)
    assert isinstance(bad, BadAnswer)
    assert "GameEnd.won_credits is 00 00 00 aa" in bad.reason


def test_answer_that_cannot_be_read_is_told_with_the_field() -> None:
    frame = with_crc(b"\x01\x1a\x00\x00\x00\xaa")
    (bad,) = hear(host(read(0x1A)), frame)
    assert isinstance(bad, BadAnswer)
    assert (bad.command, bad.frame) == (0x1A, frame)
    assert "SingleMeter.value is 00 00 00 aa" in bad.reason


def test_answer_of_another_length_with_a_good_crc_is_a_bad_answer() -> None:
    for content in (b"\x00\x12", b"\x00\x00\x00\x00\x12"):
        frame = with_crc(b"\x01\x1a" + content)
        (bad,) = hear(host(read(0x1A)), frame)
        assert isinstance(bad, BadAnswer)
        assert bad.frame == frame
        assert f"{len(frame)} bytes" in bad.reason


def test_answer_of_another_machine_is_named() -> None:
    frame = encode_answer(2, 0x1A, SingleMeter(5))
    side = host(read(0x1A))
    assert hear(side, frame) == [WrongAddress(2, 1, frame)]
    assert side.poll is not None


def test_data_answer_to_a_poll_of_no_table_ends_with_silence() -> None:
    frame = with_crc(b"\x01\xf0\x12\x34")
    side = host(LongPoll(1, 0xF0))
    assert hear(side, frame, quiet=False) == []
    assert side.on_time(1.0) == [DataAnswer(1, 0xF0, frame, None)]


def test_long_polls_are_not_answered_with_the_signature_but_general_polls_are() -> None:
    frame = bytes.fromhex("01 21 34 12 0D A7")
    assert isinstance(hear(host(GENERAL), frame)[0], DataAnswer)
    assert not told(hear(host(METERS), frame))


def test_bytes_while_no_poll_is_out_are_noise_but_events_are_told_as_late() -> None:
    side = host()
    assert hear(side, METERS_ANSWER) == [Noise(METERS_ANSWER, NoiseReason.UNASKED)]
    assert hear(side, TILT) == [RealTimeEvent(1, 0x20, None, TILT, is_late=True)]
    side.expect(METERS, 2.0)
    side.forget()
    assert side.poll is None
    assert hear(side, "00") == [Noise(b"\x00", NoiseReason.UNASKED)]


def test_bytes_of_an_answer_that_the_next_poll_overtakes_are_stale() -> None:
    side = host(METERS)
    assert hear(side, METERS_ANSWER[:9], quiet=False) == []
    side.expect(GENERAL, 0.002)
    assert side.receive(b"\x00", 0.003) == [Noise(METERS_ANSWER[:9], NoiseReason.STALE), Exception_(1, 0)]


def test_silence_within_a_frame_gives_it_up() -> None:
    side = host(METERS)
    side.receive(METERS_ANSWER[:9], 0.010)
    assert side.deadline == pytest.approx(0.030)
    heard = side.receive(METERS_ANSWER, 0.040)
    assert heard[0] == Noise(METERS_ANSWER[:9], NoiseReason.TRUNCATED)
    assert isinstance(heard[1], DataAnswer)


def test_frame_hidden_behind_a_false_beginning_is_told_at_the_next_silence() -> None:
    answer = encode_answer(1, 0x56, decode_answer(read(0x56), with_crc(b"\x01\x56\x03\x01\x00\x01")))
    side = host(read(0x56))
    assert hear(side, b"\x01\x56\xff" + answer, quiet=False) == []
    heard = side.on_time(1.0)
    assert heard[0] == Noise(b"\x01\x56\xff", NoiseReason.TRUNCATED)
    assert isinstance(heard[1], DataAnswer)


# ------------------------------------------------------------------------------------------------------ echo, wake-up


@pytest.mark.parametrize("poll", [GENERAL, ENABLE, METERS, read_validation_state(1), read_transfer(1)])
@pytest.mark.parametrize("size", [0, 1, 3])
def test_machine_that_echoes_is_heard_when_the_settings_say_so(poll: Poll, size: int) -> None:
    answer = {GENERAL: b"\x81", ENABLE: b"\x01", METERS: METERS_ANSWER}.get(poll)
    if answer is None:
        answer = next(g.frame for g in FROM_MACHINE if g.frame[:2] == bytes([1, poll.command]))  # type: ignore[union-attr]
    side = HostSide(HostSettings(echoes=True))
    side.expect(NOBODY, 0.0)
    side.expect(poll, 0.0)
    sent = b"\x80" + b"".join(encode(poll))
    heard = hear(side, sent + answer, size=size)
    assert len(told(heard)) == 1
    assert not isinstance(told(heard)[0], Nack)
    assert [one.reason for one in heard if isinstance(one, Noise)] == [NoiseReason.ECHO] * (poll == METERS)
    side.expect(poll, 2.0)
    again = side.receive(b"".join(encode(poll)) + answer, 2.001)  # the echo of 80 is not always there
    assert told(again + side.on_time(3.0)) == told(heard)


def test_machine_that_stops_echoing_is_still_heard() -> None:
    side = host(METERS, echoes=True)
    assert isinstance(hear(side, METERS_ANSWER)[0], DataAnswer)
    side.expect(ENABLE, 2.0)
    assert hear(side, b"\x01") == [Noise(b"\x01", NoiseReason.TRUNCATED)]
    side.expect(NOBODY, 3.0)
    assert hear(side, b"\x80") == []


@pytest.mark.parametrize("poll", [read_transfer(1), read_validation_state(1), read_aft_state(1), read_meters(1, [0])])
def test_own_poll_coming_back_is_an_echo_and_no_answer(poll: LongPoll) -> None:
    side = host(poll)
    heard = hear(side, b"".join(encode(poll)))
    assert [type(one) for one in heard] == [Noise]
    assert side.poll == poll


def test_echo_of_an_interrogation_is_no_full_transfer() -> None:
    heard = hear(host(read_transfer(1)), "01 72 02 FF 00 0F 22 01 72 02 00 C0 C3 1B")
    assert heard[0] == Noise(bytes.fromhex("01 72 02 FF 00 0F 22"), NoiseReason.ECHO)
    assert isinstance(heard[1], DataAnswer)
    assert heard[1].decoded == AftTransfer(0, 0xC0)


def test_echo_before_an_odd_answer_is_noise() -> None:
    poll = read_aft_state(1)
    heard = hear(host(poll), with_crc(b"\x01\x74\x02\x00\x00"))
    assert [type(one) for one in heard] == [BadAnswer]


def test_wake_up_bit_tells_a_chirp_from_an_answer() -> None:
    side = host(ENABLE)
    assert side.receive(b"\x01", 0.010, frozenset({0})) == [Chirp(1)]
    assert side.receive(b"\x01", 0.020, frozenset()) == []
    assert side.on_time(0.1) == [Ack(1)]
    side.expect(GeneralPoll(0x11), 1.0)
    assert side.receive(b"\x11", 1.010, frozenset()) == []
    assert side.on_time(1.1) == [Exception_(0x11, 0x11)]
    side.expect(METERS, 2.0)
    side.receive(b"\x01", 2.010, frozenset())
    assert side.on_time(2.1) == [Ack(1)]
    assert side.receive(b"\x85", 2.2, frozenset({0})) == [Noise(b"\x85", NoiseReason.JUNK)]


def test_chirp_within_an_answer_leaves_the_answer_whole() -> None:
    torn = METERS_ANSWER[:5] + b"\x02" + METERS_ANSWER[5:]
    heard = host(METERS).receive(torn, 0.01, frozenset({5}))
    assert heard[0] == Chirp(2)
    assert isinstance(heard[1], DataAnswer)


# ------------------------------------------------------------------------------------------------- bounds and anything

anything = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([golden.frame for golden in golden_frames()]),
    st.sampled_from([bytes.fromhex(text) for text in ("80", "81", "01", "00", "01 00", "80 81", "01 72 FF", "01 FF")]),
)
polls = st.one_of(
    st.sampled_from([golden.poll for golden in FROM_MACHINE]), st.sampled_from([ENABLE, GENERAL, LongPoll(1, 0xF0)])
)


def same(heard: list[Heard]) -> list[Any]:
    """Heard with the noise joined: how it is cut into pieces may differ."""
    joined: list[Any] = []
    for one in heard:
        if isinstance(one, Noise):
            if joined and isinstance(joined[-1], bytes):
                joined[-1] += one.data
            else:
                joined.append(one.data)
        else:
            joined.append(one)
    return joined


@given(polls, st.lists(anything, max_size=6), st.lists(st.integers(1, 30), max_size=60))
def test_any_split_of_any_bytes_is_heard_the_same(poll: Poll, pieces: list[bytes], sizes: list[int]) -> None:
    data = b"".join(pieces)
    whole = hear(host(poll), data)
    side = host(poll)
    heard = []
    at = 0
    for size in [*sizes, len(data)]:
        heard += side.receive(data[at : at + size], 0.001)
        at += size
    assert same(heard + side.on_time(1.0)) == same(whole)


@given(polls, st.lists(anything, max_size=6))
def test_no_byte_gets_lost(poll: Poll, pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    side = host(poll)
    size = 0
    for one in hear(side, data):
        match one:
            case Noise(data=noise):
                size += len(noise)
            case DataAnswer() | RealTimeEvent() | BadAnswer() | WrongAddress():
                size += len(one.frame)
                assert crc16(one.frame) == 0 or len(one.frame) == 1
            case _:
                size += 2 if isinstance(one, Busy) else 1
    missing = len(data) - size
    assert missing == 0 or data.count(b"".join(encode(poll))) * len(b"".join(encode(poll))) >= missing
    assert side.deadline is None


@given(polls, st.lists(anything, max_size=4), st.lists(anything, max_size=2))
def test_good_answer_is_heard_after_any_noise_and_a_silence(
    poll: Poll, before: list[bytes], behind: list[bytes]
) -> None:
    golden = next((one for one in FROM_MACHINE if one.poll == poll and one.frame[0] == 1), None)
    if golden is None:
        return
    side = host(poll)
    for one in hear(side, b"".join(before)):
        if not isinstance(one, Noise):
            side.expect(poll, 1.5)
    heard = side.receive(golden.frame + b"".join(behind), 2.0)
    assert wanted(golden) in heard


def test_a_hundred_thousand_pieces_of_noise_cost_bounded_memory_and_raise_nothing() -> None:
    draw = random.Random(7)
    goldens = [golden.frame for golden in golden_frames()]
    sides = [host(golden.poll) for golden in FROM_MACHINE[:8]] + [host(ENABLE), host(GENERAL), host()]
    answers = 0
    for turn in range(100_000):
        side = sides[turn % len(sides)]
        piece = draw.randbytes(draw.randrange(1, 9)) if draw.random() < 0.9 else draw.choice(goldens)
        now = turn * draw.choice((0.0001, 0.0001))
        heard = side.receive(piece, now)
        answers += len(told(heard))
        assert len(side._buffer) <= 2 * FRAME_BYTES_MAX
        assert len(side._junk) <= NOISE_BYTES_MAX
        if side.poll is None:
            side.expect(draw.choice((GENERAL, ENABLE, METERS, read_transfer(1))), now)
    assert answers > 1000


def test_work_per_byte_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst bytes begin a frame of full length every three bytes: each costs one check value and no more."""
    checked = 0

    def counting(data: bytes, start: int = 0) -> int:
        nonlocal checked
        checked += len(data)
        return crc16(data, start)

    monkeypatch.setattr("lineside.slots.wire.host_side.crc16", counting)
    side = host(read(0x56))
    data = b"\x01\x56\xff" * 3000
    for at in range(len(data)):
        side.receive(data[at : at + 1], 0.001)
        assert len(side._buffer) <= FRAME_BYTES_MAX
    assert checked <= len(data) * FRAME_BYTES_MAX / 2
    assert all(isinstance(one, Noise) for one in side.on_time(1.0))


def test_line_that_never_falls_silent_is_told_in_pieces() -> None:
    side = host(METERS)
    heard = side.receive(b"\x55" * 10_000, 0.001)
    assert sum(len(one.data) for one in heard if isinstance(one, Noise)) > 10_000 - NOISE_BYTES_MAX
    assert all(isinstance(one, Noise) and len(one.data) <= NOISE_BYTES_MAX for one in heard)


def test_reader_without_a_check_of_the_crc_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken build: the test of flipped bits sees it."""
    monkeypatch.setattr("lineside.slots.wire.host_side.crc16", lambda _data: 0)
    with pytest.raises(AssertionError):
        test_flipped_bit_never_gives_a_data_answer(FROM_MACHINE[1])


def test_reader_that_takes_one_byte_at_once_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken build: a byte counts as an exception without a silence behind it."""

    def hasty(self: HostSide) -> bool:
        if isinstance(self._poll, GeneralPoll) and self._buffer[0] != 1:
            self._answered(Exception_(self._poll.address, self._buffer[0]), 1)
            return True
        return False

    monkeypatch.setattr(HostSide, "_took_short", hasty)
    with pytest.raises(AssertionError):
        test_end_of_a_torn_answer_is_never_an_exception("11 12", 0)


def test_wrong_crc_and_profile_are_what_the_house_exports() -> None:
    with pytest.raises(WrongCRC):
        decode_answer(METERS, METERS_ANSWER[:-1] + b"\x00", AS_THE_SHEET)
    assert encode_event(1, 0x20) == TILT
