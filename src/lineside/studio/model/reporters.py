"""Who reports for a table, who has gone, and who is lost. Changes by events alone.

::

    ReporterJoined ─► present ─ReporterLeft─► gone ─ReporterLost (its due has come)─► lost
                        ▲                      └──────────── ReporterJoined ────────────┤
                        └───────────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from lineside.runtime.step import Event
from lineside.studio.model.events import DeviceSaid, ReporterJoined, ReporterLeft, ReporterLost

REPORTERS_MAX = 256
"""Devices that are remembered for one table: ten times those of the largest table seen. The longest gone goes first."""


class ReporterState(msgspec.Struct):
    """What lasts of one device.

    Attributes:
        since: when it joined or left.
        reason: why it left.
        due: when it counts as lost, see `ReporterLeft`.
        says_down: it told about itself that it is down.
    """

    device: str
    dialect: str
    address: str
    present: bool
    since: datetime
    reason: str = ""
    due: datetime | None = None
    lost: bool = False
    says_down: bool = False


class Reporters:
    """The devices of one table, by name."""

    def __init__(self) -> None:
        self._known: dict[str, ReporterState] = {}

    def __iter__(self) -> Iterator[ReporterState]:
        return iter(self._known.values())

    def get(self, device: str) -> ReporterState | None:
        """The device of that name, or None."""
        return self._known.get(device)

    def is_present(self, device: str) -> bool:
        """Whether the journal knows it as connected."""
        one = self._known.get(device)
        return one is not None and one.present

    def is_lost(self, device: str) -> bool:
        """Whether it has been gone for longer than the grace."""
        one = self._known.get(device)
        return one is not None and one.lost

    def apply(self, event: Event, at: datetime) -> None:
        """Take one event; those about devices that nobody knows change nothing."""
        match event:
            case ReporterJoined(device=device, dialect=dialect, address=address):
                before = self._known.pop(device, None)
                says_down = before is not None and before.says_down
                self._known[device] = ReporterState(device, dialect, address, True, at, says_down=says_down)
                self._forget_the_longest_gone()
            case ReporterLeft(device=device, reason=reason, due=due) if device in self._known:
                one = self._known.pop(device)  # and behind the others: the longest gone stands first
                one.present, one.since, one.reason, one.due = False, at, reason, due
                self._known[device] = one
            case ReporterLost(device=device) if device in self._known:
                one = self._known[device]
                one.lost, one.due = True, None
            case DeviceSaid(device=device, up=up) if device in self._known:
                self._known[device].says_down = not up

    def carry(self) -> list[ReporterState]:
        """All of them, in their order."""
        return list(self._known.values())

    def restore(self, states: list[ReporterState]) -> None:
        """Take what `carry` gave."""
        self._known = {state.device: state for state in states}

    def _forget_the_longest_gone(self) -> None:
        if len(self._known) > REPORTERS_MAX:
            gone = next((one.device for one in self._known.values() if not one.present), None)
            if gone is not None:  # connections have a bound of their own, at the gateway
                del self._known[gone]
