"""What answers, refusals, events and silence mean for a long poll, each as a played scene."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from lineside.slots.line import (
    AckSent,
    Cancel,
    ExceptionHeard,
    LineTiming,
    PollDone,
    PollFailed,
    Priority,
    Profile,
)
from lineside.slots.wire import with_crc
from tests.slots.line.played import Line, ScriptedMachine, Told, lost, torn

GENERAL = b"\x81"
NOBODY = b"\x80"


def gaps(line: Line, head: bytes) -> list[float]:
    """Seconds between the sendings to one address."""
    at = [sent.at for sent in line.sent if sent.data[0] & 0x7F == head[0] & 0x7F]
    return [later - earlier for earlier, later in pairwise(at)]


# ------------------------------------------------------------------------------------------------- long polls


def test_one_long_poll_goes_between_two_general_polls() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    line.want(0x1A)
    line.want(0x18)
    line.run(1.0)
    assert line.data()[:5] == [GENERAL, b"\x01\x1a", GENERAL, b"\x01\x18", GENERAL]
    done = line.of(PollDone)
    assert [event.tag for event in done] == ["1a", "18"]  # type: ignore[union-attr]
    assert done[0].answer.value == 16_660  # type: ignore[union-attr]


def test_urgent_polls_follow_each_other_and_an_equal_command_has_an_80_before_it() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    for tag in "abcd":
        line.want(0x1A, tag, priority=Priority.URGENT)
    line.run(1.5)
    poll = b"\x01\x1a"
    assert line.data()[:7] == [GENERAL, poll, NOBODY, poll, NOBODY, poll, GENERAL]
    assert [tag for tag, _ in line.ends()] == list("abcd")


def test_priorities_go_first_and_keep_their_order() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    line.want(0x1A, "meters", priority=Priority.BACKGROUND)
    line.want(0x18, "first")
    line.want(0x18, "second")
    line.want(0x02, "person", priority=Priority.URGENT)
    line.run(3.0)
    assert line.ends() == [("person", "done"), ("first", "done"), ("second", "done"), ("meters", "done")]


def test_an_unknown_poll_is_sent_3_times_back_to_back_then_80_and_the_machine_stays_up() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    line.sent.clear()
    line.want(0x6E, "odd", b"")
    line.run(1.5)
    sent = line.data()[0]
    assert line.data()[:5] == [sent, sent, sent, NOBODY, GENERAL]
    assert line.ends() == [("odd", "silence")]
    assert line.of(PollFailed)[0].sends == 3  # type: ignore[union-attr]
    assert line.moves() == ["waiting", "up"]


def test_a_poll_ordered_once_leaves_once() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    machine.faults = [lost]
    line.want(0x1A, "money", once=True)
    line.run(1.0)
    assert line.data().count(b"\x01\x1a") == 1
    assert line.ends() == [("money", "silence")]


def test_a_lost_answer_is_repeated_and_the_command_not_executed_twice() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    machine.faults = [lost, torn]
    line.want(0x1A)
    line.run(1.0)
    assert machine.executed == [0x1A]
    assert line.of(PollDone)[0].sends == 3  # type: ignore[union-attr]


def test_acks_nacks_and_busy_end_or_delay_a_poll() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.1)
    line.want(0x02, "enable")
    line.run(0.5)
    machine.faults = [lambda _: b"\x81"]
    line.want(0x01, "refused once")
    line.run(1.0)
    nack: Callable[[bytes], bytes] = lambda _: b"\x81"  # noqa: E731
    machine.faults = [nack, None, nack]
    line.run(0.15)
    line.want(0x03, "refused twice")
    machine.faults = [None, nack, None, nack]
    line.run(1.5)
    busy: Callable[[bytes], bytes] = lambda _: b"\x01\x00"  # noqa: E731
    line.want(0x1A, "later")
    machine.faults = [busy]
    line.run(2.0)
    assert [end for end in line.ends() if end[0] == "enable"] == [("enable", "done")]
    assert ("refused once", "done") in line.ends()
    assert ("later", "done") in line.ends()
    assert line.moves() == ["waiting", "up"]


def test_a_machine_that_stays_busy_is_given_up_after_its_limit() -> None:
    machine = ScriptedMachine()
    machine.answers[0x1A] = b""
    line = Line([machine], timing=LineTiming(busy_max=3, busy_s=0.1))
    line.run(0.1)
    machine.hear_before, machine.hear = machine.hear, lambda m: Told(b"\x01\x00" if m[0] == 1 else b"\x00")  # type: ignore
    line.want(0x1A)
    line.run(5.0)
    assert line.ends() == [("1a", "busy")]


def test_a_full_queue_refuses_and_a_cancelled_poll_never_leaves() -> None:
    line = Line([ScriptedMachine()], timing=LineTiming(queue_max=2))
    line.run(0.1)
    for tag in "abc":
        line.want(0x1A, tag)
    line.host.order(1, Cancel("b"), line.now)
    line.host.order(1, Cancel("nobody"), line.now)
    line.run(1.0)
    assert line.ends() == [("c", "queue_full"), ("b", "cancelled"), ("a", "done")]


def test_a_poll_for_a_machine_that_is_down_is_refused_at_once_and_so_are_those_that_wait() -> None:
    machine = ScriptedMachine()
    line = Line([machine])
    line.run(0.5)
    machine.is_on = False
    line.run(0.5)
    line.want(0x1A, "waits")
    line.run(6.0)
    line.want(0x1A, "too late")
    line.run(0.01)
    assert line.ends() == [("waits", "link_down"), ("too late", "link_down")]
    assert all(event.sends == 0 for event in line.of(PollFailed))  # type: ignore[union-attr]


def test_a_held_answer_stops_the_line_until_it_is_on_disk() -> None:
    line = Line([ScriptedMachine()], releases_by_itself=False)
    line.run(0.1)
    line.want(0x1A, "hold record", hold=True)
    line.run(3.0)
    assert line.data() == [GENERAL, b"\x01\x1a"]
    line.release()
    line.run(0.5)
    assert line.data()[2] == GENERAL


def test_a_poll_to_all_is_done_when_it_has_left_and_counts_as_80() -> None:
    line = Line([ScriptedMachine()])
    line.run(0.1)
    clock = bytes.fromhex("11272025192116")
    from lineside.slots.line import Want
    from lineside.slots.wire import LongPoll

    line.host.want(1, Want(LongPoll(0, 0x7F, clock), Priority.NORMAL, "clock"))
    line.run(0.5)
    assert line.data()[:3] == [GENERAL, bytes.fromhex("007f11272025192116245d"), GENERAL]
    assert line.ends() == [("clock", "done")]


# ------------------------------------------------------------------------------------------------- real-time events


def test_an_event_in_place_of_an_answer_is_recorded_and_the_poll_goes_again() -> None:
    machine = ScriptedMachine()
    machine.rte = True
    line = Line([machine], polling={"rte": True})
    line.run(0.1)
    machine.queue = [0x4F, 0x51]
    line.want(0x1A)
    line.run(2.0)
    assert [event.code for event in line.of(ExceptionHeard)] == [0x4F, 0x51]  # type: ignore[union-attr]
    assert machine.popped == [0x4F, 0x51]
    assert line.ends() == [("1a", "done")]
    assert machine.executed == [0x1A]


@pytest.mark.parametrize("code", [0x00, 0x1F])
def test_an_idle_event_is_nothing_and_a_flood_of_them_ends_the_poll(code: int) -> None:
    machine = ScriptedMachine()
    line = Line([machine], polling={"rte": True}, timing=LineTiming(events_max=3))
    event = with_crc(bytes((1, 0xFF, code)))
    machine.hear = lambda message: None if message == NOBODY else Told(event)  # type: ignore[method-assign]
    line.run(0.1)
    line.want(0x1A)
    line.run(3.0)
    assert line.of(ExceptionHeard) == []
    assert line.ends() == [("1a", "events_only")]


def test_two_glued_events_are_both_told_before_they_are_acknowledged() -> None:
    machine = ScriptedMachine()
    line = Line([machine], polling={"rte": True}, releases_by_itself=False)
    event = with_crc(b"\x01\xff\x4f" + bytes.fromhex("370400000009"))
    machine.hear = lambda message: None if message == NOBODY else Told(event + event)  # type: ignore[method-assign]
    line.run(0.15)
    assert [event.number for event in line.of(ExceptionHeard)] == [1, 2]  # type: ignore[union-attr]
    line.release()
    line.run(0.1)
    assert line.data() == [GENERAL]  # one of two records is on disk
    line.release()
    line.run(0.1)
    assert line.of(AckSent) == [AckSent(1, 2)]


def test_a_second_copy_after_a_second_sending_is_no_second_event() -> None:
    machine = ScriptedMachine()
    line = Line([machine], polling={"rte": True})
    event = with_crc(b"\x01\xff\x51")
    line.run(0.1)
    line.sent.clear()
    machine.faults = [lost]
    machine.hear = lambda message: None  # type: ignore[method-assign]
    line.run_until(lambda: line.data().count(GENERAL) == 2)
    line.host.receive(event + event, None, line.now + 0.005)
    line.run(0.1)
    assert len(line.of(ExceptionHeard)) == 1


def test_silence_of_a_machine_that_says_nothing_when_idle_is_no_failure_and_it_is_asked_something() -> None:
    machine = ScriptedMachine()
    machine.answers[0x54] = b"\x09602000001"
    polling = {"rte": True, "profile": Profile(silent_when_idle=True)}
    line = Line([machine], polling=polling)
    line.run(1.0)
    heard = machine.hear
    machine.hear = lambda m: None if m == GENERAL else heard(m)  # type: ignore[assignment,method-assign]
    line.run(20.0)
    assert line.moves() == ["waiting", "up"]
    assert 5 <= line.data().count(b"\x01\x54") <= 10
    assert line.ends() == []
    machine.is_on = False
    line.run(10.0)
    assert line.moves()[-1] != "up"
