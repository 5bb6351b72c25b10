"""Readers that do not keep up: left out of the pulses while over their byte budget, and told what they missed.

A straggler keeps the offset that it was told of every topic. When it has drained to half of its budget it gets one
text: of each state the latest value, of each feed what the ring holds and the exact count of what it does not. Then it
is in step again. One that does not drain in time is dismissed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lineside.runtime.hub.text import CloseCode, pulse_text
from lineside.runtime.hub.topic import Kind, Topic

if TYPE_CHECKING:
    from lineside.runtime.hub.beat import Beat
    from lineside.runtime.hub.hub import Hub
    from lineside.runtime.hub.subscription import Subscription


class Stragglers:
    """The readers of a beat that are behind."""

    def __init__(self, hub: Hub, beat: Beat) -> None:
        self._hub = hub
        self._beat = beat
        self._behind: dict[Subscription, None] = {}

    def __len__(self) -> int:
        return len(self._behind)

    def add(self, reader: Subscription, gone: Iterable[Topic], now: float) -> None:
        """Take a reader out of step. Called before its ``sent_offset``s move, so that nothing is lost between.

        Args:
            gone: topics that were dropped and that readers in step are not told of yet.
            now: monotonic seconds.
        """
        audience = reader.audience
        assert audience is not None
        positions = {topic: topic.follows[self._beat].sent_offset for topic in audience.topics}
        for topic in gone:
            follow = topic.follows.get(self._beat)
            if follow is not None and audience in follow.audiences:
                positions[topic] = follow.sent_offset
        reader.positions = positions
        reader.behind_since = now
        audience.step_out(reader)
        self._behind[reader] = None
        self._hub.counts.fell_behind += 1

    def discard(self, reader: Subscription) -> None:
        """Forget one whose connection has ended."""
        self._behind.pop(reader, None)

    def all(self) -> list[Subscription]:
        """Those that are behind now."""
        return list(self._behind)

    def is_drained(self, reader: Subscription) -> bool:
        """Whether there is room for what it missed."""
        return reader.outlet.unsent() <= self._hub.settings.subscriber_bytes_max // 2

    def dismiss_when_too_slow(self, reader: Subscription, now: float) -> None:
        """Close one that has been over its budget for too long."""
        if now - reader.behind_since > self._hub.settings.subscriber_slow_s_max:
            self._hub.dismiss(reader, CloseCode.TOO_SLOW)

    def catch_up(self, reader: Subscription) -> None:
        """Tell what it missed and put it in step. Called where every topic stands at its ``sent_offset``."""
        audience, positions = reader.audience, reader.positions
        assert audience is not None
        assert positions is not None
        topics = [topic for topic in positions if topic.is_gone and positions[topic] > topic.base]
        topics += audience.topics
        feed_count = sum(topic.kind is Kind.FEED for topic in topics)
        bytes_max = self._hub.settings.subscriber_bytes_max // 2 // max(1, feed_count)
        items: list[bytes] = []
        for topic in topics:
            items += self._missed(topic, positions.get(topic, topic.base), bytes_max)
        reader.positions = None
        del self._behind[reader]
        audience.step_in(reader)
        if items:
            reader.outlet.send(pulse_text(items))

    def _missed(self, topic: Topic, position: int, bytes_max: int) -> list[bytes]:
        if topic.is_gone and topic.kind is Kind.STATE:
            return [topic.gone_item()]
        items, skipped = topic.items_since(position, bytes_max)
        self._hub.counts.add_gap(skipped)
        return [*items, topic.gone_item()] if topic.is_gone else items
