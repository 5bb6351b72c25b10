"""Which kinds of events there are, and how their stored bytes become events again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from lineside.errors import Unreadable, Unrecordable
from lineside.runtime.journal.events import EVENTS
from lineside.runtime.step import Event, Secret


class Catalogue:
    """Kind → class. The journal's own kinds are always in it.

    Args:
        groups: the ``EVENTS`` of the rooms. A class may be named twice; two classes of one name are an error of
            whoever wrote them, because the kind in the journal is the name.

    Attributes:
        entries: class → (kind, present schema).
    """

    def __init__(self, *groups: Iterable[type[Event]]) -> None:
        self._classes: dict[str, type[Event]] = {}
        self.entries: dict[type[Event], tuple[str, int]] = {}
        self._decoders: dict[str, msgspec.json.Decoder[Any]] = {}
        for event_class in itertools.chain(EVENTS, *groups):
            self._add(event_class)

    def _add(self, event_class: type[Event]) -> None:
        kind = event_class.__name__
        known = self._classes.setdefault(kind, event_class)
        assert known is event_class, f"two events are called {kind}: {known.__module__}, {event_class.__module__}"
        self.entries[event_class] = kind, event_class.schema
        self._decoders[kind] = msgspec.json.Decoder(event_class, dec_hook=_keep_secrets)

    def __iter__(self) -> Iterator[type[Event]]:
        return iter(self._classes.values())

    def __contains__(self, kind: str) -> bool:
        return kind in self._classes

    def entry(self, event: Event) -> tuple[str, int]:
        """Kind and present schema of an event.

        Raises:
            Unrecordable: nobody named this kind, so nobody could read it again.
        """
        try:
            return self.entries[event.__class__]
        except KeyError:
            raise Unrecordable(f"kind {type(event).__name__} is not in the catalogue") from None

    def decode(self, kind: str, schema: int, data: bytes) -> Event:
        """Stored bytes without secrets → event.

        Raises:
            Unreadable: the kind is unknown, of a newer schema, or does not fit its class.
        """
        event_class = self._class_of(kind, schema)
        if schema != event_class.schema:
            return self.build(kind, schema, msgspec.json.decode(data))
        try:
            found: Event = self._decoders[kind].decode(data)
        except msgspec.MsgspecError as error:
            raise Unreadable(f"{kind}: {error}") from error
        return found

    def build(self, kind: str, schema: int, value: Any) -> Event:
        """Decoded JSON, secrets already opened → event, brought up to the present schema.

        Raises:
            Unreadable: as `decode`.
        """
        event_class = self._class_of(kind, schema)
        try:
            for step in range(schema, event_class.schema):
                value = event_class.upcasters[step](value)
            return msgspec.convert(value, event_class, dec_hook=_keep_secrets, str_keys=True)
        except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
            raise Unreadable(f"{kind} of schema {schema}: {error!r}") from error

    def _class_of(self, kind: str, schema: int) -> type[Event]:
        event_class = self._classes.get(kind)
        if event_class is None:
            raise Unreadable(f"kind {kind} is unknown here; known: {', '.join(sorted(self._classes))}")
        if schema > event_class.schema:
            raise Unreadable(f"{kind} has schema {schema}; this version reads up to {event_class.schema}")
        return event_class


def _keep_secrets(wanted: type, value: Any) -> Any:
    """Opened secrets pass as they are; text from a time before its field was secret becomes one."""
    if isinstance(wanted, type) and issubclass(wanted, Secret):
        if isinstance(value, wanted):
            return value
        if wanted is Secret and isinstance(value, str):
            return Secret(value)
    raise TypeError(f"{type(value).__name__} where {getattr(wanted, '__name__', wanted)} is wanted")
