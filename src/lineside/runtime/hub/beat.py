"""The readers that are written to in one go, and their pulse.

A pulse goes like this::

    1  what changed since the last pulse becomes text, once per topic
    2  each audience's text becomes one frame, written to all its readers in step
       (a reader over its byte budget leaves the step: `stragglers.py`)
    3  stragglers that have drained are told what they missed and are in step again
    4  waiting requests are answered. All readers stand at the same offsets here: a snapshot has no hole.

Outlets are foreign code: one that raises is given up, and what one publishes while it is written to waits for the next
pulse, together with the steps that need everything told.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lineside.runtime.hub.answers import Answers
from lineside.runtime.hub.audience import Audience, Audiences
from lineside.runtime.hub.stragglers import Stragglers
from lineside.runtime.hub.subscription import Subscription
from lineside.runtime.hub.text import CloseCode, error_text, frame_text, pulse_text
from lineside.runtime.hub.topic import Kind, Topic
from lineside.runtime.log import get_log

if TYPE_CHECKING:
    from lineside.runtime.hub.hub import Hub

# Stragglers are looked at so often while nothing is published.
_LOOK_S = 0.1

log = get_log("hub")


class Beat:
    """A part of a hub's readers.

    Attributes:
        audiences: its readers by what they chose.
        readers: how many are attached.
    """

    def __init__(self, hub: Hub, phase: float) -> None:
        self._hub = hub
        self._phase = phase
        self.readers = 0
        self.audiences = Audiences(self, hub.registry, hub.settings.topics_per_subscriber_max)
        self._answers = Answers(hub, self.audiences)
        self._stragglers = Stragglers(hub, self)
        self._asking: dict[Subscription, None] = {}
        self._changed: dict[Topic, None] = {}
        self._gone: list[Topic] = []
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.Handle | None = None
        self._look_timer: asyncio.Handle | None = None
        self._pulsed_at = float("-inf")

    @property
    def is_idle(self) -> bool:
        """Whether everything is told and answered, to all but stragglers."""
        return self._timer is None and self._is_settled() and not self._asking

    @property
    def behind_count(self) -> int:
        """Readers that are over their budget now."""
        return len(self._stragglers)

    # What the hub tells.

    def note(self, topic: Topic) -> None:
        """A topic that readers here follow has a new value."""
        self._changed[topic] = None
        if self._timer is None:
            self._schedule()

    def note_made(self, topic: Topic) -> None:
        """A topic was made: whoever chose it follows; who may not follow one more is told."""
        for audience in self.audiences.welcome(topic):
            told = error_text(None, self._answers.too_many_topics())
            for reader in list(audience.subscribers):
                reader.send(told)

    def note_gone(self, topic: Topic) -> None:
        """A topic that readers here follow was dropped."""
        self._changed.pop(topic, None)
        for audience in topic.follows[self].audiences:
            audience.topics.pop(topic, None)
        self._gone.append(topic)
        self._schedule()

    def wake(self, reader: Subscription) -> None:
        """A reader has a request that waits for the next pulse."""
        if reader.positions is None:
            self._asking[reader] = None
            self._schedule()

    def detach(self, reader: Subscription) -> None:
        """Forget a reader."""
        self._asking.pop(reader, None)
        self._stragglers.discard(reader)
        self.audiences.leave(reader)
        self.readers -= 1

    def finish(self) -> None:
        """Tell what is not told yet, and pulse no more."""
        if not self._is_settled():
            self._tell_changes()
        for timer in (self._timer, self._look_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._look_timer = None

    # The pulse.

    def _schedule(self) -> None:
        if self._timer is not None:
            return
        now = self._loop.time()
        due = self._hub.pace.due(now, self._pulsed_at, self._phase if self._hub.has_many_beats else None)
        if due <= now:
            self._timer = self._loop.call_soon(self._pulse)  # soon: all values of this turn of the loop go together
        else:
            self._timer = self._loop.call_at(due, self._pulse)

    def _pulse(self) -> None:
        self._timer = None
        self._pulsed_at = self._loop.time()
        self._hub.counts.pulses += 1
        if not self._is_settled():
            self._tell_changes()
            now = self._loop.time()
            self._hub.pace.wrote(now, now - self._pulsed_at)
        self._look_at_stragglers()
        self._answer_requests()

    def _is_settled(self) -> bool:
        return not self._changed and not self._gone

    def _tell_changes(self) -> None:
        # Taken out first: what an outlet publishes while it is written to belongs to the next pulse.
        changed, self._changed = [topic for topic in self._changed if self in topic.follows], {}
        gone, self._gone = self._gone, []
        ends = [(topic.follows[self], topic.offset) for topic in changed]
        texts: dict[Audience, list[bytes]] = {}
        for topic in (*gone, *changed):
            items = self._items(topic)
            for audience in topic.follows[self].audiences if items else ():
                texts.setdefault(audience, []).extend(items)
        for audience, items in texts.items():
            self._write(audience, frame_text(pulse_text(items)), gone)
        for follow, offset in ends:
            follow.sent_offset = offset
        for topic in gone:
            del topic.follows[self]
            topic.free_when_told()

    def _items(self, topic: Topic) -> list[bytes]:
        """What readers in step are told of a topic that changed or is gone."""
        position = topic.follows[self].sent_offset
        if topic.is_gone and position == topic.base:
            return []  # they have never heard of it
        if topic.is_gone and topic.kind is Kind.STATE:
            return [topic.gone_item()]
        items, skipped = topic.items_since(position)
        self._hub.counts.add_gap(skipped)
        return [*items, topic.gone_item()] if topic.is_gone else items

    def _write(self, audience: Audience, frame: bytes, gone: list[Topic]) -> None:
        """Write the shared frame to everyone in step: the only work that is done once per reader and pulse."""
        audience.unlooked_bytes += len(frame)
        if audience.unlooked_bytes > self._hub.settings.look_bytes:
            audience.unlooked_bytes = 0
            self._look_at_unsent(audience, gone)
        readers, writers = audience.writers()
        self._hub.counts.writes += len(writers)
        for index, write in enumerate(writers):
            try:
                write(frame)
            except (RuntimeError, OSError):  # the connection has ended; its owner will say so
                self._hub.forget(readers[index])
            except Exception as error:
                self._give_up(readers[index], error)

    def _look_at_unsent(self, audience: Audience, gone: list[Topic]) -> None:
        """Take who is over its budget out of step."""
        bytes_max = self._hub.settings.subscriber_bytes_max
        for reader in audience.readers:
            try:
                if reader.outlet.unsent() > bytes_max:
                    self._fall_behind(reader, [*gone, *self._gone])
            except Exception as error:
                self._give_up(reader, error)

    def _give_up(self, reader: Subscription, error: Exception) -> None:
        """An outlet that raises is a fault of ours; the other readers must not feel it."""
        log.error("outlet failed", error=repr(error))
        self._hub.dismiss(reader, CloseCode.FAULT)

    # Stragglers.

    def _fall_behind(self, reader: Subscription, gone: list[Topic]) -> None:
        self._asking.pop(reader, None)  # its requests wait until it has caught up
        self._stragglers.add(reader, gone, self._pulsed_at)

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
            self._look_timer = self._loop.call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        self._look_timer = None
        if self._timer is None:
            self._pulse()
        else:
            self._look_later()

    # Requests.

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
        if reader.outlet.unsent() > self._hub.settings.subscriber_bytes_max:
            self._hold_requests(reader)
        else:
            self._answers.answer(reader, reader.requests.popleft())

    def _hold_requests(self, reader: Subscription) -> None:
        """It does not take what it asked for: its requests wait until it has drained."""
        if reader.audience is None:
            self.audiences.choose(reader, frozenset())
        self._fall_behind(reader, [])
        self._look_later()
