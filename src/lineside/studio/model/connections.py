"""The connections of reporters while they last. Nothing of this outlives the process; the journal has the devices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from lineside.runtime.step import Event, Moment
from lineside.studio.model.events import ReporterJoined, ReporterLeft
from lineside.studio.wire import ERRORS_MAX, Dialect, is_goodbye

LEAVING_MAX = 256
"""Ends that wait for a disk to be writable: as many as devices are remembered. Of others only the reason is lost."""


class Joined(msgspec.Struct, frozen=True):
    """The gateway's first message about a connection: who it is.

    Attributes:
        address: of the peer, for history.
        wants_snapshot: answered with one.
        token_name: the name of the token that let it in; never the token.
    """

    device: str
    dialect: Dialect
    address: str = ""
    wants_snapshot: bool = False
    token_name: str = ""


class RoundTrip(msgspec.Struct, frozen=True):
    """A ping of the connection was answered; ``rtt_ms`` is how long that took."""

    rtt_ms: float


@dataclass(slots=True)
class Connection:
    """One connection of a reporter.

    Attributes:
        is_joined: it said who it is.
        updated_mono: when it sent its last accepted update, monotonic seconds.
        errors: messages that were refused.
    """

    device: str
    dialect: Dialect
    address: str
    token: str
    since: datetime
    last: datetime
    is_joined: bool = False
    updated_mono: float | None = None
    rtt_ms: float | None = None
    errors: int = 0

    @property
    def is_over(self) -> bool:
        """Whether so much was refused that it is closed."""
        return self.errors >= ERRORS_MAX

    def says_goodbye(self, reason: str, now: Moment, final_update_s: float) -> bool:
        """Whether it ended cleanly, and right after an update: that was its last word (§10)."""
        since = self.updated_mono
        return is_goodbye(reason) and since is not None and now.mono - since <= final_update_s

    def joined_event(self) -> Event:
        """What the journal keeps of it, when it is the first of its device."""
        return ReporterJoined(self.device, self.dialect, self.address, self.token)


class Connections:
    """All of one table, by link.

    Attributes:
        leaving: device → reason of its end, and whether it said goodbye, until that is recorded.
    """

    def __init__(self) -> None:
        self.leaving: dict[str, tuple[str, bool]] = {}
        self._by_link: dict[str, Connection] = {}

    def __iter__(self) -> Iterator[tuple[str, Connection]]:
        """Link and connection of all that said who they are."""
        return iter([(link, one) for link, one in self._by_link.items() if one.is_joined])

    @property
    def devices(self) -> dict[str, Connection]:
        """Device → its newest connection."""
        return {one.device: one for _, one in self}

    def get(self, link: str) -> Connection | None:
        """The connection of that link, or None."""
        return self._by_link.get(link)

    def open(self, link: str, now: Moment) -> None:
        """A link has opened; who it is comes later."""
        self._by_link[link] = Connection("", Dialect.A, "", "", now.utc, now.utc)

    def join(self, link: str, joined: Joined, now: Moment) -> None:
        """It said who it is."""
        self.leaving.pop(joined.device, None)
        self._by_link[link] = Connection(
            joined.device, joined.dialect, joined.address, joined.token_name, now.utc, now.utc, is_joined=True
        )

    def close(self, link: str, reason: str, now: Moment, final_update_s: float) -> Connection | None:
        """A link has ended; returns its connection when its device has no other one."""
        one = self._by_link.pop(link, None)
        if one is None or not one.is_joined or one.device in self.devices:
            return None
        if len(self.leaving) < LEAVING_MAX:
            self.leaving[one.device] = reason, one.says_goodbye(reason, now, final_update_s)
        return one

    def forget_recorded(self, events: Iterable[Event]) -> None:
        """These ends are on disk."""
        for event in events:
            if type(event) is ReporterLeft:
                self.leaving.pop(event.device, None)
