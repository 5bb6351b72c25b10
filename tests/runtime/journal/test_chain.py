from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.runtime.journal.chain import (
    EPOCH,
    ZERO,
    CheckpointBody,
    bytes_from_checkpoint,
    checkpoint_from_bytes,
    digest,
    event_hash,
    us_from_utc,
    utc_from_us,
)

FIELDS = {
    "previous": ZERO,
    "seq": 12,
    "version": 3,
    "at_us": 1_700_000_000_000_000,
    "schema": 1,
    "kind": "Noted",
    "origin": "ab" * 8,
    "stream": "ward/1",
    "data": b'{"number":1}',
}


def test_the_hash_is_made_as_the_page_says() -> None:
    text = b"12 3 1700000000000000 1 Noted abababababababab ward/1\n"
    assert event_hash(**FIELDS) == sha256(bytes(32) + text + b'{"number":1}').digest()


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_every_field_is_in_the_hash(field: str) -> None:
    value = FIELDS[field]
    other = value + 1 if isinstance(value, int) else value[:-1] + (b"~" if isinstance(value, bytes) else "~")
    assert event_hash(**{**FIELDS, field: other}) != event_hash(**FIELDS)


@given(st.text("ab 1", max_size=4), st.text("ab 1", max_size=4), st.binary(max_size=4), st.binary(max_size=4))
def test_two_events_never_give_the_same_bytes(stream: str, other: str, data: bytes, other_data: bytes) -> None:
    one = event_hash(**{**FIELDS, "stream": stream, "data": data})
    two = event_hash(**{**FIELDS, "stream": other, "data": other_data})
    assert (one == two) == ((stream, data) == (other, other_data))


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_keep_their_microseconds(at: datetime) -> None:
    assert utc_from_us(us_from_utc(at)) == at


def test_instants_count_from_1970() -> None:
    assert us_from_utc(EPOCH + timedelta(seconds=1)) == 1_000_000


def test_a_checkpoint_survives_its_bytes() -> None:
    body = CheckpointBody("j", 2, 9, datetime(2026, 1, 1, tzinfo=UTC), True, "", {"ward/1": (3, "ab")})
    data = bytes_from_checkpoint(body)
    assert checkpoint_from_bytes(data) == body
    assert digest(data) == sha256(data).hexdigest()
