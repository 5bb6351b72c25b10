"""How many frames per second the ventilator's wires carry on one core: bytes → frame → ACK → dict → JSON.

    python bench/codec.py [--json] [--seconds 1.0]

Each line is one recording, framed as on the serial line and fed in pieces: one frame per call, as a serial port
delivers them, and 4 KiB per call, as a fast link does. Of every frame the ACK is made, and of every sample its dict and
its broadcast packet. The floor beside it, in the same run, does the least that any decoder must: find the flags and
check the CRC of each piece, with the same C functions.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fastcrc.crc16 import ibm_sdlc

from lineside.ventilator.wire import (
    Acknowledge,
    Data,
    DeviceWire,
    Payload,
    encode_broadcast,
    encode_information,
    profile_of,
    read_dump,
)

RECORDINGS = {"A0": "A0-byteArray-20200411.dump", "B6": "B6-20200805.dump"}
FRAMES_MIN = 50_000
FRAMES_AIM = 100_000
RESIDUE = 0x0F47


def find_recordings() -> Path:
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("LINESIDE_DATA", str(default))) / "hev"


def load_frames(path: Path) -> tuple[int, list[bytes]]:
    """The version, and at least 10 000 frames with rising N(S)."""
    dump = read_dump(path.read_bytes())
    profile = profile_of(dump.version)
    records = dump.records * max(1, 10_000 // len(dump.records))
    frames = [encode_information(profile.address_of(info), index % 128, info) for index, info in enumerate(records)]
    return dump.version, frames


def pieces_of(frames: list[bytes], size: int) -> list[bytes]:
    stream = b"".join(frames)
    return [stream[start : start + size] for start in range(0, len(stream), size)]


def run_path(version: int, pieces: list[bytes]) -> int:
    """The measured path; returns the number of frames acknowledged."""
    wire = DeviceWire(profile_of(version))
    alarms: list[str] = []
    now = 0.0
    count = sent = 0
    for piece in pieces:
        now += 0.005
        for message in wire.receive(piece, now):
            assert isinstance(message, Payload)
            sent += len(wire.send(Acknowledge(message.address, message.sequence)))
            content = message.content
            if isinstance(content, Data):
                sent += len(encode_broadcast(content.sensors(), alarms))
            count += 1
    return count


def run_floor(pieces: list[bytes]) -> int:
    """Flags and CRC alone; pieces hold whole frames or not, and only those that do are counted."""
    count = 0
    for piece in pieces:
        for raw in piece.split(b"\x7e"):
            if raw:
                ibm_sdlc(raw)
                count += 1
    return count


def rate(work: Callable[[], int], seconds: float) -> float:
    """Frames per second: the best of the rounds that fit into ``seconds`` (at least three)."""
    best = 0.0
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        count = work()
        best = max(best, count / (time.perf_counter() - start))
        rounds += 1
    return best


def measure(seconds: float) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, file in RECORDINGS.items():
        version, frames = load_frames(find_recordings() / file)
        for feed, pieces in (("frame by frame", frames), ("4 KiB pieces", pieces_of(frames, 4096))):
            assert run_path(version, pieces) == len(frames)
            path = rate(lambda version=version, pieces=pieces: run_path(version, pieces), seconds)  # type: ignore[misc]
            floor = rate(lambda pieces=pieces: run_floor(pieces), seconds)  # type: ignore[misc]
            rows.append(
                {
                    "recording": name,
                    "feed": feed,
                    "frames": len(frames),
                    "frames_per_s": round(path),
                    "us_per_frame": round(1e6 / path, 2),
                    "floor_frames_per_s": round(floor),
                    "ratio": round(path / floor, 3),
                    "ok": path >= FRAMES_MIN,
                }
            )
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="Frames per second through the ventilator's wires.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seconds", type=float, default=1.0, help="per measurement")
    args = parser.parse_args()
    if not find_recordings().is_dir():
        print(f"recordings not found in {find_recordings()}; set LINESIDE_DATA", file=sys.stderr)
        return 2
    rows = measure(args.seconds)
    result = {
        "bench": "codec",
        "python": platform.python_version(),
        "machine": platform.machine(),
        "at_least_frames_per_s": FRAMES_MIN,
        "aim_frames_per_s": FRAMES_AIM,
        "rows": rows,
    }
    if args.json:
        print(json.dumps(result))
        return 0
    print(f"bytes → frame → ACK → dict → JSON, one core; at least {FRAMES_MIN:,}/s, aim {FRAMES_AIM:,}/s")
    for row in rows:
        print(
            f"  {row['recording']} {row['feed']:<15} {row['frames_per_s']:>10,} frames/s  {row['us_per_frame']:>6} us"
            f"   floor (split + CRC) {row['floor_frames_per_s']:>10,}   ratio {row['ratio']}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
