"""What is asked of the writer: appends, and small pieces of other work that share its transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol

import msgspec

from lineside.errors import Unrecordable
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.chain import EPOCH, MICROSECOND
from lineside.runtime.journal.seal import EventEncoder
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.step import Event, Personal, Secret

# Longest name of a stream (``gateway/unit``, each part up to 64) and of a claim; they are keys of an index.
STREAM_CHARACTERS_MAX = 200
CLAIM_CHARACTERS_MAX = 400


# These two are Structs and not dataclasses because one is made per event at the highest rates (0.1 µs against 1 µs).
class Append(msgspec.Struct, frozen=True):
    """One atomic request: all of its events are recorded, or none.

    Attributes:
        events: (stream, event) in order; at least one.
        at: aware UTC.
        expected: stream → version it must have now; 0 means that it must not exist.
        claims: unique keys that this append takes.
    """

    events: tuple[tuple[str, Event], ...]
    at: datetime
    expected: Mapping[str, int] = {}
    claims: tuple[str, ...] = ()


class Appended(msgspec.Struct, frozen=True):
    """What an append became; it is on disk.

    Attributes:
        first_seq: ``seq`` of its first event; the others follow without a gap.
        versions: new version of each stream that it touched.
    """

    first_seq: int
    versions: Mapping[str, int]


class Receipt(Protocol):
    """Takes the one answer to an append, in the loop's thread; an `asyncio.Future` is one. It may not raise."""

    def set_result(self, result: Any, /) -> None:
        """It is on disk (`Appended`)."""
        ...

    def set_exception(self, error: Any, /) -> None:
        """Nothing of it was recorded."""
        ...

    def done(self) -> bool:
        """Nobody waits any more."""
        ...


PlainEvent = tuple[str, tuple[str, int], bytes, tuple[Secret, ...] | None]
"""An event on its way to the writer: stream, (kind, schema), encoded data, secrets still to be sealed."""


class Request(msgspec.Struct):
    """An append on its way to the writer.

    Attributes:
        weight: how many events it has.
        size: bytes of their data.
        people: persons whose keys are needed to seal it.
    """

    alone: ClassVar[bool] = False
    future: Receipt
    at_us: int
    events: list[PlainEvent]
    expected: Mapping[str, int]
    claims: tuple[str, ...]
    weight: int
    size: int
    people: tuple[str, ...] = ()


class Job(msgspec.Struct):
    """Other work for the writer.

    Attributes:
        run: called in the writer's thread; with ``alone`` false inside the transaction of the present batch.
        alone: it brings its own transaction (or needs none) and runs between two batches.
    """

    weight: ClassVar[int] = 1
    size: ClassVar[int] = 0
    future: asyncio.Future[Any]
    run: Callable[[Any], Any]
    alone: bool = False


def request_from_append(
    append: Append,
    future: Receipt,
    catalogue: Catalogue,
    encoder: EventEncoder,
    settings: JournalSettings,
) -> Request:
    """Encode and check an append, in the thread of whoever asks: a bad one refuses itself alone.

    Raises:
        Unrecordable: it can never be recorded as it is; names why.
    """
    events: list[PlainEvent] = []
    people: tuple[str, ...] = ()
    size = 0
    entries, encode = catalogue.entries, encoder.encode
    for stream, event in append.events:
        entry = entries.get(event.__class__) or catalogue.entry(event)
        data, secrets = encode(event)
        if secrets is not None:
            people += tuple(secret.person for secret in secrets if isinstance(secret, Personal))
        if len(data) > settings.event_bytes_max:
            raise Unrecordable(f"{entry[0]} has {len(data)} bytes; accepted are {settings.event_bytes_max}")
        if not stream.isprintable() or not 0 < len(stream) <= STREAM_CHARACTERS_MAX:
            accepted = f"accepted are 1 to {STREAM_CHARACTERS_MAX} printable characters"
            raise Unrecordable(f"stream {stream[:64]!r}: {accepted}")
        size += len(data)
        events.append((stream, entry, data, secrets))
    weight = len(events)
    if not 0 < weight <= settings.append_events_max:
        raise Unrecordable(f"{weight} events in one append; accepted are 1 to {settings.append_events_max}")
    if append.claims:
        _check_claims(append.claims)
    try:
        at_us = (append.at - EPOCH) // MICROSECOND
    except TypeError:
        raise Unrecordable(f"at {append.at} has no time zone; accepted is aware UTC") from None
    return Request(future, at_us, events, append.expected, append.claims, weight, size, people)


def _check_claims(claims: tuple[str, ...]) -> None:
    for claim in claims:
        if not 0 < len(claim) <= CLAIM_CHARACTERS_MAX or not claim.isprintable():
            raise Unrecordable(f"claim {claim[:64]!r}: accepted are 1 to {CLAIM_CHARACTERS_MAX} printable characters")
    if len(set(claims)) != len(claims):
        raise Unrecordable(f"an append takes each claim once: {', '.join(claims)}"[:400])
