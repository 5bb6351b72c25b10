"""Every golden frame in both directions, and frames that are none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.errors import Malformed, WireError
from lineside.slots.wire import (
    LONG_POLLS,
    GeneralPoll,
    LastBill,
    LongPoll,
    MeterReading,
    MeterReadings,
    MultiAnswer,
    MultiQuestion,
    Progressive,
    Registration,
    SingleMeter,
    Switch,
    WireProfile,
    WrongCRC,
    decode_answer,
    decode_event,
    decode_request,
    encode,
    encode_answer,
    encode_event,
    inner_answer,
    inner_question,
    outer_answer,
    outer_question,
    request_of,
    with_crc,
)
from tests.slots.wire.frames import FROM_HOST, FROM_MACHINE, GoldenFrame, a_poll, golden_frames

KEY = "a1b2c3d4e5f60718293a4b5c6d7e8f9011121314"


def test_golden_file_has_all_rows_of_the_sheet() -> None:
    sections = [golden.section for golden in golden_frames()]
    assert (sections.count("14.1"), sections.count("14.2")) == (52, 55)
    assert (len(FROM_HOST), len(FROM_MACHINE)) == (48, 59)


@pytest.mark.parametrize("golden", FROM_HOST, ids=str)
def test_golden_poll_decodes_and_encodes(golden: GoldenFrame) -> None:
    poll, message = decode_request(golden.frame)
    assert message == golden.typed
    assert isinstance(poll, LongPoll)
    assert request_of(poll.address, poll.command, message) == poll
    assert b"".join(encode(poll)) == golden.frame
    if isinstance(message, MultiQuestion):
        inner, _ = inner_question(message)
        assert outer_question(poll.address, message.denomination, inner) == poll


@pytest.mark.parametrize("golden", FROM_MACHINE, ids=str)
def test_golden_answer_decodes_and_encodes(golden: GoldenFrame) -> None:
    address, command = golden.frame[:2]
    if golden.event is not None:
        event = decode_event(golden.frame)
        assert (event.address, event.code, event.fields) == (address, golden.event, golden.typed)
        assert encode_event(address, event.code, event.fields) == golden.frame
        return
    answer = decode_answer(golden.poll, golden.frame)
    assert answer == golden.typed
    assert encode_answer(address, command, answer) == golden.frame
    if isinstance(answer, MultiAnswer):
        inner = inner_answer(answer)
        assert type(inner).__name__ == golden.inner
        assert outer_answer(answer.denomination, answer.command, inner) == answer


@pytest.mark.parametrize("golden", FROM_MACHINE, ids=str)
def test_every_flipped_bit_is_a_wrong_crc(golden: GoldenFrame) -> None:
    for place in range(len(golden.frame) * 8):
        torn = bytearray(golden.frame)
        torn[place // 8] ^= 1 << place % 8
        with pytest.raises(WrongCRC):
            decode_event(bytes(torn)) if golden.event is not None else decode_answer(golden.poll, bytes(torn))


def test_answers_of_another_poll_are_named() -> None:
    frame = encode_answer(1, 0x1A, SingleMeter(5))
    for poll, text in (
        (LongPoll(2, 0x1A), "address 01 wanted 02 at 0 in"),
        (LongPoll(1, 0x11), "command 1a wanted 11 at 1 in"),
        (GeneralPoll(1), "command 1a wanted 21"),
    ):
        with pytest.raises(Malformed, match=text):
            decode_answer(poll, frame)
    with pytest.raises(Malformed, match="poll 01 is not answered with data"):
        decode_answer(LongPoll(1, 0x01), with_crc(b"\x01\x01"))
    with pytest.raises(Malformed, match="poll f0 is not answered with data"):
        decode_answer(LongPoll(1, 0xF0), with_crc(b"\x01\xf0"))
    with pytest.raises(Malformed, match="of 3 bytes, wanted 4 or more"):
        decode_answer(LongPoll(1, 0x1A), b"\x01\x1a\x00")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("01 1A 0A 00 00 00", "SingleMeter.value is 0a 00 00 00 at 0: no Bcd"),
        ("01 1A 00 00 00", "SingleMeter is cut short: 3 bytes, wanted 4"),
        ("01 1A 00 00 00 00 00", "SingleMeter is too long"),
        ("01 54 09 36 30 32", "length byte 09 wanted 03"),
        ("01 54", "length byte"),
        ("01 2F 03 00 00 3A", "the size of meter 3a at 2 is not known"),
        ("01 73 1D 01", "length byte 1d wanted 01"),
    ],
)
def test_good_crc_around_nonsense_is_named(data: str, text: str) -> None:
    frame = with_crc(bytes.fromhex(data))
    with pytest.raises(Malformed, match=text):
        decode_answer(a_poll(frame[1]), frame)


def test_events_that_are_none_are_named() -> None:
    for data, text in (
        (b"\x01\xff", "of 4 bytes, wanted 5"),
        (b"\x01\x1a\x00", "command 1a wanted ff"),
        (b"\x01\xff\x11\x00", "event 11 has 1 bytes of data, wanted none"),
        (b"\x01\xff\x4f\x37", "LastBill.count is cut short"),
    ):
        with pytest.raises(Malformed, match=text):
            decode_event(with_crc(data))
    with pytest.raises(Malformed, match="event 11 cannot carry"):
        encode_event(1, 0x11, LastBill("37", 4, 1))
    with pytest.raises(Malformed, match="event 4f cannot carry None, wanted LastBill"):
        encode_event(1, 0x4F)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (b"", "a poll of 0 bytes"),
        (b"\x01", "neither a general poll nor a long poll"),
        (b"\x81\x19", "neither a general poll nor a long poll"),
        (b"\x01\x02", "poll 02 of 2 bytes"),
        (b"\x01\x19\x00", "poll 19 of 3 bytes"),
        (with_crc(b"\x01\x19\x00"), "poll 19 of 5 bytes"),
        (with_crc(b"\x01\x02\x00"), "poll 02 with 1 bytes of data, wanted none"),
        (with_crc(b"\x01\x0e"), "Switch is cut short"),
        (with_crc(b"\x01\x2f\x09\x00\x00"), "length byte 09 wanted 02"),
    ],
)
def test_polls_that_are_none_are_named(frame: bytes, text: str) -> None:
    with pytest.raises(Malformed, match=text):
        decode_request(frame)


def test_polls_of_no_table_are_read_as_far_as_they_go() -> None:
    assert decode_request(b"\x81") == (GeneralPoll(1), None)
    assert decode_request(b"\x01\xf0") == (LongPoll(1, 0xF0), None)
    assert decode_request(with_crc(b"\x01\xf0\x12")) == (LongPoll(1, 0xF0, b"\x12"), None)
    with pytest.raises(WrongCRC):
        decode_request(b"\x01\xf0\x12\x00\x00")


def test_structs_of_another_poll_are_refused() -> None:
    for command, message, text in (
        (0xF0, None, "command f0 is not in the table"),
        (0x0E, None, "poll 0e cannot carry NoneType, wanted Switch"),
        (0x01, Switch(1), "poll 01 cannot carry Switch, wanted NoneType"),
    ):
        with pytest.raises(Malformed, match=text):
            request_of(1, command, message)
    for command, answer, text in (
        (0x01, SingleMeter(1), "cannot be answered with SingleMeter, wanted no data"),
        (0xF0, SingleMeter(1), "wanted no data"),
        (0x1A, Progressive(1, 1, 1), "wanted SingleMeter"),
    ):
        with pytest.raises(Malformed, match=text):
            encode_answer(1, command, answer)


def test_profile_decides_the_size_of_meters_in_a_short_answer() -> None:
    profile = WireProfile(meter_bytes={0x28: 5, 0x7F: 2})
    answer = MeterReadings(0, (MeterReading(0x28, 0, 12, 5), MeterReading(0x7F, 0, 9068, 2)))
    frame = encode_answer(1, 0x2F, answer, profile)
    assert decode_answer(a_poll(0x2F), frame, profile) == answer
    with pytest.raises(Malformed):
        decode_answer(a_poll(0x2F), frame)
    with pytest.raises(Malformed, match="meter 28 cannot have 5 bytes, wanted 4"):
        encode_answer(1, 0x2F, answer)


def test_refusal_of_one_denomination_is_named() -> None:
    with pytest.raises(Malformed, match="poll of one denomination refused with code 03"):
        inner_answer(MultiAnswer(1, 0, b"\x03"))


@pytest.mark.parametrize(
    ("command", "content", "text"),
    [
        (0xB0, b"", "command b0 cannot be asked"),
        (0xF0, b"", "command f0 cannot be asked"),
        (0x19, b"\x00", "poll 19 with 1 bytes of data, wanted none"),
        (0x2F, b"", "length byte missing wanted 00"),
        (0x2F, b"\x05\x00\x00", "length byte 05 wanted 02"),
    ],
)
def test_polls_inside_a_poll_are_checked(command: int, content: bytes, text: str) -> None:
    with pytest.raises(Malformed, match=text):
        inner_question(MultiQuestion(1, command, content))


def test_answers_inside_an_answer_are_checked() -> None:
    with pytest.raises(Malformed, match="poll 01 is not answered with data"):
        inner_answer(MultiAnswer(1, 0x01, b""))
    with pytest.raises(Malformed, match="length byte 07 wanted 03"):
        inner_answer(MultiAnswer(1, 0x56, bytes.fromhex("07010001")))


def test_key_of_a_registration_is_in_no_error_and_no_repr() -> None:
    body = bytes.fromhex(f"0101000000{KEY}00000000")
    frame = with_crc(b"\x01\x73\x1d" + body)
    poll = LongPoll(1, 0x73, b"\xff")
    answer = decode_answer(poll, frame)
    assert isinstance(answer, Registration)
    assert answer.key.reveal() == KEY
    texts = [repr(answer), repr(decode_request(frame)), repr(LongPoll(1, 0x73, body))]
    for torn in (frame[:-1] + b"\x00", with_crc(frame[:-2] + b"\x00"), with_crc(b"\x01\x73\x1e" + body)):
        for decode in (lambda data: decode_answer(poll, data), decode_request):
            with pytest.raises(WireError) as caught:
                decode(torn)
            texts += [str(caught.value), caught.value.data.hex()]
    assert not [text for text in texts if KEY[:6] in text.replace(" ", "")]


def a_frame(draw: random.Random) -> bytes:
    """Bytes that come near to a frame: noise, a golden one with some bytes changed, often with a good check value."""
    if draw.random() < 0.5:
        data = bytearray(draw.randbytes(draw.randrange(0, 12)))
    else:
        data = bytearray(draw.choice(golden_frames_cached).frame[:-2])
        for _ in range(draw.randrange(0, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        del data[draw.randrange(len(data) + 1) :][: draw.randrange(2) * 9999]
    return with_crc(bytes(data)) if draw.random() < 0.8 else bytes(data)


golden_frames_cached = golden_frames()


def test_a_hundred_thousand_near_frames_end_well_or_as_a_wire_error() -> None:
    draw = random.Random(4)
    read = 0
    commands = list(LONG_POLLS)
    for _ in range(100_000):
        frame = a_frame(draw)
        command = frame[1] if len(frame) > 1 and draw.random() < 0.9 else draw.choice(commands)
        for decode in (lambda: decode_request(frame), lambda: decode_answer(LongPoll(1, command), frame)):  # noqa: B023
            try:
                decode()
                read += 1
            except WireError:
                pass
    assert read > 10_000


@given(st.sampled_from(sorted(LONG_POLLS)), st.binary(max_size=80))
def test_any_data_that_can_be_read_is_written_back_byte_for_byte(command: int, data: bytes) -> None:
    spec = LONG_POLLS[command]
    if spec.answer is None:
        return
    size = spec.answer.size
    data = data if size is None else data[:size].ljust(size, b"\0")
    counted = bytes([len(data)]) if spec.counts_answer else b""
    frame = with_crc(bytes([1, command]) + counted + data)
    try:
        answer = decode_answer(LongPoll(1, command), frame)
    except Malformed:
        return
    if isinstance(answer, MeterReadings) and answer.absent:
        return  # absent codes are written last
    assert encode_answer(1, command, answer) == frame
