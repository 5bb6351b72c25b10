"""Open error signals of a table (§8), each until its device says that it is up. Changes by events alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from lineside.studio.model.events import SignalRaised

SIGNALS_MAX = 64
"""Open signals of one table: twice the ids that are known. The oldest goes first."""

WARN, ERROR = "warn", "error"


class SignalState(msgspec.Struct):
    """One open signal.

    Attributes:
        since: when it came first.
        count: how often it came.
    """

    id: str
    device: str
    msg_id: str
    content: str
    metadata: dict[str, Any]
    since: datetime
    count: int
    last: datetime

    @property
    def is_error(self) -> bool:
        """Whether the device calls it more than a warning."""
        return self.metadata.get("signalType") == ERROR


class Signals:
    """Open signals by id, oldest first.

    Attributes:
        count: signals that the table ever had; the next one's id is made of it.
    """

    def __init__(self) -> None:
        self.count = 0
        self._open: dict[str, SignalState] = {}

    def __iter__(self) -> Iterator[SignalState]:
        return iter(self._open.values())

    def __len__(self) -> int:
        return len(self._open)

    def find(self, device: str, msg_id: str) -> SignalState | None:
        """The open signal of that device with that id, or None."""
        return next((one for one in self._open.values() if (one.device, one.msg_id) == (device, msg_id)), None)

    def of(self, device: str) -> tuple[str, ...]:
        """Ids of the device's open signals."""
        return tuple([one.id for one in self._open.values() if one.device == device])

    def put(self, event: SignalRaised, at: datetime) -> None:
        """A signal came, or came again."""
        before = self._open.get(event.id)
        if before is not None:
            before.content, before.metadata = event.content, event.metadata
            before.count, before.last = before.count + 1, at
            return
        self.count += 1
        self._open[event.id] = SignalState(
            event.id, event.device, event.msg_id, event.content, event.metadata, at, 1, at
        )
        if len(self._open) > SIGNALS_MAX:
            del self._open[next(iter(self._open))]

    def resolve(self, ids: Iterable[str]) -> None:
        """These are over."""
        for one in ids:
            self._open.pop(one, None)

    def carry(self) -> list[SignalState]:
        """All of them."""
        return list(self._open.values())

    def restore(self, states: list[SignalState], count: int) -> None:
        """Take what `carry` gave."""
        self._open = {state.id: state for state in states}
        self.count = count


def with_type(metadata: dict[str, Any], *, repeated: bool) -> dict[str, Any]:
    """Metadata with a ``signalType``: the device's own (``warning`` is ``warn``), else by whether it came before."""
    given = metadata.get("signalType")
    if given in ("warning", WARN):
        return {**metadata, "signalType": WARN}
    if given is None:
        return {**metadata, "signalType": ERROR if repeated else WARN}
    return metadata
