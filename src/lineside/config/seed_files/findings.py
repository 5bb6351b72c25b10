"""What became of each key of a seed's files, in words; values of keys that may hold a secret are never among them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

SHOWN_CHARACTERS_MAX = 60
"""A value or a key is told up to here: these are strangers' files, and a report is read by a person."""

_PLAIN = re.compile(r"[\w .:/\\,@%+*=~()\[\]-]{1,60}", re.ASCII)


class Outcome(StrEnum):
    """What was done with a key."""

    TAKEN = "took"  # means the same here
    CHANGED = "changed"  # means something else here; the text says why
    LEFT = "left out"  # understood, and nothing here needs it
    WRONG = "not accepted"  # understood, and its value is not
    UNKNOWN = "not understood"


@dataclass(frozen=True, slots=True)
class Finding:
    """One key and what became of it.

    Attributes:
        place: file and dotted key, ``settings.json: serial.port``.
        text: where it went, or why not; may be empty.
    """

    outcome: Outcome
    place: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.outcome.value}: {self.place}" + (f": {self.text}" if self.text else "")


def shown(text: object) -> str:
    """A key or value of a stranger's file for a terminal or a comment: one line, no control characters, cut short."""
    plain = text if isinstance(text, str) and _PLAIN.fullmatch(text) else json.dumps(text, default=str)
    return plain if len(plain) <= SHOWN_CHARACTERS_MAX else plain[: SHOWN_CHARACTERS_MAX - 1] + "…"
