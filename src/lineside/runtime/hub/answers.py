"""Answers to subscribe and unsubscribe: snapshots, shared while nothing changes, and what a resume still finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lineside.errors import BadParams
from lineside.runtime.hub.audience import AudienceKey, Audiences
from lineside.runtime.hub.patterns import Patterns
from lineside.runtime.hub.subscription import Position, Subscribe, Subscription, Unsubscribe
from lineside.runtime.hub.text import encode_value, error_text, pulse_text, subscribed_text, unsubscribed_text
from lineside.runtime.hub.topic import Feed, State, Topic

if TYPE_CHECKING:
    from lineside.runtime.hub.hub import Hub


class TooManyTopics(BadParams):
    """The patterns match more topics than one connection may follow."""

    code = "too_many_topics"


class Answers:
    """Does requests at the end of a pulse, where every topic's readers in step stand at its last value."""

    def __init__(self, hub: Hub, audiences: Audiences) -> None:
        self._hub = hub
        self._audiences = audiences
        self._snapshots: dict[AudienceKey, bytes] = {}

    def forget(self) -> None:
        """The pulse is over; values may change from here on."""
        self._snapshots.clear()

    def too_many_topics(self) -> TooManyTopics:
        """The refusal, with its number."""
        topics_max = self._hub.settings.topics_per_subscriber_max
        return TooManyTopics(f"the patterns match more than {topics_max} topics; choose fewer")

    def answer(self, reader: Subscription, request: Subscribe | Unsubscribe) -> None:
        """Do one request of a reader that is in step, and tell it."""
        if isinstance(request, Subscribe):
            self._subscribe(reader, request)
        else:
            self._audiences.choose(reader, reader.patterns.difference(request.patterns))
            reader.send(unsubscribed_text(request.id, request.patterns))

    def _subscribe(self, reader: Subscription, request: Subscribe) -> None:
        before = reader.patterns
        audience = self._audiences.choose(reader, before.union(request.patterns))
        if audience.is_overfull:
            self._audiences.choose(reader, before)
            reader.chosen = reader.chosen.difference(set(request.patterns) - before)
            reader.send(error_text(request.id, self.too_many_topics()))
        elif request.resume:
            self._resume(reader, request)
        else:
            reader.send(subscribed_text(request.id, self._snapshot(reader, request)))

    def _snapshot(self, reader: Subscription, request: Subscribe) -> bytes:
        """Entries without resume; a thousand pages that open at once share them."""
        key = (frozenset(request.patterns), reader.allowed)
        if key not in self._snapshots:
            entries = [_entry(topic, is_recovered=False) for topic in self._matched(reader, request)]
            self._snapshots[key] = b",".join(entries)
        return self._snapshots[key]

    def _resume(self, reader: Subscription, request: Subscribe) -> None:
        entries: list[bytes] = []
        missed: list[bytes] = []
        bytes_left = self._hub.settings.subscriber_bytes_max // 2
        for topic in self._matched(reader, request):
            position = request.resume.get(topic.name)
            is_recovered = position is not None and self._is_held(topic, position)
            if isinstance(topic, Feed) and is_recovered and position is not None:
                bytes_left -= topic.bytes_since(position.offset)
                is_recovered = bytes_left >= 0
                if is_recovered:
                    missed += topic.items_since(position.offset).items
            entries.append(_entry(topic, is_recovered=is_recovered))
        reader.send(subscribed_text(request.id, b",".join(entries)))
        if missed:
            reader.send(pulse_text(missed))

    def _is_held(self, topic: Topic, position: Position) -> bool:
        if position.epoch != self._hub.epoch:
            return False
        return topic.is_held_since(position.offset) if isinstance(topic, Feed) else position.offset == topic.offset

    def _matched(self, reader: Subscription, request: Subscribe) -> list[Topic]:
        audience = reader.audience
        assert audience is not None
        patterns = Patterns(request.patterns)
        candidates = self._hub.registry.candidates(request.patterns)
        matched = [topic for topic in candidates if topic in audience.topics and patterns.has(topic.name, topic.parts)]
        return sorted(matched, key=lambda topic: topic.name)


def _entry(topic: Topic, *, is_recovered: bool) -> bytes:
    recovered = b"true" if is_recovered else b"false"
    value = b',"value":' + topic.encoded() if isinstance(topic, State) else b""
    kind = encode_value(topic.kind)
    return b'{"topic":%b,"kind":%b,"offset":%d,"recovered":%b%b}' % (topic.quoted, kind, topic.offset, recovered, value)
