"""Reads golden files: one case per line, ``hex | meaning | source``; ``#`` begins a remark."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


class GoldenLine(NamedTuple):
    data: bytes
    meaning: str
    source: str


def read_golden(name: str) -> list[GoldenLine]:
    """The lines of ``tests/golden/NAME``; at least one."""
    lines: list[GoldenLine] = []
    for text in (GOLDEN / name).read_text(encoding="utf-8").splitlines():
        if text.strip() and not text.startswith("#"):
            data, meaning, source = (part.strip() for part in text.split("|", 2))
            lines.append(GoldenLine(bytes.fromhex(data), meaning, source))
    assert lines, name
    return lines
