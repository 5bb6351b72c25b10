"""An event as it was read: its place, its stored bytes, and the event itself when it is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from lineside.errors import Unreadable
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.chain import utc_from_us
from lineside.runtime.journal.seal import MARK, Opener
from lineside.runtime.step import Event


class Recorded:
    """One event of the journal.

    Attributes:
        seq: its number over all streams.
        version: its number in its stream, from 1.
        at: UTC instant that the append named.
        kind, schema: name of its class, and the number of that class's fields at the time.
        origin: boot id of the process that recorded it; ``(origin, seq)`` is unique for ever.
        hash: 32 bytes, see `chain`.
        data: JSON as it is stored, secrets sealed.
    """

    __slots__ = ("_catalogue", "_opener", "at", "data", "hash", "kind", "origin", "schema", "seq", "stream", "version")

    def __init__(self, row: tuple[Any, ...], catalogue: Catalogue, opener: Opener) -> None:
        at_us: int
        self.seq: int
        self.stream: str
        self.version: int
        self.kind: str
        self.schema: int
        self.origin: str
        self.hash: bytes
        self.data: bytes
        self.seq, self.stream, self.version, at_us, self.kind, self.schema, self.origin, self.hash, self.data = row
        self.at: datetime = utc_from_us(at_us)
        self._catalogue = catalogue
        self._opener = opener

    def __repr__(self) -> str:
        return f"Recorded({self.seq} {self.stream} {self.version} {self.kind})"

    @property
    def event(self) -> Event:
        """The event, of the present schema, secrets opened.

        Raises:
            Unreadable: its kind is unknown here, or it does not fit its class.
            Sealed: a secret does not open: its person was erased, or the key is missing. See `event_left`.
        """
        if MARK not in self.data:
            return self._catalogue.decode(self.kind, self.schema, self.data)
        value = self._opener.opened(msgspec.json.decode(self.data), self.stream, self.version)
        return self._catalogue.build(self.kind, self.schema, value)

    @property
    def event_left(self) -> Event:
        """The event with secrets that do not open (any more) left empty: for replay after somebody was erased.

        Raises:
            Unreadable: as `event`.
        """
        if MARK not in self.data:
            return self._catalogue.decode(self.kind, self.schema, self.data)
        value = self._opener.opened_or_empty(msgspec.json.decode(self.data), self.stream, self.version)
        return self._catalogue.build(self.kind, self.schema, value)

    def masked(self) -> dict[str, Any]:
        """The stored fields as JSON values, each secret as its last two characters: for pages, the CLI and logs.

        Raises:
            Unreadable: what is stored is not JSON (any more).
        """
        try:
            value: dict[str, Any] = msgspec.json.decode(self.data)
        except msgspec.MsgspecError as error:
            raise Unreadable(f"event {self.seq}: {error}") from error
        if MARK in self.data:
            value = self._opener.masked(value, self.stream, self.version)
        return value
