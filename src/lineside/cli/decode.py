"""``decode``: explain the bytes of a ventilator's serial line, a locker board or a slot machine, frame by frame."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from lineside.cli.output import FAILED, json_text, refuse, say
from lineside.cli.place import JsonOption

if TYPE_CHECKING:
    from lineside.ventilator.wire import Content, UnusableReason

BYTES_MAX = 1 << 20
"""A whole recording is played with `lineside simulate`; this reads what a person pastes."""


class House(StrEnum):
    """Whose bytes they are."""

    VENTILATOR = "ventilator"
    LOCKERS = "lockers"
    SLOTS = "slots"


HouseOption = Annotated[House | None, typer.Option("--kind", help="Whose bytes they are, when they do not say so.")]

_SEPARATORS = re.compile(r"(?:0x|\\x|[\s,:;'\"\[\]])", re.IGNORECASE)


def decode(
    hex_bytes: Annotated[list[str], typer.Argument(metavar="HEX…", help="7e40000a…7e, with or without spaces.")],
    kind: HouseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a ventilator's frames (bytes without flags are one information field), ACon messages or a SAS frame."""
    data = bytes_of("".join(hex_bytes))
    found = list(_EXPLAIN[kind or house_of(data)](data))
    for one in found:
        say(json_text(one) if as_json else _in_words(one))
    if not found or any(one["meaning"] in ("noise", "unusable") for one in found):
        raise typer.Exit(FAILED)


def house_of(data: bytes) -> House:
    """Whose bytes these are, by their looks: a SAS frame has no mark, and is one when its check value says so."""
    from lineside.slots.wire import is_frame
    from lineside.ventilator.wire.tables import VERSIONS

    if b"ACon_V" in data or data.startswith(b"ERROR:"):
        return House.LOCKERS
    if is_frame(data) or data[1:3] == b"\x73\x1d":  # a registration is known however torn, since it holds a key
        return House.SLOTS
    is_ventilator = b"\x7e" in data or data[0] in VERSIONS or data[0] & 0x80
    return House.VENTILATOR if is_ventilator else House.SLOTS


def explain_ventilator(data: bytes) -> Iterator[dict[str, Any]]:
    """Frames when there are flags, else one information field."""
    return explain_frames(data) if b"\x7e" in data else explain_information(data)


def explain_slots(data: bytes) -> Iterator[dict[str, Any]]:
    """Everything that one SAS frame can be, as JSON types; keys are not shown."""
    from lineside.slots.wire import readings

    for one in readings(data):
        yield {"meaning": one.meaning, "text": one.text, **({"values": dict(one.fields)} if one.fields else {})}


def bytes_of(text: str) -> bytes:
    """The bytes of hex as people paste it: ``7e 40``, ``0x7E,0x40``, ``b'a0…'``."""
    bare = _SEPARATORS.sub("", text.strip().removeprefix("b'"))
    try:
        data = bytes.fromhex(bare)
    except ValueError as error:
        refuse(f"{text[:60]!r} is no hex: {error}; wanted pairs of 0-9 a-f, for example 7e400000a0…7e")
    if not data or len(data) > BYTES_MAX:
        refuse(f"{len(data)} bytes; wanted 1 to {BYTES_MAX}")
    return data


def explain_frames(data: bytes) -> Iterator[dict[str, Any]]:
    """Each frame and each piece that is none, in order, as JSON types.

    A stream that was cut after its last flag is read as if the flag had come, and the piece says so.
    """
    from lineside.ventilator.wire import FrameReader, Noise

    reader = FrameReader()
    pieces = [(piece, False) for piece in reader.receive(data)]
    if not data.endswith(b"\x7e"):
        pieces += [(piece, True) for piece in reader.receive(b"\x7e")]
    for piece, is_cut in pieces:
        if isinstance(piece, Noise):
            explained: dict[str, Any] = {"meaning": "noise", "text": str(piece)}
        else:
            explained = _explain_frame(piece)
        yield {**explained, "cut": True} if is_cut else explained


def _explain_frame(body: bytes) -> dict[str, Any]:
    from lineside.ventilator.wire.frame import CLASS_MASK, CONTROL_ACK, CONTROL_NACK

    address, control0, control1 = body[:3]
    head = {
        "address": f"{address:02x}",
        "class": {0x40: "data", 0x80: "command", 0xC0: "alarm"}.get(address & CLASS_MASK, "none"),
        "crc": f"{int.from_bytes(body[-2:], 'little'):04x}",
    }
    if not control1 & 1:
        return {**head, "sequence": control1 >> 1, **_explain_content(address, body[3:-2])}
    answers = {CONTROL_ACK: "ack", CONTROL_NACK: "nack"}
    return {"meaning": answers.get(control1, "noise"), **head, "next_sequence": control0 >> 1}


def explain_information(info: bytes) -> Iterator[dict[str, Any]]:
    """One information field without flags, address and check value, as recordings hold it."""
    from lineside.ventilator.wire import CLASS_ALARM, CLASS_COMMAND, CLASS_DATA, Data, UnusableReason, profile_of
    from lineside.ventilator.wire.tables import VERSIONS

    if info[0] in VERSIONS:
        profile = profile_of(info[0])
        for address in (CLASS_DATA, CLASS_ALARM, CLASS_COMMAND):
            content = profile.decode(address, info)
            # Without its address an A0 payload of 6 bytes may be an alarm or a command: both are told.
            if not isinstance(content, UnusableReason) and (info[0] < 0xAA or address == profile.address_of(info)):
                yield _content_in_json(address, content)
                if isinstance(content, Data):
                    return
    else:
        yield {"meaning": "unusable", "reason": f"no profile has version {info[0]:02x}", "bytes": info.hex(" ")}


def _explain_content(address: int, info: bytes) -> dict[str, Any]:
    from lineside.ventilator.wire import profile_of
    from lineside.ventilator.wire.tables import VERSIONS

    if not info or info[0] not in VERSIONS:
        reason = f"no profile has version {info[0]:02x}" if info else "empty"
        return {"meaning": "unusable", "reason": reason, "bytes": info.hex(" ")}
    return _content_in_json(address, profile_of(info[0]).decode(address, info), info)


def _content_in_json(address: int, content: Content | UnusableReason, info: bytes = b"") -> dict[str, Any]:
    from lineside.ventilator.wire import Alarm, CommandContent, Data, UnusableReason

    match content:
        case UnusableReason():
            return {"meaning": "unusable", "reason": content.value, "bytes": info.hex(" ")}
        case Data():
            return {"meaning": "data", "timestamp_ms": content.timestamp_ms, "sensors": content.sensors()}
        case Alarm():
            return {"meaning": "alarm", **msgspec.to_builtins(content)}
        case CommandContent():
            return {"meaning": "command", **msgspec.to_builtins(content)}
        case _:
            values = content.as_dict()
            return {"meaning": content.kind.lower(), "timestamp_ms": content.timestamp_ms, "values": values}


def explain_board_messages(data: bytes) -> Iterator[dict[str, Any]]:
    """Each message between a locker board and its server, either way, as JSON types; codes are masked."""
    from lineside.lockers.wire import BadMessage, BoardSide, ConsoleWord, ErrorLine, Foreign, WireSettings
    from lineside.lockers.wire.framing import MessageReader

    if data.startswith(b"ERROR:"):
        line, _, data = data.partition(b"\n")
        (heard,) = BoardSide().receive(line + b"\n")
        yield {"meaning": "error", "reason": heard.reason if isinstance(heard, ErrorLine) else "unknown to a board"}
    reader = MessageReader(WireSettings(console=False))
    for piece in reader.receive(data, 0.0):
        match piece:
            case BadMessage() | Foreign():
                yield {"meaning": "unusable", "reason": str(piece.reason)}
            case ConsoleWord():
                pass
            case _:
                yield _explain_board_message(piece.lines)
    if reader.assembling_since is not None:
        yield {"meaning": "unusable", "reason": "no CLOSE"}


def _explain_board_message(lines: list[bytes]) -> dict[str, Any]:
    from lineside.lockers.wire import BadMessage, BoardSide, Reply
    from lineside.lockers.wire.fields import request_of

    (heard,) = BoardSide().receive(b"\n".join([*lines, b"CLOSE\n"]))
    if isinstance(heard, Reply):
        head = {"header": heard.header, "board": heard.board, "send": heard.send}
        codes = {f"cell {one.cell}": f"**** for {one.minutes} min" for one in heard.codes}
        return {"meaning": "reply", **head, "reset": heard.reset, "block": heard.block, "values": codes}
    if any(line.startswith(b"BOX_ENG=(") for line in lines):  # a reply; its numbers are codes and no cells
        return {"meaning": "unusable", "reason": f"no reply: {heard.reason}"}
    request = request_of(lines)
    if isinstance(request, BadMessage):
        return {"meaning": "unusable", "reason": request.reason.value}
    fields = msgspec.to_builtins(request)
    head = {name: fields.pop(name) for name in ("header", "board", "send")}
    flags, extra = ", ".join(fields.pop("flags")) or None, fields.pop("extra")
    values = {name: list(v) if isinstance(v, tuple) else v for name, v in fields.items() if v is not None}
    return {"meaning": "request", **head, "flags": flags, "values": {**values, **extra}}


_EXPLAIN = {
    House.VENTILATOR: explain_ventilator,
    House.LOCKERS: explain_board_messages,
    House.SLOTS: explain_slots,
}


def _in_words(explained: dict[str, Any]) -> str:
    """One frame in lines that a person reads: the meaning first, then each part on its own."""
    parts = [f"{name} {v}" if name != "text" else v for name, v in explained.items() if _is_plain(name, v)]
    lines = [f"{explained['meaning']}: " + ", ".join(parts)]
    for table in ("sensors", "values"):
        lines += [f"    {name} = {value}" for name, value in explained.get(table, {}).items()]
    return "\n".join(lines)


def _is_plain(name: str, value: Any) -> bool:
    return name != "meaning" and value is not None and not isinstance(value, dict)


def add_to(app: typer.Typer) -> None:
    """Put the command of this file on the command line."""
    app.command()(decode)
