"""Topic names and the patterns that choose among them.

A name is parts joined by ``/``: ``ward/1/samples``. In a pattern ``*`` stands for one part and ``**``, as the last
part, for any rest (also none): ``*/*/status``, ``ward/**``, ``**``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lineside.errors import BadParams

# One part is a name as the settings allow it (DESIGN.md §1.3); a topic has few parts, so that matching stays cheap.
PART = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
PARTS_MAX = 8

Parts = tuple[str, ...]


def topic_parts(name: str) -> Parts:
    """Split a topic name.

    Raises:
        ValueError: the name is not 1..8 parts of 1..64 characters ``[A-Za-z0-9_.~-]``; a mistake of the publisher.
    """
    parts = tuple(name.split("/"))
    if len(parts) > PARTS_MAX or not all(PART.fullmatch(part) for part in parts):
        raise ValueError(f"bad topic name {name[:200]!r}: 1..{PARTS_MAX} parts of [A-Za-z0-9_.~-]{{1,64}} joined by /")
    return parts


def pattern_parts(pattern: str) -> Parts:
    """Split a pattern.

    Raises:
        BadParams: a part is neither a name, ``*``, nor ``**`` in the last place; the text says which.
    """
    parts = tuple(pattern.split("/"))
    if len(parts) > PARTS_MAX:
        raise BadParams(f"pattern {pattern[:200]!r} has more than {PARTS_MAX} parts")
    for index, part in enumerate(parts):
        if part == "**" and index < len(parts) - 1:
            raise BadParams(f"pattern {pattern[:200]!r}: ** stands only in the last place")
        if part not in ("*", "**") and not PART.fullmatch(part):
            raise BadParams(f"pattern {pattern[:200]!r}: part {part[:80]!r} is neither a name, * nor **")
    return parts


def is_match(pattern: Parts, topic: Parts) -> bool:
    """Whether a split pattern covers a split topic name."""
    if pattern[-1] == "**":
        pattern = pattern[:-1]
        topic = topic[: len(pattern)]
    return len(pattern) == len(topic) and all(p in ("*", t) for p, t in zip(pattern, topic, strict=True))


class Patterns:
    """A set of patterns, split once: plain names are looked up, only wild ones are compared.

    Args:
        patterns: their texts; `BadParams` for a bad one.
    """

    __slots__ = ("exact", "wild")

    def __init__(self, patterns: Iterable[str]) -> None:
        split = {pattern: pattern_parts(pattern) for pattern in patterns}
        self.exact = frozenset(pattern for pattern in split if "*" not in pattern)
        self.wild = tuple(parts for pattern, parts in split.items() if "*" in pattern)

    def has(self, name: str, parts: Parts) -> bool:
        """Whether one of them covers the topic; ``parts`` is ``name`` split."""
        return name in self.exact or any(is_match(wild, parts) for wild in self.wild)
