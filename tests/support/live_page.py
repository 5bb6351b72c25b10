"""A reader of the live protocol in memory: keeps what it is told, checks every offset, and may stop reading."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def payload_of_frame(frame: bytes) -> bytes:
    """The text of one unmasked server frame (RFC 6455, 5.2); fails for anything else."""
    assert frame[0] == 0x81, f"first byte {frame[0]:02x}"
    size, start = frame[1], 2
    if size == 126:
        size, start = int.from_bytes(frame[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(frame[2:10], "big"), 10
    assert size < 0x80 or start > 2, "a server masks nothing"
    assert len(frame) == start + size
    return frame[start:]


class Page:
    """An `Outlet` whose messages are read at once, or pile up while ``reads`` is False.

    Attributes:
        messages: all messages in order, decoded.
        values: per topic, what came as ``v`` or ``value``.
        offsets: per topic, the offset that it stands at.
        gaps: per topic, values that it was told are left out.
        closed: code and reason.
        complaints: what was wrong with the messages. They are also raised, but a hub survives an outlet that raises.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.values: dict[str, list[Any]] = {}
        self.offsets: dict[str, int] = {}
        self.kinds: dict[str, str] = {}
        self.gaps: dict[str, int] = {}
        self.frames: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.complaints: list[str] = []
        self.whole_until: dict[str, int] = {}
        self.reads = True
        self.waiting: list[bytes] = []
        self.on_frame: Callable[[bytes], None] = lambda _: None
        self.on_message: Callable[[bytes], None] = lambda _: None

    # The face of an Outlet.

    def send(self, data: bytes) -> None:
        self._take(data)

    def send_framed(self, frame: bytes) -> None:
        self.frames.append(frame)
        self.on_frame(frame)
        self._take(payload_of_frame(frame))

    def unsent(self) -> int:
        return sum(map(len, self.waiting))

    def close(self, code: int, reason: str) -> None:
        assert self.closed is None, "closed twice"
        self.closed = (code, reason)

    # The reader.

    def read_on(self) -> None:
        """Read what has piled up, and go on reading."""
        self.reads = True
        waiting, self.waiting = self.waiting, []
        for data in waiting:
            self._read(data)

    def of(self, op: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["op"] == op]

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for pulse in self.of("pulse") for item in pulse["items"]]

    def _take(self, data: bytes) -> None:
        if self.closed is not None:
            self._complain("sent after the end")
        if self.reads:
            self._read(data)
        else:
            self.waiting.append(data)

    def _complain(self, text: str) -> None:
        self.complaints.append(text)
        raise AssertionError(text)

    def _read(self, data: bytes) -> None:
        self.on_message(data)
        try:
            self._check(data)
        except (AssertionError, KeyError) as error:
            self._complain(repr(error))

    def _check(self, data: bytes) -> None:
        message = json.loads(data)
        self.messages.append(message)
        if message["op"] == "subscribed":
            for entry in message["topics"]:
                self._enter(entry)
        elif message["op"] == "pulse":
            assert message["items"], "an empty pulse"
            for item in message["items"]:
                self._follow(item)

    def _enter(self, entry: dict[str, Any]) -> None:
        topic = entry["topic"]
        self.kinds[topic] = entry["kind"]
        if entry["recovered"] and entry["kind"] == "feed":
            self.whole_until[topic] = entry["offset"]
        else:
            self.offsets[topic] = entry["offset"]
        if "value" in entry:
            self.values.setdefault(topic, []).append(entry["value"])

    def _follow(self, item: dict[str, Any]) -> None:
        topic, offset = item["t"], item["o"]
        if item.get("gone"):
            self.offsets.pop(topic)
            self.kinds.pop(topic)
            return
        if "k" in item:
            assert topic not in self.kinds, f"{topic} is not new"
            self.kinds[topic] = item["k"]
            self.offsets[topic] = offset - item.get("gap", 0) - ("v" in item) if item["k"] == "feed" else offset - 1
        before = self.offsets[topic]
        if self.kinds[topic] == "feed":
            assert offset == before + item.get("gap", 0) + ("v" in item), f"{topic}: hole or double at {before}: {item}"
            assert not item.get("gap") or before >= self.whole_until.get(topic, 0), f"{topic}: a gap, though recovered"
            self.gaps[topic] = self.gaps.get(topic, 0) + item.get("gap", 0)
        else:
            assert offset > before, f"{topic}: offset {before} then {offset}"
        self.offsets[topic] = offset
        if "v" in item:
            self.values.setdefault(topic, []).append(item["v"])
