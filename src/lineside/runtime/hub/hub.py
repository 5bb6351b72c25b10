"""Live values from the gateways to everyone who looks: last values, ordered feeds, and pulses of shared bytes.

A publisher calls `Hub.state` or `Hub.feed` and is never held up. Readers are served in pulses: at most every
``pulse_ms`` each gets one write with all that is new. Readers with the same patterns stand at the same place, so the
bytes of a pulse are built once for all of them and a reader costs one write of shared bytes. A pulse goes like this::

    1  what changed since the last pulse becomes text, once per topic
    2  each audience's text becomes one frame, written to all its readers in step
       (a reader over its byte budget leaves the step; it keeps the offsets that it was told)
    3  readers that have drained get what they missed in one text: the latest state, of feeds what the ring holds
       and a gap with the exact count; then they are in step again. Those that take too long are closed.
    4  waiting requests are done. All readers stand at the same offsets here: a snapshot has no hole.

A first value after quiet goes at once. All calls come from the event loop's thread.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from lineside.errors import Busy
from lineside.runtime.hub.answers import Answers
from lineside.runtime.hub.audience import Audience, AudienceKey
from lineside.runtime.hub.counts import HubCounts
from lineside.runtime.hub.patterns import is_match, pattern_parts, topic_parts
from lineside.runtime.hub.settings import HubSettings
from lineside.runtime.hub.subscription import Outlet, Subscribe, Subscription
from lineside.runtime.hub.text import CloseCode, bye_text, close_reason, encode_value, error_text, frame_text, pulse_text
from lineside.runtime.hub.topic import Feed, Kind, RingBytes, State, Topic, TopicInfo
from lineside.runtime.log import get_log

# A reader that fell behind is looked at so often while nothing is published.
_LOOK_S = 0.1
# How many topics with refused values are remembered, so that each is logged once.
_TOLD_MAX = 1_000

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
        self._topics: dict[str, Topic] = {}
        self._base = 0
        self._rings = RingBytes(self.settings.rings_bytes_max)
        self._audiences: dict[AudienceKey, Audience] = {}
        self._subscriptions: dict[Subscription, None] = {}
        self._asking: dict[Subscription, None] = {}
        self._behind: dict[Subscription, None] = {}
        self._changed: dict[Topic, None] = {}
        self._gone: list[Topic] = []
        self._told_refused: set[str] = set()
        self._answers = Answers(self)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.Handle | None = None
        self._look_timer: asyncio.Handle | None = None
        self._pulse_s = self.settings.pulse_ms / 1000
        self._pulsed_at = float("-inf")
        self._writing_s = 0.0

    # -- publishing

    def state(self, topic: str, value: Any) -> None:
        """Show the latest value of a state topic.

        Args:
            topic: ``gateway/unit/aspect``; made by its first value.
            value: a JSON value or msgspec Struct; it is encoded later, so it must not be changed after this call.

        Raises:
            ValueError: the name cannot be a topic, or is a feed's.
        """
        found = self._topics.get(topic) or self._make(topic, Kind.STATE)
        if found is None:
            return
        if not isinstance(found, State):
            raise ValueError(f"topic {topic} is a feed")
        found.put(value)
        self._note(found)

    def feed(self, topic: str, value: Any) -> None:
        """Add the next value of a feed topic; as `state`, but every value counts. It is encoded at once."""
        encoded = self._encode(topic, value)
        found = self._topics.get(topic) or (self._make(topic, Kind.FEED) if encoded is not None else None)
        if found is None or encoded is None:
            return
        if not isinstance(found, Feed):
            raise ValueError(f"topic {topic} is a state")
        found.put(value, encoded)
        self._note(found)

    def drop(self, topic: str) -> None:
        """Forget a topic (its unit is gone); readers are told. Does nothing when there is none."""
        found = self._topics.pop(topic, None)
        if found is None:
            return
        # A later topic of this name counts on above these offsets, so that no old position fits it by chance.
        self._base = max(self._base, found.offset + 1)
        found.is_gone = True
        self._changed.pop(found, None)
        for audience in found.audiences:
            audience.topics.pop(found, None)
        if found.audiences:
            self._gone.append(found)
            self._schedule()
        else:
            found.free()

    # -- looking

    def latest(self, topic: str) -> Any | None:
        """The last value given to `state` or `feed`, None without one."""
        found = self._topics.get(topic)
        return None if found is None else found.value

    def topics(self, pattern: str = "**") -> list[TopicInfo]:
        """The topics that match, by name. Raises BadParams for a bad pattern."""
        parts = pattern_parts(pattern)
        return sorted(topic.info for topic in self._topics.values() if is_match(parts, topic.parts))

    @property
    def subscriber_count(self) -> int:
        """Readers that are attached."""
        return len(self._subscriptions)

    @property
    def behind_count(self) -> int:
        """Readers that are over their budget now."""
        return len(self._behind)

    # -- readers

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
        self._loop = asyncio.get_running_loop()
        subscription = Subscription(self, outlet, allowed)
        self._subscriptions[subscription] = None
        return subscription

    def detach(self, subscription: Subscription) -> None:
        """Forget a reader whose connection has ended."""
        subscription.is_open = False
        subscription.requests.clear()
        self._subscriptions.pop(subscription, None)
        self._asking.pop(subscription, None)
        self._behind.pop(subscription, None)
        self._leave(subscription)

    def dismiss(self, subscription: Subscription, code: CloseCode, reason: str = "") -> None:
        """Say why, close the outlet and forget the reader."""
        if not subscription.is_open:
            return
        words = reason or code.words
        self.detach(subscription)
        self.counts.dismissed[code.name.lower()] += 1
        subscription.outlet.send(bye_text(code, words))
        subscription.outlet.close(code.number, close_reason(words))

    def wake(self, subscription: Subscription) -> None:
        """A reader has a request that waits for the next pulse."""
        self._asking[subscription] = None
        self._schedule()

    def close(self, reason: str = "") -> None:
        """Say goodbye to every reader, with what was published until now; the hub stops pulsing."""
        if self._changed or self._gone:
            self._pulse()
        for subscription in list(self._subscriptions):
            self.dismiss(subscription, CloseCode.STOPPING, reason)
        for timer in (self._timer, self._look_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._look_timer = None

    # -- topics

    def _make(self, name: str, kind: Kind) -> Topic | None:
        topic_parts(name)
        if len(self._topics) >= self.settings.topics_max:
            self._refuse(name, f"there are {self.settings.topics_max} topics already (hub.topics_max)")
            return None
        made: Topic
        if kind is Kind.STATE:
            made = State(name, self._base, lambda topic, value: self._encode(topic, value) or b"null")
        else:
            made = Feed(name, self._base, self.settings.ring_values_max, self.settings.ring_bytes_max, self._rings)
        self._topics[name] = made
        for audience in self._audiences.values():
            if audience.wants(made):
                self._join_topic(audience, made)
        return made

    def _join_topic(self, audience: Audience, topic: Topic) -> None:
        if len(audience.topics) < self.settings.topics_per_subscriber_max:
            audience.follow(topic)
        elif not audience.is_overfull:
            audience.is_overfull = True
            told = error_text(None, self._answers.too_many_topics())
            for subscription in list(audience.subscribers):
                subscription.send(told)

    def _encode(self, topic: str, value: Any) -> bytes | None:
        """The value as JSON, None (told in the log and counted) when it cannot be shown: that must stop nobody."""
        try:
            encoded = encode_value(value)
        except (TypeError, ValueError, RecursionError) as error:
            self._refuse(topic, str(error) or type(error).__name__)
            return None
        if len(encoded) > self.settings.value_bytes_max:
            self._refuse(topic, f"{len(encoded)} bytes, at most {self.settings.value_bytes_max} (hub.value_bytes_max)")
            return None
        return encoded

    def _refuse(self, topic: str, reason: str) -> None:
        self.counts.values_refused += 1
        if topic not in self._told_refused and len(self._told_refused) < _TOLD_MAX:
            self._told_refused.add(topic)
            log.error("value not shown", topic=topic, reason=reason)

    # -- pulses

    def _note(self, topic: Topic) -> None:
        self.counts.values += 1
        if topic.audiences:
            self._changed[topic] = None
            if self._timer is None:
                self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None or self._loop is None:
            return
        due = self._pulsed_at + self._pulse_s
        # `call_soon` lets all values of this turn of the loop go together.
        self._timer = (
            self._loop.call_soon(self._pulse) if due <= self._loop.time() else self._loop.call_at(due, self._pulse)
        )

    def _pulse(self) -> None:
        assert self._loop is not None
        self._timer = None
        self._pulsed_at = self._loop.time()
        self.counts.pulses += 1
        self._tell_changes()
        if self._behind:
            self._look_at_behind()
        while self._asking:
            subscription = next(iter(self._asking))
            del self._asking[subscription]
            self._do_requests(subscription)
        self._answers.forget()
        self._stretch(self._loop.time() - self._pulsed_at)

    def _tell_changes(self) -> None:
        texts: dict[Audience, list[bytes]] = {}
        for topic in self._gone:
            self._collect(topic, texts)
        for topic in self._changed:
            self._collect(topic, texts)
        for audience, items in texts.items():
            self._write(audience, frame_text(pulse_text(items)))
        for topic in self._changed:
            topic.sent_offset = topic.offset
        for topic in self._gone:
            topic.free()
        self._changed.clear()
        self._gone.clear()

    def _collect(self, topic: Topic, texts: dict[Audience, list[bytes]]) -> None:
        if topic.is_gone and topic.sent_offset == topic.base:
            return  # nobody has heard of it
        items, skipped = topic.items_since(topic.sent_offset)
        if topic.is_gone:
            items = [*(items if isinstance(topic, Feed) else ()), topic.gone_item()]
        if skipped:
            self._count_gap(skipped)
        for audience in topic.audiences:
            texts.setdefault(audience, []).extend(items)

    def _write(self, audience: Audience, frame: bytes) -> None:
        """Write the shared frame to everyone in step; the only work that is done once per reader and pulse."""
        audience.unlooked_bytes += len(frame)
        is_look_due = audience.unlooked_bytes > self.settings.look_bytes
        if is_look_due:
            audience.unlooked_bytes = 0
        bytes_max = self.settings.subscriber_bytes_max
        readers = list(audience.in_step)
        self.counts.writes += len(readers)
        for reader in readers:
            outlet = reader.outlet
            try:
                if is_look_due and outlet.unsent() > bytes_max:
                    self._fall_behind(reader, audience)
                else:
                    outlet.send_framed(frame)
            except Exception:
                log.exception("outlet failed")
                self._give_up(reader)

    def _give_up(self, reader: Subscription) -> None:
        """An outlet that raises is a fault of ours; the other readers must not feel it."""
        self.detach(reader)
        self.counts.dismissed["fault"] += 1
        try:
            reader.outlet.close(CloseCode.FAULT.number, CloseCode.FAULT.words)
        except Exception:
            log.exception("outlet failed again while closing")

    def _stretch(self, writing_s: float) -> None:
        """Pulses come so far apart that writing them keeps to its share of the loop's time."""
        self._writing_s += (writing_s - self._writing_s) / 8
        wanted_s = max(self.settings.pulse_ms / 1000, self._writing_s / self.settings.pulse_share_max)
        self._pulse_s = min(wanted_s, max(self.settings.pulse_ms, self.settings.pulse_ms_max) / 1000)

    # -- readers that do not keep up

    def _fall_behind(self, reader: Subscription, audience: Audience) -> None:
        """Keep where it stands. Called before ``sent_offset`` moves, and with the topics that go in this pulse."""
        assert self._loop is not None
        positions = {topic: topic.sent_offset for topic in audience.topics}
        positions.update((topic, topic.sent_offset) for topic in self._gone if audience in topic.audiences)
        reader.positions = positions
        reader.behind_since = self._loop.time()
        del audience.in_step[reader]
        self._behind[reader] = None
        self.counts.fell_behind += 1

    def _look_at_behind(self) -> None:
        assert self._loop is not None
        budget = self.settings.subscriber_bytes_max
        for reader in list(self._behind):
            if reader.outlet.unsent() <= budget // 2:
                self._catch_up(reader)
            elif self._loop.time() - reader.behind_since > self.settings.subscriber_slow_s_max:
                self.dismiss(reader, CloseCode.TOO_SLOW)
        if self._behind and self._look_timer is None:
            self._look_timer = self._loop.call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        """Nothing may be published for long, and a reader that has drained waits for what it missed."""
        self._look_timer = None
        if self._timer is None and self._behind:
            self._pulse()

    def _catch_up(self, reader: Subscription) -> None:
        audience, positions = reader.audience, reader.positions
        assert audience is not None
        assert positions is not None
        told = [topic for topic in positions if topic.is_gone and positions[topic] > topic.base]
        told += audience.topics
        pending_feeds = [topic for topic in told if topic.kind is Kind.FEED]
        bytes_max = self.settings.subscriber_bytes_max // 2 // max(1, len(pending_feeds))
        items: list[bytes] = []
        for topic in told:
            items += self._missed(topic, positions.get(topic, topic.base), bytes_max)
        reader.positions = None
        del self._behind[reader]
        audience.in_step[reader] = None
        if items:
            reader.outlet.send(pulse_text(items))
        if reader.requests:
            self._asking[reader] = None

    def _missed(self, topic: Topic, position: int, bytes_max: int) -> list[bytes]:
        if topic.is_gone and topic.kind is Kind.STATE:
            return [topic.gone_item()]
        items, skipped = topic.items_since(position, bytes_max)
        if skipped:
            self._count_gap(skipped)
        return [*items, topic.gone_item()] if topic.is_gone else items

    def _count_gap(self, skipped: int) -> None:
        self.counts.gaps_told += 1
        self.counts.values_skipped += skipped

    # -- requests

    def _do_requests(self, reader: Subscription) -> None:
        """All in turn, unless the reader does not take their answers: then they wait until it has drained."""
        while reader.requests and reader.positions is None and reader.is_open:
            if reader.outlet.unsent() > self.settings.subscriber_bytes_max:
                self._hold_requests(reader)
                return
            request = reader.requests.popleft()
            if isinstance(request, Subscribe):
                self._answers.subscribe(reader, request)
            else:
                self._answers.unsubscribe(reader, request)

    def _hold_requests(self, reader: Subscription) -> None:
        assert self._loop is not None
        if reader.audience is None:
            self.choose(reader, frozenset())
        assert reader.audience is not None
        self._fall_behind(reader, reader.audience)
        if self._look_timer is None:
            self._look_timer = self._loop.call_later(_LOOK_S, self._look)

    def choose(self, reader: Subscription, patterns: frozenset[str]) -> Audience:
        """Move a reader that is in step to the audience of these patterns."""
        key: AudienceKey = (patterns, reader.allowed)
        audience = self._audiences.get(key) or self._found(key)
        audience.subscribers[reader] = None
        audience.in_step[reader] = None
        if reader.audience is not audience:
            self._leave(reader)
        reader.audience = audience
        reader.patterns = patterns
        return audience

    def _found(self, key: AudienceKey) -> Audience:
        audience = self._audiences[key] = Audience(key)
        for topic in self._matching(key[0]):
            if audience.wants(topic):
                self._join_topic(audience, topic)
        return audience

    def matching(self, patterns: frozenset[str], wants: Callable[[Topic], bool]) -> list[Topic]:
        """The topics of these patterns that also pass ``wants``, by name."""
        return sorted((topic for topic in self._matching(patterns) if wants(topic)), key=lambda topic: topic.name)

    def _matching(self, patterns: frozenset[str]) -> list[Topic]:
        """Candidates: plain names are looked up, and only wild patterns look at all topics."""
        if any("*" in pattern for pattern in patterns):
            return list(self._topics.values())
        return [self._topics[pattern] for pattern in patterns if pattern in self._topics]

    def _leave(self, reader: Subscription) -> None:
        audience = reader.audience
        reader.audience = None
        if audience is None:
            return
        audience.subscribers.pop(reader, None)
        audience.in_step.pop(reader, None)
        if not audience.subscribers:
            audience.disband()
            self._audiences.pop(audience.key, None)
