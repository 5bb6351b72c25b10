"""One topic: its last value, its offset, and for a feed the ring of values that a reader may resume from.

Offsets rise by one with every value, also with a state's value that nobody was told. A feed's ring holds the newest
values without a hole, so the offset of the newest and the length of the ring say the offset of each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from lineside.runtime.hub.patterns import topic_parts
from lineside.runtime.hub.text import encode_value

if TYPE_CHECKING:
    from lineside.runtime.hub.audience import Audience
    from lineside.runtime.hub.beat import Beat


class Kind(StrEnum):
    """What a reader may miss: of a state all but the latest value, of a feed nothing untold."""

    STATE = "state"
    FEED = "feed"


class TopicInfo(NamedTuple):
    """A topic as `Hub.topics` lists it; ``offset`` is that of its last value."""

    topic: str
    kind: Kind
    offset: int


class Items(NamedTuple):
    """What a reader is told of one topic: encoded items, and how many values of a feed they leave out."""

    items: list[bytes]
    skipped: int = 0


NO_ITEMS = Items([])


class RingBytes:
    """What all rings of a hub hold together, against one bound."""

    __slots__ = ("held", "held_max")

    def __init__(self, held_max: int) -> None:
        self.held = 0
        self.held_max = held_max


class Follow:
    """One beat's readers of one topic.

    Attributes:
        sent_offset: where those in step stand: they were told everything up to it.
        audiences: all of them.
    """

    __slots__ = ("audiences", "sent_offset")

    def __init__(self, sent_offset: int) -> None:
        self.sent_offset = sent_offset
        self.audiences: dict[Audience, None] = {}


class Topic:
    """A topic that has had a value; see `State` and `Feed`.

    Attributes:
        base: the offset before its first value. A reader at ``base`` has not heard of the topic.
        follows: the beats that have readers of it, and where these stand.
        is_gone: dropped; a topic of the same name is another object with higher offsets.
    """

    __slots__ = ("base", "follows", "is_gone", "name", "offset", "parts", "quoted", "value")

    kind: Kind

    def __init__(self, name: str, base: int) -> None:
        self.name = name
        self.parts = topic_parts(name)
        self.quoted = encode_value(name)
        self.base = self.offset = base
        self.value: Any = None
        self.follows: dict[Beat, Follow] = {}
        self.is_gone = False

    @property
    def info(self) -> TopicInfo:
        """For lists."""
        return TopicInfo(self.name, self.kind, self.offset)

    def items_since(self, position: int, bytes_max: int | None = None) -> Items:
        """What a reader that stands at ``position`` is told.

        Args:
            position: an offset from ``base`` to the present one.
            bytes_max: of a feed only the newest values within so many bytes; None for all that the ring holds.
        """
        raise NotImplementedError

    def gone_item(self) -> bytes:
        """Tells that the topic is no more."""
        return b'{"t":%b,"o":%d,"gone":true}' % (self.quoted, self.offset)

    def free_when_told(self) -> None:
        """Give back what it holds of bounds that are shared, once it is gone and no reader in step waits for it."""

    def _item(self, position: int, offset: int, value: bytes, skipped: int = 0) -> bytes:
        kind = b',"k":"%b"' % self.kind.encode() if position == self.base else b""
        gap = b',"gap":%d' % skipped if skipped else b""
        return b'{"t":%b%b,"o":%d%b,"v":%b}' % (self.quoted, kind, offset, gap, value)


class State(Topic):
    """A topic of which only the latest value counts; encoded when the first reader needs it.

    Args:
        encode: gives a value's JSON; never raises.
    """

    __slots__ = ("_encode", "_encoded")

    kind = Kind.STATE

    def __init__(self, name: str, base: int, encode: Callable[[str, Any], bytes]) -> None:
        super().__init__(name, base)
        self._encode = encode
        self._encoded: bytes | None = None

    def put(self, value: Any) -> None:
        """A new latest value."""
        self.offset += 1
        self.value = value
        self._encoded = None

    def encoded(self) -> bytes:
        """The latest value as JSON, made once."""
        if self._encoded is None:
            self._encoded = self._encode(self.name, self.value)
        return self._encoded

    def items_since(self, position: int, bytes_max: int | None = None) -> Items:
        """The latest value, if it is newer than ``position``."""
        return Items([self._item(position, self.offset, self.encoded())]) if self.offset > position else NO_ITEMS


class Feed(Topic):
    """A topic whose every value counts: kept in a ring, encoded as it comes."""

    __slots__ = ("_bytes_max", "_shared", "_values_max", "ring", "ring_bytes")

    kind = Kind.FEED

    def __init__(self, name: str, base: int, values_max: int, bytes_max: int, shared: RingBytes) -> None:
        super().__init__(name, base)
        self.ring: deque[bytes] = deque()
        self.ring_bytes = 0
        self._values_max = values_max
        self._bytes_max = bytes_max
        self._shared = shared

    def put(self, value: Any, encoded: bytes) -> None:
        """The next value; the oldest leave the ring when a bound is passed. The newest always stays."""
        self.offset += 1
        self.value = value
        self.ring.append(encoded)
        self._count(len(encoded))
        while len(self.ring) > 1 and self._is_over():
            self._count(-len(self.ring.popleft()))

    def is_held_since(self, position: int) -> bool:
        """Whether the ring holds every value after ``position``."""
        return self.offset - len(self.ring) <= position <= self.offset and position >= self.base

    def bytes_since(self, position: int) -> int:
        """Size of the values after ``position`` that the ring holds."""
        count = min(self.offset - position, len(self.ring))
        return sum(len(self.ring[index]) for index in range(-count, 0))

    def items_since(self, position: int, bytes_max: int | None = None) -> Items:
        """Every value after ``position``; the first item tells how many before it are left out."""
        pending = self.offset - position
        if pending <= 0:
            return NO_ITEMS
        count = self._newest(min(pending, len(self.ring)), bytes_max)
        skipped = pending - count
        if not count:
            return Items([b'{"t":%b,"o":%d,"gap":%d}' % (self.quoted, self.offset, skipped)], skipped)
        first = self.offset - count + 1
        items = [self._item(position, first, self.ring[-count], skipped)]
        items += [
            b'{"t":%b,"o":%d,"v":%b}' % (self.quoted, first + index, self.ring[index - count])
            for index in range(1, count)
        ]
        return Items(items, skipped)

    def free_when_told(self) -> None:
        """Give the ring back; a straggler is told of the values in it as a gap."""
        if self.is_gone and not self.follows:
            self.ring.clear()
            self._count(-self.ring_bytes)

    def _newest(self, count: int, bytes_max: int | None) -> int:
        """How many of the newest ``count`` values fit into ``bytes_max``."""
        if bytes_max is None:
            return count
        for index in range(1, count + 1):
            bytes_max -= len(self.ring[-index])
            if bytes_max < 0:
                return index - 1
        return count

    def _is_over(self) -> bool:
        return (
            len(self.ring) > self._values_max
            or self.ring_bytes > self._bytes_max
            or self._shared.held > self._shared.held_max
        )

    def _count(self, size: int) -> None:
        self.ring_bytes += size
        self._shared.held += size
