"""Who hears the same: subscribers with one set of patterns share their topics, and so the bytes of every pulse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lineside.runtime.hub.patterns import Patterns
from lineside.runtime.hub.registry import Registry
from lineside.runtime.hub.topic import Follow, Topic

if TYPE_CHECKING:
    from lineside.runtime.hub.beat import Beat
    from lineside.runtime.hub.subscription import Subscription

Writers = tuple[list["Subscription"], list[Callable[[bytes], None]]]
AudienceKey = tuple[frozenset[str], frozenset[str] | None]
"""The patterns that its subscribers chose, and those that they may see (None: all)."""


class Audience:
    """The subscribers of one set of patterns in one beat.

    Attributes:
        topics: what the patterns match now.
        subscribers: all of them.
        unlooked_bytes: written to each since their unsent bytes were last looked at.
        is_overfull: a topic was left out because the patterns match too many.
    """

    __slots__ = (
        "_allowed",
        "_beat",
        "_in_step",
        "_patterns",
        "_writers",
        "is_overfull",
        "key",
        "subscribers",
        "topics",
        "unlooked_bytes",
    )

    def __init__(self, key: AudienceKey, beat: Beat) -> None:
        self.key = key
        self._beat = beat
        self._patterns = Patterns(key[0])
        self._allowed = None if key[1] is None else Patterns(key[1])
        self.topics: dict[Topic, None] = {}
        self.subscribers: dict[Subscription, None] = {}
        self._in_step: dict[Subscription, None] = {}
        self._writers: Writers | None = None
        self.unlooked_bytes = 0
        self.is_overfull = False

    def wants(self, topic: Topic) -> bool:
        """Whether the topic is chosen and may be seen."""
        name, parts = topic.name, topic.parts
        return self._patterns.has(name, parts) and (self._allowed is None or self._allowed.has(name, parts))

    def follow(self, topic: Topic) -> None:
        """Take a topic in. If nobody of the beat followed it, its readers in step stand at its last value."""
        follow = topic.follows.get(self._beat)
        if follow is None:
            follow = topic.follows[self._beat] = Follow(topic.offset)
        follow.audiences[self] = None
        self.topics[topic] = None

    @property
    def readers(self) -> list[Subscription]:
        """Those in step: they were told everything up to each `Follow.sent_offset` and get the shared bytes."""
        return list(self._in_step)

    def step_in(self, reader: Subscription) -> None:
        """The reader was told everything that those in step were told."""
        self._in_step[reader] = None
        self._writers = None

    def step_out(self, reader: Subscription) -> None:
        """The reader is not told what comes now."""
        self._in_step.pop(reader, None)
        self._writers = None

    def writers(self) -> Writers:
        """The readers in step, and `Outlet.send_framed` of each.

        Kept between pulses: looking it up anew through three objects for each of a thousand readers, none of them in
        the processor's cache, costs a tenth of the whole write.
        """
        if self._writers is None:
            readers = self.readers
            self._writers = readers, [reader.outlet.send_framed for reader in readers]
        return self._writers

    def disband(self) -> None:
        """Leave every topic: nobody listens any more."""
        for topic in self.topics:
            follow = topic.follows[self._beat]
            del follow.audiences[self]
            if not follow.audiences:
                del topic.follows[self._beat]
        self.topics.clear()


class Audiences:
    """All audiences of a beat; one lives while it has a subscriber."""

    def __init__(self, beat: Beat, registry: Registry, topics_max: int) -> None:
        self._beat = beat
        self._registry = registry
        self._topics_max = topics_max
        self._by_key: dict[AudienceKey, Audience] = {}

    def choose(self, reader: Subscription, patterns: frozenset[str]) -> Audience:
        """Move a reader that is in step to the audience of these patterns."""
        key: AudienceKey = (patterns, reader.allowed)
        audience = self._by_key.get(key) or self._found(key)
        audience.subscribers[reader] = None
        audience.step_in(reader)
        if reader.audience is not audience:
            self.leave(reader)
        reader.audience = audience
        reader.patterns = patterns
        return audience

    def leave(self, reader: Subscription) -> None:
        """Take a reader out of its audience."""
        audience, reader.audience = reader.audience, None
        if audience is None:
            return
        audience.subscribers.pop(reader, None)
        audience.step_out(reader)
        if not audience.subscribers:
            audience.disband()
            self._by_key.pop(audience.key, None)

    def welcome(self, topic: Topic) -> list[Audience]:
        """A topic was made: whoever chose it follows. Returns the audiences that are overfull since now."""
        return [
            audience
            for audience in self._by_key.values()
            if audience.wants(topic) and not self._follow(audience, topic)
        ]

    def _found(self, key: AudienceKey) -> Audience:
        audience = self._by_key[key] = Audience(key, self._beat)
        for topic in self._registry.candidates(key[0]):
            if audience.wants(topic):
                self._follow(audience, topic)
        return audience

    def _follow(self, audience: Audience, topic: Topic) -> bool:
        """False the first time that a topic has to be left out."""
        if len(audience.topics) < self._topics_max:
            audience.follow(topic)
            return True
        was_overfull, audience.is_overfull = audience.is_overfull, True
        return was_overfull
