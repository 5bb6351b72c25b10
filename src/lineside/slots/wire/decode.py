"""Frames to typed messages and back, by the tables: answers, requests and events.

The only errors are `WrongCRC` for a check value and `Malformed` for all else; both are `WireError`.
"""

from __future__ import annotations

from typing import Any, NoReturn

import msgspec

from lineside.errors import Malformed
from lineside.slots.wire.control import RomSignature
from lineside.slots.wire.crc import CRC_BYTES, check_crc, with_crc
from lineside.slots.wire.event import EVENT, pack_event, unpack_event
from lineside.slots.wire.layout import Layout, layout_of
from lineside.slots.wire.long_polls import LONG_POLLS, PollSpec, PollType
from lineside.slots.wire.meter_list import ShortReadings
from lineside.slots.wire.multi_denomination import MultiAnswer, MultiQuestion
from lineside.slots.wire.poll import GENERAL, GeneralPoll, LongPoll, Poll, hide_key
from lineside.slots.wire.profile import AS_THE_SHEET, WireProfile

Answer = Any
"""One of the Structs that the rows of `LONG_POLLS` name."""

SIGNATURE = 0x21
SHORT_METERS = 0x2F

# Address, command and check value.
FRAME_BYTES_MIN = 4

_SIGNATURE = layout_of(RomSignature)


class EventFrame(msgspec.Struct, frozen=True, gc=False):
    """An event as its frame told it; ``fields`` is None for exceptions without data."""

    address: int
    code: int
    fields: Any


def decode_answer(poll: Poll, frame: bytes, profile: WireProfile = AS_THE_SHEET) -> Answer:
    """Read the data answer to a poll, or the ROM signature that a general poll was answered with.

    Args:
        poll: what was asked.
        frame: the whole answer, from the address to the check value.
        profile: settles what the sources disagree about; the size of meters in a 2F answer.

    Returns:
        The Struct that the poll's row names.

    Raises:
        WrongCRC: the check value is not that of the bytes.
        Malformed: another address or command, an event, a length byte that lies, a field that means nothing; names it.
    """
    if len(frame) < FRAME_BYTES_MIN:
        raise Malformed(f"an answer of {len(frame)} bytes, wanted {FRAME_BYTES_MIN} or more", frame)
    if frame[1] == 0x73:
        check_crc(frame, b"")
    else:
        check_crc(frame)
    if frame[0] != poll.address:
        _refuse(f"address {frame[0]:02x} wanted {poll.address:02x}", frame)
    wanted = SIGNATURE if isinstance(poll, GeneralPoll) else poll.command
    if frame[1] != wanted:
        _refuse(f"command {frame[1]:02x} wanted {wanted:02x}", frame, 1)
    if isinstance(poll, GeneralPoll):
        return unpack_signature(frame)
    spec = LONG_POLLS.get(wanted)
    if spec is None or spec.answer is None:
        _refuse(f"poll {wanted:02x} is not answered with data", frame, 1)
    return unpack_answer(spec, frame, profile)


def unpack_answer(spec: PollSpec, frame: bytes, profile: WireProfile = AS_THE_SHEET) -> Answer:
    """The same of a frame whose address, command and check value are known to be good."""
    data = _data_of(frame, counted=spec.counts_answer)
    return _unpacked(answer_layout(spec, profile), data, frame)


def unpack_signature(frame: bytes) -> RomSignature:
    """The ROM signature of a frame that is known to hold one."""
    signature: RomSignature = _unpacked(_SIGNATURE, frame[2:-CRC_BYTES], frame)
    return signature


def answer_layout(spec: PollSpec, profile: WireProfile = AS_THE_SHEET) -> Layout[Any]:
    """The layout of a poll's answer; of a poll that is answered with an ACK there is none, and it may not be asked."""
    assert spec.answer is not None, spec.name
    if spec.command == SHORT_METERS and profile.meter_bytes:
        return ShortReadings(profile.meter_bytes)
    return spec.answer


def decode_event(frame: bytes) -> EventFrame:
    """Read a real-time event.

    Raises:
        WrongCRC: the check value is not that of the bytes.
        Malformed: no event, or data that do not fit its exception.
    """
    if len(frame) < FRAME_BYTES_MIN + 1:
        raise Malformed(f"an event of {len(frame)} bytes, wanted {FRAME_BYTES_MIN + 1} or more", frame)
    check_crc(frame)
    if frame[1] != EVENT:
        _refuse(f"command {frame[1]:02x} wanted ff", frame, 1)
    try:
        return EventFrame(frame[0], frame[2], unpack_event(frame[2], frame[3:-CRC_BYTES]))
    except Malformed as error:
        _refuse(str(error), frame, 3)


def decode_request(frame: bytes) -> tuple[Poll, Any]:
    """Read what a host sent.

    Returns:
        The poll, and its data as the Struct that its row names; None where there are none, and for a command that is
        not in the table.

    Raises:
        WrongCRC: the check value is not that of the bytes.
        Malformed: no poll, a length byte that lies, a field that means nothing.
    """
    if not frame:
        raise Malformed("a poll of 0 bytes, wanted 1 or more")
    if len(frame) == 1 and frame[0] & GENERAL:
        return GeneralPoll(frame[0] & ~GENERAL), None
    if len(frame) == 1 or frame[0] & GENERAL:
        _refuse("neither a general poll nor a long poll", frame)
    spec = LONG_POLLS.get(frame[1])
    if len(frame) == 2 and (spec is None or spec.type is PollType.READ):
        return LongPoll(frame[0], frame[1]), None
    if len(frame) < FRAME_BYTES_MIN or (spec is not None and spec.type is PollType.READ):
        _refuse(f"poll {frame[1]:02x} of {len(frame)} bytes", frame, 1)
    check_crc(frame, b"" if frame[1] == 0x73 else None)
    data = _data_of(frame, counted=spec is not None and spec.counts_request)
    poll = LongPoll(frame[0], frame[1], data)
    if spec is None or spec.request is None:
        if spec is not None and data:
            _refuse(f"poll {frame[1]:02x} with {len(data)} bytes of data, wanted none", frame, 2)
        return poll, None
    return poll, _unpacked(spec.request, data, frame)


def encode_answer(address: int, command: int, answer: Answer, profile: WireProfile = AS_THE_SHEET) -> bytes:
    """The whole frame of a data answer, as a machine sends it.

    Raises:
        Malformed: a command without a data answer, a Struct of another one, a field that its bytes cannot hold.
    """
    spec = LONG_POLLS.get(command)
    layout: Layout[Any] | None
    if isinstance(answer, RomSignature) and command == SIGNATURE:
        layout = _SIGNATURE
    else:
        layout = None if spec is None or spec.answer is None else answer_layout(spec, profile)
    if layout is None or not isinstance(answer, layout.message):
        wanted = "no data" if layout is None else layout.message.__name__
        raise Malformed(f"poll {command:02x} cannot be answered with {type(answer).__name__}, wanted {wanted}")
    data = layout.pack(answer)
    counted = bytes([len(data)]) if spec is not None and spec.counts_answer else b""
    return with_crc(bytes([address, command]) + counted + data)


def encode_event(address: int, code: int, fields: Any = None) -> bytes:
    """The whole frame of an event; raises Malformed when the fields are not those of the exception."""
    return with_crc(bytes([address, EVENT, code]) + pack_event(code, fields))


def request_of(address: int, command: int, message: msgspec.Struct | None = None) -> LongPoll:
    """A long poll with its data made from the Struct that its row names.

    Raises:
        Malformed: a command that is not in the table, a Struct of another one, a field that its bytes cannot hold.
    """
    spec = LONG_POLLS.get(command)
    if spec is None:
        raise Malformed(f"command {command:02x} is not in the table of long polls")
    wanted = type(None) if spec.request is None else spec.request.message
    if not isinstance(message, wanted):
        raise Malformed(f"poll {command:02x} cannot carry {type(message).__name__}, wanted {wanted.__name__}")
    return LongPoll(address, command, b"" if spec.request is None else spec.request.pack(message))


def inner_question(question: MultiQuestion) -> tuple[LongPoll, Any]:
    """The poll inside a B0 poll, with its data read; its address is 0, which the outer one replaces.

    Raises:
        Malformed: a command that is not in the table, or data that do not fit it.
    """
    spec = _inner(question.command)
    data = _uncounted(question.content, counted=spec.counts_request)
    if spec.request is None and data:
        raise Malformed(f"poll {question.command:02x} with {len(data)} bytes of data, wanted none")
    message = None if spec.request is None else _unpacked(spec.request, data, b"")
    return LongPoll(0, question.command, data), message


def outer_question(address: int, denomination: int, poll: LongPoll) -> LongPoll:
    """Ask a poll of one denomination; the inner poll's address does not matter."""
    spec = _inner(poll.command)
    content = bytes([len(poll.data)]) + poll.data if spec.counts_request else poll.data
    return request_of(address, 0xB0, MultiQuestion(denomination, poll.command, content))


def inner_answer(answer: MultiAnswer, profile: WireProfile = AS_THE_SHEET) -> Answer:
    """The answer inside a B0 answer.

    Raises:
        Malformed: the machine refused (command 00; the error code is in the content), or data that do not fit.
    """
    if answer.command == 0:
        raise Malformed(f"poll of one denomination refused with code {answer.content.hex(' ')}")
    spec = _inner(answer.command)
    if spec.answer is None:
        raise Malformed(f"poll {answer.command:02x} is not answered with data")
    data = _uncounted(answer.content, counted=spec.counts_answer)
    return _unpacked(answer_layout(spec, profile), data, b"")


def outer_answer(denomination: int, command: int, answer: Answer) -> MultiAnswer:
    """Put an answer inside a B0 answer."""
    frame = encode_answer(1, command, answer)
    return MultiAnswer(denomination, command, frame[2:-CRC_BYTES])


def _inner(command: int) -> PollSpec:
    spec = LONG_POLLS.get(command)
    if spec is None or command == 0xB0:
        raise Malformed(f"command {command:02x} cannot be asked of one denomination")
    return spec


def _data_of(frame: bytes, *, counted: bool) -> bytes:
    if not counted:
        return frame[2:-CRC_BYTES]
    data = frame[3:-CRC_BYTES]
    if len(frame) < FRAME_BYTES_MIN + 1 or frame[2] != len(data):
        _refuse(f"length byte {frame[2]:02x} wanted {max(len(frame) - 5, 0):02x}", frame, 2)
    return data


def _uncounted(content: bytes, *, counted: bool) -> bytes:
    if not counted:
        return content
    if not content or content[0] != len(content) - 1:
        raise Malformed(f"length byte {content[:1].hex() or 'missing'} wanted {max(len(content) - 1, 0):02x}")
    return content[1:]


def _unpacked(layout: Layout[Any], data: bytes, frame: bytes) -> Any:
    try:
        return layout.unpack(data)
    except Malformed as error:
        _refuse(str(error), frame, 2)


def _refuse(text: str, frame: bytes, place: int = 0) -> NoReturn:
    """Malformed with the frame's bytes, unless they hold a key."""
    if frame[1:2] == b"\x73":
        raise Malformed(f"{text} in {hide_key(frame)}") from None
    raise Malformed(text, frame, place) from None
