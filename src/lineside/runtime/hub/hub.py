"""Live values from the gateways to everyone who looks: last values, ordered feeds, and pulses of shared bytes.

A publisher calls `Hub.state` or `Hub.feed` and is never held up. Readers are served in pulses: at most every
``pulse_ms`` each gets one write with all that is new. Readers with the same patterns stand at the same place, so the
bytes of a pulse are built once for all of them and a reader costs one write of shared bytes (`beat.py`). When the
pulses come is told in `pace.py`. All calls come from the event loop's thread.
"""

from __future__ import annotations

import uuid
from typing import Any

from lineside.errors import Busy
from lineside.runtime.hub.beat import Beat
from lineside.runtime.hub.counts import HubCounts
from lineside.runtime.hub.pace import Pace, phase_of
from lineside.runtime.hub.registry import Registry
from lineside.runtime.hub.settings import HubSettings
from lineside.runtime.hub.subscription import Outlet, Subscription
from lineside.runtime.hub.text import CloseCode, bye_text, close_reason
from lineside.runtime.hub.topic import Feed, Kind, State, Topic, TopicInfo
from lineside.runtime.log import get_log

log = get_log("hub")


class Hub:
    """The live topics of one process.

    Args:
        settings: the limits.
        epoch: names this run of offsets; made anew for each process unless a test gives one.
    """

    def __init__(self, settings: HubSettings | None = None, epoch: str | None = None) -> None:
        self.settings = settings or HubSettings()
        self.epoch = epoch or uuid.uuid4().hex[:16]
        self.counts = HubCounts()
        self.registry = Registry(self.settings, self.counts)
        self.pace = Pace(self.settings)
        self._beats: list[Beat] = []
        self._subscriptions: dict[Subscription, None] = {}

    # Publishing.

    def state(self, topic: str, value: Any) -> None:
        """Show the latest value of a state topic.

        Args:
            topic: ``gateway/unit/aspect``; made by its first value.
            value: a JSON value or msgspec Struct; it is encoded later, so it must not be changed after this call.

        Raises:
            ValueError: the name cannot be a topic, or is a feed's.
        """
        found = self.registry.get(topic) or self._make(topic, Kind.STATE)
        if found is None:
            return
        if not isinstance(found, State):
            raise ValueError(f"topic {topic} is a feed")
        found.put(value)
        self._note(found)

    def feed(self, topic: str, value: Any) -> None:
        """Add the next value of a feed topic; as `state`, but every value counts. It is encoded at once."""
        encoded = self.registry.encode(topic, value)
        if encoded is None:
            return
        found = self.registry.get(topic) or self._make(topic, Kind.FEED)
        if found is None:
            return
        if not isinstance(found, Feed):
            raise ValueError(f"topic {topic} is a state")
        found.put(value, encoded)
        self._note(found)

    def drop(self, topic: str) -> None:
        """Forget a topic (its unit is gone); readers are told. Does nothing when there is none."""
        found = self.registry.drop(topic)
        if found is None:
            return
        for beat in list(found.follows):
            beat.note_gone(found)
        found.free_when_told()

    # Looking.

    def latest(self, topic: str) -> Any | None:
        """The last value given to `state` or `feed`, None without one."""
        found = self.registry.get(topic)
        return None if found is None else found.value

    def topics(self, pattern: str = "**") -> list[TopicInfo]:
        """The topics that match, by name. Raises BadParams for a bad pattern."""
        return self.registry.listed(pattern)

    @property
    def subscriber_count(self) -> int:
        """Readers that are attached."""
        return len(self._subscriptions)

    @property
    def behind_count(self) -> int:
        """Readers that are over their budget now."""
        return sum(beat.behind_count for beat in self._beats)

    @property
    def is_idle(self) -> bool:
        """Whether everything is told and answered, to all but those over their budget."""
        return all(beat.is_idle for beat in self._beats)

    @property
    def has_many_beats(self) -> bool:
        """Whether there are so many readers that they are not all written to in one go."""
        return len(self._beats) > 1

    # Readers.

    def attach(self, outlet: Outlet, allowed: frozenset[str] | None = None) -> Subscription:
        """Take a reader in; it hears nothing until it subscribes.

        Args:
            outlet: where its messages go.
            allowed: patterns of the topics that it may see; None for all.

        Raises:
            Busy: too many are attached.
        """
        if len(self._subscriptions) >= self.settings.subscribers_max:
            raise Busy(CloseCode.TOO_MANY.words)
        beat = self._beat_with_room()
        beat.readers += 1
        subscription = Subscription(self, beat, outlet, allowed)
        self._subscriptions[subscription] = None
        return subscription

    def detach(self, subscription: Subscription) -> None:
        """Forget a reader whose connection has ended. Calling it again does nothing."""
        if subscription.is_open:
            subscription.is_open = False
            subscription.requests.clear()
            del self._subscriptions[subscription]
            subscription.beat.detach(subscription)

    def dismiss(self, subscription: Subscription, code: CloseCode, reason: str = "") -> None:
        """Say why, close the outlet and forget the reader."""
        if not subscription.is_open:
            return
        words = reason or code.words
        self.detach(subscription)
        self.counts.dismissed[code.name.lower()] += 1
        try:
            subscription.outlet.send(bye_text(code, words))
            subscription.outlet.close(code.number, close_reason(words))
        except Exception as error:
            log.error("outlet failed while closing", error=repr(error))

    def forget(self, subscription: Subscription) -> None:
        """A reader's connection was found to have ended."""
        if subscription.is_open:
            self.detach(subscription)
            self.counts.dismissed["lost"] += 1

    def close(self, reason: str = "") -> None:
        """Tell every reader what was published until now and say goodbye; the hub pulses no more."""
        for beat in self._beats:
            beat.finish()
        for subscription in list(self._subscriptions):
            self.dismiss(subscription, CloseCode.STOPPING, reason)

    def _beat_with_room(self) -> Beat:
        best = min(self._beats, key=lambda beat: beat.readers, default=None)
        is_full = best is None or best.readers >= self.settings.beat_readers_max
        if best is None or (is_full and len(self._beats) < self.settings.beats_max):
            best = Beat(self, phase_of(len(self._beats)))
            self._beats.append(best)
        return best

    def _make(self, name: str, kind: Kind) -> Topic | None:
        made = self.registry.make(name, kind)
        if made is not None:
            for beat in self._beats:
                beat.note_made(made)
        return made

    def _note(self, topic: Topic) -> None:
        self.counts.values += 1
        for beat in topic.follows:
            beat.note(topic)
