"""A frame in words, for `lineside decode` and the frame tail of a page.

Direction cannot be seen on a frame, so every reading that fits is told: as a poll, as an answer, as an event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from lineside.errors import WireError
from lineside.runtime.step import Secret
from lineside.slots.wire import aft, answers, codes, ticket
from lineside.slots.wire.control import RomSignature
from lineside.slots.wire.crc import CRC_BYTES, crc16
from lineside.slots.wire.decode import (
    EventFrame,
    decode_answer,
    decode_event,
    decode_request,
    inner_answer,
    inner_question,
)
from lineside.slots.wire.event import EVENT
from lineside.slots.wire.exceptions import exception_text
from lineside.slots.wire.long_polls import LONG_POLLS
from lineside.slots.wire.meter_list import LongQuestion, MeterReadings, ShortQuestion
from lineside.slots.wire.meters import METERS
from lineside.slots.wire.money import BILL_CODES, DENOMINATIONS
from lineside.slots.wire.multi_denomination import MultiAnswer, MultiQuestion
from lineside.slots.wire.poll import ADDRESS_MAX, GENERAL, GeneralPoll, LongPoll, hide_key
from lineside.slots.wire.profile import AS_THE_SHEET, WireProfile


class Reading(NamedTuple):
    """One thing that a frame can be.

    Attributes:
        meaning: ``general poll``, ``poll``, ``answer``, ``event``, ``ack``, ``nack``, ``busy``, ``exception`` or
            ``unusable``.
        text: in words.
        fields: name to value, as JSON types; codes carry their meaning behind them.
    """

    meaning: str
    text: str
    fields: Mapping[str, Any]

    def __str__(self) -> str:
        """A line, and one more per field."""
        return "\n".join([f"{self.meaning}: {self.text}", *(f"    {n} = {v}" for n, v in self.fields.items())])


def readings(frame: bytes, profile: WireProfile = AS_THE_SHEET) -> list[Reading]:
    """Everything that a frame can be; ``unusable`` alone when it can be nothing."""
    if len(frame) <= 2:
        found = _short(frame)
    else:
        tries: tuple[Callable[[bytes, WireProfile], Reading], ...] = (
            (_event,) if frame[1] == EVENT else (_request, _answer, _signature)
        )
        found = [reading for one in tries if (reading := _tried(one, frame, profile)) is not None]
    return found or [Reading("unusable", _trouble(frame, profile), {})]


def explain(frame: bytes, profile: WireProfile = AS_THE_SHEET) -> list[str]:
    """Everything that a frame can be, as lines for a person; keys are not shown."""
    return [line for reading in readings(frame, profile) for line in str(reading).splitlines()]


def is_frame(data: bytes) -> bool:
    """Whether bytes are one frame of SAS: a good check value, or a form that has none and a command that is known."""
    if len(data) == 1:
        return True
    if len(data) == 2:
        return 0 < data[0] <= ADDRESS_MAX and (data[1] == 0 or any(one.meaning == "poll" for one in _short(data)))
    return len(data) > 3 and data[0] <= ADDRESS_MAX and not crc16(data)


def _tried(one: Callable[[bytes, WireProfile], Reading], frame: bytes, profile: WireProfile) -> Reading | None:
    try:
        return one(frame, profile)
    except WireError:
        return None


def _short(frame: bytes) -> list[Reading]:
    """Forms of one or two bytes, which mean different things by who sends them and when."""
    if len(frame) == 2:
        return _two(frame)
    if not frame:
        return []
    byte = frame[0]
    found = [Reading("exception", exception_text(byte), {})]
    if byte == GENERAL:
        found.insert(0, Reading("general poll", "to nobody: acknowledges the last answer", {}))
    elif byte & GENERAL:
        found.insert(0, Reading("general poll", f"to address {byte & ADDRESS_MAX}", {}))
        found.append(Reading("nack", f"of address {byte & ADDRESS_MAX}", {}))
    elif byte:
        found.append(Reading("ack", f"or chirp, of address {byte}", {}))
    return found


def _two(frame: bytes) -> list[Reading]:
    if frame[1] == 0 and 0 < frame[0] <= ADDRESS_MAX:
        return [Reading("busy", f"of address {frame[0]}", {})]
    reading = _tried(_request, frame, AS_THE_SHEET)
    return [] if reading is None or frame[1] not in LONG_POLLS else [reading]


def _request(frame: bytes, _profile: WireProfile) -> Reading:
    poll, message = decode_request(frame)
    fields = {} if message is None else _fields(message)
    if isinstance(message, MultiQuestion):
        inner, inner_message = inner_question(message)
        fields = {"denomination": _coded("denomination", message, message.denomination), "poll": _named(inner.command)}
        fields |= {} if inner_message is None else _fields(inner_message)
    elif message is None and isinstance(poll, LongPoll) and poll.data:
        fields = {"data": poll.data.hex(" ")}
    assert not isinstance(poll, GeneralPoll), "those have one byte"
    return Reading("poll", f"{_named(poll.command)}, to {_whom(poll.address)}", fields)


def _answer(frame: bytes, profile: WireProfile) -> Reading:
    message = decode_answer(LongPoll(frame[0], frame[1]), frame, profile)
    fields = _fields(message)
    if isinstance(message, MultiAnswer):
        inner = inner_answer(message, profile)
        fields = {"denomination": _coded("denomination", message, message.denomination)}
        fields |= {"poll": _named(message.command), **_fields(inner)}
    elif isinstance(message, answers.Features):
        fields |= _features(message, profile)
    return Reading("answer", f"{_named(frame[1])}, of {_whom(frame[0])}", fields)


def _signature(frame: bytes, profile: WireProfile) -> Reading:
    message: RomSignature = decode_answer(GeneralPoll(frame[0]), frame, profile)
    text = f"ROM signature of {_whom(frame[0])}, to a general poll"
    return Reading("answer", text, {"signature": f"{profile.signature(message):04x}"})


def _event(frame: bytes, _profile: WireProfile) -> Reading:
    event: EventFrame = decode_event(frame)
    fields = {} if event.fields is None else _fields(event.fields)
    return Reading("event", f"{event.code:02X} {exception_text(event.code)}, of {_whom(event.address)}", fields)


def _trouble(frame: bytes, profile: WireProfile) -> str:
    if len(frame) < 4:
        return f"{hide_key(frame) or 'no bytes'}: no poll and no answer is like this"
    try:
        _event(frame, profile) if frame[1] == EVENT else _answer(frame, profile)
    except WireError as error:
        if crc16(frame) and frame[1:2] == b"\x73":
            wanted = crc16(frame[:-CRC_BYTES])
            return f"{error}; crc wanted {wanted:04x} in {hide_key(frame)}"
        return str(error)
    return hide_key(frame)  # pragma: no cover  (what can be read has been read)


def _named(command: int) -> str:
    spec = LONG_POLLS.get(command)
    return f"{command:02X} {'unknown poll' if spec is None else spec.name}"


def _whom(address: int) -> str:
    return f"address {address}" if address else "every machine"


# ------------------------------------------------------------------------------------------------------------- fields

_TABLES: Mapping[tuple[type[msgspec.Struct], str], Mapping[int, codes.CodeSpec]] = {
    (aft.AftOrder, "code"): codes.AFT_CODES,
    (aft.AftRequest, "type"): codes.AFT_TYPES,
    (aft.AftTransfer, "status"): codes.AFT_STATUSES,
    (aft.AftMoved, "type"): codes.AFT_TYPES,
    (aft.AftMoved, "receipt_status"): codes.AFT_RECEIPTS,
    (aft.LockOrder, "code"): codes.LOCK_CODES,
    (aft.AftState, "lock"): codes.LOCK_STATUSES,
    (aft.RegistrationOrder, "code"): codes.REGISTRATION_CODES,
    (aft.Registration, "status"): codes.REGISTRATION_STATUSES,
    (ticket.ValidationRecord, "type"): codes.VALIDATION_TYPES,
    (ticket.ValidationType, "type"): codes.VALIDATION_TYPES,
    (ticket.ValidationMeters, "type"): codes.VALIDATION_TYPES,
    (ticket.TicketOrder, "code"): codes.TICKET_CODES,
    (ticket.TicketState, "status"): codes.TICKET_STATUSES,
}
_BITS: Mapping[tuple[type[msgspec.Struct], str], Mapping[int, codes.CodeSpec]] = {
    (aft.AftRequest, "flags"): codes.AFT_FLAGS,
    (aft.AftMoved, "flags"): codes.AFT_FLAGS,
    (aft.LockOrder, "condition"): codes.AFT_AVAILABLE,
    (aft.AftState, "available"): codes.AFT_AVAILABLE,
    (aft.AftState, "host_cash_out"): codes.AFT_HOST_CASH_OUT,
    (aft.AftState, "abilities"): codes.AFT_ABILITIES,
    (ticket.ValidationControl, "mask"): codes.VALIDATION_BITS,
    (ticket.ValidationControl, "state"): codes.VALIDATION_BITS,
    (ticket.ValidationState, "state"): codes.VALIDATION_BITS,
}


def _fields(message: msgspec.Struct) -> dict[str, Any]:
    """Name to value; nested messages lie flat, keys are left out of sight, codes carry their meaning."""
    if isinstance(message, MeterReadings):
        return _meters(message)
    if isinstance(message, ShortQuestion | LongQuestion):
        return {"game": message.game, "meters": [_meter(code) for code in message.codes]}
    flat: dict[str, Any] = {}
    for name in message.__struct_fields__:
        value = getattr(message, name)
        if isinstance(value, msgspec.Struct):
            flat |= _fields(value)
        elif value is not None:
            flat[name] = _coded(name, message, value)
    return flat


def _coded(name: str, message: msgspec.Struct, value: Any) -> Any:
    kind = type(message)
    if isinstance(value, Secret):
        return "**"
    if (kind, name) in _TABLES:
        return f"{value:02X} {codes.code_text(_TABLES[kind, name], value)}"
    if (kind, name) in _BITS:
        return f"{value:02X} {', '.join(codes.bit_texts(_BITS[kind, name], value)) or 'none'}"
    if name == "denomination" or kind is answers.Denomination:
        return _denomination(value)
    if kind is answers.Denominations:
        return [_denomination(code) for code in value]
    if name == "bill" and value in BILL_CODES:
        return f"{value:02X} of {BILL_CODES[value][0]}"
    return [_plain(one) for one in value] if isinstance(value, tuple) else _plain(value)


def _plain(value: Any) -> Any:
    return value.hex(" ") if isinstance(value, bytes) else msgspec.to_builtins(value)


def _features(message: answers.Features, profile: WireProfile) -> dict[str, Any]:
    """The bits by name, as far as they are known."""
    named = [name for name in dir(answers.Features) if isinstance(getattr(answers.Features, name), property)]
    known = {name: getattr(message, name) for name in named}
    return known | {
        "validation_style": profile.validation_style(message).value,
        "has_several_wins": profile.has_several_wins(message),
    }


def _denomination(code: int) -> str:
    spec = DENOMINATIONS.get(code)
    return f"{code:02X} {'unknown' if spec is None else f'{spec.cents} cents'}"


def _meters(message: MeterReadings) -> dict[str, Any]:
    fields: dict[str, Any] = {"game": message.game}
    for one in message.readings:
        unit = METERS[one.code].unit.value if one.code in METERS else "unknown unit"
        fields[_meter(one.code)] = f"{one.value} {unit}"
    return fields | {_meter(code): "absent" for code in message.absent}


def _meter(code: int) -> str:
    return f"{code:04X} {METERS[code].name if code in METERS else 'unknown meter'}"
