from __future__ import annotations

import json
from typing import Any

import pytest

from lineside.runtime.hub.text import encode_value
from lineside.runtime.hub.topic import Feed, RingBytes, State


def feed(values_max: int = 4, bytes_max: int = 1000, shared_max: int = 10_000, base: int = 0) -> Feed:
    return Feed("a/b", base, values_max, bytes_max, RingBytes(shared_max))


def put(topic: Feed, *values: Any) -> Feed:
    for value in values:
        topic.put(value, encode_value(value))
    return topic


def read(topic: Feed | State, position: int, bytes_max: int | None = None) -> list[dict[str, Any]]:
    return [json.loads(item) for item in topic.items_since(position, bytes_max).items]


def test_feed_tells_every_value_with_its_offset_and_its_kind_once() -> None:
    topic = put(feed(), "x", "y")
    assert topic.items_since(0).items == [b'{"t":"a/b","k":"feed","o":1,"v":"x"}', b'{"t":"a/b","o":2,"v":"y"}']
    assert topic.items_since(1).items == [b'{"t":"a/b","o":2,"v":"y"}']
    assert topic.items_since(2).items == []


def test_feed_tells_the_exact_gap_when_the_ring_has_turned() -> None:
    topic = put(feed(values_max=4), *range(10))
    assert read(topic, 3) == [
        {"t": "a/b", "o": 7, "gap": 3, "v": 6},
        {"t": "a/b", "o": 8, "v": 7},
        {"t": "a/b", "o": 9, "v": 8},
        {"t": "a/b", "o": 10, "v": 9},
    ]
    assert topic.items_since(3).skipped == 3
    assert topic.items_since(6).skipped == 0


def test_feed_gives_the_newest_values_that_fit() -> None:
    topic = put(feed(values_max=100), "aaaa", "bbbb", "cccc")  # six bytes each with their quotes
    assert [item["v"] for item in read(topic, 0, 12)] == ["bbbb", "cccc"]
    assert [item["v"] for item in read(topic, 0, 18)] == ["aaaa", "bbbb", "cccc"]
    assert read(topic, 1, 5) == [{"t": "a/b", "o": 3, "gap": 2}]


def test_feed_says_what_may_be_resumed() -> None:
    topic = put(feed(values_max=4, base=5), *range(6))  # offsets 6 to 11; the ring holds 8 to 11
    held = [position for position in range(20) if topic.is_held_since(position)]
    assert held == [7, 8, 9, 10, 11]
    assert topic.bytes_since(7) == 4
    assert topic.bytes_since(9) == 2
    assert not feed(base=5).is_held_since(4), "an offset of an earlier topic of this name"


def test_ring_is_bounded_in_values_in_bytes_and_over_all_topics() -> None:
    assert len(put(feed(values_max=4), *range(10)).ring) == 4
    assert len(put(feed(values_max=100, bytes_max=20), *["12345678"] * 9).ring) == 2
    shared = RingBytes(30)
    first, second = (Feed(name, 0, 100, 1000, shared) for name in ("a", "b"))
    put(first, *["12345678"] * 3)
    put(second, *["12345678"] * 3)
    assert shared.held == first.ring_bytes + second.ring_bytes
    assert len(second.ring) == 1, "the newest value always stays"
    first.free_when_told()
    assert first.ring_bytes, "it is not gone"
    first.is_gone = True
    first.free_when_told()
    assert shared.held == second.ring_bytes == 10


def test_freed_feed_tells_what_it_no_longer_holds_as_a_gap() -> None:
    topic = put(feed(), 1, 2)
    topic.is_gone = True
    topic.free_when_told()
    assert read(topic, 1) == [{"t": "a/b", "o": 2, "gap": 1}]


def test_state_is_encoded_once_when_it_is_read() -> None:
    made: list[Any] = []

    def encode(_: str, value: Any) -> bytes:
        made.append(value)
        return encode_value(value)

    topic = State("a/b", 0, encode)
    for value in range(100):
        topic.put({"n": value})
    assert made == []
    assert read(topic, 0) == [{"t": "a/b", "k": "state", "o": 100, "v": {"n": 99}}]
    assert read(topic, 99) == [{"t": "a/b", "o": 100, "v": {"n": 99}}]
    assert read(topic, 100) == []
    assert made == [{"n": 99}]


def test_gone_item_and_bad_names() -> None:
    assert put(feed(), 1).gone_item() == b'{"t":"a/b","o":1,"gone":true}'
    with pytest.raises(ValueError, match="bad topic name"):
        feed().__class__("a b", 0, 1, 1, RingBytes(1))
