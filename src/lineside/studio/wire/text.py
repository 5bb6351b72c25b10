"""JSON as the originals write it, and foreign values in texts for peers."""

from __future__ import annotations

import json
from typing import Any

SHOWN_MAX = 64
"""Characters of a foreign value in an error text: enough to recognise it, too few to make us an echo."""


def spaced(value: Any) -> str:
    """JSON with ``", "`` and ``": "``, in ASCII: the default of Python's `json` (dialects A to C)."""
    return json.dumps(value)


def compact(value: Any) -> str:
    """JSON without blanks, in ASCII: as JavaScript writes it (dialect D)."""
    return json.dumps(value, separators=(",", ":"))


def shown(value: Any) -> str:
    """A value that a peer wrote, for a text that tells the peer: strings bare, others as JSON, cut."""
    text = value if isinstance(value, str) else spaced(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"
