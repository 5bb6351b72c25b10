from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lineside.errors import BadParams, Busy
from lineside.runtime.hub import CloseCode, Hub, HubSettings, Kind, Position, Subscription
from lineside.runtime.step import Secret
from tests.support.live_page import Page
from tests.support.wait import until

FAST = HubSettings(pulse_ms=1.0, pulse_ms_max=1.0)


def with_small_budget(**more: Any) -> HubSettings:
    return HubSettings(pulse_ms=1.0, pulse_ms_max=1.0, subscriber_bytes_max=2_000, look_bytes=1, **more)


async def joined(hub: Hub, *patterns: str, page: Page | None = None, **more: Any) -> tuple[Page, Subscription]:
    page = page or Page()
    subscription = hub.attach(page)
    subscription.subscribe(patterns, **more)
    await until(lambda: page.of("subscribed"))
    return page, subscription


async def settled(hub: Hub) -> None:
    """Wait until everything published was told."""
    await until(lambda: hub.is_idle)


# Snapshot, then follow.


async def test_subscriber_gets_snapshot_then_changes() -> None:
    hub = Hub(FAST, epoch="e1")
    hub.state("ward/1/status", {"state": "live"})
    hub.feed("ward/1/samples", [1])
    hub.feed("ward/1/samples", [2])
    page, _ = await joined(hub, "ward/**", request_id=7)
    assert page.messages == [
        {
            "op": "subscribed",
            "id": 7,
            "topics": [
                {"topic": "ward/1/samples", "kind": "feed", "offset": 2, "recovered": False},
                {
                    "topic": "ward/1/status",
                    "kind": "state",
                    "offset": 1,
                    "recovered": False,
                    "value": {"state": "live"},
                },
            ],
        }
    ]
    hub.feed("ward/1/samples", [3])
    hub.state("ward/1/status", {"state": "away"})
    await until(lambda: page.offsets["ward/1/status"] == 2)
    assert page.items == [
        {"t": "ward/1/samples", "o": 3, "v": [3]},
        {"t": "ward/1/status", "o": 2, "v": {"state": "away"}},
    ]


async def test_values_of_one_turn_go_together_and_a_first_value_goes_at_once() -> None:
    hub = Hub(HubSettings(pulse_ms=1000, pulse_ms_max=1000))
    page = Page()
    hub.attach(page).subscribe(["**"])
    await asyncio.sleep(0)
    hub._beats[0]._pulsed_at -= 10  # quiet for long
    for number in range(5):
        hub.feed("a/b", number)
    for _ in range(2):
        await asyncio.sleep(0)
    assert [item["v"] for item in page.items] == [0, 1, 2, 3, 4]
    assert len(page.of("pulse")) == 1
    hub.feed("a/b", 5)
    await asyncio.sleep(0.02)
    assert len(page.of("pulse")) == 1, "the next one waits for its pulse"


async def test_states_coalesce_and_feeds_do_not() -> None:
    hub = Hub(FAST)
    page, _ = await joined(hub, "**")
    for number in range(50):
        hub.state("a/state", number)
        hub.feed("a/feed", number)
    await until(lambda: page.offsets.get("a/feed") == 50)
    assert page.values["a/state"] == [49]
    assert page.values["a/feed"] == list(range(50))
    assert page.offsets["a/state"] == 50


async def test_subscribers_of_one_place_share_the_same_bytes() -> None:
    hub = Hub(FAST)
    pages = [(await joined(hub, "a/*"))[0] for _ in range(20)]
    other, _ = await joined(hub, "a/b")
    hub.feed("a/b", "x")
    await until(lambda: all(page.frames for page in [*pages, other]))
    assert all(page.frames[0] is pages[0].frames[0] for page in pages)
    assert hub.counts.writes == 21
    assert other.frames[0] is not pages[0].frames[0]


async def test_pattern_covers_topics_that_appear_later() -> None:
    hub = Hub(FAST)
    page, _ = await joined(hub, "ward/*/status", "ward/1/samples")
    assert page.of("subscribed")[0]["topics"] == []
    hub.state("ward/1/status", "a")
    hub.feed("ward/1/samples", 1)
    hub.state("ward/1/other", "no")
    await until(lambda: len(page.items) == 2)
    assert page.items == [
        {"t": "ward/1/status", "k": "state", "o": 1, "v": "a"},
        {"t": "ward/1/samples", "k": "feed", "o": 1, "v": 1},
    ]


async def test_allowed_topics_bound_every_pattern() -> None:
    hub = Hub(FAST)
    hub.state("ward/1/status", "ward")
    hub.state("floor/1/status", "floor")
    page = Page()
    hub.attach(page, allowed=frozenset({"ward/**", "lineside/journal"})).subscribe(["**", "floor/1/status"])
    await until(lambda: page.of("subscribed"))
    hub.state("floor/2/status", "floor")
    hub.state("lineside/journal", "ok")
    await until(lambda: "lineside/journal" in page.values)
    assert set(page.values) == {"ward/1/status", "lineside/journal"}


async def test_unsubscribed_topic_stays_silent_unless_another_pattern_has_it() -> None:
    hub = Hub(FAST)
    page, subscription = await joined(hub, "a/b", "a/*", "c/d")
    subscription.unsubscribe(["a/b", "c/d"], request_id="u")
    await until(lambda: page.of("unsubscribed"))
    assert page.of("unsubscribed") == [{"op": "unsubscribed", "id": "u", "topics": ["a/b", "c/d"]}]
    hub.feed("c/d", 1)
    hub.feed("a/b", 1)
    await until(lambda: "a/b" in page.values)
    assert "c/d" not in page.values


async def test_second_subscribe_keeps_the_first_without_hole() -> None:
    hub = Hub(FAST)
    hub.feed("a/b", 0)
    page, subscription = await joined(hub, "a/b")
    hub.feed("a/b", 1)
    subscription.subscribe(["c/*"])
    hub.feed("a/b", 2)
    await until(lambda: len(page.of("subscribed")) == 2)
    hub.feed("a/b", 3)
    await until(lambda: page.offsets["a/b"] == 4)
    assert page.values["a/b"] == [1, 2, 3]


# Resume.


async def resumed(hub: Hub, topic: str, position: Position) -> tuple[Page, dict[str, Any]]:
    page = Page()
    page.offsets[topic] = position.offset
    await joined(hub, topic, page=page, resume={topic: position})
    await settled(hub)
    return page, page.of("subscribed")[0]["topics"][0]


async def test_resume_gives_exactly_what_was_missed() -> None:
    hub = Hub(FAST, epoch="e1")
    for number in range(1, 11):
        hub.feed("a/b", number)
    page, entry = await resumed(hub, "a/b", Position("e1", 7))
    assert entry == {"topic": "a/b", "kind": "feed", "offset": 10, "recovered": True}
    assert page.values["a/b"] == [8, 9, 10]
    hub.feed("a/b", 11)
    await until(lambda: page.values["a/b"] == [8, 9, 10, 11])


@pytest.mark.parametrize(
    ("epoch", "offset", "is_recovered"),
    [("e1", 10, True), ("e1", 6, True), ("e1", 5, False), ("e1", 0, False), ("e1", 11, False), ("e0", 10, False)],
)
async def test_resume_says_whether_it_is_whole(epoch: str, offset: int, is_recovered: bool) -> None:
    """The ring holds offsets 7 to 10: who stands at 6 misses nothing, who stands at 5 does."""
    hub = Hub(HubSettings(pulse_ms=1.0, pulse_ms_max=1.0, ring_values_max=4), epoch="e1")
    for number in range(1, 11):
        hub.feed("a/b", number)
    page, entry = await resumed(hub, "a/b", Position(epoch, offset))
    assert entry["recovered"] is is_recovered
    assert page.values.get("a/b", []) == (list(range(offset + 1, 11)) if is_recovered else [])


async def test_resume_of_a_state_is_recovered_when_nothing_changed_and_always_has_the_value() -> None:
    hub = Hub(FAST, epoch="e1")
    hub.state("a/b", "x")
    assert (await resumed(hub, "a/b", Position("e1", 1)))[1]["recovered"] is True
    hub.state("a/b", "y")
    entry = (await resumed(hub, "a/b", Position("e1", 1)))[1]
    assert (entry["recovered"], entry["value"]) == (False, "y")


async def test_resume_over_half_of_the_budget_is_not_recovered() -> None:
    hub = Hub(with_small_budget(), epoch="e1")
    for _ in range(20):
        hub.feed("a/b", "x" * 100)
    assert (await resumed(hub, "a/b", Position("e1", 0)))[1]["recovered"] is False
    assert (await resumed(hub, "a/b", Position("e1", 15)))[1]["recovered"] is True


async def test_resume_never_fits_a_topic_that_was_made_anew() -> None:
    hub = Hub(FAST, epoch="e1")
    for number in range(3):
        hub.feed("a/b", number)
    hub.drop("a/b")
    for number in range(9):
        hub.feed("a/b", number)
    for offset in range(4):
        assert (await resumed(hub, "a/b", Position("e1", offset)))[1]["recovered"] is False


async def test_broken_build_that_restarts_offsets_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(FAST, epoch="e1")
    hub.feed("a/b", "old")
    hub.drop("a/b")
    monkeypatch.setattr(hub.registry, "_base", 0)
    hub.feed("a/b", "new 1")
    hub.feed("a/b", "new 2")
    page, entry = await resumed(hub, "a/b", Position("e1", 1))
    assert entry["recovered"] is True, "wrong: what it missed was 'new 1' too"
    assert page.values["a/b"] == ["new 2"]


# Topics that go.


async def test_dropped_topic_is_told_after_its_last_values_and_may_come_back() -> None:
    hub = Hub(FAST)
    page, _ = await joined(hub, "**")
    hub.feed("a/feed", 1)
    hub.state("a/state", 1)
    hub.state("never/told", 1)
    hub.drop("never/told")
    await until(lambda: len(page.items) == 2)
    hub.feed("a/feed", 2)
    hub.drop("a/feed")
    hub.drop("a/state")
    hub.drop("a/state")
    hub.feed("a/feed", "again")
    await until(lambda: page.values["a/feed"][-1] == "again")
    assert page.items[2:] == [
        {"t": "a/feed", "o": 2, "v": 2},
        {"t": "a/feed", "o": 2, "gone": True},
        {"t": "a/state", "o": 1, "gone": True},
        {"t": "a/feed", "k": "feed", "o": 4, "v": "again"},
    ]
    assert [info.topic for info in hub.topics()] == ["a/feed"]
    assert hub.latest("a/state") is None


async def test_dropped_topic_without_readers_costs_nothing() -> None:
    hub = Hub(FAST)
    for number in range(100):
        hub.feed(f"casino/player{number}/state", number)
        hub.drop(f"casino/player{number}/state")
    assert hub.topics() == []
    assert hub.registry._rings.held == 0
    assert hub.is_idle


# Readers that do not keep up.


async def fill(hub: Hub, page: Page, count: int) -> None:
    """Publish until the page has fallen behind, then ``count`` values more."""
    number = 0
    while not hub.behind_count:
        number += 1
        hub.feed("a/feed", number)
        hub.state("a/state", "x" * 100)
        await settled(hub)
    for _ in range(count):
        number += 1
        hub.feed("a/feed", number)
        hub.state("a/state", number)
        await settled(hub)


async def test_reader_that_stops_gets_the_exact_gap_and_the_latest_state() -> None:
    hub = Hub(with_small_budget(ring_values_max=8))
    good, _ = await joined(hub, "a/*")
    stuck, _ = await joined(hub, "a/*")
    stuck.reads = False
    await fill(hub, stuck, 100)
    total = hub.topics("a/feed")[0].offset
    assert good.values["a/feed"] == list(range(1, total + 1)), "the others lose nothing"
    assert stuck.unsent() < 2_000 + 600, "bounded by the budget and one pulse"
    stuck.read_on()
    await until(lambda: stuck.offsets["a/feed"] == total)
    got = stuck.values["a/feed"]
    assert got[-8:] == list(range(total - 7, total + 1)), "what the ring holds"
    assert stuck.gaps["a/feed"] == total - len(got) == hub.counts.values_skipped
    assert hub.counts.gaps_told == 1
    assert stuck.values["a/state"][-1] == hub.latest("a/state")
    assert hub.behind_count == 0
    hub.feed("a/feed", "next")
    await until(lambda: stuck.values["a/feed"][-1] == good.values["a/feed"][-1] == "next")
    assert stuck.frames[-1] is good.frames[-1], "it is in step again"


async def test_straggler_that_missed_little_gets_everything() -> None:
    hub = Hub(with_small_budget())
    page, _ = await joined(hub, "a/*")
    page.reads = False
    await fill(hub, page, 5)
    page.read_on()
    total = hub.topics("a/feed")[0].offset
    await until(lambda: page.offsets["a/feed"] == total)
    assert page.values["a/feed"] == list(range(1, total + 1))
    assert page.gaps["a/feed"] == 0


async def test_broken_build_that_forgets_where_a_straggler_stood_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(with_small_budget())
    page, subscription = await joined(hub, "a/*")
    page.reads = False
    await fill(hub, page, 5)
    assert subscription.positions is not None
    monkeypatch.setattr(subscription, "positions", {topic: topic.offset for topic in subscription.positions})
    page.read_on()
    await until(lambda: not hub.behind_count)
    hub.feed("a/feed", "after the hole")
    await until(lambda: page.complaints)
    assert "hole or double" in page.complaints[0]


async def test_straggler_hears_of_topics_that_went_and_came_meanwhile() -> None:
    hub = Hub(with_small_budget())
    hub.state("a/old", 1)
    hub.feed("a/old_feed", 1)
    page, _ = await joined(hub, "a/*")
    hub.feed("a/old_feed", 2)
    await until(lambda: page.offsets["a/old_feed"] == 2)
    page.reads = False
    await fill(hub, page, 2)
    hub.feed("a/old_feed", 3)
    hub.drop("a/old")
    hub.drop("a/old_feed")
    hub.state("a/new", "n")
    hub.state("a/brief", "never told")
    hub.drop("a/brief")
    await settled(hub)
    page.read_on()
    await until(lambda: "a/new" in page.values)
    assert "a/old" not in page.offsets
    assert {"t": "a/old_feed", "o": 3, "gap": 1} in page.items
    assert {"t": "a/old_feed", "o": 3, "gone": True} in page.items
    assert {"t": "a/new", "k": "state", "o": hub.topics("a/new")[0].offset, "v": "n"} in page.items
    assert not any(item["t"] == "a/brief" for item in page.items)


async def test_reader_that_stays_over_its_budget_is_closed_with_a_reason() -> None:
    hub = Hub(with_small_budget(subscriber_slow_s_max=0.05))
    page, _ = await joined(hub, "a/*")
    page.reads = False
    await fill(hub, page, 0)
    await until(lambda: page.closed)
    assert page.closed == (4008, CloseCode.TOO_SLOW.words)
    page.read_on()
    assert page.messages[-1] == {"op": "bye", "code": 4008, "reason": CloseCode.TOO_SLOW.words, "retry": True}
    assert hub.subscriber_count == hub.behind_count == 0
    assert hub.counts.dismissed == {"too_slow": 1}
    hub.feed("a/feed", 1)
    await settled(hub)


async def test_catching_up_is_bounded_and_shared_among_feeds() -> None:
    hub = Hub(with_small_budget())
    page, _ = await joined(hub, "**")
    page.reads = False
    await fill(hub, page, 0)
    for number in range(100):
        hub.feed("a/feed", f"{number:050}")
        hub.feed("b/feed", f"{number:050}")
    await settled(hub)
    page.read_on()
    before = len(page.messages)
    await until(lambda: not hub.behind_count)
    caught_up = page.messages[before]
    assert sum(len(item.get("v", "")) for item in caught_up["items"] if item["t"].endswith("/feed")) <= 1_000
    assert {item["t"] for item in caught_up["items"] if "gap" in item} == {"a/feed", "b/feed"}


async def test_requests_of_a_reader_that_does_not_read_wait_and_are_bounded() -> None:
    hub = Hub(with_small_budget(requests_waiting_max=3))
    hub.state("a/state", "x" * 1500)
    page = Page()
    page.reads = False
    subscription = hub.attach(page)
    for _ in range(3):
        subscription.subscribe(["a/state"])
        await settled(hub)
    assert hub.behind_count == 1
    await asyncio.sleep(0)
    for _ in range(2):
        subscription.subscribe(["a/state"])
    with pytest.raises(Busy, match="too many requests"):
        subscription.subscribe(["a/state"])
    assert page.unsent() < 4_000
    page.read_on()
    await until(lambda: len(page.of("subscribed")) == 5)
    assert hub.behind_count == 0


async def test_messages_beside_the_pulses_are_bounded_too() -> None:
    hub = Hub(with_small_budget())
    page, subscription = await joined(hub, "a/*")
    page.reads = False
    for _ in range(1_000):
        subscription.send(b'{"op":"pong","id":1}')
    assert page.closed == (4008, CloseCode.TOO_SLOW.words)
    assert page.unsent() < 5_000
    subscription.bye(CloseCode.STOPPING)
    subscription.subscribe(["a/*"])
    subscription.close()
    subscription.close()


async def test_slow_reader_of_a_never_reading_kind_holds_only_shared_bytes() -> None:
    """Twenty stuck readers hold the same objects: memory does not grow with their number."""
    hub = Hub(with_small_budget())
    pages = [(await joined(hub, "a/*"))[0] for _ in range(20)]
    kept: dict[int, set[int]] = {}
    for index, page in enumerate(pages):
        kept[index] = set()
        page.on_frame = lambda frame, index=index: kept[index].add(id(frame))  # type: ignore[misc]
        page.reads = False
    while hub.behind_count < 20:
        hub.feed("a/feed", "y" * 50)
        await settled(hub)
    assert all(frames == kept[0] for frames in kept.values())


# Bounds and faults.


async def test_values_that_cannot_be_shown_stop_nobody(caplog: pytest.LogCaptureFixture) -> None:
    hub = Hub(HubSettings(pulse_ms=1.0, pulse_ms_max=1.0, value_bytes_max=100, topics_max=4))
    page, _ = await joined(hub, "**")
    hub.feed("a/feed", object())
    hub.feed("a/feed", "x" * 200)
    hub.state("a/state", {"bad": object()})
    hub.state("a/long", "x" * 200)
    hub.feed("a/feed", {"pin": Secret("123456")})
    hub.state("a/good", 1)
    hub.state("a/fifth", 1)
    hub.feed("a/sixth", 1)
    await until(lambda: "a/good" in page.values)
    assert page.values == {"a/feed": [{"pin": "…56"}], "a/state": [None], "a/long": [None], "a/good": [1]}
    assert hub.counts.values_refused == 6


async def test_names_and_kinds_are_the_publishers_care() -> None:
    hub = Hub(FAST)
    hub.state("a/state", 1)
    hub.feed("a/feed", 1)
    with pytest.raises(ValueError, match="is a feed"):
        hub.state("a/feed", 1)
    with pytest.raises(ValueError, match="is a state"):
        hub.feed("a/state", 1)
    with pytest.raises(ValueError, match="bad topic name"):
        hub.state("a b", 1)
    hub.drop("never there")


async def test_bounds_of_one_subscriber() -> None:
    hub = Hub(HubSettings(pulse_ms=1.0, pulse_ms_max=1.0, patterns_per_subscriber_max=3, subscribers_max=1))
    page, subscription = await joined(hub, "a/*", "b/*")
    with pytest.raises(BadParams, match="more than 3 patterns"):
        subscription.subscribe(["c", "d"])
    with pytest.raises(BadParams, match="topics is empty"):
        subscription.subscribe([])
    with pytest.raises(BadParams, match="last place"):
        subscription.subscribe(["**/a"])
    subscription.unsubscribe(["a/*"])
    subscription.subscribe(["c", "d"])
    with pytest.raises(Busy, match="too many subscribers"):
        hub.attach(Page())
    subscription.close()
    hub.attach(Page())
    assert page.closed is None


async def test_too_many_topics_are_refused_at_once_and_told_later() -> None:
    hub = Hub(HubSettings(pulse_ms=1.0, pulse_ms_max=1.0, topics_per_subscriber_max=3))
    for number in range(3):
        hub.state(f"a/{number}", number)
    page, subscription = await joined(hub, "a/*")
    hub.state("a/3", 3)
    hub.state("a/4", 4)
    subscription.subscribe(["**"], request_id=5)
    await until(lambda: len(page.of("error")) == 2)
    codes = [(error["id"], error["error"]["code"], error["error"]["retry"]) for error in page.of("error")]
    assert codes == [(None, "too_many_topics", False), (5, "too_many_topics", False)]
    hub.state("a/0", "still followed")
    await until(lambda: page.values["a/0"][-1] == "still followed")
    assert "a/3" not in page.values


async def test_outlet_that_raises_harms_only_itself() -> None:
    hub = Hub(FAST)

    def fail(_: bytes) -> None:
        raise ValueError("broken outlet")

    bad, _ = await joined(hub, "a/*")
    good, _ = await joined(hub, "a/*")
    bad.on_frame = fail
    hub.feed("a/b", 1)
    hub.feed("a/b", 2)
    await until(lambda: good.values.get("a/b") == [1, 2])
    assert bad.closed == (4011, CloseCode.FAULT.words)
    assert hub.subscriber_count == 1
    assert hub.counts.dismissed == {"fault": 1}

    class Worse(Page):
        def send(self, data: bytes) -> None:
            raise RuntimeError("broken in everything")

        def close(self, code: int, reason: str) -> None:
            self.send(b"")

    hub.attach(Worse()).subscribe(["a/*"])
    await until(lambda: hub.subscriber_count == 1)
    hub.feed("a/b", 3)
    await until(lambda: good.values["a/b"][-1] == 3)


@pytest.mark.parametrize("error", [RuntimeError("the handler is closed"), ConnectionResetError()])
async def test_reader_whose_connection_has_ended_is_forgotten(error: Exception) -> None:
    hub = Hub(FAST)
    lost, subscription = await joined(hub, "a/*")
    good, _ = await joined(hub, "a/*")

    def fail(_: bytes) -> None:
        raise error

    lost.on_frame = fail
    hub.feed("a/b", 1)
    await until(lambda: good.values.get("a/b") == [1])
    assert not subscription.is_open
    assert lost.closed is None, "its owner ends it"
    assert hub.counts.dismissed == {"lost": 1}
    hub.forget(subscription)
    assert hub.counts.dismissed == {"lost": 1}


async def test_outlet_that_publishes_while_it_is_written_to_loses_nothing() -> None:
    hub = Hub(FAST)
    page, _ = await joined(hub, "a/*")
    other, _ = await joined(hub, "**")
    echoes = iter(range(3))

    def echo(_: bytes) -> None:
        number = next(echoes, None)
        if number is not None:
            hub.feed("a/b", f"echo {number}")
            hub.feed("a/c", number)
            late = Page()
            late_pages.append(late)
            hub.attach(late).subscribe(["a/*"])

    late_pages: list[Page] = []
    page.on_frame = echo
    hub.feed("a/b", "first")
    await until(lambda: len(late_pages) == 3 and all(late.of("subscribed") for late in late_pages))
    await settled(hub)
    wanted = ["first", "echo 0", "echo 1", "echo 2"]
    assert page.values["a/b"] == other.values["a/b"] == wanted
    for late in late_pages:
        told = late.values.get("a/b", [])
        assert told == wanted[len(wanted) - len(told) :]
        assert late.offsets["a/b"] == 4


async def test_close_tells_everything_then_says_goodbye() -> None:
    hub = Hub(HubSettings(pulse_ms=1000, pulse_ms_max=1000))
    page = Page()
    hub.attach(page).subscribe(["**"])
    hub.attach(Page())
    await until(lambda: page.of("subscribed"))
    hub.feed("a/b", "last words")
    hub.close("the server is restarted")
    assert page.values["a/b"] == ["last words"]
    assert page.messages[-1] == {"op": "bye", "code": 4000, "reason": "the server is restarted", "retry": True}
    assert page.closed == (4000, "the server is restarted")
    assert hub.subscriber_count == 0
    hub.feed("a/b", 1)
    assert hub.is_idle


async def test_many_readers_are_served_in_beats_that_all_hear_everything() -> None:
    hub = Hub(HubSettings(pulse_ms=2.0, pulse_ms_max=2.0, beat_readers_max=3, beats_max=4))
    pages = [(await joined(hub, "a/*"))[0] for _ in range(20)]
    assert hub.has_many_beats
    assert [beat.readers for beat in hub._beats] == [5, 5, 5, 5]
    for number in range(30):
        hub.feed("a/feed", number)
        hub.state("a/state", number)
        await asyncio.sleep(0.001)
    hub.drop("a/state")
    hub.feed("a/feed", "end")
    await settled(hub)
    for page in pages:
        assert page.values["a/feed"] == [*range(30), "end"]
        assert page.items[-1]["o"] == 31
        assert "a/state" not in page.offsets
    assert not hub.registry.get("a/feed").follows.keys() - set(hub._beats)  # type: ignore[union-attr]
    frames = {id(page.frames[-1]) for page in pages}
    assert len(frames) == 4, "one text per beat"


async def test_readers_that_leave_make_room_in_their_beat() -> None:
    hub = Hub(HubSettings(beat_readers_max=1, beats_max=3))
    subscriptions = [hub.attach(Page()) for _ in range(6)]
    for subscription in subscriptions[:4]:
        subscription.close()
    assert sum(beat.readers for beat in hub._beats) == 2
    for _ in range(4):
        hub.attach(Page())
    assert [beat.readers for beat in hub._beats] == [2, 2, 2]


async def test_audience_that_ends_with_values_untold_harms_nobody() -> None:
    hub = Hub(FAST)
    _page, subscription = await joined(hub, "a/*")
    other, _ = await joined(hub, "b/*")
    hub.feed("a/feed", 1)
    hub.feed("b/feed", 1)
    subscription.close()
    await until(lambda: other.values.get("b/feed") == [1])
    assert not hub.registry.get("a/feed").follows  # type: ignore[union-attr]
    again, _ = await joined(hub, "a/*")
    hub.feed("a/feed", 2)
    await until(lambda: again.values.get("a/feed") == [2])


async def test_hub_lists_its_topics_without_any_reader() -> None:
    hub = Hub()
    hub.state("ward/1/status", {"x": 1})
    hub.feed("ward/1/samples", 1)
    hub.feed("ward/1/samples", 2)
    assert [(info.topic, info.kind, info.offset) for info in hub.topics("ward/1/*")] == [
        ("ward/1/samples", Kind.FEED, 2),
        ("ward/1/status", Kind.STATE, 1),
    ]
    assert hub.latest("ward/1/status") == {"x": 1}
    assert hub.topics("floor/**") == []
    with pytest.raises(BadParams):
        hub.topics("**/x")
