"""Who hears the same: subscribers with one set of patterns share their topics, and so the bytes of every pulse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineside.runtime.hub.patterns import Patterns
from lineside.runtime.hub.topic import Topic

if TYPE_CHECKING:
    from lineside.runtime.hub.subscription import Subscription

AudienceKey = tuple[frozenset[str], frozenset[str] | None]
"""The patterns that its subscribers chose, and those that they may see (None: all)."""


class Audience:
    """The subscribers of one set of patterns.

    Attributes:
        topics: what the patterns match now.
        subscribers: all of them.
        in_step: those that were told everything up to each topic's ``sent_offset``; they get the shared bytes.
        unlooked_bytes: written to each since their unsent bytes were last looked at.
        is_overfull: a topic was left out because the patterns match too many.
    """

    __slots__ = ("_allowed", "_patterns", "in_step", "is_overfull", "key", "subscribers", "topics", "unlooked_bytes")

    def __init__(self, key: AudienceKey) -> None:
        self.key = key
        self._patterns = Patterns(key[0])
        self._allowed = None if key[1] is None else Patterns(key[1])
        self.topics: dict[Topic, None] = {}
        self.subscribers: dict[Subscription, None] = {}
        self.in_step: dict[Subscription, None] = {}
        self.unlooked_bytes = 0
        self.is_overfull = False

    def wants(self, topic: Topic) -> bool:
        """Whether the topic is chosen and may be seen."""
        name, parts = topic.name, topic.parts
        return self._patterns.has(name, parts) and (self._allowed is None or self._allowed.has(name, parts))

    def follow(self, topic: Topic) -> None:
        """Take a topic in. If nobody followed it, its readers in step stand at its last value."""
        if not topic.audiences:
            topic.sent_offset = topic.offset
        self.topics[topic] = None
        topic.audiences[self] = None

    def disband(self) -> None:
        """Leave every topic: nobody listens any more."""
        for topic in self.topics:
            topic.audiences.pop(self, None)
        self.topics.clear()
