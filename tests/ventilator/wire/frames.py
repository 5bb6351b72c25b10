"""Shared by the wire's tests: the golden frames with what they mean, and short ways to feed a wire."""

from __future__ import annotations

from typing import Any, NamedTuple

from lineside.ventilator.wire import DeviceWire, profile_of
from tests.support.golden import read_golden

A0_DATA = bytes.fromhex("a000000000000000000090009000000000000000000000000100")


class GoldenFrame(NamedTuple):
    frame: bytes
    version: int  # 0 for an ACK or NACK, which every version shares
    what: str  # information, ack, nack
    address: int
    sequence: int
    info: bytes
    source: str

    def __str__(self) -> str:
        return self.source.split(";")[0]


def golden_frames() -> list[GoldenFrame]:
    frames = []
    for line in read_golden("ventilator/frames.txt"):
        version, what, address, sequence, info = line.meaning.split()
        frames.append(
            GoldenFrame(
                line.data,
                0 if version == "--" else int(version, 16),
                what,
                int(address, 16),
                int(sequence),
                b"" if info == "-" else bytes.fromhex(info),
                line.source,
            )
        )
    return frames


def feed(wire: DeviceWire, data: bytes, *, size: int | None = None, now: float = 0.0) -> list[Any]:
    """Everything that the wire says to ``data``, given at once or in pieces of ``size`` bytes."""
    if size is None:
        return wire.receive(data, now)
    return [m for start in range(0, len(data), size) for m in wire.receive(data[start : start + size], now)]


def a0_wire(**settings: Any) -> DeviceWire:
    return DeviceWire(profile_of(0xA0), **settings)
