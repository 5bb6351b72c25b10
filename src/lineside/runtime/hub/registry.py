"""All topics of a hub by name, and what may become a value on one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lineside.runtime.hub.counts import HubCounts
from lineside.runtime.hub.patterns import is_match, pattern_parts, topic_parts
from lineside.runtime.hub.settings import HubSettings
from lineside.runtime.hub.text import encode_value
from lineside.runtime.hub.topic import Feed, Kind, RingBytes, State, Topic, TopicInfo
from lineside.runtime.log import get_log

# How many topics with refused values are remembered, so that each is logged once.
_TOLD_MAX = 1_000

log = get_log("hub")


class Registry:
    """The topics that have had a value and were not dropped."""

    def __init__(self, settings: HubSettings, counts: HubCounts) -> None:
        self._settings = settings
        self._counts = counts
        self._topics: dict[str, Topic] = {}
        self._base = 0
        self._rings = RingBytes(settings.rings_bytes_max)
        self._told_refused: set[str] = set()

    def get(self, name: str) -> Topic | None:
        """The topic of this name."""
        return self._topics.get(name)

    def listed(self, pattern: str) -> list[TopicInfo]:
        """The topics that match, by name. Raises BadParams for a bad pattern."""
        parts = pattern_parts(pattern)
        return sorted(topic.info for topic in self._topics.values() if is_match(parts, topic.parts))

    def candidates(self, patterns: Iterable[str]) -> list[Topic]:
        """Topics that may match: plain names are looked up, and only for wild patterns all topics come."""
        names = frozenset(patterns)
        if any("*" in name for name in names):
            return list(self._topics.values())
        return [self._topics[name] for name in names if name in self._topics]

    def make(self, name: str, kind: Kind) -> Topic | None:
        """A new topic, before its first value; None (counted, logged) when there are too many.

        Raises:
            ValueError: the name cannot be a topic.
        """
        topic_parts(name)
        settings = self._settings
        if len(self._topics) >= settings.topics_max:
            self._refuse(name, f"there are {settings.topics_max} topics already (hub.topics_max)")
            return None
        made: Topic
        if kind is Kind.STATE:
            made = State(name, self._base, self._encode_state)
        else:
            made = Feed(name, self._base, settings.ring_values_max, settings.ring_bytes_max, self._rings)
        self._topics[name] = made
        return made

    def drop(self, name: str) -> Topic | None:
        """Take a topic out; its readers are still to be told."""
        topic = self._topics.pop(name, None)
        if topic is not None:
            topic.is_gone = True
            # A later topic of this name counts on above these offsets, so that no old position fits it by chance.
            self._base = max(self._base, topic.offset + 1)
        return topic

    def encode(self, topic: str, value: Any) -> bytes | None:
        """The value as JSON; None (counted, logged once per topic) when it cannot be shown: that stops nobody."""
        try:
            encoded = encode_value(value)
        except (TypeError, ValueError, RecursionError) as error:
            self._refuse(topic, str(error) or type(error).__name__)
            return None
        bytes_max = self._settings.value_bytes_max
        if len(encoded) > bytes_max:
            self._refuse(topic, f"{len(encoded)} bytes, at most {bytes_max} (hub.value_bytes_max)")
            return None
        return encoded

    def _encode_state(self, topic: str, value: Any) -> bytes:
        encoded = self.encode(topic, value)
        return b"null" if encoded is None else encoded

    def _refuse(self, topic: str, reason: str) -> None:
        self._counts.values_refused += 1
        if topic not in self._told_refused and len(self._told_refused) < _TOLD_MAX:
            self._told_refused.add(topic)
            log.error("value not shown", topic=topic, reason=reason)
