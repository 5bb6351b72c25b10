"""The rules of a sink's queue, without I/O: order within a key, parking, and the cursor against a plain model."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from lineside.runtime.journal import Cursor
from lineside.runtime.lanes import Batch, LaneLimits, Lanes
from tests.support.plain_events import PlainRecorded, recorded

LIMITS = LaneLimits(
    window_events_max=50, window_bytes_max=10_000, parked_events_max=10, done_events_max=100, tries_max=3
)
AT = recorded(1).at


def lanes_with(keys: str, cursor: Cursor | None = None, limits: LaneLimits = LIMITS) -> Lanes:
    """Lanes that were offered events 1, 2, 3 … with these keys (``-`` is passed over)."""
    lanes = Lanes(cursor or Cursor(1, frozenset()), (), limits)
    offer(lanes, keys)
    return lanes


def offer(lanes: Lanes, keys: str) -> None:
    for seq, key in enumerate(keys, 1):
        if seq > lanes.position:
            lanes.offer(recorded(seq, stream=key), None if key == "-" else key)


def seqs(batch: Batch | None) -> list[int]:
    return [] if batch is None else [event.seq for event in batch.events]


def refuse(lanes: Lanes, batch: Batch | None, seq: int | None) -> int:
    """Refuse; park when it is time. The parked seq, or 0."""
    assert batch is not None
    lane = lanes.refuse(batch, seq, lambda tries: 0.0)
    return lanes.park(lane, "no", AT).seq if lane else 0


def test_events_of_one_key_go_in_order_and_a_busy_lane_waits() -> None:
    lanes = lanes_with("ABAB")
    first = lanes.take(1, 0.0)
    second = lanes.take(10, 0.0)
    assert (seqs(first), seqs(second)) == ([1], [2, 4])
    assert lanes.take(10, 0.0) is None
    assert first is not None
    lanes.finish(first)
    assert seqs(lanes.take(10, 0.0)) == [3]


def test_batch_fills_up_from_several_lanes() -> None:
    assert seqs(lanes_with("ABCA").take(3, 0.0)) == [1, 4, 2]


def test_events_without_a_key_are_passed_over_and_not_remembered() -> None:
    lanes = lanes_with("-A-")
    assert lanes.cursor() == Cursor(2, frozenset())
    batch = lanes.take(9, 0.0)
    assert batch is not None
    lanes.finish(batch)
    assert lanes.cursor() == Cursor(4, frozenset())


def test_cursor_is_the_lowest_not_done_and_the_set_above() -> None:
    lanes = lanes_with("ABC")
    a, b = lanes.take(1, 0.0), lanes.take(1, 0.0)
    assert a is not None
    assert b is not None
    lanes.finish(b)
    assert lanes.cursor() == Cursor(1, frozenset({2}))
    lanes.finish(a)
    assert lanes.cursor() == Cursor(3, frozenset())


def test_put_back_keeps_the_order() -> None:
    lanes = lanes_with("AAA")
    batch = lanes.take(2, 0.0)
    assert batch is not None
    lanes.put_back(batch)
    assert seqs(lanes.take(9, 0.0)) == [1, 2, 3]


def test_named_poison_goes_alone_after_those_before_it_and_is_parked_after_tries_max() -> None:
    lanes = lanes_with("AAAB")
    assert refuse(lanes, lanes.take(9, 0.0), 2) == 0
    other = lanes.take(9, 0.0)
    if seqs(other) == [4]:
        other = lanes.take(9, 0.0)
    assert seqs(other) == [1]
    assert other is not None
    lanes.finish(other)
    tries = 1
    while True:
        batch = lanes.take(9, 0.0)
        if seqs(batch) == [4]:
            continue
        assert seqs(batch) == [2]
        tries += 1
        if refuse(lanes, batch, 2):
            break
    assert tries == LIMITS.tries_max
    assert [event.seq for event in lanes.parked()] == [2]


def test_unnamed_poison_is_found_by_sending_one_by_one() -> None:
    lanes = lanes_with("ABA")
    assert refuse(lanes, lanes.take(9, 0.0), None) == 0
    found = 0
    sent: list[list[int]] = []
    while not found:
        batch = lanes.take(9, 0.0)
        assert batch is not None
        sent.append(seqs(batch))
        if 3 in sent[-1]:
            found = refuse(lanes, batch, None)
        else:
            lanes.finish(batch)
    assert found == 3
    assert all(len(part) == 1 for part in sent)


def test_a_name_outside_the_batch_still_counts_as_a_try() -> None:
    lanes = lanes_with("A")
    assert [refuse(lanes, lanes.take(9, 0.0), 77) for _ in range(3)] == [0, 0, 1]


def test_refused_event_waits_for_its_time() -> None:
    lanes = lanes_with("A")
    batch = lanes.take(9, 0.0)
    assert batch is not None
    lanes.refuse(batch, 1, lambda tries: 5.0)
    assert lanes.take(9, 4.9) is None
    assert lanes.next_due() == 5.0
    assert seqs(lanes.take(9, 5.0)) == [1]


def park_first(lanes: Lanes) -> None:
    """Refuse the lowest event until it is parked; whatever else was taken is put back."""
    lowest = lanes.cursor().low
    while True:
        batch = lanes.take(1, 0.0)
        assert batch is not None
        if seqs(batch) != [lowest]:
            lanes.put_back(batch)
        elif refuse(lanes, batch, None):
            return


def test_parked_lane_stands_still_while_others_go_on() -> None:
    lanes = lanes_with("AAB")
    park_first(lanes)
    offer(lanes, "AABAB")
    batch = lanes.take(9, 0.0)
    assert seqs(batch) == [3, 5]
    assert batch is not None
    lanes.finish(batch)
    assert lanes.cursor() == Cursor(1, frozenset({3, 5}))
    assert lanes.waiting()[0] == 3  # 1 parked, 2 and 4 behind it


@pytest.mark.parametrize(("operation", "then"), [("unpark", [1, 2, 4]), ("skip", [2, 4])])
def test_lane_goes_on_when_its_parked_event_is_tried_again_or_given_up(operation: str, then: list[int]) -> None:
    lanes = lanes_with("AAB")
    park_first(lanes)
    offer(lanes, "AABA")
    assert getattr(lanes, operation)(1)
    assert not getattr(lanes, operation)(1)
    offer(lanes, "AABA")
    batch = lanes.take(9, 0.0)
    assert seqs(batch) == [3, *then]
    assert batch is not None
    lanes.finish(batch)
    assert lanes.cursor() == Cursor(5, frozenset())


def test_parked_events_are_parked_again_after_a_restart() -> None:
    before = lanes_with("AAB")
    park_first(before)
    lanes = Lanes(before.cursor(), before.parked(), LIMITS)
    assert lanes.cursor().low == 1
    offer(lanes, "AAB")
    assert seqs(lanes.take(9, 0.0)) == [3]
    assert lanes.unpark(1)
    offer(lanes, "AAB")
    assert seqs(lanes.take(9, 0.0)) == [1, 2]


def test_parked_rows_of_events_that_are_done_are_left_out() -> None:
    before = lanes_with("A")
    park_first(before)
    assert Lanes(Cursor(2, frozenset()), before.parked(), LIMITS).parked() == []


def test_window_is_bounded_by_events_and_by_bytes() -> None:
    lanes = lanes_with("A" * 49)
    assert lanes.has_room()
    lanes.offer(recorded(50, stream="A"), "A")
    assert not lanes.has_room()
    lanes = lanes_with("")
    lanes.offer(recorded(1, data=bytes(20_000)), "A")
    assert not lanes.has_room()


def test_too_many_parked_events_stop_the_reading_with_a_reason() -> None:
    lanes = lanes_with("ABCDEFGHIJ")
    while not lanes.full_reason():
        refuse(lanes, lanes.take(1, 0.0), None)
    assert len(lanes.parked()) == LIMITS.parked_events_max
    assert "refuses too much" in lanes.full_reason()
    assert not lanes.has_room()


def test_too_many_events_done_above_a_parked_one_stop_the_reading_with_a_reason() -> None:
    lanes = lanes_with("A")
    park_first(lanes)
    seq = 1
    while lanes.has_room():
        seq += 1
        lanes.offer(recorded(seq, stream="B"), "B")
        batch = lanes.take(9, 0.0)
        assert batch is not None
        lanes.finish(batch)
    assert seq == 1 + LIMITS.done_events_max
    assert "parked event 1 holds" in lanes.full_reason()


class Outside:
    """A plain model of the target: takes, refuses or is away by chance, and checks the order of each key."""

    def __init__(self, random: Random, poison: Iterable[int]) -> None:
        self.random = random
        self.poison = set(poison)
        self.taken: dict[str, list[int]] = {}

    def poison_in(self, events: list[PlainRecorded]) -> int | None:
        return next((event.seq for event in events if event.seq in self.poison), None)

    def take(self, events: list[PlainRecorded]) -> None:
        for event in events:
            mine = self.taken.setdefault(event.stream, [])
            assert not mine or mine[-1] < event.seq
            mine.append(event.seq)


@pytest.mark.parametrize("seed", range(150))
def test_weather_keeps_order_and_loses_nothing(seed: int) -> None:
    """Random takes, refusals, absences, restarts, unparks: all that is wanted arrives once, in order."""
    random = Random(seed)
    keys = "".join(random.choice("AAABBC--") for _ in range(random.randrange(1, 120)))
    outside = Outside(random, random.sample(range(1, len(keys) + 1), min(len(keys), 3)))
    lanes = lanes_with("")
    flying: list[Batch] = []
    for step in range(5000):
        if lanes.position < len(keys) and lanes.has_room():
            seq = lanes.position + 1
            key = keys[seq - 1]
            lanes.offer(recorded(seq, stream=key), None if key == "-" else key)
        if random.random() < 0.7 and len(flying) < 3 and (batch := lanes.take(random.randrange(1, 6), 0.0)):
            flying.append(batch)
        if flying and random.random() < 0.5:
            batch = flying.pop(random.randrange(len(flying)))
            bad = outside.poison_in(batch.events)
            if random.random() < 0.2:
                lanes.put_back(batch)
            elif bad is not None:
                refuse(lanes, batch, bad if random.random() < 0.5 else None)
            else:
                outside.take(batch.events)
                lanes.finish(batch)
        if random.random() < 0.01:  # a restart: what flew is lost, the rest follows from the cursor and the parked rows
            flying.clear()
            lanes = Lanes(lanes.cursor(), lanes.parked(), LIMITS)
        if step > 1000 and lanes.parked() and random.random() < 0.05:
            outside.poison.clear()
            assert lanes.unpark(lanes.parked()[0].seq)
    wanted = {key: [seq for seq, k in enumerate(keys, 1) if k == key] for key in set(keys) - {"-"}}
    assert outside.taken == wanted
    assert lanes.cursor() == Cursor(len(keys) + 1, frozenset())
    assert lanes.waiting() == (0, 0, None)
