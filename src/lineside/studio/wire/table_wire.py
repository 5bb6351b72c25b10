"""The server's side of one reporter's connection: one frame, text or binary, is one message.

The reporter speaks first (dialect B: after our greeting) and every message of it gets one answer, in order; nothing
else is ever sent to A, B and C, whose clients take the next frame for the answer. What is lost with a connection is
what was not confirmed.
"""

from __future__ import annotations

from typing import Any

from lineside.studio.wire.encode import confirmed_text, text_of
from lineside.studio.wire.json_text import read_object
from lineside.studio.wire.message import Confirmed, Heard, Malformed
from lineside.studio.wire.update import MayWrite, is_envelope, read_envelope, read_update
from lineside.studio.wire.vocabulary import Dialect, StatusValues, accepted_values


class TableWire:
    """Frames of one reporter ⇄ messages about its table.

    Args:
        status_values: which values are accepted.
        may_write: whether the reporter's token may write another table, which an envelope may name.
    """

    def __init__(
        self,
        dialect: Dialect,
        table: str,
        status_values: StatusValues = StatusValues.SEED,
        may_write: MayWrite | None = None,
    ) -> None:
        self.dialect = dialect
        self.table = table
        self._accepted = accepted_values(status_values)
        self._may_write = may_write
        self._confirmed = confirmed_text(table, dialect).encode()

    def receive(self, data: bytes, now: float = 0.0) -> list[Heard]:
        """The one message of a frame."""
        return [self.read(data)]

    def read(self, data: bytes | str) -> Heard:
        """The same without the list; text or bytes."""
        value = read_object(data)
        if isinstance(value, Malformed):
            return value
        if "event" in value and is_envelope(value, any_event=self.dialect is Dialect.D):
            return read_envelope(value, self._accepted, self.table, self._may_write)
        return read_update(value, self._accepted)

    def send(self, message: Any) -> bytes:
        """The frame of one message, UTF-8.

        Raises:
            Malformed: the dialect has no word for it (a `WireError`).
        """
        if type(message) is Confirmed and message.table == self.table:
            return self._confirmed
        return text_of(message, self.dialect).encode()
