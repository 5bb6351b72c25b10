"""Stop and wait: one frame in flight, repeated, acknowledged once, given up at last."""

from __future__ import annotations

import pytest

from lineside.ventilator.wire.frame import CLASS_ALARM, CLASS_COMMAND, CLASS_DATA, encode_information
from lineside.ventilator.wire.message import Delivered, Order, RawPayload, Undelivered
from lineside.ventilator.wire.outbox import Outbox

START, STOP = Order("1", "GENERAL", "START"), Order("2", "GENERAL", "STOP")
ALARM = RawPayload(CLASS_ALARM, b"alarm")
DATA = RawPayload(CLASS_DATA, b"data")


def make(attempts_max: int = 3, queue_max: int = 4) -> Outbox:
    return Outbox(1.0, attempts_max, queue_max)


def put(box: Outbox, *messages: Order | RawPayload) -> None:
    for message in messages:
        if isinstance(message, Order):
            box.put(message, CLASS_COMMAND, message.cmd.encode())
        else:
            box.put(message, message.address, message.info)


def frame(message: Order | RawPayload, sequence: int) -> bytes:
    if isinstance(message, Order):
        return encode_information(CLASS_COMMAND, sequence, message.cmd.encode())
    return encode_information(message.address, sequence, message.info)


def test_idle_box_wants_nothing() -> None:
    box = make()
    assert (box.outgoing(0.0), box.first(), box.deadline(), box.waiting) == (b"", b"", None, 0)


def test_one_frame_is_in_flight_and_the_next_follows_its_ack() -> None:
    box = make()
    put(box, START, STOP)
    assert box.deadline() == 0.0
    assert box.outgoing(5.0) == frame(START, 0)
    assert box.outgoing(5.5) == b""
    assert box.waiting == 2
    assert box.on_ack(CLASS_COMMAND, 1) == Delivered(START, 1)
    assert box.outgoing(5.6) == frame(STOP, 1)
    assert box.on_ack(CLASS_COMMAND, 2) == Delivered(STOP, 1)
    assert box.waiting == 0


def test_alarms_go_before_commands_and_commands_before_data() -> None:
    box = make()
    put(box, DATA, START, ALARM)
    sent = []
    for sequence in range(3):
        sent.append(box.outgoing(0.0))
        for address in (CLASS_DATA, CLASS_COMMAND, CLASS_ALARM):
            box.on_ack(address, sequence + 1)
    assert sent == [frame(ALARM, 0), frame(START, 1), frame(DATA, 2)]


def test_frame_is_repeated_with_its_sequence_until_it_is_given_up() -> None:
    box = make(attempts_max=3)
    put(box, START)
    assert box.outgoing(10.0) == frame(START, 0)
    assert box.deadline() == 11.0
    assert box.outgoing(10.9) == b""
    assert box.outgoing(11.0) == frame(START, 0)
    assert box.outgoing(12.5) == frame(START, 0)
    assert box.deadline() == 13.5
    assert box.outgoing(13.5) == b""
    assert box.deadline() == 13.5
    assert box.take_notices() == [Undelivered(START, 3, "not acknowledged in 3 attempts")]
    assert box.take_notices() == []
    assert box.deadline() is None


def test_frame_that_was_given_up_uses_its_sequence_up_so_that_a_late_ack_confirms_nothing() -> None:
    box = make(attempts_max=1)
    put(box, START, STOP)
    box.outgoing(0.0)
    assert box.outgoing(1.0) == frame(STOP, 1)
    assert box.on_ack(CLASS_COMMAND, 1) is None  # START's, too late
    assert box.on_ack(CLASS_COMMAND, 2) == Delivered(STOP, 1)


def check_only_the_matching_ack_is_final(box: Outbox) -> None:
    put(box, START)
    box.outgoing(0.0)
    for address, expected in ((CLASS_COMMAND, 0), (CLASS_COMMAND, 2), (CLASS_DATA, 1), (CLASS_ALARM, 1)):
        assert box.on_ack(address, expected) is None
    assert box.on_ack(CLASS_COMMAND, 1) == Delivered(START, 1)
    assert box.on_ack(CLASS_COMMAND, 1) is None
    assert box.on_ack(CLASS_COMMAND, 2) is None


def test_only_the_matching_ack_is_final() -> None:
    check_only_the_matching_ack_is_final(make())


def test_matching_ack_check_catches_a_build_that_takes_any_ack() -> None:
    class Trusting(Outbox):
        def on_ack(self, address: int, expected: int) -> Delivered | None:
            return super().on_ack(address, (self._sequence + 1) % 128)

    with pytest.raises(AssertionError):
        check_only_the_matching_ack_is_final(Trusting(1.0, 3, 4))


def test_sequence_wraps_after_127() -> None:
    box = make()
    for number in range(130):
        put(box, START)
        assert box.outgoing(0.0) == frame(START, number % 128)
        assert box.on_ack(CLASS_COMMAND, (number + 1) % 128) == Delivered(START, 1)


def test_unacknowledged_frame_shares_the_line_turn_by_turn() -> None:
    """An alarm whose ACK waits for a disk does not stop the waveform."""
    box = make(attempts_max=9)
    put(box, ALARM)
    assert box.outgoing(0.0) == frame(ALARM, 0)
    put(box, DATA, DATA)
    assert box.outgoing(1.0) == frame(DATA, 0)
    assert box.on_ack(CLASS_ALARM, 1) is None  # not in flight now
    assert box.on_ack(CLASS_DATA, 1) == Delivered(DATA, 1)
    assert box.outgoing(1.1) == frame(ALARM, 1)
    assert box.outgoing(2.1) == frame(DATA, 1)
    assert box.outgoing(3.1) == frame(ALARM, 1)  # neither is acknowledged
    assert box.on_ack(CLASS_ALARM, 2) == Delivered(ALARM, 3)


def test_turns_go_round_all_three_classes() -> None:
    box = make(attempts_max=9)
    put(box, ALARM, START, DATA)
    assert [box.outgoing(float(turn)) for turn in range(6)] == [frame(m, 0) for m in (ALARM, START, DATA)] * 2


def test_number_of_a_discarded_frame_that_was_sent_is_not_used_again() -> None:
    """It shared the line turn by turn, and its ACK may be on its way."""
    box = make(attempts_max=20, queue_max=2)
    put(box, ALARM, DATA)
    assert box.outgoing(0.0) == frame(ALARM, 0)
    assert box.outgoing(1.0) == frame(DATA, 0)
    later = [RawPayload(CLASS_ALARM, b"later"), RawPayload(CLASS_ALARM, b"last")]
    put(box, *later)
    assert box.take_notices() == [Undelivered(ALARM, 1, "the queue is full")]
    assert box.outgoing(2.0) == frame(later[0], 1)
    assert box.on_ack(CLASS_ALARM, 1) is None
    assert box.on_ack(CLASS_ALARM, 2) == Delivered(later[0], 1)


def test_full_queue_refuses_a_new_order_and_discards_the_oldest_sample() -> None:
    box = make(queue_max=2)
    orders = [Order(str(number), "GENERAL", "START") for number in range(4)]
    put(box, *orders[:2])
    assert box.has_room(CLASS_DATA)
    assert not box.has_room(CLASS_COMMAND)
    put(box, orders[2])
    assert box.take_notices() == [Undelivered(orders[2], 0, "the queue is full")]
    samples = [RawPayload(CLASS_DATA, bytes([number])) for number in range(3)]
    put(box, *samples)
    assert box.deadline() == 0.0
    assert box.take_notices() == [Undelivered(samples[0], 0, "the queue is full")]
    assert box.waiting == 4


def test_frame_sent_without_a_clock_asks_for_one_and_is_timed_from_there() -> None:
    box = make()
    put(box, START)
    assert box.first() == frame(START, 0)
    put(box, STOP)
    assert box.first() == b""
    assert box.deadline() == 0.0
    box.tick(50.0)
    assert box.deadline() == 51.0
    assert box.outgoing(50.5) == b""
    assert box.outgoing(51.0) == frame(START, 0)


def test_reset_returns_everything_and_goes_on_counting() -> None:
    box = make(queue_max=1)
    put(box, START)
    box.outgoing(0.0)
    put(box, STOP, STOP)
    assert box.reset("the link was lost") == [
        Undelivered(STOP, 0, "the queue is full"),
        Undelivered(START, 1, "the link was lost"),
        Undelivered(STOP, 0, "the link was lost"),
    ]
    assert (box.waiting, box.deadline()) == (0, None)
    put(box, STOP)
    assert box.outgoing(9.0) == frame(STOP, 1)
    assert box.reset("") == [Undelivered(STOP, 1, "")]
    assert box.reset("") == []
