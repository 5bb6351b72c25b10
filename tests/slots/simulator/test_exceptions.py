"""The queue of 20, the slots before it, and the overflow."""

from __future__ import annotations

from lineside.slots.simulator import MachineState
from lineside.slots.simulator.exceptions import ExceptionQueue


def drain(queue: ExceptionQueue) -> list[int]:
    codes = []
    while (raised := queue.next()) is not None:
        codes.append(raised.code)
        queue.acknowledge(raised.number)
    return codes


def test_exceptions_are_told_in_their_order() -> None:
    queue = ExceptionQueue(MachineState())
    for code in (0x66, 0x11, 0x66):
        queue.put(code)
    assert drain(queue) == [0x66, 0x11, 0x66]


def test_those_with_priority_come_first_in_the_order_they_were_raised_and_each_once() -> None:
    queue = ExceptionQueue(MachineState())
    for code in (0x11, 0x69, 0x51, 0x12, 0x69, 0x57):
        queue.put(code)
    assert len(queue) == 5
    assert drain(queue) == [0x69, 0x51, 0x57, 0x11, 0x12]


def test_full_queue_loses_the_oldest_and_tells_70() -> None:
    state = MachineState()
    queue = ExceptionQueue(state)
    for code in range(0x20, 0x20 + 10):
        queue.put(code)
        queue.put(code + 0x20 if code != 0x31 else 0x66)
    assert queue.find(0x70) is None
    for _ in range(3):
        queue.put(0x66)
    assert state.lost_count == 3
    told = drain(queue)
    assert told[0] == 0x70
    assert told[-3:] == [0x66] * 3
    assert len(told) == 21


def test_overflow_between_telling_and_acknowledgement_takes_nothing_else_away() -> None:
    state = MachineState()
    queue = ExceptionQueue(state)
    queue.put(0x11)
    told = queue.next()
    assert told is not None
    for _ in range(20):
        queue.put(0x66)
    assert state.lost_count == 1
    assert not queue.acknowledge(told.number)
    assert state.lost_count == 0  # the host has heard it
    assert drain(queue) == [0x70] + [0x66] * 20


def test_priority_is_queued_where_the_profile_says_so() -> None:
    queue = ExceptionQueue(MachineState(), (0x51,))
    for code in (0x11, 0x51, 0x51):
        queue.put(code)
    assert drain(queue) == [0x11, 0x51, 0x51]


def test_what_no_longer_holds_is_withdrawn() -> None:
    queue = ExceptionQueue(MachineState())
    queue.put(0x6F)
    queue.withdraw(0x6F)
    assert queue.next() is None
