"""The hub under seeded weather: whatever order things happen in, every reader's story has no hole and no double."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from lineside.runtime.hub import Hub, HubSettings, Kind, Position, Subscription
from lineside.runtime.hub.answers import Answers
from lineside.runtime.hub.beat import Beat
from lineside.runtime.hub.patterns import Patterns, topic_parts
from lineside.runtime.hub.stragglers import Stragglers
from tests.support.hand_loop import HandLoop
from tests.support.live_page import Page

SETTINGS = HubSettings(
    beat_readers_max=2,
    beats_max=3,
    subscriber_bytes_max=600,
    look_bytes=1,
    ring_values_max=6,
    subscriber_slow_s_max=2.0,
)
FEEDS = ["a/1/feed", "a/2/feed", "b/1/feed"]
STATES = ["a/1/state", "a/2/state", "b/1/state"]
PATTERNS = ["**", "a/**", "*/1/*", "a/1/feed", "b/1/state", "*/*/feed"]
SEEDS = range(60)
STEPS = 250


class Reader(Page):
    """A page that also knows what it asked for, so that it forgets what it no longer follows."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[int, tuple[str, tuple[str, ...]]] = {}
        self.follows: set[str] = set()
        self.subscription: Subscription | None = None

    def ask(self, verb: str, patterns: tuple[str, ...], resume: dict[str, Position] | None = None) -> None:
        assert self.subscription is not None
        request = len(self.asked)
        self.asked[request] = (verb, patterns)
        if verb == "subscribe":
            self.subscription.subscribe(patterns, resume, request)
        else:
            self.subscription.unsubscribe(patterns, request)

    def _check(self, data: bytes) -> None:
        message: dict[str, Any] = json.loads(data)
        if message["op"] == "subscribed":
            patterns = self.asked[message["id"]][1]
            self.follows |= set(patterns)
            listed = {entry["topic"] for entry in message["topics"]}
            for topic in [topic for topic in self.offsets if topic not in listed]:
                if Patterns(patterns).has(topic, topic_parts(topic)):
                    del self.offsets[topic], self.kinds[topic]
        super()._check(data)
        if message["op"] == "unsubscribed":
            self.follows -= set(self.asked[message["id"]][1])
            for topic in [topic for topic in self.offsets if not self.is_following(topic)]:
                del self.offsets[topic], self.kinds[topic]

    def is_following(self, topic: str) -> bool:
        return Patterns(self.follows).has(topic, topic_parts(topic))


class Weather:
    """One seed's story."""

    def __init__(self, seed: int, loop: HandLoop) -> None:
        self.chance = random.Random(seed)
        self.loop = loop
        self.hub = Hub(SETTINGS, epoch="e1")
        self.readers: list[Reader] = []
        self.all_readers: list[Reader] = []
        self.count = 0

    def run(self) -> None:
        acts: list[tuple[Callable[[], None], int]] = [
            (self.publish, 12),
            (self.drop, 1),
            (self.come, 2),
            (self.come_back, 1),
            (self.ask, 3),
            (self.stop_reading, 1),
            (self.read_on, 2),
            (self.wait, 6),
        ]
        for _ in range(STEPS):
            self.chance.choices([act for act, _ in acts], [weight for _, weight in acts])[0]()
        self.settle()

    def publish(self) -> None:
        for _ in range(self.chance.choice((1, 1, 2, 8))):
            self.count += 1
            if self.chance.random() < 0.6:
                self.hub.feed(self.chance.choice(FEEDS), self.count)
            else:
                self.hub.state(self.chance.choice(STATES), self.count)

    def drop(self) -> None:
        self.hub.drop(self.chance.choice(FEEDS + STATES))

    def come(self) -> None:
        if len(self.readers) < 8:
            self.attach(Reader()).ask("subscribe", self.some_patterns())

    def come_back(self) -> None:
        """A connection is lost; its reader comes back with what it knows and misses nothing that is recovered."""
        reader = self.some_reader()
        if reader is None or not reader.reads or not reader.follows:
            return
        assert reader.subscription is not None
        reader.subscription.close()
        self.readers.remove(reader)
        again = self.attach(Reader())
        again.offsets, again.kinds = dict(reader.offsets), dict(reader.kinds)
        resume = {topic: Position("e1", offset) for topic, offset in reader.offsets.items()}
        again.ask("subscribe", tuple(reader.follows), resume)

    def ask(self) -> None:
        reader = self.some_reader()
        if reader is not None and reader.subscription is not None and len(reader.subscription.requests) < 20:
            reader.ask(self.chance.choice(("subscribe", "unsubscribe")), self.some_patterns())

    def stop_reading(self) -> None:
        reader = self.some_reader()
        if reader is not None:
            reader.reads = False

    def read_on(self) -> None:
        reader = self.some_reader()
        if reader is not None:
            reader.read_on()

    def wait(self) -> None:
        self.loop.advance(self.chance.choice((0.0, 0.001, 0.02, 0.1, 0.5)))

    def settle(self) -> None:
        for reader in self.all_readers:
            reader.read_on()
        self.loop.advance(5.0)
        for reader in self.all_readers:
            assert not reader.complaints, reader.complaints
        for reader in self.readers:
            if reader.closed is None:
                self.check_end(reader)

    def check_end(self, reader: Reader) -> None:
        wanted = {info.topic: info.offset for info in self.hub.topics() if reader.is_following(info.topic)}
        assert reader.offsets == wanted
        for info in self.hub.topics():
            if info.topic in wanted and info.kind is Kind.STATE:
                assert reader.values[info.topic][-1] == self.hub.latest(info.topic)
        for topic in FEEDS:
            values = reader.values.get(topic, [])
            assert values == sorted(set(values))

    def attach(self, reader: Reader) -> Reader:
        reader.subscription = self.hub.attach(reader)
        self.readers.append(reader)
        self.all_readers.append(reader)
        return reader

    def some_reader(self) -> Reader | None:
        self.readers = [reader for reader in self.readers if reader.closed is None]
        return self.chance.choice(self.readers) if self.readers else None

    def some_patterns(self) -> tuple[str, ...]:
        return tuple(self.chance.sample(PATTERNS, self.chance.choice((1, 1, 2))))


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> HandLoop:
    loop = HandLoop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


def first_failing_seed(loop: HandLoop) -> int | None:
    for seed in SEEDS:
        try:
            Weather(seed, loop).run()
        except AssertionError:
            return seed
    return None


def test_every_reader_tells_the_same_story(loop: HandLoop) -> None:
    met: dict[str, int] = {}
    for seed in SEEDS:
        weather = Weather(seed, loop)
        try:
            weather.run()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        counts = weather.hub.counts
        for name in ("fell_behind", "gaps_told", "values_skipped"):
            met[name] = met.get(name, 0) + getattr(counts, name)
        met["dismissed"] = met.get("dismissed", 0) + counts.dismissed["too_slow"]
        recovered = [
            entry["recovered"]
            for page in weather.all_readers
            for told in page.of("subscribed")
            for entry in told["topics"]
        ]
        met["recovered"] = met.get("recovered", 0) + sum(recovered)
    assert min(met.values()) > 10, f"the weather was too mild to prove anything: {met}"


def test_broken_build_that_answers_before_the_pulse_is_caught(loop: HandLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot of the present, followed by a pulse from the past: the same values twice."""
    right = Beat.wake

    def wake(beat: Beat, reader: Subscription) -> None:
        if reader.positions is None and reader.audience is not None:
            beat._answers.answer(reader, reader.requests.popleft())
        else:
            right(beat, reader)

    monkeypatch.setattr(Beat, "wake", wake)
    assert first_failing_seed(loop) is not None


def test_broken_build_that_misplaces_stragglers_is_caught(loop: HandLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who falls behind during a pulse was not told of it."""
    right = Stragglers.add

    def add(self: Stragglers, reader: Subscription, gone: Any, now: float) -> None:
        right(self, reader, gone, now)
        assert reader.positions is not None
        reader.positions = {topic: topic.offset for topic in reader.positions}

    monkeypatch.setattr(Stragglers, "add", add)
    assert first_failing_seed(loop) is not None


def test_broken_build_that_keeps_an_old_snapshot_is_caught(loop: HandLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "forget", lambda self: None)
    assert first_failing_seed(loop) is not None


def test_broken_build_that_recovers_over_a_hole_is_caught(loop: HandLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lineside.runtime.hub.topic.Feed.is_held_since", lambda self, position: True)
    assert first_failing_seed(loop) is not None
