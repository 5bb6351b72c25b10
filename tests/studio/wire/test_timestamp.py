"""The two ways of writing an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lineside.studio.wire.timestamp import TimestampMode, milliseconds_text, timestamp_text

AT = datetime(2026, 11, 20, 20, 47, 18, 994853, tzinfo=UTC)
EAST = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("at", "mode", "text"),
    [
        (AT, TimestampMode.LOCAL, "2026-11-21T04:47:18.994853"),
        (AT.replace(microsecond=0), TimestampMode.LOCAL, "2026-11-21T04:47:18"),
        (AT, TimestampMode.UTC, "2026-11-20T20:47:18.994853+00:00"),
        (AT.astimezone(EAST), TimestampMode.UTC, "2026-11-20T20:47:18.994853+00:00"),
    ],
)
def test_timestamp_is_local_and_naive_or_utc_with_offset(at: datetime, mode: TimestampMode, text: str) -> None:
    assert timestamp_text(at, mode, EAST) == text


def test_local_zone_is_the_machines_own_when_none_is_given() -> None:
    assert timestamp_text(AT) == AT.astimezone().replace(tzinfo=None).isoformat()


def test_milliseconds_are_cut_and_end_with_z() -> None:
    assert milliseconds_text(AT.astimezone(EAST)) == "2026-11-20T20:47:18.994Z"
    assert milliseconds_text(AT.replace(microsecond=0)) == "2026-11-20T20:47:18.000Z"
