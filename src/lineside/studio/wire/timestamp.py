"""The two ways in which the protocol writes an instant."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from enum import StrEnum


class TimestampMode(StrEnum):
    """How a snapshot writes its TIMESTAMP (§6)."""

    LOCAL = "local"  # as the originals: local clock, no zone
    UTC = "utc"  # with offset, so that nobody takes it for the other


def timestamp_text(at: datetime, mode: TimestampMode = TimestampMode.LOCAL, zone: tzinfo | None = None) -> str:
    """ISO-8601 as `datetime.isoformat` writes it: microseconds only when they are not zero.

    Args:
        at: aware.
        zone: of the local clock; the machine's own when None.
    """
    if mode is TimestampMode.UTC:
        return at.astimezone(UTC).isoformat()
    return at.astimezone(zone).replace(tzinfo=None).isoformat()


def milliseconds_text(at: datetime) -> str:
    """UTC with milliseconds and ``Z``, as JavaScript writes it: ``2025-11-19T03:09:03.438Z`` (dialect D)."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
