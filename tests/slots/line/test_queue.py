"""The order in which long polls leave."""

from __future__ import annotations

from lineside.slots.line import Priority, Want
from lineside.slots.line.queue import PollQueue
from lineside.slots.wire import LongPoll


def want(tag: str, priority: Priority = Priority.NORMAL) -> Want:
    return Want(LongPoll(1, 0x1A), priority, tag)


def test_priority_goes_first_then_arrival() -> None:
    queue = PollQueue(10)
    for tag, priority in (("c", Priority.BACKGROUND), ("a", Priority.NORMAL), ("b", Priority.NORMAL)):
        assert queue.add(want(tag, priority))
    assert queue.add(want("now", Priority.URGENT))
    assert [waiting.want.tag for waiting in queue.clear()] == ["now", "a", "b", "c"]
    assert queue.first(0.0) is None


def test_a_full_queue_takes_nothing_but_what_it_gave() -> None:
    queue = PollQueue(1)
    queue.add(want("a"))
    first = queue.first(0.0)
    assert first is not None
    queue.remove(first)
    assert queue.add(want("b"))
    assert not queue.add(want("c"))
    queue.put_back(first)
    assert [waiting.want.tag for waiting in queue.clear()] == ["a", "b"]


def test_a_poll_that_must_wait_lets_others_pass() -> None:
    queue = PollQueue(5)
    queue.add(want("busy"))
    queue.add(want("next"))
    busy = queue.first(0.0)
    assert busy is not None
    busy.not_before = 5.0
    passed, later = queue.first(4.9), queue.first(5.0)
    assert passed is not None
    assert passed.want.tag == "next"
    assert later is busy


def test_cancel_takes_one_out() -> None:
    queue = PollQueue(5)
    queue.add(want("a"))
    assert queue.cancel("b") is None
    cancelled = queue.cancel("a")
    assert cancelled is not None
    assert len(queue) == 0
