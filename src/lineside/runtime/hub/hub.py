"""Live values from the gateways to everyone who looks: last values, ordered feeds, and pulses of shared bytes.

A publisher calls `Hub.state` or `Hub.feed` and is never held up. Readers are served in pulses: at most every
``pulse_ms`` each gets one write with all that is new. Readers with the same patterns stand at the same place, so the
bytes of a pulse are built once for all of them and a reader costs one write of shared bytes. A pulse goes like this::

    1  what changed since the last pulse becomes text, once per topic
    2  each audience's text becomes one frame, written to all its readers in step
       (a reader over its byte budget leaves the step: `stragglers.py`)
    3  stragglers that have drained are told what they missed and are in step again
    4  waiting requests are answered. All readers stand at the same offsets here: a snapshot has no hole.

A first value after quiet goes at once. All calls come from the event loop's thread.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from lineside.errors import Busy
from lineside.runtime.hub.answers import Answers
from lineside.runtime.hub.audience import Audience, Audiences
from lineside.runtime.hub.counts import HubCounts
from lineside.runtime.hub.registry import Registry
from lineside.runtime.hub.settings import HubSettings
from lineside.runtime.hub.stragglers import Stragglers
from lineside.runtime.hub.subscription import Outlet, Subscription
from lineside.runtime.hub.text import CloseCode, bye_text, close_reason, error_text, frame_text, pulse_text
from lineside.runtime.hub.topic import Feed, Kind, State, Topic, TopicInfo
from lineside.runtime.log import get_log

# Stragglers are looked at so often while nothing is published.
_LOOK_S = 0.1

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
        self.audiences = Audiences(self.registry, self.settings.topics_per_subscriber_max)
        self._answers = Answers(self)
        self._stragglers = Stragglers(self)
        self._subscriptions: dict[Subscription, None] = {}
        self._asking: dict[Subscription, None] = {}
        self._changed: dict[Topic, None] = {}
        self._gone: list[Topic] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.Handle | None = None
        self._look_timer: asyncio.Handle | None = None
        self._pulse_s = self.settings.pulse_ms / 1000
        self._pulsed_at = float("-inf")
        self._writing_s = 0.0

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
        self._changed.pop(found, None)
        for audience in found.audiences:
            audience.topics.pop(found, None)
        if found.audiences:
            self._gone.append(found)
            self._schedule()
        else:
            found.free()

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
        return len(self._stragglers)

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
        self._stragglers.discard(subscription)
        self.audiences.leave(subscription)

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

    def wake(self, subscription: Subscription) -> None:
        """A reader has a request that waits for the next pulse."""
        if subscription.positions is None:
            self._asking[subscription] = None
            self._schedule()

    def close(self, reason: str = "") -> None:
        """Tell every reader what was published until now and say goodbye; the hub stops pulsing."""
        if self._changed or self._gone:
            self._pulse()
        for subscription in list(self._subscriptions):
            self.dismiss(subscription, CloseCode.STOPPING, reason)
        for timer in (self._timer, self._look_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._look_timer = None

    # Pulses.

    def _make(self, name: str, kind: Kind) -> Topic | None:
        made = self.registry.make(name, kind)
        if made is not None:
            for audience in self.audiences.welcome(made):
                told = error_text(None, self._answers.too_many_topics())
                for subscription in list(audience.subscribers):
                    subscription.send(told)
        return made

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
        if due <= self._loop.time():
            self._timer = self._loop.call_soon(self._pulse)  # soon: all values of this turn of the loop go together
        else:
            self._timer = self._loop.call_at(due, self._pulse)

    def _pulse(self) -> None:
        assert self._loop is not None
        self._timer = None
        self._pulsed_at = self._loop.time()
        self.counts.pulses += 1
        self._tell_changes()
        self._look_at_stragglers()
        self._answer_requests()
        self._stretch(self._loop.time() - self._pulsed_at)

    def _tell_changes(self) -> None:
        # Taken out first: what an outlet publishes while it is written to belongs to the next pulse.
        changed, self._changed = self._changed, {}
        gone, self._gone = self._gone, []
        ends = [(topic, topic.offset) for topic in changed]
        texts: dict[Audience, list[bytes]] = {}
        for topic in (*gone, *changed):
            items = self._items(topic)
            for audience in topic.audiences if items else ():
                texts.setdefault(audience, []).extend(items)
        for audience, items in texts.items():
            self._write(audience, frame_text(pulse_text(items)), gone)
        for topic, offset in ends:
            topic.sent_offset = offset
        for topic in gone:
            topic.free()

    def _items(self, topic: Topic) -> list[bytes]:
        """What readers in step are told of a topic that changed or is gone."""
        if topic.is_gone and topic.sent_offset == topic.base:
            return []  # they have never heard of it
        if topic.is_gone and topic.kind is Kind.STATE:
            return [topic.gone_item()]
        items, skipped = topic.items_since(topic.sent_offset)
        self.counts.add_gap(skipped)
        return [*items, topic.gone_item()] if topic.is_gone else items

    def _write(self, audience: Audience, frame: bytes, gone: list[Topic]) -> None:
        """Write the shared frame to everyone in step: the only work that is done once per reader and pulse."""
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
                    self._fall_behind(reader, [*gone, *self._gone])
                else:
                    outlet.send_framed(frame)
            except Exception as error:
                self._give_up(reader, error)

    def _give_up(self, reader: Subscription, error: Exception) -> None:
        """An outlet that raises is a fault of ours; the other readers must not feel it."""
        log.error("outlet failed", error=repr(error))
        self.dismiss(reader, CloseCode.FAULT)

    def _stretch(self, writing_s: float) -> None:
        """Pulses come so far apart that writing them keeps to its share of the loop's time."""
        self._writing_s += (writing_s - self._writing_s) / 8
        wanted_s = max(self.settings.pulse_ms / 1000, self._writing_s / self.settings.pulse_share_max)
        self._pulse_s = min(wanted_s, max(self.settings.pulse_ms, self.settings.pulse_ms_max) / 1000)

    # Stragglers and requests: both need that every topic stands at its `sent_offset`. If an outlet published
    # something meanwhile, the rest waits for the pulse that this has scheduled.

    def _is_settled(self) -> bool:
        return not self._changed and not self._gone

    def _look_at_stragglers(self) -> None:
        for reader in self._stragglers.all():
            try:
                self._look_at(reader)
            except Exception as error:
                self._give_up(reader, error)
        self._look_later()

    def _look_at(self, reader: Subscription) -> None:
        if self._is_settled() and self._stragglers.is_drained(reader):
            self._stragglers.catch_up(reader)
            if reader.requests:
                self._asking[reader] = None
        else:
            self._stragglers.dismiss_when_too_slow(reader, self._pulsed_at)

    def _look_later(self) -> None:
        """Nothing may be published for long, and a straggler that has drained waits for what it missed."""
        if len(self._stragglers) and self._look_timer is None:
            assert self._loop is not None
            self._look_timer = self._loop.call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        self._look_timer = None
        if self._timer is None:
            self._pulse()
        else:
            self._look_later()

    def _answer_requests(self) -> None:
        while self._asking and self._is_settled():
            reader = next(iter(self._asking))
            try:
                self._answer_one(reader)
            except Exception as error:
                self._give_up(reader, error)
            if not reader.requests or reader.positions is not None:
                self._asking.pop(reader, None)
        self._answers.forget()

    def _answer_one(self, reader: Subscription) -> None:
        if reader.outlet.unsent() > self.settings.subscriber_bytes_max:
            self._hold_requests(reader)
        else:
            self._answers.answer(reader, reader.requests.popleft())

    def _hold_requests(self, reader: Subscription) -> None:
        """It does not take what it asked for: its requests wait until it has drained."""
        if reader.audience is None:
            self.audiences.choose(reader, frozenset())
        self._fall_behind(reader, [])
        self._look_later()

    def _fall_behind(self, reader: Subscription, gone: list[Topic]) -> None:
        self._asking.pop(reader, None)  # its requests wait until it has caught up
        self._stragglers.add(reader, gone, self._pulsed_at)
