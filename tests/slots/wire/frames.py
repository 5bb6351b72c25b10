"""Shared by the wire's tests: the golden frames with what they mean, and short ways to feed a reader."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import msgspec

from lineside.runtime.step import Secret
from lineside.slots.wire import (
    EVENT_LAYOUTS,
    LONG_POLLS,
    GeneralPoll,
    Heard,
    HostSettings,
    HostSide,
    LongPoll,
    Poll,
    RomSignature,
    request_of,
)
from tests.support.golden import GOLDEN


class GoldenFrame(NamedTuple):
    what: str
    frame: bytes
    section: str
    is_answer: bool
    message: str | None
    values: dict[str, Any] | None
    event: int | None
    inner: str | None
    inner_values: dict[str, Any] | None

    def __str__(self) -> str:
        return self.what.replace(" ", "_")[:60]

    @property
    def poll(self) -> Poll:
        """What a host asked when this came, or what it sent."""
        address, command = self.frame[:2]
        if self.event is not None or self.message == "RomSignature":
            return GeneralPoll(address)
        return a_poll(command, address)

    @property
    def typed(self) -> Any:
        """The Struct that the frame holds, or None."""
        if self.message is None:
            return None
        layout = EVENT_LAYOUTS.get(self.event or 0) or _layout(self.frame[1], self.message)
        return _typed(layout.message, self.values or {})


def a_poll(command: int, address: int = 1) -> LongPoll:
    """A poll of this command with zeros for data; lists stay empty."""
    layout = LONG_POLLS[command].request
    return LongPoll(address, command, bytes((layout.size or 2) if layout else 0))


def _layout(command: int, message: str) -> Any:
    if message == "RomSignature":
        return type("L", (), {"message": RomSignature})
    spec = LONG_POLLS[command]
    return next(x for x in (spec.request, spec.answer) if x is not None and x.message.__name__ == message)


def _typed(kind: Any, values: dict[str, Any]) -> Any:
    """A Struct of JSON values: keys become secrets, contents bytes."""
    values = {n: bytes.fromhex(v) if n == "content" else v for n, v in values.items()}
    if "command" in values:
        values["command"] = int(values["command"], 16)
    return msgspec.convert(values, kind, strict=False, dec_hook=lambda _kind, text: Secret(text))


def golden_frames() -> list[GoldenFrame]:
    rows = json.loads((GOLDEN / "slots" / "frames.json").read_text(encoding="utf-8"))
    return [
        GoldenFrame(
            row["what"],
            bytes.fromhex(row["frame"]),
            row["section"],
            row["from"] == "machine",
            row["message"],
            row["values"],
            int(row["event"], 16) if "event" in row else None,
            row.get("inner"),
            row.get("inner_values"),
        )
        for row in rows
    ]


FROM_HOST = [golden for golden in golden_frames() if not golden.is_answer]
FROM_MACHINE = [golden for golden in golden_frames() if golden.is_answer]


def host(poll: Poll | None = None, **settings: Any) -> HostSide:
    """A host side that has just sent a poll at second 0."""
    side = HostSide(HostSettings(**settings))
    if poll is not None:
        side.expect(poll, 0.0)
    return side


def read(command: int, address: int = 1) -> LongPoll:
    return request_of(address, command)


def hear(side: HostSide, data: bytes | str, *, size: int = 0, quiet: bool = True) -> list[Heard]:
    """Everything that a side says to ``data``, given at once or in pieces of ``size``, and then to silence."""
    data = bytes.fromhex(data) if isinstance(data, str) else data
    heard = []
    for start in range(0, len(data), size or max(len(data), 1)):
        heard += side.receive(data[start : start + (size or len(data))], 0.001)
    if quiet:
        heard += side.on_time(1.0)
    return heard
