"""The hash chain of events, and the signed checkpoints over the heads of all streams.

Each event's hash is made from the hash of the event before it in its stream and from everything that is stored::

    SHA-256( previous (32 bytes) ‖ "seq version at schema kind origin stream\\n" ‖ data )

``at`` in microseconds since 1970; the first event of a stream follows 32 zero bytes. No part before ``stream`` holds a
space and ``stream`` holds no line end, so that two different events never give the same bytes.

A checkpoint is the JSON of a `CheckpointBody`, signed with Ed25519 over exactly these bytes. A *full* one names the
head of every stream; one that is not full names the heads that changed since the one before, whose bytes it names by
their SHA-256. So a full one and those after it, taken together, always sign the heads of all streams.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

HASH_SIZE = 32
ZERO = bytes(HASH_SIZE)
"""What the first event of a stream follows."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def event_hash(
    previous: bytes, seq: int, version: int, at_us: int, schema: int, kind: str, origin: str, stream: str, data: bytes
) -> bytes:
    """Hash of one event; see the top of this file. (`Store.plan` has the same lines, without the call.)"""
    head = f"{seq} {version} {at_us}{form_text(schema, kind, origin)}{stream}\n"
    return sha256(previous + head.encode() + data).digest()


def is_hash(hashed: bytes, previous: bytes, *fields: Any) -> bool:
    """Whether ``hashed`` is `event_hash` of these fields; fields of a damaged row may be of any type."""
    try:
        return event_hash(previous, *fields) == hashed
    except (TypeError, ValueError):
        return False


def form_text(schema: int, kind: str, origin: str) -> str:
    """The part of the hashed bytes that many events share."""
    return f" {schema} {kind} {origin} "


def us_from_utc(at: datetime) -> int:
    """Microseconds since 1970; ``at`` is aware."""
    return (at - EPOCH) // MICROSECOND


def utc_from_us(at_us: int) -> datetime:
    """Aware UTC from microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at_us)


class CheckpointBody(msgspec.Struct, frozen=True):
    """What is signed.

    Attributes:
        seq: every event up to and including this one is covered.
        full: whether ``heads`` names every stream, or those that changed since ``previous``.
        previous: hex SHA-256 of the checkpoint before; "" in a full one.
        heads: stream → (version, hex hash) of its newest event at ``seq``.
    """

    journal: str
    era: int
    seq: int
    at: datetime
    full: bool
    previous: str
    heads: dict[str, tuple[int, str]]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(CheckpointBody)


def bytes_from_checkpoint(body: CheckpointBody) -> bytes:
    """The bytes that are signed and stored."""
    return _encoder.encode(body)


def checkpoint_from_bytes(data: bytes) -> CheckpointBody:
    """Read stored bytes.

    Raises:
        msgspec.MsgspecError: these bytes never were a checkpoint.
    """
    return _decoder.decode(data)


def digest(data: bytes) -> str:
    """Hex SHA-256, as ``previous`` names the checkpoint before."""
    return sha256(data).hexdigest()
