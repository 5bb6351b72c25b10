"""The wires of the three TCP sockets: broadcast packets, and requests with their replies. JSON both ways.

Broadcast (54320 and 54322), the server alone speaks::

    {"sensors":{"version":160,"fsm_state":0, … 17 keys},"alarms":["APNEA", …]}\\n     alarms oldest first, [] if none
    {"type":"alarm","alarms":["APNEA"]}\\n                                   only while no sample was ever received

Request (54321), one request and one reply per connection, the client speaks first::

    {"type":"cmd","cmdtype":"GENERAL","cmd":"START","param":null}          → {"type":"ack"}\\n  or  {"type":"nack"}\\n
    {"type":"alarm","ack":"APNEA"}                                         → the same

The text is compact because the originals' clients read a broadcast with one read of 600 bytes. The end of a packet is
a setting; a reply ends with NUL if its request did.

Source: wire/hev.md section 7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeGuard

import msgspec

from lineside.ventilator.wire.json_text import Broken, ObjectReader, parse_object

# More than any request has; what a client may make us hold (wire/hev.md section 10 row 17).
REQUEST_BYTES_MAX = 64 * 1024
# A packet of the longest profile with all its alarms has less than 2 KiB.
PACKET_BYTES_MAX = 64 * 1024
# The longest name of a command or alarm has 30 characters; longer ones are told apart from unknown ones in the log.
NAME_CHARACTERS_MAX = 64
PARAM_MAX = 2**32 - 1

_encode = msgspec.json.Encoder().encode


class Framing(StrEnum):
    """What stands after each broadcast packet, and after each reply."""

    NEWLINE = "newline"
    NONE = "none"
    NUL = "nul"

    @property
    def end(self) -> bytes:
        """The bytes themselves."""
        return _ENDS[self]


_ENDS = {Framing.NEWLINE: b"\n", Framing.NONE: b"", Framing.NUL: b"\0"}


# -------------------------------------------------------------------------------------------------------- broadcasts


def encode_broadcast(
    sensors: Mapping[str, int | float] | None,
    alarms: Sequence[str],
    framing: Framing = Framing.NEWLINE,
) -> bytes:
    """One broadcast packet, to be written with one write.

    Args:
        sensors: the latest sample, keys in wire order; None while there never was one gives the alarm packet.
        alarms: names latched, oldest first; may be empty.
    """
    if sensors is None:
        return _encode({"type": "alarm", "alarms": alarms}) + _ENDS[framing]
    return _encode({"sensors": sensors, "alarms": alarms}) + _ENDS[framing]


class Packet(msgspec.Struct, frozen=True):
    """A broadcast as a client reads it.

    Attributes:
        sensors: name to number; None if the packet has none (the alarm packet; an original before its first sample).
        alarms: names, oldest first; empty also where an original wrote null.
    """

    sensors: dict[str, Any] | None
    alarms: list[str]


class BadPacket(msgspec.Struct, frozen=True):
    """Bytes that are no packet."""

    reason: str


class PacketReader:
    """Reads broadcasts, however they are framed and split. Holds at most one packet."""

    def __init__(self, bytes_max: int = PACKET_BYTES_MAX) -> None:
        self._reader = ObjectReader(bytes_max)

    def receive(self, data: bytes) -> list[Packet | BadPacket]:
        """Take any piece of the stream; returns what is now whole. Objects that are no broadcast are passed over."""
        found: list[Packet | BadPacket] = []
        for text in self._reader.receive(data):
            value = text if isinstance(text, Broken) else parse_object(text)
            if isinstance(value, Broken):
                found.append(BadPacket(str(value)))
            elif (packet := _packet(value)) is not None:
                found.append(packet)
        return found


def _packet(value: dict[str, Any]) -> Packet | BadPacket | None:
    if "sensors" not in value and "alarms" not in value:
        return None  # keepalive and the like
    sensors, alarms = value.get("sensors"), value.get("alarms")
    if not isinstance(sensors, dict | None):
        return BadPacket(f"sensors is {_kind(sensors)}, not an object")
    if alarms is None:
        alarms = []
    if not isinstance(alarms, list) or not all(isinstance(name, str) for name in alarms):
        return BadPacket("alarms is not a list of names")
    return Packet(sensors, alarms)


# ---------------------------------------------------------------------------------------------------------- requests


class CommandRequest(msgspec.Struct, frozen=True):
    """A client asks for a command. The names are the client's; whether they exist is the profile's to say.

    Attributes:
        param: 0..2**32-1; null came as 0.
    """

    cmdtype: str
    cmd: str
    param: int


class AlarmRequest(msgspec.Struct, frozen=True):
    """A client acknowledges the alarm of this name."""

    name: str


class BadRequest(msgspec.Struct, frozen=True):
    """What came is no request; the answer is NACK. ``reason`` is for the log."""

    reason: str


Request = CommandRequest | AlarmRequest | BadRequest


class Reply(StrEnum):
    """The two replies."""

    ACK = "ack"
    NACK = "nack"


ACK: Final = Reply.ACK
NACK: Final = Reply.NACK


class RequestWire:
    """The server's side of one connection of the request socket: one request in, one reply out."""

    def __init__(self, bytes_max: int = REQUEST_BYTES_MAX) -> None:
        self._reader = ObjectReader(bytes_max)
        self._has_request = False
        self._framing = Framing.NEWLINE

    def receive(self, data: bytes, now: float = 0.0) -> list[Request]:
        """Take any piece of the stream.

        Returns:
            The one request as soon as its last brace has come, or `BadRequest` as soon as it cannot become one; then
            nothing ever more, except that a NUL behind the request is heard until the reply is made.
        """
        if self._has_request:
            self._hear_end(data)
            return []
        found = self._reader.receive(data)
        if not found:
            return []
        self._has_request = True
        self._hear_end(data)
        first = found[0]
        value = first if isinstance(first, Broken) else parse_object(first)
        return [BadRequest(str(value)) if isinstance(value, Broken) else request_from_object(value)]

    def _hear_end(self, data: bytes) -> None:
        """A NUL can only stand behind the request: within it, it is a fault that ends the request."""
        if b"\0" in data:
            self._framing = Framing.NUL

    def end(self) -> list[Request]:
        """The client will send no more; a request that is not whole by now is a bad one."""
        if self._has_request or not self._reader.is_within:
            return []
        self._has_request = True
        return [BadRequest("the connection ended within the request")]

    def send(self, message: Reply) -> bytes:
        """The reply's bytes, ended as the request was; write them at once and close."""
        return _encode({"type": message.value}) + self._framing.end


def request_from_object(value: Mapping[str, Any]) -> Request:
    """The request that an object asks; keys that are not known are passed over.

    Args:
        value: a parsed JSON object.
    """
    kind = value.get("type")
    if kind == "cmd":
        return _command_request(value)
    if kind == "alarm":
        name = value.get("ack")
        return AlarmRequest(name) if _is_name(name) else BadRequest(f"ack is {_kind(name)}, not the name of an alarm")
    return BadRequest(f"type is {_kind(kind)}; accepted are cmd and alarm")


def _command_request(value: Mapping[str, Any]) -> Request:
    cmdtype, cmd = value.get("cmdtype"), value.get("cmd")
    if not _is_name(cmdtype):
        return BadRequest(f"cmdtype is {_kind(cmdtype)}, not a name")
    if not _is_name(cmd):
        return BadRequest(f"cmd is {_kind(cmd)}, not a name")
    if "param" not in value:
        return BadRequest("param is missing; null stands for 0")
    param = value["param"]
    if param is None:
        return CommandRequest(cmdtype, cmd, 0)
    if isinstance(param, bool) or not isinstance(param, int) or not 0 <= param <= PARAM_MAX:
        return BadRequest(f"param is {_kind(param)}; accepted are null and the integers 0 to {PARAM_MAX}")
    return CommandRequest(cmdtype, cmd, param)


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and 0 < len(value) <= NAME_CHARACTERS_MAX


def _kind(value: Any) -> str:
    """A value for a log line: short, and safe to print whatever a peer wrote."""
    if value is None:
        return "missing or null"
    if isinstance(value, str | int | float):
        return ascii(value)[:NAME_CHARACTERS_MAX]
    return "an object" if isinstance(value, dict) else "a list"
