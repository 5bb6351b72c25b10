"""One reader of live values: where its bytes go, what it asked for, and where it stands."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import msgspec

from lineside.errors import BadParams, Busy
from lineside.runtime.hub.audience import Audience
from lineside.runtime.hub.patterns import pattern_parts
from lineside.runtime.hub.text import CloseCode, RequestId
from lineside.runtime.hub.topic import Topic

if TYPE_CHECKING:
    from lineside.runtime.hub.beat import Beat
    from lineside.runtime.hub.hub import Hub


class Outlet(Protocol):
    """Where the messages of one subscriber go. Sending never blocks; order is kept."""

    def send(self, data: bytes) -> None:
        """Send one text message of UTF-8 ``data``."""
        ...

    def send_framed(self, frame: bytes) -> None:
        """Send a whole WebSocket frame made by `frame_text`; many outlets share its bytes.

        The one method that may raise RuntimeError or OSError, when the connection has just ended: the reader is then
        forgotten. So an outlet can give a transport's own ``write`` here. The hub keeps it while the reader is in step.
        """
        ...

    def unsent(self) -> int:
        """Bytes that the operating system has not taken yet."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection; a peer that does not take the goodbye is cut after a time."""
        ...


class Position(msgspec.Struct, frozen=True):
    """Where a reader stood on one topic when it was last connected.

    Attributes:
        epoch: of the hub that counted; another epoch means that nothing can be resumed.
        offset: of the last value that it got.
    """

    epoch: str
    offset: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A request that waits for the next pulse."""

    id: RequestId
    patterns: tuple[str, ...]
    resume: Mapping[str, Position]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """A request that waits for the next pulse."""

    id: RequestId
    patterns: tuple[str, ...]


class Subscription:
    """A reader that is attached to the hub; made by `Hub.attach`.

    Requests are done at the end of the next pulse, where the reader stands exactly where all others stand. So no
    value falls between a snapshot and what follows it, and none comes twice.

    Attributes:
        allowed: patterns of the topics that it may see; None for all.
        chosen: the patterns that it follows, once its waiting requests are done.
        positions: None while it is in step with its audience; else the offset that it was told of each topic.
        behind_since: monotonic seconds when it fell behind.
    """

    __slots__ = (
        "_hub",
        "allowed",
        "audience",
        "beat",
        "behind_since",
        "chosen",
        "is_open",
        "outlet",
        "patterns",
        "positions",
        "requests",
    )

    def __init__(self, hub: Hub, beat: Beat, outlet: Outlet, allowed: frozenset[str] | None) -> None:
        self._hub = hub
        self.beat = beat
        self.outlet = outlet
        self.allowed = allowed
        self.chosen: frozenset[str] = frozenset()
        self.patterns: frozenset[str] = frozenset()
        self.audience: Audience | None = None
        self.positions: dict[Topic, int] | None = None
        self.behind_since = 0.0
        self.requests: deque[Subscribe | Unsubscribe] = deque()
        self.is_open = True

    def subscribe(
        self, patterns: Iterable[str], resume: Mapping[str, Position] | None = None, request_id: RequestId = None
    ) -> None:
        """Follow what the patterns match, now and later. The answer ``subscribed`` comes with the next pulse.

        Args:
            patterns: see `lineside.runtime.hub.patterns`; those followed already are told anew.
            resume: topic name → where the reader stood; values after it come, when the ring still holds them all.

        Raises:
            BadParams: none, too many, or a bad pattern; nothing was asked.
            Busy: too many requests wait already (the reader does not read); nothing was asked.
        """
        wanted = tuple(dict.fromkeys(patterns))
        if not wanted:
            raise BadParams("topics is empty; one pattern or more is wanted")
        for pattern in wanted:
            pattern_parts(pattern)
        chosen = self.chosen.union(wanted)
        patterns_max = self._hub.settings.patterns_per_subscriber_max
        if len(chosen) > patterns_max:
            raise BadParams(f"more than {patterns_max} patterns in one connection")
        self._ask(Subscribe(request_id, wanted, resume or {}))
        self.chosen = chosen

    def unsubscribe(self, patterns: Iterable[str], request_id: RequestId = None) -> None:
        """Follow these patterns, written as they were subscribed, no more; others may still match the same topics.

        Raises:
            Busy: too many requests wait already; nothing was asked.
        """
        wanted = tuple(dict.fromkeys(patterns))
        self._ask(Unsubscribe(request_id, wanted))
        self.chosen = self.chosen.difference(wanted)

    def send(self, data: bytes) -> None:
        """Send one message beside the pulses (a pong, an error). Beyond twice the budget the reader is closed."""
        if not self.is_open:
            return
        if self.outlet.unsent() > 2 * self._hub.settings.subscriber_bytes_max:
            self._hub.dismiss(self, CloseCode.TOO_SLOW)
            return
        self.outlet.send(data)

    def bye(self, code: CloseCode, reason: str = "") -> None:
        """Tell the reader why, then close its outlet. Without ``reason`` the words of the code are told."""
        self._hub.dismiss(self, code, reason)

    def close(self) -> None:
        """The connection has ended: forget the reader. Calling it again does nothing."""
        self._hub.detach(self)

    def _ask(self, request: Subscribe | Unsubscribe) -> None:
        if not self.is_open:
            return
        if len(self.requests) >= self._hub.settings.requests_waiting_max:
            raise Busy("too many requests wait for this connection to read its answers")
        self.requests.append(request)
        self.beat.wake(self)
